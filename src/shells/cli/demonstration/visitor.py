"""Uses the product as a person would: over HTTP alone, through every redirect."""

import time
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin

import httpx
from attrs import define, field, frozen

from distribution_core.domain.secret import Secret
from shells.cli.failure import CommandError

_FINAL = ("success", "failed", "canceled")


@frozen(kw_only=True)
class Consent:
    """One walk through a consent page: as whom, by which app, and which accounts are ticked (None: as offered)."""

    platform: str
    person: str
    app: str | None = None
    accounts: tuple[str, ...] | None = None


CONSENTS = (
    Consent(platform="facebook", person="1020", accounts=("5550001", "5550002")),
    Consent(platform="tiktok", person="o-ada"),
    Consent(platform="tiktok", person="o-ben"),
    Consent(platform="linkedin", person="ada-li", app="member"),
    Consent(platform="linkedin", person="ada-li", app="community"),
)
LINKED_PER_PLATFORM = 2


@define
class Visitor:
    """A signed-in person with a browser's cookies."""

    base_url: str
    _client: httpx.Client = field(init=False)
    _csrf: str = ""

    def __attrs_post_init__(self) -> None:
        self._client = httpx.Client(base_url=self.base_url, timeout=60, follow_redirects=False)

    @property
    def csrf(self) -> str:
        """What every write of this session carries."""
        return self._csrf

    @property
    def cookies(self) -> dict[str, str]:
        """By name: whoever shows them is this person."""
        return dict(self._client.cookies)

    def close(self) -> None:
        self._client.close()

    def sign_in(self, email: str, password: Secret) -> None:
        answer = self._ok(self._client.post("/auth/login", json={"email": email, "password": password.reveal()}))
        self._csrf = answer["csrf_token"]

    def get(self, path: str) -> Any:
        return self._ok(self._client.get(path))

    def send(self, method: str, path: str, **arguments: Any) -> Any:
        headers = {"x-csrf-token": self._csrf, **arguments.pop("headers", {})}
        return self._ok(self._client.request(method, path, headers=headers, **arguments))

    def link(self, consent: Consent) -> list[dict[str, Any]]:
        """Walk one OAuth round trip; returns the accounts that it linked."""
        accounts: list[dict[str, Any]] = self._ok(self._client.get(self.consent(consent)))["accounts"]
        return accounts

    def consent(self, consent: Consent, **query: str) -> str:
        """Walk one OAuth round trip up to the platform's answer, which is the address that this returns."""
        if consent.app:
            query["app"] = consent.app
        leaving = self._client.get(f"/oauth/{consent.platform}/authorize", params=query)
        if leaving.status_code != 302:
            self._ok(leaving)
        with httpx.Client(timeout=60) as platform:
            page = platform.get(leaving.headers["location"])
            if page.status_code != 200:
                raise CommandError(f"{consent.platform}'s consent page answered {page.status_code}: {page.text[:300]}")
            form = _Form()
            form.feed(page.text)
            fields = {
                "request_id": [form.hidden["request_id"]],
                "person": [consent.person],
                "scopes": form.ticked.get("scopes", []),
                "decision": ["allow"],
            }
            if "accounts" in form.ticked:
                fields["accounts"] = list(consent.accounts or form.ticked["accounts"])
            back = platform.post(urljoin(str(page.url), form.action), data=fields)
        if back.status_code not in (302, 303):
            raise CommandError(f"{consent.platform}'s consent form answered {back.status_code}: {back.text[:300]}")
        return str(back.headers["location"])

    def upload(self, data: bytes, mime: str) -> str:
        return str(self.send("POST", "/media", content=data, headers={"content-type": mime})["key"])

    def save(self, **content: Any) -> dict[str, Any]:
        saved: dict[str, Any] = self.send("POST", "/content", json=content)
        return saved

    def outcomes(
        self, content_ids: list[str], *, timeout_s: float, progress: Callable[[int, int], None]
    ) -> dict[str, dict[str, Any]]:
        """Each content's deliveries and skipped accounts, once all are final or the time is over."""
        deadline = time.monotonic() + timeout_s
        while True:
            # In this order: what is released has all its deliveries.
            released = all(self.get(f"/content/{content_id}")["released"] for content_id in content_ids)
            found = {content_id: self.get(f"/content/{content_id}/deliveries") for content_id in content_ids}
            deliveries = [delivery for outcome in found.values() for delivery in outcome["deliveries"]]
            final = sum(delivery["status"] in _FINAL for delivery in deliveries)
            progress(final, len(deliveries))
            if (released and final == len(deliveries)) or time.monotonic() > deadline:
                return found
            time.sleep(0.2)

    def _ok(self, response: httpx.Response) -> Any:
        if response.is_success:
            return response.json() if response.content else None
        try:
            detail = response.json().get("detail")
        except ValueError:
            detail = response.text[:300]
        raise CommandError(f"{response.request.method} {response.request.url.path} answered {response.status_code}: {detail}")


class _Form(HTMLParser):
    """A consent page's form: where it goes, its hidden fields, and what is ticked."""

    def __init__(self) -> None:
        super().__init__()
        self.action = ""
        self.hidden: dict[str, str] = {}
        self.ticked: dict[str, list[str]] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.action = values.get("action", "")
        elif tag == "input" and values.get("type") == "hidden":
            self.hidden[values["name"]] = values.get("value", "")
        elif tag == "input" and values.get("type") == "checkbox":
            offered = self.ticked.setdefault(values["name"], [])
            if "checked" in dict(attrs):
                offered.append(values.get("value", ""))

"""Consent pages and the pending requests behind them: who is asked, by which app, for what."""

import secrets
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from attrs import define, field, frozen
from litestar import Response
from litestar.response import Redirect

from shells.sandbox.clock import SandboxClock
from shells.sandbox.pages import render


@frozen(kw_only=True)
class Choice:
    """One thing that the person may tick on a consent page."""

    value: str
    label: str
    note: str = ""
    checked: bool = True


@frozen(kw_only=True)
class ConsentRequest:
    """An authorization request that passed the platform's checks and waits for its person."""

    request_id: str
    platform: str
    client_id: str
    app_name: str
    redirect_uri: str
    state: str | None
    scopes: tuple[str, ...]
    expires_at: datetime
    extra: dict[str, Any] = field(factory=dict)


@define
class ConsentDesk:
    """Open consent requests of one platform; each is answered once."""

    clock: SandboxClock
    _open: dict[str, ConsentRequest] = field(factory=dict)

    def open(
        self,
        *,
        platform: str,
        client_id: str,
        app_name: str,
        redirect_uri: str,
        state: str | None,
        scopes: tuple[str, ...],
        extra: dict[str, Any] | None = None,
    ) -> ConsentRequest:
        request = ConsentRequest(
            request_id=secrets.token_urlsafe(16),
            platform=platform,
            client_id=client_id,
            app_name=app_name,
            redirect_uri=redirect_uri,
            state=state,
            scopes=scopes,
            expires_at=self.clock.now() + timedelta(minutes=15),
            extra=extra or {},
        )
        self._open[request.request_id] = request
        return request

    def take(self, request_id: str) -> ConsentRequest | None:
        request = self._open.pop(request_id, None)
        return request if request and request.expires_at > self.clock.now() else None

    def clear(self) -> None:
        self._open.clear()


def consent_page(
    request: ConsentRequest, *, action: str, brand: str, people: list[Choice], accounts: dict[str, list[Choice]] | None = None
) -> Response[str]:
    """The page with a form that POSTs `request_id`, `person`, `accounts` (repeated), `scopes` (repeated) and
    `decision` (allow or deny) to `action`. `accounts` maps a person to what that person may hand over."""
    return render(
        "consent.html",
        request=request,
        action=action,
        brand=brand,
        people=people,
        accounts=accounts or {},
        title=f"Log in with {brand}",
    )


def send_back(redirect_uri: str, params: dict[str, str | None], fragment: str = "") -> Redirect:
    """The redirect to the app, keeping whatever query its redirect URI already has."""
    query = urlencode({key: value for key, value in params.items() if value is not None})
    separator = "&" if "?" in redirect_uri else "?"
    return Redirect(f"{redirect_uri}{separator}{query}{fragment}")

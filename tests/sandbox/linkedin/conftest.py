"""A raw client for the imitation LinkedIn, written from LinkedIn's pages, and real pictures and films to post."""

import io
import struct
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from random import Random
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import av
import httpx
import pytest
from attrs import define
from PIL import Image

VERSION = "202609"
REDIRECT = "http://127.0.0.1:8000/oauth/linkedin/callback"
APPS = {
    "member": {"client_id": "86sandboxmember", "client_secret": "sandbox-linkedin-member-secret"},
    "community": {"client_id": "86sandboxcommunity", "client_secret": "sandbox-linkedin-community-secret"},
}
SCOPES = {
    "member": "openid profile email w_member_social",
    "community": "w_organization_social r_organization_social rw_organization_admin",
}
ADA, WORKS = "urn:li:person:ada-li", "urn:li:organization:55001"


@define
class LinkedIn:
    """Requests as the documentation spells them, against one sandbox."""

    url: str
    http: httpx.Client

    def until(self, look: Callable[[], Any], wanted: Callable[[Any], object], seconds: float = 10) -> Any:
        """What `look` finds once it is wanted; fails with the last thing seen."""
        deadline = time.monotonic() + seconds
        while not wanted(seen := look()):
            assert time.monotonic() < deadline, f"never came; last seen: {seen!r}"
            threading.Event().wait(0.02)
        return seen

    # the sandbox's own calls

    def switch(self, **values: object) -> httpx.Response:
        return self.http.put(f"{self.url}/_sandbox/switches/linkedin", json=values)

    def fault(self, call: str, kind: str, **more: object) -> None:
        rule = {"platform": "linkedin", "call": call, "kind": kind} | more
        self.http.put(f"{self.url}/_sandbox/faults", json={"faults": [rule]}).raise_for_status()

    def advance(self, seconds: float) -> None:
        self.http.post(f"{self.url}/_sandbox/clock", json={"advance_seconds": seconds}).raise_for_status()

    def now_ms(self) -> int:
        """The sandbox's own clock, which tests push forward."""
        answer = self.http.post(f"{self.url}/_sandbox/clock", json={"advance_seconds": 0}).json()["now"]
        return int(datetime.fromisoformat(answer).timestamp() * 1000)

    def posts(self, account_id: str = "ada-li") -> list[dict[str, Any]]:
        query = {"platform": "linkedin", "account_id": account_id}
        found: list[dict[str, Any]] = self.http.get(f"{self.url}/_sandbox/posts", params=query).json()["posts"]
        return found

    # sign-in

    def authorize(self, app: str = "member", **changes: str | None) -> httpx.Response:
        query = {
            "response_type": "code",
            "client_id": APPS[app]["client_id"],
            "redirect_uri": REDIRECT,
            "state": "s-1",
            "scope": SCOPES[app],
        } | changes
        params = {name: value for name, value in query.items() if value is not None}
        return self.http.get(f"{self.url}/linkedin/www/oauth/v2/authorization", params=params)

    def answer(self, page: httpx.Response, scopes: str, **form: object) -> dict[str, str]:
        """The callback's query after the person answered the consent page."""
        assert page.status_code == 200, page.text
        request_id = page.text.split('name="request_id" value="')[1].split('"')[0]
        data = {"request_id": request_id, "person": "ada-li", "scopes": scopes.split(), "decision": "allow"} | form
        sent = self.http.post(f"{self.url}/linkedin/consent", data=data)
        assert sent.status_code in (302, 303), sent.text
        return query_of(sent)

    def oauth(self, path: str, app: str = "member", **form: str | None) -> httpx.Response:
        data = {name: value for name, value in (APPS[app] | form).items() if value is not None}
        return self.http.post(f"{self.url}/linkedin/www/oauth/v2/{path}", data=data)

    def exchange(self, code: str, app: str = "member", **changes: str | None) -> httpx.Response:
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT}
        return self.oauth("accessToken", app, **(form | changes))

    def refresh(self, refresh_token: str, app: str = "member") -> httpx.Response:
        return self.oauth("accessToken", app, grant_type="refresh_token", refresh_token=refresh_token)

    def code(self, app: str = "member", scopes: str | None = None, person: str = "ada-li") -> str:
        scopes = scopes or SCOPES[app]
        return self.answer(self.authorize(app, scope=scopes), scopes, person=person)["code"]

    def login(self, app: str = "member", scopes: str | None = None, person: str = "ada-li") -> dict[str, Any]:
        answer = self.exchange(self.code(app, scopes, person), app)
        assert answer.status_code == 200, answer.text
        tokens: dict[str, Any] = answer.json()
        return tokens

    def token(self, app: str = "member", scopes: str | None = None, person: str = "ada-li") -> str:
        return str(self.login(app, scopes, person)["access_token"])

    # the API

    def call(self, method: str, path: str, token: str | None, json: object = None, **headers: str | None) -> httpx.Response:
        """`path` under the API host, query encoded already. A header is left out by None, and `_` in its name is `-`."""
        sent = {
            "authorization": token and f"Bearer {token}",
            "x-restli-protocol-version": "2.0.0",
            "linkedin-version": VERSION if path.startswith("rest/") else None,
        } | {name.replace("_", "-"): value for name, value in headers.items()}
        present = {name: value for name, value in sent.items() if value is not None}
        return self.http.request(method, f"{self.url}/linkedin/api/{path}", headers=present, json=json)

    def create(self, token: str, commentary: str = "Hi", author: str = ADA, **changes: object) -> httpx.Response:
        return self.call("POST", "rest/posts", token, post_body(commentary, author, **changes))

    def created(self, token: str, commentary: str = "Hi", author: str = ADA, **changes: object) -> str:
        answer = self.create(token, commentary, author, **changes)
        assert answer.status_code == 201, answer.text
        return str(answer.headers["x-restli-id"])

    def one(self, method: str, urn: str, token: str, json: object = None, **headers: str | None) -> httpx.Response:
        return self.call(method, f"rest/posts/{quote(urn, safe='')}", token, json, **headers)

    def find(self, token: str, author: str, query: str = "") -> httpx.Response:
        return self.call("GET", f"rest/posts?q=author&author={quote(author, safe='')}{query}", token, x_restli_method="FINDER")

    # media

    def initialize(self, token: str, plural: str = "images", owner: str = ADA, **more: object) -> httpx.Response:
        body = {"initializeUploadRequest": {"owner": owner} | more}
        return self.call("POST", f"rest/{plural}?action=initializeUpload", token, body)

    def finalize(self, token: str, urn: str, etags: list[str], upload_token: str = "") -> httpx.Response:
        request = {"video": urn, "uploadToken": upload_token, "uploadedPartIds": etags}
        return self.call("POST", "rest/videos?action=finalizeUpload", token, {"finalizeUploadRequest": request})

    def put(self, url: str, data: bytes, token: str | None = None) -> httpx.Response:
        headers = {"authorization": f"Bearer {token}"} if token else {}
        return self.http.put(url, content=data, headers=headers | {"content-type": "application/octet-stream"})

    def status(self, token: str, urn: str) -> httpx.Response:
        return self.call("GET", f"rest/{urn.split(':')[2]}s/{quote(urn, safe='')}", token)

    def settled(self, token: str, urn: str) -> dict[str, Any]:
        look = lambda: self.status(token, urn).json()  # noqa: E731
        found: dict[str, Any] = self.until(look, lambda body: body["status"] in ("AVAILABLE", "PROCESSING_FAILED"))
        return found

    def image(self, token: str, data: bytes, owner: str = ADA, plural: str = "images") -> str:
        """Uploaded, and past its processing: a member's token cannot look, so the clock is pushed."""
        value = self.initialize(token, plural, owner).json()["value"]
        assert self.put(value["uploadUrl"], data, token).status_code == 201
        self.advance(1)
        return str(value[plural.removesuffix("s")])

    def parts(self, token: str, data: bytes, owner: str = ADA) -> tuple[str, list[str]]:
        """A video's URN and ETags, every part of it uploaded."""
        size = {"fileSizeBytes": len(data), "uploadCaptions": False, "uploadThumbnail": False}
        value = self.initialize(token, "videos", owner, **size).json()["value"]
        etags = []
        for part in value["uploadInstructions"]:
            sent = self.put(part["uploadUrl"], data[part["firstByte"] : part["lastByte"] + 1])
            assert sent.status_code == 200
            etags.append(sent.headers["etag"].strip('"'))
        return str(value["video"]), etags

    def video(self, token: str, data: bytes, owner: str = ADA) -> str:
        urn, etags = self.parts(token, data, owner)
        assert self.finalize(token, urn, etags).status_code == 200
        assert self.settled(token, urn)["status"] == "AVAILABLE"
        return urn


def query_of(answer: httpx.Response) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["location"]).query).items()}


def post_body(commentary: str = "Hi", author: str = ADA, **changes: object) -> dict[str, Any]:
    body = {
        "author": author,
        "commentary": commentary,
        "visibility": "PUBLIC",
        "distribution": {"feedDistribution": "MAIN_FEED", "targetEntities": [], "thirdPartyDistributionChannels": []},
        "lifecycleState": "PUBLISHED",
        "isReshareDisabledByAuthor": False,
    } | changes
    return {name: value for name, value in body.items() if value is not None}


@pytest.fixture
def linkedin(sandbox_url: str) -> Iterator[LinkedIn]:
    with httpx.Client(follow_redirects=False, trust_env=False, timeout=20) as http:
        client = LinkedIn(sandbox_url, http)
        client.switch(processing_seconds=0.05).raise_for_status()
        yield client


def make_picture(seed: int = 1, kind: str = "PNG", size: tuple[int, int] = (40, 30)) -> bytes:
    out = io.BytesIO()
    Image.frombytes("L", size, Random(seed).randbytes(size[0] * size[1])).save(out, kind)
    return out.getvalue()


def make_video(seconds: int = 4, size_bytes: int = 100_000, container: str = "mp4") -> bytes:
    """A real film, brought to its size by a box that players skip."""
    out = io.BytesIO()
    with av.open(out, "w", format=container) as target:
        stream = target.add_stream("mpeg4", rate=5)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for index in range(seconds * 5):
            target.mux(stream.encode(av.VideoFrame.from_image(Image.new("RGB", (64, 48), (index * 5 % 255, 80, 120)))))
        target.mux(stream.encode(None))
    data = out.getvalue()
    padding = size_bytes - len(data)
    return data if padding < 8 else data + struct.pack(">I4s", padding, b"free") + Random(1).randbytes(padding - 8)


@pytest.fixture
def picture() -> bytes:
    return make_picture()


@pytest.fixture
def picture_maker() -> Callable[..., bytes]:
    return make_picture


@pytest.fixture(scope="session")
def video() -> bytes:
    return make_video()


@pytest.fixture(scope="session")
def long_video() -> bytes:
    """Three parts' worth."""
    return make_video(size_bytes=9_000_000)


@pytest.fixture(scope="session")
def video_maker() -> Callable[..., bytes]:
    return make_video

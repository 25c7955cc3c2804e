"""A raw client for the imitation TikTok, written from TikTok's pages, and a small web server to pull from."""

import hashlib
import io
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from fractions import Fraction
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import av
import httpx
import pytest
from attrs import define, field
from PIL import Image

KEY = {"client_key": "sandboxtiktokkey", "client_secret": "sandbox-tiktok-secret"}
REDIRECT = "http://127.0.0.1:8000/oauth/tiktok/callback"
VERIFIER = "v" * 43
ALL_SCOPES = "user.info.basic,user.info.profile,video.publish,video.upload,video.list"
JSON_TYPE = {"content-type": "application/json; charset=UTF-8"}


@define
class TikTok:
    """Requests as the documentation spells them, against one sandbox."""

    url: str
    http: httpx.Client
    redirect: str = REDIRECT

    def until(self, look: Callable[[], Any], wanted: Callable[[Any], object], seconds: float = 10) -> Any:
        """What `look` finds once it is wanted; fails with the last thing seen."""
        deadline = time.monotonic() + seconds
        while not wanted(seen := look()):
            assert time.monotonic() < deadline, f"never came; last seen: {seen!r}"
            threading.Event().wait(0.02)
        return seen

    # the sandbox's own calls

    def switch(self, **values: object) -> httpx.Response:
        return self.http.put(f"{self.url}/_sandbox/switches/tiktok", json=values)

    def fault(self, call: str, kind: str, **more: object) -> None:
        rule = {"platform": "tiktok", "call": call, "kind": kind} | more
        self.http.put(f"{self.url}/_sandbox/faults", json={"faults": [rule]}).raise_for_status()

    def advance(self, seconds: float) -> None:
        self.http.post(f"{self.url}/_sandbox/clock", json={"advance_seconds": seconds}).raise_for_status()

    def posts(self, open_id: str = "o-ada") -> list[dict[str, Any]]:
        query = {"platform": "tiktok", "account_id": open_id}
        found: list[dict[str, Any]] = self.http.get(f"{self.url}/_sandbox/posts", params=query).json()["posts"]
        return found

    # login

    def authorize(self, **changes: str | None) -> httpx.Response:
        query = {
            "client_key": KEY["client_key"],
            "response_type": "code",
            "scope": ALL_SCOPES,
            "redirect_uri": self.redirect,
            "state": "s-1",
            "code_challenge": hashlib.sha256(VERIFIER.encode()).hexdigest(),
            "code_challenge_method": "S256",
        } | changes
        params = {name: value for name, value in query.items() if value is not None}
        return self.http.get(f"{self.url}/tiktok/www/v2/auth/authorize/", params=params)

    def answer(self, page: httpx.Response, **form: object) -> dict[str, str]:
        """The callback's query after the person answered the consent page."""
        request_id = page.text.split('name="request_id" value="')[1].split('"')[0]
        data = {"request_id": request_id, "person": "o-ada", "scopes": ALL_SCOPES.split(","), "decision": "allow"} | form
        sent = self.http.post(f"{self.url}/tiktok/consent", data=data)
        assert sent.status_code in (302, 303), sent.text
        return {name: values[0] for name, values in parse_qs(urlsplit(sent.headers["location"]).query).items()}

    def oauth(self, path: str = "token", **form: str | None) -> httpx.Response:
        data = {name: value for name, value in (KEY | form).items() if value is not None}
        return self.http.post(f"{self.url}/tiktok/api/v2/oauth/{path}/", data=data)

    def exchange(self, code: str, **changes: str | None) -> httpx.Response:
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": self.redirect, "code_verifier": VERIFIER}
        return self.oauth(**(form | changes))

    def refresh(self, refresh_token: str) -> httpx.Response:
        return self.oauth(grant_type="refresh_token", refresh_token=refresh_token)

    def login(self, person: str = "o-ada", scopes: str = ALL_SCOPES) -> dict[str, Any]:
        callback = self.answer(self.authorize(), person=person, scopes=scopes.split(","))
        tokens: dict[str, Any] = self.exchange(callback["code"]).json()
        return tokens

    def token(self, person: str = "o-ada", scopes: str = ALL_SCOPES) -> str:
        return str(self.login(person, scopes)["access_token"])

    # the API

    def post(self, path: str, token: str, body: object = None) -> httpx.Response:
        headers = {"authorization": f"Bearer {token}"} | JSON_TYPE
        url = f"{self.url}/tiktok/api/v2/{path}"
        return self.http.post(url, headers=headers) if body is None else self.http.post(url, headers=headers, json=body)

    def get(self, path: str, token: str) -> httpx.Response:
        return self.http.get(f"{self.url}/tiktok/api/v2/{path}", headers={"authorization": f"Bearer {token}"})

    def init(self, token: str, size: int, chunk: int | None = None, count: int = 1, **info: object) -> httpx.Response:
        post_info = {"title": "Hi #cat", "privacy_level": "PUBLIC_TO_EVERYONE", "brand_content_toggle": False} | info
        source = {"source": "FILE_UPLOAD", "video_size": size, "chunk_size": chunk or size, "total_chunk_count": count}
        return self.post("post/publish/video/init/", token, {"post_info": post_info, "source_info": source})

    def pull(self, token: str, url: str, **info: object) -> httpx.Response:
        post_info = {"title": "Hi", "privacy_level": "PUBLIC_TO_EVERYONE"} | info
        body = {"post_info": post_info, "source_info": {"source": "PULL_FROM_URL", "video_url": url}}
        return self.post("post/publish/video/init/", token, body)

    def photos(self, token: str, urls: list[str], mode: str = "DIRECT_POST", **info: object) -> httpx.Response:
        body = {
            "media_type": "PHOTO",
            "post_mode": mode,
            "post_info": {"title": "t", "description": "d", "privacy_level": "PUBLIC_TO_EVERYONE"} | info,
            "source_info": {"source": "PULL_FROM_URL", "photo_cover_index": 0, "photo_images": urls},
        }
        return self.post("post/publish/content/init/", token, body)

    def put(self, upload_url: str, data: bytes, first: int = 0, total: int | None = None, **headers: str) -> httpx.Response:
        last, whole = first + len(data) - 1, len(data) if total is None else total
        sent = {"content-type": "video/mp4", "content-range": f"bytes {first}-{last}/{whole}"}
        return self.http.put(upload_url, content=data, headers=sent | {n.replace("_", "-"): v for n, v in headers.items()})

    def fetch_status(self, token: str, publish_id: str) -> httpx.Response:
        return self.post("post/publish/status/fetch/", token, {"publish_id": publish_id})

    def settled(self, token: str, publish_id: str, *wanted: str) -> dict[str, Any]:
        """The status data once it is one of `wanted` (default: complete or failed)."""
        states = wanted or ("PUBLISH_COMPLETE", "FAILED")
        look = lambda: self.fetch_status(token, publish_id).json()["data"]  # noqa: E731
        data: dict[str, Any] = self.until(look, lambda found: found["status"] in states)
        return data

    def publish(self, token: str, video: bytes, **info: object) -> str:
        """Init and upload in one piece; the publish_id."""
        data = self.init(token, len(video), **info).json()["data"]
        assert self.put(data["upload_url"], video).status_code == 201
        return str(data["publish_id"])


@pytest.fixture
def tiktok(sandbox_url: str) -> Iterator[TikTok]:
    """A client whose sandbox counts no calls per minute, so that tests may poll; test_limits.py switches that on."""
    with httpx.Client(follow_redirects=False, trust_env=False, timeout=20) as http:
        client = TikTok(sandbox_url, http)
        client.switch(rate_limits=False, processing_seconds=0.05, moderation_seconds=0.05).raise_for_status()
        yield client


def make_video(
    *, seconds: int = 3, fps: int = 24, size: tuple[int, int] = (360, 640), codec: str = "libx264", container: str = "mp4"
) -> bytes:
    """A real video of one still picture."""
    out = io.BytesIO()
    with av.open(out, mode="w", format=container) as target:
        stream = target.add_stream(codec, rate=Fraction(fps))
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"
        frame = av.VideoFrame.from_image(Image.new("RGB", size, "teal"))
        for index in range(seconds * fps):
            frame.pts = index
            target.mux(stream.encode(frame))
        target.mux(stream.encode())
    return out.getvalue()


@pytest.fixture(scope="session")
def video() -> bytes:
    return make_video()


@pytest.fixture(scope="session")
def video_maker() -> Callable[..., bytes]:
    return make_video


@define
class WebServer:
    """Serves `files`, records what is POSTed, and answers with `statuses` first."""

    url: str
    files: dict[str, bytes] = field(factory=dict)
    statuses: list[int] = field(factory=list)
    received: list[tuple[dict[str, str], bytes]] = field(factory=list)
    gate: threading.Event = field(factory=threading.Event)


@pytest.fixture
def web() -> Iterator[WebServer]:
    """A web server of the app's own. `/slow` answers once `gate` is set, `/moved` redirects."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/slow":
                site.gate.wait(20)
            # Whoever cancelled a slow pull has hung up by now.
            with suppress(BrokenPipeError, ConnectionResetError):
                self.answer()

        def answer(self) -> None:
            data = site.files.get(self.path)
            self.send_response(302 if self.path == "/moved" else 200 if data is not None else 404)
            if self.path == "/moved":
                self.send_header("location", "/a.jpg")
            self.send_header("content-length", str(len(data or b"")))
            self.end_headers()
            self.wfile.write(data or b"")

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            site.received.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(site.statuses.pop(0) if site.statuses else 200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    site = WebServer(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield site
    site.gate.set()
    server.shutdown()
    server.server_close()
    thread.join(timeout=5)

"""Raw requests to the imitation Facebook, written from its documentation."""

import hashlib
import hmac
import io
import re
import time
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from attrs import define
from PIL import Image

APP = "900000000000001"
SECRET = "sandbox-facebook-secret"
CALLBACK = "http://127.0.0.1:9/oauth/facebook/callback"
SCOPES = "pages_show_list,pages_read_engagement,pages_manage_posts"
BAKERY, BOOKS, MILL, MARKET = "5550001", "5550002", "5550003", "5550004"


MP4 = b"\0\0\0\x18ftypmp42" + bytes(range(256)) * 40


def proof(token: str) -> str:
    return hmac.new(SECRET.encode(), token.encode(), hashlib.sha256).hexdigest()


@define
class Graph:
    """One sandbox, spoken to as the documentation says."""

    base: str
    client: httpx.Client

    def url(self, path: str, host: str = "graph") -> str:
        return f"{self.base}/facebook/{host}/v26.0/{path}"

    def call(self, method: str, path: str, token: str | None = None, *, host: str = "graph", **arguments: Any) -> httpx.Response:
        params = dict(arguments.pop("params", {}))
        if token is not None:
            params |= {"access_token": token, "appsecret_proof": proof(token)}
        return self.client.request(method, self.url(path, host), params=params, **arguments)

    def dialog(self, **other: str) -> httpx.Response:
        query = {"client_id": APP, "redirect_uri": CALLBACK, "state": "s1", "scope": SCOPES} | other
        return self.client.get(f"{self.base}/facebook/www/v26.0/dialog/oauth", params=query)

    def consent(
        self, person: str = "1020", *, accounts: list[str] | None = None, decision: str = "allow", **other: str
    ) -> dict[str, str]:
        """What the redirect back carries."""
        page = self.dialog(**other)
        assert page.status_code == 200, page.text
        form = {
            "request_id": re.findall(r'name="request_id" value="([^"]+)"', page.text),
            "person": [person],
            "accounts": accounts if accounts is not None else [BAKERY, BOOKS, MILL, MARKET],
            "scopes": re.findall(r'name="scopes" value="([^"]+)"', page.text),
            "decision": [decision],
        }
        back = self.client.post(f"{self.base}/facebook/consent", data=form)
        assert back.status_code == 302
        return {key: values[0] for key, values in parse_qs(urlsplit(back.headers["location"]).query).items()}

    def exchange(self, code: str, **other: str) -> httpx.Response:
        query = {"client_id": APP, "client_secret": SECRET, "redirect_uri": CALLBACK, "code": code} | other
        return self.client.get(self.url("oauth/access_token"), params=query)

    def long_token(self, person: str = "1020", **other: Any) -> str:
        short = self.exchange(self.consent(person, **other)["code"]).json()["access_token"]
        query = {
            "grant_type": "fb_exchange_token",
            "client_id": APP,
            "client_secret": SECRET,
            "fb_exchange_token": short,
        }
        return str(self.client.get(self.url("oauth/access_token"), params=query).json()["access_token"])

    def page_token(self, page: str = BAKERY) -> str:
        rows = self.call("GET", "me/accounts", self.long_token()).json()["data"]
        return next(str(row["access_token"]) for row in rows if row["id"] == page)

    def posts(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.client.get(f"{self.base}/_sandbox/posts", params={"platform": "facebook"}).json()[
            "posts"
        ]
        return found

    def eventually_posts(self, count: int) -> list[dict[str, Any]]:
        """The posts, once there are that many: processing takes its short real time."""
        deadline = time.monotonic() + 10
        while len(found := self.posts()) < count and time.monotonic() < deadline:
            time.sleep(0.02)
        return found

    def later(self, seconds: int) -> str:
        """Unix seconds that long after the sandbox's now."""
        now = self.client.post(f"{self.base}/_sandbox/clock", json={"advance_seconds": 0}).json()["now"]
        return str(int(datetime.fromisoformat(now).timestamp()) + seconds)

    def faults(self, *rules: dict[str, Any]) -> None:
        body = {"faults": [{"platform": "facebook"} | rule for rule in rules]}
        self.client.put(f"{self.base}/_sandbox/faults", json=body).raise_for_status()

    def switch(self, **values: Any) -> None:
        self.client.put(f"{self.base}/_sandbox/switches/facebook", json=values).raise_for_status()

    def advance(self, seconds: float) -> None:
        self.client.post(f"{self.base}/_sandbox/clock", json={"advance_seconds": seconds}).raise_for_status()


@pytest.fixture
def graph(sandbox_url: str) -> Iterator[Graph]:
    with httpx.Client(timeout=20) as client:
        yield Graph(sandbox_url, client)


def error_of(response: httpx.Response) -> tuple[int, int, int | None]:
    """(HTTP status, code, subcode) of a refusal."""
    body = response.json()["error"]
    assert {"message", "type", "code", "fbtrace_id"} <= set(body)
    return response.status_code, body["code"], body.get("error_subcode")


@pytest.fixture
def page(graph: Graph) -> str:
    """The bakery's Page token."""
    return graph.page_token()


def png(shade: int = 10) -> bytes:
    output = io.BytesIO()
    Image.new("RGB", (40, 30), (shade, 20, 30)).save(output, "PNG")
    return output.getvalue()


def photo_call(graph: Graph, page: str, data: bytes, **fields: str) -> httpx.Response:
    return graph.call("POST", f"{BAKERY}/photos", page, data=fields, files={"source": ("p.png", data, "image/png")})


def chunked(graph: Graph, page: str, data: bytes, **finish: str) -> dict[str, Any]:
    start = graph.call(
        "POST", f"{BAKERY}/videos", page, host="video", data={"upload_phase": "start", "file_size": len(data)}
    ).json()
    offsets = start
    while offsets["start_offset"] != offsets["end_offset"]:
        first, last = int(offsets["start_offset"]), int(offsets["end_offset"])
        offsets = graph.call(
            "POST",
            f"{BAKERY}/videos",
            page,
            host="video",
            data={"upload_phase": "transfer", "upload_session_id": start["upload_session_id"], "start_offset": first},
            files={"video_file_chunk": ("c.mp4", data[first:last], "video/mp4")},
        ).json()
    fields = {"upload_phase": "finish", "upload_session_id": start["upload_session_id"], **finish}
    assert graph.call("POST", f"{BAKERY}/videos", page, host="video", data=fields).json() == {"success": True}
    return {"id": start["video_id"], "session": start["upload_session_id"]}

"""TikTok's adapter against the sandbox, over real HTTP: what a person does, what anyone sees, what goes wrong."""

import hashlib
import io
import re
import struct
import threading
import time
from collections.abc import AsyncIterator, Iterator
from fractions import Fraction
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import anyio
import av
import httpx
import pytest
from attrs import define, evolve, field, frozen
from PIL import Image

from adapters_platforms.http import HttpClient
from adapters_platforms.settings import AppCredentials, PlatformSettings
from adapters_platforms.tiktok import build
from distribution_core.domain.content import MediaAsset, MediaKind
from distribution_core.domain.outcome import Finding, Outcome, Processing, Ready
from distribution_core.domain.post import Post, fingerprint
from distribution_core.domain.secret import Secret
from distribution_core.ports.platform import Consent, Platform, PublishJob
from distribution_core.testing.memory_journal import MemoryJournal
from distribution_core.testing.memory_media import MemoryMediaStore

APPS = {"creator": AppCredentials(client_id="sandboxtiktokkey", client_secret=Secret("sandbox-tiktok-secret"))}
REDIRECT = "http://127.0.0.1:8000/oauth/tiktok/callback"
VERIFIER = Secret("v" * 64)
MIB = 1024 * 1024
QUICK = {"poll_first_s": "0.02", "poll_longest_s": "0.1", "last_chunk_wait_s": "0.05", "post_id_wait_s": "20"}
CHUNKED = {"whole_file_bytes_max": str(5 * MIB), "chunk_bytes": str(5 * MIB)}


@define
class CountingStore(MemoryMediaStore):
    """Remembers which bytes were read, which is what goes up."""

    reads: list[tuple[str, int, int]] = field(factory=list)

    async def read(self, key: str, start: int, length: int) -> bytes:
        self.reads.append((key, start, length))
        return await super().read(key, start, length)

    def bytes_at(self, key: str) -> bytes | None:
        return self._objects.get(key)


@frozen(kw_only=True)
class Account:
    """A platform with a creator to post as; `job` has nothing in it yet."""

    platform: Platform
    job: PublishJob

    def posting(self, post: Post, **changes: Any) -> PublishJob:
        return evolve(self.job, post=post, fingerprint=fingerprint(post), **changes)

    async def publish(self, post: Post, journal: MemoryJournal | None = None) -> Outcome:
        """Prepare and commit, as the use case does."""
        journal = journal or MemoryJournal()
        job = self.posting(post)
        assert await self.platform.adapter.prepare(job, journal) == Ready()
        outcome = await self.platform.adapter.commit(job, journal.handles)
        if isinstance(outcome, Processing):
            await journal.record(**outcome.handles)
        return outcome

    async def settled(self, job: PublishJob, journal: MemoryJournal) -> Finding:
        """What reconcile says once it is more than *processing*; its handles join the journal, as the use case does it."""
        deadline = time.monotonic() + 30
        while True:
            finding = await self.platform.adapter.reconcile(job, journal.handles)
            if not isinstance(finding, Processing):
                return finding
            assert time.monotonic() < deadline, f"still processing: {journal.handles}"
            await journal.record(**finding.handles)
            await anyio.sleep(min(finding.poll_after.total_seconds(), 0.2))


@define
class Stage:
    """The sandbox from outside, and the adapter in front of it."""

    url: str
    http: HttpClient
    media: CountingStore

    def build(self, apps: Any = APPS, **options: str) -> Platform:
        base = f"{self.url}/tiktok"
        settings = PlatformSettings(
            apps=apps, base_urls={"www": f"{base}/www", "api": f"{base}/api"}, options=QUICK | options, sandboxed=True
        )
        return build(settings, self.http, self.media)

    def consent(
        self, authorize_url: str, person: str = "o-ada", decision: str = "allow", without: str | None = None
    ) -> dict[str, str]:
        """The callback's parameters after a person answered the consent page."""
        with httpx.Client() as browser:
            page = browser.get(authorize_url)
            found = re.search(r'name="request_id" value="([^"]+)"', page.text)
            assert found, page.text
            scopes = [scope for scope in re.findall(r'name="scopes" value="([^"]+)"', page.text) if scope != without]
            form = {"request_id": found[1], "person": person, "scopes": scopes, "decision": decision}
            answer = browser.post(f"{self.url}/tiktok/consent", data=form)
        assert answer.is_redirect, answer.text
        return {key: values[0] for key, values in parse_qs(urlsplit(answer.headers["location"]).query).items()}

    async def link(self, platform: Platform, person: str = "o-ada", without: str | None = None) -> Consent:
        """A person's whole way through the consent page."""
        url = platform.authorizer.authorize_url("creator", REDIRECT, "state-1", VERIFIER)
        back = self.consent(url, person, without=without)
        assert back["state"] == "state-1"
        return await platform.authorizer.exchange("creator", Secret(back["code"]), REDIRECT, VERIFIER)

    async def creator(self, person: str = "o-ada", **options: str) -> Account:
        platform = self.build(**options)
        return self.account(platform, await self.link(platform, person))

    def account(self, platform: Platform, consent: Consent) -> Account:
        [account] = consent.accounts
        job = PublishJob(
            delivery_id=uuid4(),
            external_account_id=account.external_account_id,
            account_kind=account.kind,
            account_handle=account.handle,
            app="creator",
            token=consent.tokens.access,
            scopes=consent.tokens.scopes,
            post=Post(text=""),
            fingerprint="",
        )
        return Account(platform=platform, job=job)

    def posts(self, account_id: str | None = None) -> list[dict[str, Any]]:
        query = {"platform": "tiktok"} | ({"account_id": account_id} if account_id else {})
        found: list[dict[str, Any]] = httpx.get(f"{self.url}/_sandbox/posts", params=query).json()["posts"]
        return found

    async def visible(self, count: int = 1) -> list[dict[str, Any]]:
        """The posts, once there are so many of them."""
        deadline = time.monotonic() + 20
        while len(posts := self.posts()) < count:
            assert time.monotonic() < deadline, posts
            await anyio.sleep(0.02)
        return posts

    def fault(self, call: str, kind: str, count: int | None = 1, **options: Any) -> None:
        rule = {"platform": "tiktok", "call": call, "kind": kind, "count": count, "options": options}
        httpx.put(f"{self.url}/_sandbox/faults", json={"faults": [rule]}).raise_for_status()

    def faults_left(self) -> list[int | None]:
        return [rule["left"] for rule in httpx.get(f"{self.url}/_sandbox/faults").json()["faults"]]

    def switch(self, **values: Any) -> None:
        httpx.put(f"{self.url}/_sandbox/switches/tiktok", json=values).raise_for_status()

    def advance(self, seconds: float) -> None:
        httpx.post(f"{self.url}/_sandbox/clock", json={"advance_seconds": seconds}).raise_for_status()

    def tokens(self, action: str, account_id: str = "o-ada") -> None:
        data = {"platform": "tiktok", "account_id": account_id, "action": action}
        httpx.post(f"{self.url}/_sandbox/tokens", json=data).raise_for_status()

    async def picture(self, seed: int = 1, size: tuple[int, int] = (1600, 1200)) -> MediaAsset:
        out = io.BytesIO()
        Image.effect_noise((40, 30), 10 + seed).resize(size).save(out, "PNG")
        return await self.stored(out.getvalue(), MediaKind.IMAGE, "image/png", width=size[0], height=size[1])

    async def clip(self, size_bytes: int = 200_000) -> MediaAsset:
        """A real MP4 of three seconds, brought to its size by a `free` box, which players skip."""
        data = short_film()
        padding = size_bytes - len(data)
        data += struct.pack(">I4s", padding, b"free") + Random(1).randbytes(padding - 8)
        return await self.stored(data, MediaKind.VIDEO, "video/mp4", width=360, height=640, duration_ms=3000)

    async def stored(self, data: bytes, kind: MediaKind, mime: str, **facts: Any) -> MediaAsset:
        async def chunks() -> AsyncIterator[bytes]:
            yield data

        digest = hashlib.sha256(data).hexdigest()
        await self.media.put(digest, chunks(), mime)
        return MediaAsset(key=digest, kind=kind, mime=mime, size_bytes=len(data), sha256=digest, **facts)


@cache
def short_film() -> bytes:
    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=Fraction(24), options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = 360, 640, "yuv420p"
        frame = av.VideoFrame.from_image(Image.new("RGB", (360, 640), "teal"))
        for index in range(72):
            frame.pts = index
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return out.getvalue()


@pytest.fixture
def site() -> Iterator[CountingStore]:
    """A media store whose public URLs a server really answers, since TikTok comes to fetch."""
    store = CountingStore()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            data = store.bytes_at(self.path.removeprefix("/"))
            self.send_response(200 if data is not None else 404)
            self.send_header("content-length", str(len(data or b"")))
            self.end_headers()
            self.wfile.write(data or b"")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    store.url_prefix = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield store
    server.shutdown()
    server.server_close()
    thread.join(timeout=5)


@pytest.fixture
async def stage(sandbox_url: str, site: CountingStore) -> AsyncIterator[Stage]:
    http = HttpClient.create()
    stage = Stage(sandbox_url, http, site)
    stage.switch(rate_limits=False, processing_seconds=0.05, moderation_seconds=0.05)
    yield stage
    await http.aclose()


@pytest.fixture
def chunked() -> dict[str, str]:
    """Options under which a test film of 5 MiB and more goes up in several chunks."""
    return CHUNKED

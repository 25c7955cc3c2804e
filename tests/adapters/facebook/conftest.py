"""Facebook's adapter against the sandbox, over real HTTP: what a person does, what anyone sees, what goes wrong."""

import hashlib
import io
import re
import struct
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import anyio
import httpx
import pytest
from attrs import define, evolve, field, frozen
from PIL import Image

from adapters_platforms.facebook import build
from adapters_platforms.http import HttpClient
from adapters_platforms.settings import AppCredentials, PlatformSettings
from distribution_core.domain.content import MediaAsset, MediaKind
from distribution_core.domain.outcome import Finding, Outcome, Processing, Ready
from distribution_core.domain.post import Post, fingerprint
from distribution_core.domain.secret import Secret
from distribution_core.ports.platform import Consent, Platform, PublishJob
from distribution_core.testing.memory_journal import MemoryJournal
from distribution_core.testing.memory_media import MemoryMediaStore

APPS = {"pages": AppCredentials(client_id="900000000000001", client_secret=Secret("sandbox-facebook-secret"))}
REDIRECT = "http://127.0.0.1:8000/oauth/facebook/callback"
PAGES = ("5550001", "5550002", "5550003", "5550004")


@define
class CountingStore(MemoryMediaStore):
    """Remembers which bytes were read, which is what goes up."""

    reads: list[tuple[str, int, int]] = field(factory=list)

    async def read(self, key: str, start: int, length: int) -> bytes:
        self.reads.append((key, start, length))
        return await super().read(key, start, length)


@frozen(kw_only=True)
class Account:
    """A platform with a Page to post to; `job` has nothing in it yet."""

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

    def later(self, post: Post, **changes: Any) -> PublishJob:
        """The job as it is when its commit's answer was lost."""
        return self.posting(post, **({"committing_at": datetime.now(UTC) - timedelta(seconds=1)} | changes))

    async def settled(self, job: PublishJob, journal: MemoryJournal) -> Finding:
        """What reconcile says once it is more than *processing*."""
        deadline = time.monotonic() + 20
        while True:
            finding = await self.platform.adapter.reconcile(job, journal.handles)
            if not isinstance(finding, Processing):
                return finding
            assert time.monotonic() < deadline, f"still processing: {journal.handles}"
            await anyio.sleep(0.05)


@define
class Stage:
    """The sandbox from outside, and the adapter in front of it."""

    url: str
    http: HttpClient
    media: CountingStore = field(factory=CountingStore)

    def build(self, apps: Any = APPS, graph: str | None = None, **options: str) -> Platform:
        base = f"{self.url}/facebook"
        urls = {"www": f"{base}/www", "graph": graph or f"{base}/graph", "video": f"{base}/video"}
        settings = PlatformSettings(apps=apps, base_urls=urls, options=options, sandboxed=True)
        return build(settings, self.http, self.media)

    def consent(
        self, authorize_url: str, person: str = "1020", decision: str = "allow", without: str | None = None
    ) -> dict[str, str]:
        """The callback's parameters after a person answered the consent page."""
        with httpx.Client() as browser:
            page = browser.get(authorize_url)
            found = re.search(r'name="request_id" value="([^"]+)"', page.text)
            assert found, page.text
            scopes = [scope for scope in re.findall(r'name="scopes" value="([^"]+)"', page.text) if scope != without]
            form = {"request_id": found[1], "person": person, "accounts": PAGES, "scopes": scopes, "decision": decision}
            answer = browser.post(f"{self.url}/facebook/consent", data=form)
        assert answer.is_redirect, answer.text
        return {key: values[0] for key, values in parse_qs(urlsplit(answer.headers["location"]).query).items()}

    async def link(self, platform: Platform, person: str = "1020", without: str | None = None) -> Consent:
        """A person's whole way through the consent page."""
        back = self.consent(platform.authorizer.authorize_url("pages", REDIRECT, "state-1", None), person, without=without)
        assert back["state"] == "state-1"
        return await platform.authorizer.exchange("pages", Secret(back["code"]), REDIRECT, None)

    async def page(self, page_id: str = "5550001", **options: str) -> Account:
        platform = self.build(**options)
        return self.account(platform, await self.link(platform), page_id)

    def account(self, platform: Platform, consent: Consent, page_id: str) -> Account:
        [found] = [account for account in consent.accounts if account.external_account_id == page_id]
        assert found.token is not None
        job = PublishJob(
            delivery_id=uuid4(),
            external_account_id=page_id,
            account_kind=found.kind,
            account_handle=found.handle,
            app="pages",
            token=found.token,
            scopes=consent.tokens.scopes,
            post=Post(text=""),
            fingerprint="",
        )
        return Account(platform=platform, job=job)

    def posts(self, account_id: str | None = None) -> list[dict[str, Any]]:
        query = {"platform": "facebook"} | ({"account_id": account_id} if account_id else {})
        found: list[dict[str, Any]] = httpx.get(f"{self.url}/_sandbox/posts", params=query).json()["posts"]
        return found

    def fault(self, call: str, kind: str, count: int | None = 1, **options: Any) -> None:
        rule = {"platform": "facebook", "call": call, "kind": kind, "count": count, "options": options}
        httpx.put(f"{self.url}/_sandbox/faults", json={"faults": [rule]}).raise_for_status()

    def error(self, call: str, code: int, subcode: int | None = None, status: int = 400, **rest: Any) -> None:
        """The next such call is refused with this code."""
        body = {"error": {"message": "words", "type": "OAuthException", "code": code, "error_subcode": subcode, **rest}}
        self.fault(call, "custom", status=status, body=body)

    def faults_left(self) -> list[int | None]:
        return [rule["left"] for rule in httpx.get(f"{self.url}/_sandbox/faults").json()["faults"]]

    def switch(self, **values: Any) -> None:
        httpx.put(f"{self.url}/_sandbox/switches/facebook", json=values).raise_for_status()

    def advance(self, seconds: float) -> None:
        httpx.post(f"{self.url}/_sandbox/clock", json={"advance_seconds": seconds}).raise_for_status()

    def tokens(self, action: str, account_id: str) -> None:
        data = {"platform": "facebook", "account_id": account_id, "action": action}
        httpx.post(f"{self.url}/_sandbox/tokens", json=data).raise_for_status()

    async def picture(self, seed: int = 1, alt_text: str | None = None) -> MediaAsset:
        out = io.BytesIO()
        Image.effect_noise((64, 48), 10 + seed).save(out, "PNG")
        return await self._stored(out.getvalue(), MediaKind.IMAGE, "image/png", alt_text=alt_text)

    async def clip(self, size_bytes: int = 100_000) -> MediaAsset:
        """Bytes that begin as an MP4 does."""
        data = struct.pack(">I4s4sI", 16, b"ftyp", b"isom", 0)
        data += struct.pack(">I4s", size_bytes - len(data), b"free") + Random(1).randbytes(size_bytes - len(data) - 8)
        return await self._stored(data, MediaKind.VIDEO, "video/mp4", duration_ms=4000)

    async def _stored(self, data: bytes, kind: MediaKind, mime: str, **facts: Any) -> MediaAsset:
        async def chunks() -> AsyncIterator[bytes]:
            yield data

        digest = hashlib.sha256(data).hexdigest()
        await self.media.put(digest, chunks(), mime)
        facts = {"width": 64, "height": 48} | facts
        return MediaAsset(key=digest, kind=kind, mime=mime, size_bytes=len(data), sha256=digest, **facts)


@pytest.fixture
async def stage(sandbox_url: str) -> AsyncIterator[Stage]:
    http = HttpClient.create()
    stage = Stage(sandbox_url, http)
    stage.switch(processing_seconds=0.05)
    yield stage
    await http.aclose()

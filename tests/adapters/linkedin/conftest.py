"""LinkedIn's adapter against the sandbox, over real HTTP: what a person does, what anyone sees, what goes wrong."""

import hashlib
import io
import re
import struct
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import av
import httpx
import pytest
from attrs import define, evolve, field, frozen
from PIL import Image

from adapters_platforms.http import HttpClient
from adapters_platforms.linkedin import build
from adapters_platforms.settings import AppCredentials, PlatformSettings
from distribution_core.domain.content import MediaAsset, MediaKind
from distribution_core.domain.outcome import Outcome, Ready
from distribution_core.domain.post import Post, fingerprint
from distribution_core.domain.secret import Secret
from distribution_core.ports.platform import Consent, Platform, PublishJob
from distribution_core.testing.memory_journal import MemoryJournal
from distribution_core.testing.memory_media import MemoryMediaStore

APPS = {
    "member": AppCredentials(client_id="86sandboxmember", client_secret=Secret("sandbox-linkedin-member-secret")),
    "community": AppCredentials(client_id="86sandboxcommunity", client_secret=Secret("sandbox-linkedin-community-secret")),
}
REDIRECT = "http://127.0.0.1:8000/oauth/linkedin/callback"
QUICK = {"poll_interval_s": "0.1", "poll_count": "40", "member_image_wait_s": "0.8", "fresh_token_wait_s": "2"}


@define
class CountingStore(MemoryMediaStore):
    """Remembers which bytes were read, which is what goes up, and can be out of reach for one object."""

    reads: list[tuple[str, int, int]] = field(factory=list)
    _away: str | None = None
    _left: int = 0

    def keep_from(self, key: str | None, after: int = 0) -> None:
        """From the read number `after` on, an object's bytes cannot be had; None ends that."""
        self._away, self._left = key, after

    async def read(self, key: str, start: int, length: int) -> bytes:
        self.reads.append((key, start, length))
        if key == self._away:
            if self._left == 0:
                raise ConnectionError("the store is out of reach")
            self._left -= 1
        return await super().read(key, start, length)


@frozen(kw_only=True)
class Account:
    """A platform with an account to post as; `job` has nothing in it yet."""

    platform: Platform
    job: PublishJob

    def posting(self, post: Post, **changes: Any) -> PublishJob:
        return evolve(self.job, post=post, fingerprint=fingerprint(post), **changes)

    async def publish(self, post: Post, journal: MemoryJournal | None = None) -> Outcome:
        """Prepare and commit, as the use case does."""
        journal = journal or MemoryJournal()
        job = self.posting(post)
        assert await self.platform.adapter.prepare(job, journal) == Ready()
        return await self.platform.adapter.commit(job, journal.handles)

    def later(self, job: PublishJob, **changes: Any) -> PublishJob:
        """The job as it is when its commit's answer was lost."""
        return evolve(job, **({"committing_at": datetime.now(UTC) - timedelta(seconds=2)} | changes))


@define
class Stage:
    """The sandbox from outside, and the adapter in front of it."""

    url: str
    http: HttpClient
    media: CountingStore = field(factory=CountingStore)

    def build(self, api_version: str | None = None, apps: Any = APPS, **options: str) -> Platform:
        base = f"{self.url}/linkedin"
        settings = PlatformSettings(
            apps=apps,
            base_urls={"www": f"{base}/www", "api": f"{base}/api"},
            api_version=api_version,
            options=QUICK | options,
            sandboxed=True,
        )
        return build(settings, self.http, self.media)

    def consent(self, authorize_url: str, person: str, decision: str = "allow") -> dict[str, str]:
        """The callback's parameters after a person answered the consent page."""
        with httpx.Client() as browser:
            page = browser.get(authorize_url)
            found = re.search(r'name="request_id" value="([^"]+)"', page.text)
            assert found, page.text
            scopes = re.findall(r'name="scopes" value="([^"]+)"', page.text)
            form = {"request_id": found[1], "person": person, "scopes": scopes, "decision": decision}
            answer = browser.post(f"{self.url}/linkedin/consent", data=form)
        assert answer.is_redirect, answer.text
        return {key: values[0] for key, values in parse_qs(urlsplit(answer.headers["location"]).query).items()}

    async def link(self, platform: Platform, app: str, person: str = "ada-li") -> Consent:
        """A person's whole way through the consent page."""
        back = self.consent(platform.authorizer.authorize_url(app, REDIRECT, "state-1", None), person)
        assert back["state"] == "state-1"
        return await platform.authorizer.exchange(app, Secret(back["code"]), REDIRECT, None)

    async def member(self, person: str = "ada-li", **options: str) -> Account:
        platform = self.build(**options)
        return self._account(platform, await self.link(platform, "member", person), "member", person)

    async def organization(self, organization: str = "55001", person: str = "ada-li", **options: str) -> Account:
        platform = self.build(**options)
        return self._account(platform, await self.link(platform, "community", person), "organization", organization)

    def _account(self, platform: Platform, consent: Consent, kind: str, external_id: str) -> Account:
        job = PublishJob(
            delivery_id=uuid4(),
            external_account_id=external_id,
            account_kind=kind,
            account_handle=None,
            app="member" if kind == "member" else "community",
            token=consent.tokens.access,
            scopes=consent.tokens.scopes,
            post=Post(text=""),
            fingerprint="",
        )
        return Account(platform=platform, job=job)

    def posts(self, account_id: str | None = None) -> list[dict[str, Any]]:
        query = {"platform": "linkedin"} | ({"account_id": account_id} if account_id else {})
        found: list[dict[str, Any]] = httpx.get(f"{self.url}/_sandbox/posts", params=query).json()["posts"]
        return found

    def fault(self, call: str, kind: str, count: int | None = 1, **options: Any) -> None:
        rule = {"platform": "linkedin", "call": call, "kind": kind, "count": count, "options": options}
        httpx.put(f"{self.url}/_sandbox/faults", json={"faults": [rule]}).raise_for_status()

    def faults_left(self) -> list[int | None]:
        return [rule["left"] for rule in httpx.get(f"{self.url}/_sandbox/faults").json()["faults"]]

    def switch(self, **values: Any) -> None:
        httpx.put(f"{self.url}/_sandbox/switches/linkedin", json=values).raise_for_status()

    def tokens(self, action: str, account_id: str) -> None:
        data = {"platform": "linkedin", "account_id": account_id, "action": action}
        httpx.post(f"{self.url}/_sandbox/tokens", json=data).raise_for_status()

    async def picture(self, seed: int = 1, alt_text: str | None = None) -> MediaAsset:
        out = io.BytesIO()
        Image.effect_noise((64, 48), 10 + seed).save(out, "PNG")
        return await self._stored(out.getvalue(), MediaKind.IMAGE, "image/png", alt_text=alt_text)

    async def clip(self, size_bytes: int = 100_000) -> MediaAsset:
        """A real MP4 of four seconds, brought to its size by a `free` box, which players skip."""
        out = io.BytesIO()
        with av.open(out, "w", format="mp4") as container:
            stream = container.add_stream("mpeg4", rate=5)
            stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
            for index in range(20):
                frame = av.VideoFrame.from_image(Image.new("RGB", (64, 48), (index * 10, 80, 120)))
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
        data = out.getvalue()
        padding = size_bytes - len(data)
        data += struct.pack(">I4s", padding, b"free") + Random(1).randbytes(padding - 8)
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
    yield Stage(sandbox_url, http)
    await http.aclose()

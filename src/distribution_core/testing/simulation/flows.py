"""The ways in which platforms publish, by what they let us know after a lost answer."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Protocol
from uuid import UUID

from attrs import define, field

from distribution_core.domain.outcome import (
    Absent,
    CannotAsk,
    Finding,
    Found,
    Outcome,
    Processing,
    Published,
    Ready,
    Refusal,
    Refuted,
    Rejected,
    Unavailable,
    Unknown,
)
from distribution_core.domain.post import normalised
from distribution_core.ports.platform import Journal, PublishJob
from distribution_core.testing.simulation.judge import Judge, Post
from distribution_core.testing.simulation.network import Network, RefusedError, UnansweredError, content_refused
from distribution_core.testing.simulation.world import EPOCH, World

Check = Callable[[], None]
_POLL = timedelta(seconds=20)
_SKEW_S = 5.0


class Flow(Protocol):
    """How one kind of post gets to its platform. `check` raises RefusedError there when the job's token is not taken."""

    async def prepare(self, job: PublishJob, journal: Journal, check: Check) -> Ready | Refusal: ...
    async def commit(self, job: PublishJob, handles: Mapping[str, Any], check: Check) -> Outcome: ...
    async def reconcile(self, job: PublishJob, handles: Mapping[str, Any], check: Check) -> Finding: ...


@define(eq=False)
class _Platform:
    """What all flows share: a public timeline, and reads of it that may lag."""

    world: World
    network: Network
    judge: Judge
    name: str
    serial: int = 0
    things: dict[str, "_Thing"] = field(factory=dict)

    def number(self, prefix: str) -> str:
        self.serial += 1
        return f"{prefix}-{self.name}-{self.serial}"

    def show(self, job: PublishJob) -> str:
        post_id = self.number("post")
        self.judge.appeared(
            Post(post_id, job.delivery_id, self.name, job.external_account_id, job.post.text, self.world.loop.now)
        )
        return post_id

    def lags(self) -> bool:
        return self.world.weather.strikes("read_back_lags", self.world.loop.now)

    async def ask(self, read: Callable[[], Finding], check: Check) -> Finding:
        def checked() -> Finding:
            check()
            return read()

        try:
            return await self.network.call("reconcile", checked)
        except RefusedError as refused:
            return CannotAsk(refusal=refused.refusal)
        except UnansweredError as error:
            return CannotAsk(refusal=Unavailable(message=str(error)))

    def look_back(self, job: PublishJob) -> Finding:
        """The one recent post with these words that nothing else holds; none proves nothing."""
        if job.committing_at is None:
            return Unknown(message="nobody knows when it was sent")
        began = (job.committing_at - EPOCH).total_seconds() - _SKEW_S
        seen = [
            post
            for post in self.judge.posts.values()
            if post.account == job.external_account_id
            and normalised(post.text) == normalised(job.post.text)
            and post.made_at >= began
            and post.post_id not in job.claimed_post_ids
        ]
        if len(seen) == 1 and not self.lags():
            return Found(publication=Published(external_post_id=seen[0].post_id), by_likeness=True)
        return Unknown(message="a look back does not tell")

    def maybe_refuse(self, job: PublishJob) -> None:
        if "refuse" in job.post.text:
            raise content_refused("this platform does not like the word")


@define
class _Thing:
    """A draft, an upload session or a publish id at the platform."""

    maker: UUID
    bytes_in: bool = False
    asked_at: float | None = None
    post_id: str | None = None
    failed: bool = False
    gone: bool = False


@define(eq=False)
class DraftFlow(_Platform):
    """Facebook text, link and photos: an unpublished post first, then `is_published` on its id, which can be repeated."""

    async def prepare(self, job: PublishJob, journal: Journal, check: Check) -> Ready | Refusal:
        def make() -> str:
            check()
            self.maybe_refuse(job)
            draft = self.number("draft")
            self.things[draft] = _Thing(job.delivery_id)
            return draft

        if "draft" not in journal.handles:
            await journal.record(draft=await self.network.call("prepare", make))
        return Ready()

    async def commit(self, job: PublishJob, handles: Mapping[str, Any], check: Check) -> Outcome:
        def show() -> Outcome:
            check()
            thing = self.things[handles["draft"]]
            if thing.post_id is None and self.world.weather.strikes("draft_vanished", self.world.loop.now):
                thing.gone = True
            if thing.gone:
                return Unavailable(message="there is no such draft", stale=True)
            if thing.post_id is None:
                thing.post_id = self.show(job)
            return Published(external_post_id=thing.post_id)

        return await self.network.call("commit", show)

    async def reconcile(self, job: PublishJob, handles: Mapping[str, Any], check: Check) -> Finding:
        def read() -> Finding:
            thing = self.things[handles["draft"]]
            if thing.gone:
                return Unknown(message="the draft has gone")
            if thing.post_id is None or self.lags():
                return Absent()
            return Found(publication=Published(external_post_id=thing.post_id))

        return await self.ask(read, check)


@define(eq=False)
class DirectFlow(_Platform):
    """One call that posts; afterwards only a look back at what is public (Facebook direct, LinkedIn organizations)."""

    async def prepare(self, job: PublishJob, journal: Journal, check: Check) -> Ready | Refusal:
        if "asset" not in journal.handles:
            await journal.record(asset=await self.network.call("prepare", lambda: self.number("asset")))
        return Ready()

    async def commit(self, job: PublishJob, handles: Mapping[str, Any], check: Check) -> Outcome:
        def post() -> Outcome:
            check()
            self.maybe_refuse(job)
            return Published(external_post_id=self.show(job))

        return await self.network.call("commit", post)

    async def reconcile(self, job: PublishJob, handles: Mapping[str, Any], check: Check) -> Finding:
        return await self.ask(lambda: self.look_back(job), check)


@define(eq=False)
class BlindFlow(DirectFlow):
    """LinkedIn members: posts can't be read back at all."""

    async def reconcile(self, job: PublishJob, handles: Mapping[str, Any], check: Check) -> Finding:
        return Unknown(message="this platform can't be asked")


@define(eq=False)
class UploadFlow(_Platform):
    """TikTok video from file, Facebook video: a session whose id is known before its last byte; then it is worked on."""

    async def prepare(self, job: PublishJob, journal: Journal, check: Check) -> Ready | Refusal:
        def begin() -> str:
            check()
            session = self.number("upload")
            self.things[session] = _Thing(job.delivery_id)
            return session

        if "session" not in journal.handles:
            await journal.record(session=await self.network.call("prepare", begin))
        await self.network.call("prepare", lambda: None)
        await journal.record(chunks=2)
        return Ready()

    async def commit(self, job: PublishJob, handles: Mapping[str, Any], check: Check) -> Outcome:
        def finish() -> Outcome:
            thing = self.things[handles["session"]]
            if thing.asked_at is None:
                thing.asked_at = self.world.loop.now
                thing.failed = self.world.weather.strikes("processing_failed", self.world.loop.now)
                if not thing.failed:
                    self.world.later(self.world.random.choice((3, 15, 70)), self._done, thing, job)
            return Processing(poll_after=_POLL)

        return await self.network.call("commit", finish)

    def _done(self, thing: _Thing, job: PublishJob) -> None:
        thing.post_id = self.show(job)

    async def reconcile(self, job: PublishJob, handles: Mapping[str, Any], check: Check) -> Finding:
        def read() -> Finding:
            thing = self.things[handles["session"]]
            if thing.failed:
                return Refuted(refusal=Rejected(message="the video could not be used"))
            if thing.asked_at is None:
                return Absent()
            if thing.post_id is None or self.lags():
                return Processing(poll_after=_POLL)
            return Found(publication=Published(external_post_id=thing.post_id))

        return await self.ask(read, check)


@define(eq=False)
class PullFlow(_Platform):
    """TikTok photos: the call that begins is the one that posts, and only its answer gives something to ask by."""

    async def prepare(self, job: PublishJob, journal: Journal, check: Check) -> Ready | Refusal:
        return Ready()

    async def commit(self, job: PublishJob, handles: Mapping[str, Any], check: Check) -> Outcome:
        def begin() -> Outcome:
            check()
            self.maybe_refuse(job)
            publish_id = self.number("publish")
            thing = self.things[publish_id] = _Thing(job.delivery_id, asked_at=self.world.loop.now)
            thing.failed = self.world.weather.strikes("processing_failed", self.world.loop.now)
            if not thing.failed:
                self.world.later(self.world.random.choice((2, 12, 60)), self._done, thing, job)
            return Processing(poll_after=_POLL, handles={"publish_id": publish_id})

        return await self.network.call("commit", begin)

    def _done(self, thing: _Thing, job: PublishJob) -> None:
        thing.post_id = self.show(job)

    async def reconcile(self, job: PublishJob, handles: Mapping[str, Any], check: Check) -> Finding:
        def read() -> Finding:
            publish_id = handles.get("publish_id")
            if publish_id is None:
                return self.look_back(job)
            thing = self.things[publish_id]
            if thing.failed:
                return Refuted(refusal=Rejected(message="the photos could not be used"))
            if thing.post_id is None or self.lags():
                return Processing(poll_after=_POLL)
            return Found(publication=Published(external_post_id=thing.post_id))

        return await self.ask(read, check)


FLOWS: Mapping[str, Callable[[World, Network, Judge, str], Flow]] = {
    "draft": DraftFlow,
    "direct": DirectFlow,
    "blind": BlindFlow,
    "upload": UploadFlow,
    "pull": PullFlow,
}

"""Listens to what a platform answers: its breaker counts it, and its own words on limits are heeded by all."""

import asyncio
from collections.abc import Awaitable, Mapping
from datetime import timedelta
from typing import Any, TypeVar

from attrs import evolve, frozen

from distribution_core.domain.outcome import (
    Absent,
    AuthLost,
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
    Throttled,
    Unavailable,
    Unconfirmed,
    Unknown,
)
from distribution_core.domain.quota import Scope
from distribution_core.domain.rules import PlatformRules
from distribution_core.ports.limiter import WindowKey, breaker_key
from distribution_core.ports.platform import Journal, Platform, PlatformAdapter, PublishJob, Timing
from distribution_core.ports.usage import NearlyUsed, listening
from distribution_core.usecases.context import Context

THROTTLED = "throttled"
_REFUSED = (CannotAsk, Refuted)
_OURS = ("internal", "held_up")

T = TypeVar("T", bound=Outcome | Finding | Ready)


def heard(ctx: Context, platform: Platform) -> PlatformAdapter:
    """The platform's adapter with an ear to it."""
    return HeardAdapter(ctx=ctx, platform=platform.id, adapter=platform.adapter)


@frozen(kw_only=True)
class HeardAdapter:
    """Answers as the adapter does; only that a failing platform is said to be down where its breaker already knows it, so
    that a probe costs its delivery no attempt."""

    ctx: Context
    platform: str
    adapter: PlatformAdapter

    @property
    def rules(self) -> PlatformRules:
        return self.adapter.rules

    def timing(self, job: PublishJob) -> Timing:
        return self.adapter.timing(job)

    async def prepare(self, job: PublishJob, journal: Journal) -> Ready | Refusal:
        return self._known_down(job, await self._hear(job, self.adapter.prepare(job, journal)))

    async def commit(self, job: PublishJob, handles: Mapping[str, Any]) -> Outcome:
        return self._known_down(job, await self._hear(job, self.adapter.commit(job, handles)))

    async def reconcile(self, job: PublishJob, handles: Mapping[str, Any]) -> Finding:
        return await self._hear(job, self.adapter.reconcile(job, handles))

    async def _hear(self, job: PublishJob, answering: Awaitable[T]) -> T:
        key = breaker_key(self.platform, job.app)
        with listening() as usages:
            try:
                answer = await answering
            except asyncio.CancelledError:
                # Whoever called ran out of patience: no answer is what an outage looks like.
                self.ctx.outbound.bad[key] += 1
                raise
            finally:
                for usage in usages:
                    self._wait(job, usage)
        well = went_well(answer)
        if well is not None:
            (self.ctx.outbound.good if well else self.ctx.outbound.bad)[key] += 1
        refusal = answer.refusal if isinstance(answer, _REFUSED) else answer
        if isinstance(refusal, Throttled):
            self._throttled(job, refusal)
        return answer

    def _throttled(self, job: PublishJob, refusal: Throttled) -> None:
        """A limit of the whole app is shared even where nothing is said of its end: the app's next post would meet it at once."""
        wait = refusal.wait
        if wait is None and refusal.scope is Scope.APP:
            wait = self.ctx.retry.rate_limit_default
        if refusal.scope is not None and wait is not None:
            self._wait(job, NearlyUsed(name=THROTTLED, scope=refusal.scope, wait=wait))

    def _known_down(self, job: PublishJob, answer: T) -> T:
        if not isinstance(answer, Unavailable) or went_well(answer) is not False:
            return answer
        shut = self.ctx.outbound.is_shut(breaker_key(self.platform, job.app))
        return evolve(answer, down=True) if shut else answer

    def _wait(self, job: PublishJob, usage: NearlyUsed) -> None:
        account = job.external_account_id if usage.scope is Scope.ACCOUNT else ""
        key = WindowKey(platform=self.platform, app=job.app, name=usage.name, account=account)
        self.ctx.outbound.wait(key, self.ctx.clock.now() + max(usage.wait, timedelta()))


def went_well(answer: Outcome | Finding | Ready) -> bool | None:
    """Whether the platform is up, by this answer: a refusal is an answer too. None where it tells nothing."""
    match answer:
        case Published() | Processing() | Rejected() | Throttled() | AuthLost() | Found() | Absent() | Refuted():
            return True
        case CannotAsk(refusal=refusal):
            return went_well(refusal)
        case Unavailable(stale=True) | Ready() | Unknown():
            return None
        case Unavailable(code=code) | Unconfirmed(code=code):
            return None if code in _OURS else False


_: type[PlatformAdapter] = HeardAdapter

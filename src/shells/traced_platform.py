"""A platform's adapter with a span around each of its steps."""

from collections.abc import Mapping
from typing import Any

from attrs import evolve, frozen

from distribution_core.domain.outcome import Finding, Outcome, Ready, Refusal
from distribution_core.domain.rules import PlatformRules
from distribution_core.ports.platform import Journal, Platform, PlatformAdapter, PublishJob, Timing
from distribution_core.ports.telemetry import Telemetry


@frozen
class TracedAdapter:
    """Does what the adapter within does."""

    _inner: PlatformAdapter
    _telemetry: Telemetry

    @property
    def rules(self) -> PlatformRules:
        return self._inner.rules

    def timing(self, job: PublishJob) -> Timing:
        return self._inner.timing(job)

    async def prepare(self, job: PublishJob, journal: Journal) -> Ready | Refusal:
        with self._telemetry.span("prepare", app=job.app, account_kind=job.account_kind):
            return await self._inner.prepare(job, journal)

    async def commit(self, job: PublishJob, handles: Mapping[str, Any]) -> Outcome:
        with self._telemetry.span("commit", app=job.app, account_kind=job.account_kind):
            return await self._inner.commit(job, handles)

    async def reconcile(self, job: PublishJob, handles: Mapping[str, Any]) -> Finding:
        with self._telemetry.span("reconcile", app=job.app, account_kind=job.account_kind):
            return await self._inner.reconcile(job, handles)


def traced(platforms: Mapping[str, Platform], telemetry: Telemetry) -> Mapping[str, Platform]:
    """The same platforms, with spans."""
    return {name: evolve(platform, adapter=TracedAdapter(platform.adapter, telemetry)) for name, platform in platforms.items()}


_: type[PlatformAdapter] = TracedAdapter

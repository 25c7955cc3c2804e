"""The journal of one claimed delivery: what the platform gave is durable before the next step is taken."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Self

from attrs import define, evolve

from distribution_core.domain.account import Grant
from distribution_core.domain.delivery import Delivery
from distribution_core.domain.errors import LeaseLostError
from distribution_core.ports.batches import JournalEntry
from distribution_core.usecases.context import Context
from distribution_core.usecases.sealed_handles import open_handles, seal_handles

log = logging.getLogger(__name__)


@define
class LedgerJournal:
    """In the ledger, fenced; secret handles are sealed there and open here."""

    ctx: Context
    delivery: Delivery
    grant: Grant
    _open: Mapping[str, Any]
    _writing: asyncio.Lock | None = None
    _later: asyncio.TimerHandle | None = None
    _keeper: asyncio.Task[None] | None = None

    @classmethod
    async def of(cls, ctx: Context, delivery: Delivery, grant: Grant) -> Self:
        return cls(ctx, delivery, grant, await open_handles(ctx, delivery, grant))

    @property
    def handles(self) -> Mapping[str, Any]:
        return dict(self._open)

    async def record(self, **handles: Any) -> None:
        self._writing = self._writing or asyncio.Lock()  # most have nothing to record
        async with self._writing:
            sealed = await seal_handles(self.ctx, self.delivery, self.grant, handles)
            merged = {key: value for key, value in {**self.delivery.handles, **sealed}.items() if value is not None}
            if not await self._store(JournalEntry(delivery_id=self.delivery.id, fence=self.delivery.fence, handles=merged)):
                raise LeaseLostError("another worker holds this delivery")
            self.delivery = evolve(self.delivery, handles=merged)
            self._open = {key: value for key, value in {**self._open, **handles}.items() if value is not None}

    def keep(self) -> None:
        """Renew the lease until `let_go`: one upload may take longer than a lease. Most need no renewal, and pay for none."""
        loop = asyncio.get_running_loop()
        self._later = loop.call_later(self._interval_s, lambda: setattr(self, "_keeper", loop.create_task(self._renew())))

    def let_go(self) -> None:
        """Renew no more."""
        for kept in (self._later, self._keeper):
            if kept is not None:
                kept.cancel()

    @property
    def _interval_s(self) -> float:
        return self.ctx.limits.lease.total_seconds() / 3

    async def _renew(self) -> None:
        """Ends when the lease is lost, which the next `record` or the gate will tell."""
        while True:
            try:
                await self.record()
            except LeaseLostError:
                return
            except Exception:
                log.warning("the lease could not be renewed", extra={"delivery_id": str(self.delivery.id)})
            await self.ctx.clock.sleep(self._interval_s)

    async def _store(self, entry: JournalEntry) -> bool:
        write = partial(_write, self.ctx)
        try:
            return await self.ctx.entries.ask(write, entry, entry.delivery_id)
        except Exception:
            # What spoilt a batch may be another's; written again, the same handles are the same handles.
            log.warning("the journal's transaction broke; trying alone", extra={"delivery_id": str(entry.delivery_id)})
        (held,) = await write([entry])
        return held


async def _write(ctx: Context, entries: Sequence[JournalEntry]) -> Sequence[bool]:
    async with ctx.ledger.begin() as tx:
        return await tx.batches.journal(entries, ctx.limits.lease)

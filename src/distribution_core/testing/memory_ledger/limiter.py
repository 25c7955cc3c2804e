"""Breakers, windows of quotas, and what is held back: here one transaction runs at a time, so nothing needs holding."""

from collections.abc import Collection, Sequence

from attrs import evolve, frozen

from distribution_core.domain.breaker import Breaker
from distribution_core.domain.delivery import Delivery
from distribution_core.domain.quota import Window
from distribution_core.ports.limiter import POLLING, BreakerKey, Limiter, Standing, WindowKey
from distribution_core.testing.memory_ledger.state import Unit


@frozen
class MemoryLimiter:
    unit: Unit

    async def standing(self) -> Standing:
        now = self.unit.now
        shown = {
            key: window
            for key, window in self.unit.rows.windows.items()
            if not key.account or (window.blocked_until is not None and window.blocked_until > now)
        }
        rows = self.unit.rows
        polling = tuple(rows.serves.get(worker) for worker, at in rows.workers.items() if at > now - POLLING)
        return Standing(breakers=dict(rows.breakers), windows=shown, polling=polling)

    async def hold(self, breakers: Collection[BreakerKey], windows: Collection[WindowKey]) -> Standing:
        rows = self.unit.rows
        return Standing(
            breakers={key: rows.breakers.setdefault(key, Breaker()) for key in breakers},
            windows={key: rows.windows.setdefault(key, Window()) for key in windows},
        )

    async def put(self, standing: Standing) -> None:
        self.unit.rows.breakers.update(standing.breakers)
        self.unit.rows.windows.update(standing.windows)

    async def hold_back(self, deliveries: Sequence[Delivery]) -> None:
        for each in deliveries:
            self.unit.rows.deliveries[each.id] = evolve(
                self.unit.rows.deliveries[each.id],
                due_at=each.due_at,
                wait_reason=each.wait_reason,
                lease_owner=None,
                lease_until=None,
                updated_at=self.unit.now,
            )


_: type[Limiter] = MemoryLimiter

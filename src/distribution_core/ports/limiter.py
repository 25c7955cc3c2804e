"""What all workers share of a platform's limits: its breakers and how much was used, kept in the ledger."""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from functools import lru_cache
from typing import Protocol

from attrs import field, frozen

from distribution_core.domain.breaker import Breaker
from distribution_core.domain.delivery import Delivery
from distribution_core.domain.quota import Window

POLLING = timedelta(seconds=30)


@frozen(kw_only=True, cache_hash=True)
class BreakerKey:
    platform: str
    app: str


@lru_cache(maxsize=256)
def breaker_key(platform: str, app: str) -> BreakerKey:
    """One for all who ask: there are few, and each call asks several times."""
    return BreakerKey(platform=platform, app=app)


@frozen(kw_only=True, cache_hash=True)
class WindowKey:
    """`account` is the platform's own id of it, empty where a whole app is counted: all users' links of one account share."""

    platform: str
    app: str
    name: str
    account: str = ""


@frozen(kw_only=True)
class Standing:
    """`polling`: what each worker serves that polled in the last half minute, None for all platforms."""

    breakers: Mapping[BreakerKey, Breaker] = field(factory=dict)
    windows: Mapping[WindowKey, Window] = field(factory=dict)
    polling: Sequence[Collection[str] | None] = ()

    def serving(self, platform: str) -> int:
        """How many workers share what may go to a platform at once."""
        return sum(served is None or platform in served for served in self.polling)


class Limiter(Protocol):
    """Part of a transaction, so that what is taken of a quota and what is claimed with it come about together."""

    async def standing(self) -> Standing:
        """Every breaker; of the windows those of whole apps and those that are blocked now. Nobody is waited for."""
        ...

    async def hold(self, breakers: Collection[BreakerKey], windows: Collection[WindowKey]) -> Standing:
        """These as they are now, a new one where there was none; nobody else holds one until this transaction ends."""
        ...

    async def put(self, standing: Standing) -> None:
        """Store what is held."""
        ...

    async def hold_back(self, deliveries: Sequence[Delivery]) -> None:
        """Give back what this transaction has claimed: lease, due time and reason to wait are stored as they stand there.
        A delivery keeps its place in its user's queue."""
        ...

"""How many calls each worker has under way, where a limit counts them over all workers."""

from collections.abc import Collection, Sequence
from typing import Protocol
from uuid import UUID

from attrs import frozen

from distribution_core.ports.limiter import BreakerKey


@frozen(kw_only=True)
class Load:
    """So many deliveries of one account, through one app, are under way."""

    key: BreakerKey
    account_id: UUID
    number: int


@frozen(kw_only=True)
class Elsewhere:
    """What others have under way. `silent`: the platforms on which somebody works who has not told."""

    loads: Sequence[Load] = ()
    silent: Collection[str] = ()


class Loads(Protocol):
    async def of_others(self, worker: str, platforms: Collection[str]) -> Elsewhere:
        """What all but this worker told of these platforms, of those who have polled lately. Whoever asks next for one of them
        waits until this transaction ends, so that two never take the same room."""
        ...

    async def tell(self, worker: str, platforms: Collection[str], loads: Sequence[Load]) -> None:
        """All that this worker, which has polled before, has under way on these platforms; of others it is silent from now on."""
        ...

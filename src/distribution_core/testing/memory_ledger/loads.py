"""What each worker has under way: here one transaction runs at a time, so nobody needs to wait."""

from collections.abc import Collection, Sequence

from attrs import frozen

from distribution_core.ports.limiter import POLLING
from distribution_core.ports.loads import Elsewhere, Load, Loads
from distribution_core.testing.memory_ledger.state import Unit


@frozen
class MemoryLoads:
    unit: Unit

    async def of_others(self, worker: str, platforms: Collection[str]) -> Elsewhere:
        rows, since = self.unit.rows, self.unit.now - POLLING
        loads: list[Load] = []
        silent: set[str] = set()
        for other in (name for name, at in rows.workers.items() if name != worker and at > since):
            told, theirs, serves = *rows.loads.get(other, ((), ())), rows.serves[other]
            silent |= {each for each in platforms if each not in told and (serves is None or each in serves)}
            loads += [load for load in theirs if load.key.platform in platforms]
        return Elsewhere(loads=loads, silent=silent)

    async def tell(self, worker: str, platforms: Collection[str], loads: Sequence[Load]) -> None:
        if worker in self.unit.rows.workers:
            self.unit.rows.loads[worker] = (tuple(platforms), tuple(loads))


_: type[Loads] = MemoryLoads

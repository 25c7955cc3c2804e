"""What each worker has under way, in its own row; who asks for others' holds a lock for each platform meanwhile."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from attrs import frozen
from sqlalchemy import bindparam, select, text, update

from adapters_persistence.ledger.columns import UtcDateTime
from adapters_persistence.ledger.engine import to_json_text
from adapters_persistence.ledger.locks import TAKE, lock_key, locks
from adapters_persistence.ledger.tables import workers
from adapters_persistence.ledger.trips import Asked
from adapters_persistence.ledger.unit import Unit
from distribution_core.ports.limiter import POLLING, BreakerKey
from distribution_core.ports.loads import Elsewhere, Load, Loads

_TELL = text("UPDATE workers SET loads = CAST(:told AS jsonb) WHERE worker = :worker")
_SINCE = bindparam("since", type_=UtcDateTime())
_OTHERS = select(workers.c.serves, workers.c.loads).where(workers.c.worker != bindparam("worker"), workers.c.polled_at > _SINCE)
_SILENT: Mapping[str, Any] = {"of": (), "loads": ()}


@frozen
class SqlLoads:
    unit: Unit

    async def of_others(self, worker: str, platforms: Collection[str]) -> Elsewhere:
        asked: list[Asked] = [(_OTHERS, {"worker": worker, "since": self.unit.now - POLLING})]
        if self.unit.dialect == "postgresql":
            # Looked at once the locks are held: the second statement begins after the first.
            asked.insert(0, (TAKE, locks([lock_key("loads", platform) for platform in platforms])))
        *_, rows = await self.unit.trip(*asked)
        loads: list[Load] = []
        silent: set[str] = set()
        for serves, told in rows:
            told = told or _SILENT
            silent |= {each for each in platforms if each not in told["of"] and (serves is None or each in serves.split())}
            loads += [_load(*each) for each in told["loads"] if each[0] in platforms]
        return Elsewhere(loads=loads, silent=silent)

    async def tell(self, worker: str, platforms: Collection[str], loads: Sequence[Load]) -> None:
        theirs = [[each.key.platform, each.key.app, str(each.account_id), each.number] for each in loads]
        told = {"of": list(platforms), "loads": theirs}
        if self.unit.dialect == "postgresql":
            self.unit.later(_TELL, {"worker": worker, "told": to_json_text(told)})
            return
        await self.unit.change(update(workers).where(workers.c.worker == worker).values(loads=told))


def _load(platform: str, app: str, account_id: str, number: int) -> Load:
    return Load(key=BreakerKey(platform=platform, app=app), account_id=UUID(account_id), number=number)


_: type[Loads] = SqlLoads

"""Claims in turn. A delivery's turn is its due time plus a second for each place in its user's queue; of what is due the
first turn is taken first, platform by platform, so that no platform's backlog lies in another's way. Half of each claim goes
first to heads, those in the first places of their users' queues, so that no user's backlog lies in another's way when it is old.

On PostgreSQL three indexes over open deliveries, all in order of turn, give it without a sort: `ix_deliveries_heads`,
`ix_deliveries_turn` for turns that have come (all of which are due), `ix_deliveries_behind` for those that are due ahead of
their turn, which only deliveries far back in a queue can be.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import case, func, text, update

from adapters_persistence.ledger.delivery_conditions import select_claimable
from adapters_persistence.ledger.rows import from_tuples
from adapters_persistence.ledger.tables import HEAD, OPEN, TURN, deliveries
from adapters_persistence.ledger.unit import Unit
from distribution_core.domain.delivery import Delivery
from distribution_core.domain.turns import HEADS, Waiting, for_heads, odd_to_heads, taken, turn

_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
_ROUNDING_S = 1e-5
_Rows = Sequence[Sequence[Any]]
_NAMES = tuple(deliveries.c.keys())
_ID, _PLACE = _NAMES.index("id"), _NAMES.index("place")
# The time comes as a column, of which the planner knows nothing. That few deliveries are open and few have a due time it takes
# for unrelated: with the time itself it expects a handful where there are thousands, and would fetch and sort all that is due.
_FREE = (
    f"{OPEN} AND deliveries.platform = share.platform AND due_at <= share.now AND (lease_until IS NULL OR lease_until <= :now)"
    " AND (phase <> 'committing' OR ask_after IS NULL OR ask_after <= :now)"
)
_SHARES = (
    "unnest(CAST(:platforms AS text[]), CAST(:shares AS integer[]), CAST(:nows AS timestamptz[])) AS share (platform, most, now)"
)
_COME = f"FROM deliveries WHERE {_FREE} AND {TURN} <= :turn"
# Ordered as their own index is, so that no other one, which holds whole backlogs, looks as good for it.
_HEADS = f"{_COME} AND {HEAD} ORDER BY {TURN}, due_at, id LIMIT"
# Of several platforms it is first seen, without a lock, how many of the next heads and turns are whose: a lock is a write.
_MIXED = (
    f"first AS (SELECT found.* FROM {_SHARES} CROSS JOIN LATERAL ("  # noqa: S608
    f"SELECT platform, share.now, {TURN} AS turn, id {_HEADS} (share.most + :odd) / 2)"
    " AS found ORDER BY found.turn, found.id LIMIT (:most + :odd) / 2),"
    f" next AS (SELECT found.* FROM {_SHARES} CROSS JOIN LATERAL ("
    f"SELECT platform, share.now, {TURN} AS turn, id {_COME}"
    f" AND id <> ALL (ARRAY(SELECT id FROM first)) ORDER BY {TURN}, id"
    " LIMIT share.most - (SELECT count(*) FROM first WHERE first.platform = share.platform))"
    " AS found ORDER BY found.turn, found.id LIMIT :most - (SELECT count(*) FROM first)),"
    " shares AS (SELECT platform, count(*) FILTER (WHERE is_head) AS heads, count(*) AS most, max(now) AS now FROM"
    " (SELECT platform, now, true AS is_head FROM first UNION ALL SELECT platform, now, false FROM next) AS seen"
    " GROUP BY platform)"
)
_SINGLE = f"shares AS (SELECT share.*, (share.most + :odd) / 2 AS heads FROM {_SHARES})"  # noqa: S608
# Each row is locked as it is found, so that workers who look at the same time take different ones. A CTE that locks is
# never folded into the UPDATE, so the limits hold however that is planned; an array is looked up by key, never joined.
_CLAIM = (
    "WITH {shares}, heads AS (SELECT found.* FROM shares AS share CROSS JOIN LATERAL ("  # noqa: S608
    f"SELECT id, platform {_HEADS} share.heads FOR UPDATE SKIP LOCKED) AS found),"
    " come AS (SELECT found.id, found.platform FROM shares AS share CROSS JOIN LATERAL ("
    f"SELECT id, platform, {TURN} AS turn {_COME} AND id <> ALL (ARRAY(SELECT id FROM heads)) ORDER BY {TURN}, id"
    " LIMIT share.most - (SELECT count(*) FROM heads WHERE heads.platform = share.platform) FOR UPDATE SKIP LOCKED)"
    " AS found ORDER BY found.turn, found.id LIMIT :most - (SELECT count(*) FROM heads)),"
    " taken AS (SELECT id, platform FROM heads UNION ALL SELECT id, platform FROM come),"
    f" ahead AS (SELECT found.id FROM {_SHARES} CROSS JOIN LATERAL ("
    f"SELECT id, {TURN} AS turn FROM deliveries WHERE {_FREE} AND place > 0 AND {TURN} > :turn ORDER BY {TURN}"
    " LIMIT CASE WHEN (SELECT count(*) FROM taken) < :most"
    " THEN share.most - (SELECT count(*) FROM taken WHERE taken.platform = share.platform) ELSE 0 END"
    " FOR UPDATE SKIP LOCKED) AS found ORDER BY found.turn, found.id LIMIT :most - (SELECT count(*) FROM taken))"
    " UPDATE deliveries SET fence = fence + 1, lease_owner = :worker, lease_until = :until, updated_at = :now,"
    " takeovers = takeovers + CASE WHEN lease_until IS NULL THEN 0 ELSE 1 END"
    " WHERE id = ANY (ARRAY(SELECT id FROM taken UNION ALL SELECT id FROM ahead)) RETURNING "
    + ", ".join(f"deliveries.{column.name}" for column in deliveries.c)
)
_CLAIM_MIXED = text(_CLAIM.format(shares=_MIXED))
_CLAIM_SINGLE = text(_CLAIM.format(shares=_SINGLE))


async def take_turns(unit: Unit, worker: str, shares: Mapping[str, int], limit: int, lease: timedelta) -> Sequence[Delivery]:
    """Claim up to `limit` due deliveries, of each platform no more than its share, and in order of turn."""
    shares = {platform: most for platform, most in shares.items() if most > 0}
    if not shares:
        return ()
    rows = await (_on_postgres if unit.dialect == "postgresql" else _on_sqlite)(unit, worker, shares, limit, lease)
    places = {row[_ID]: row[_PLACE] for row in rows}

    def order(delivery: Delivery) -> tuple[datetime, UUID]:
        return turn(delivery.due_at or unit.now, places[delivery.id]), delivery.id

    return sorted(from_tuples(rows, Delivery, _NAMES), key=order)


async def _on_postgres(unit: Unit, worker: str, shares: Mapping[str, int], limit: int, lease: timedelta) -> _Rows:
    given = {
        "platforms": list(shares),
        "shares": list(shares.values()),
        "nows": [unit.now] * len(shares),
        "most": limit,
        "odd": odd_to_heads(unit.now),
        "turn": (unit.now - _EPOCH).total_seconds() + _ROUNDING_S,
        "now": unit.now,
        "until": unit.now + lease,
        "worker": worker,
    }
    claimed = _CLAIM_SINGLE if len(shares) == 1 else _CLAIM_MIXED
    (rows,) = await unit.trip((claimed, given))
    return rows


async def _on_sqlite(unit: Unit, worker: str, shares: Mapping[str, int], limit: int, lease: timedelta) -> _Rows:
    """One writer, so nothing to lock; what is due is sorted each time."""
    columns = deliveries.c
    order = (func.julianday(columns.due_at) * 86_400 + columns.place).label("turn")
    line: dict[UUID, Waiting] = {}
    for platform, most in shares.items():
        due = select_claimable(unit.now, columns.id, columns.platform, columns.due_at, columns.place)
        due = due.where(columns.platform == platform).order_by(order, columns.due_at, columns.id)
        for part in (due.limit(most), due.where(columns.place < HEADS).limit(for_heads(most, unit.now))):
            line |= {row["id"]: Waiting(**row) for row in await unit.rows(part)}
    if not line:
        return ()
    claimed = (
        update(deliveries)
        .where(columns.id.in_([each.id for each in taken(line.values(), shares, limit, unit.now)]))
        .values(
            fence=columns.fence + 1,
            takeovers=case((columns.lease_until.is_not(None), columns.takeovers + 1), else_=columns.takeovers),
            lease_owner=worker,
            lease_until=unit.now + lease,
            updated_at=unit.now,
        )
        .returning(*deliveries.c)
    )
    return await unit.tuples(claimed)

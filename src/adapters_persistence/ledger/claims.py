"""Claims in turn. A delivery's turn is its due time plus a second for each place in its user's queue; of what is due the
first turn is taken first, platform by platform, so that no platform's backlog lies in another's way.

On PostgreSQL two indexes over open deliveries, both in order of turn, give it without a sort: `ix_deliveries_turn` for turns
that have come (all of which are due), `ix_deliveries_behind` for those that are due ahead of their turn, which only
deliveries far back in a queue can be.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, case, func, text, update

from adapters_persistence.ledger.delivery_conditions import select_claimable
from adapters_persistence.ledger.rows import from_tuples
from adapters_persistence.ledger.tables import OPEN, TURN, deliveries
from adapters_persistence.ledger.unit import Unit
from distribution_core.domain.delivery import Delivery
from distribution_core.domain.turns import turn

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
# Of several platforms it is first seen, without a lock, how many of the next turns are whose: a lock is a write.
_MIXED = (
    f"shares AS (SELECT seen.platform, count(*) AS most, max(seen.now) AS now FROM (SELECT found.* FROM {_SHARES} CROSS JOIN"  # noqa: S608
    f" LATERAL (SELECT platform, share.now, {TURN} AS turn, id FROM deliveries WHERE {_FREE} AND {TURN} <= :turn"
    f" ORDER BY {TURN}, id LIMIT share.most) AS found ORDER BY found.turn, found.id LIMIT :most) AS seen GROUP BY seen.platform)"
)
_SINGLE = f"shares AS (SELECT share.* FROM {_SHARES})"  # noqa: S608
# Each row is locked as it is found, so that workers who look at the same time take different ones. A CTE that locks is
# never folded into the UPDATE, so the limits hold however that is planned; an array is looked up by key, never joined.
_CLAIM = (
    "WITH {shares}, come AS (SELECT found.id, found.platform FROM shares AS share CROSS JOIN LATERAL ("  # noqa: S608
    f"SELECT id, platform, {TURN} AS turn FROM deliveries WHERE {_FREE} AND {TURN} <= :turn"
    f" ORDER BY {TURN}, id LIMIT share.most FOR UPDATE SKIP LOCKED) AS found ORDER BY found.turn, found.id LIMIT :most),"
    f" ahead AS (SELECT found.id FROM {_SHARES} CROSS JOIN LATERAL ("
    f"SELECT id, {TURN} AS turn FROM deliveries WHERE {_FREE} AND place > 0 AND {TURN} > :turn ORDER BY {TURN}"
    " LIMIT CASE WHEN (SELECT count(*) FROM come) < :most"
    " THEN share.most - (SELECT count(*) FROM come WHERE come.platform = share.platform) ELSE 0 END"
    " FOR UPDATE SKIP LOCKED) AS found ORDER BY found.turn, found.id LIMIT :most - (SELECT count(*) FROM come))"
    " UPDATE deliveries SET fence = fence + 1, lease_owner = :worker, lease_until = :until, updated_at = :now,"
    " takeovers = takeovers + CASE WHEN lease_until IS NULL THEN 0 ELSE 1 END"
    " WHERE id = ANY (ARRAY(SELECT id FROM come UNION ALL SELECT id FROM ahead)) RETURNING "
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
    order = (func.julianday(deliveries.c.due_at) * 86_400 + deliveries.c.place).label("turn")
    found: list[RowMapping] = []
    for platform, most in shares.items():
        due = select_claimable(unit.now, deliveries.c.id, order).where(deliveries.c.platform == platform)
        found += await unit.rows(due.order_by(order, deliveries.c.due_at, deliveries.c.id).limit(most))
    if not found:
        return ()
    found.sort(key=lambda row: row["turn"])
    claimed = (
        update(deliveries)
        .where(deliveries.c.id.in_([row["id"] for row in found[:limit]]))
        .values(
            fence=deliveries.c.fence + 1,
            takeovers=case((deliveries.c.lease_until.is_not(None), deliveries.c.takeovers + 1), else_=deliveries.c.takeovers),
            lease_owner=worker,
            lease_until=unit.now + lease,
            updated_at=unit.now,
        )
        .returning(*deliveries.c)
    )
    return await unit.tuples(claimed)

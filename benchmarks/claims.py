"""(c) Claims of 100 at few and at many deliveries: a claim may not cost more because much has been done already.

A delivery is made when its content is released, so what is due is the newest of the ledger, but for what is tried again. That is
what is measured: nine in ten of those due were made last, the tenth lies anywhere among all that was ever made. Beside it stands
the worst that can be, where all that is due lies one by one among what is done with (`SCATTERED`, as another platform's)."""

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from statistics import quantiles
from typing import Any

import psycopg
from attrs import frozen

from adapters_persistence.ledger.ledger import SqlLedger
from benchmarks.seeding import Seeder
from benchmarks.stand import Stand
from shells.garbage import collect_seldom

BATCH = 100
DUE, NEWEST = 10_000, 9_000
RECENT, SCATTERED = "linkedin", "tiktok"
_LEASE = timedelta(minutes=5)
_COPY = """
INSERT INTO contents (id, user_id, body, media, visibility, options, release_at, created_at, updated_at, selected_at)
SELECT uuidv7(), u.id, 'A post of the benchmark', '[]', 'public', '{}', now(), now(), now(), now()
FROM (SELECT id FROM users ORDER BY id LIMIT 1) AS u, generate_series(1, %(contents)s);
"""
_ROWS = """
INSERT INTO deliveries (id, content_id, social_account_id, user_id, platform, status, phase, attempts, takeovers, fence, due_at,
 handles, external_post_id, opened_at, created_at, updated_at, finished_at)
SELECT uuidv7(), content_id, account_id, user_id, CASE WHEN scattered THEN 'tiktok' ELSE platform END,
 CASE WHEN due THEN 'pending' ELSE 'success' END, 'idle', 0, 0, 0,
 CASE WHEN due THEN now() - interval '1 hour' * random() END, '{}',
 CASE WHEN due THEN NULL ELSE gen_random_uuid()::text END, now(), now(), now(),
 CASE WHEN due THEN NULL ELSE now() END
FROM (
 SELECT content_id, account_id, user_id, platform, scattered, scattered OR n > %(older)s OR n %% %(every)s = 0 AS due
 FROM (
  SELECT c.id AS content_id, a.id AS account_id, a.user_id, a.platform, (c.n - 1) * %(accounts)s + a.n AS n,
   ((c.n - 1) * %(accounts)s + a.n) %% %(scattered)s = 7 AS scattered
  FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM contents) AS c
  CROSS JOIN (SELECT id, user_id, platform, row_number() OVER (ORDER BY id) AS n FROM social_accounts) AS a
 ) AS numbered ORDER BY n
) AS made
"""
_ACCOUNTS = 200
_WARM_UP, _CLAIMS = 8, 80


@frozen(kw_only=True)
class Cost:
    """Milliseconds for one claim of 100, its commit included."""

    deliveries: int
    p50: float
    p99: float


def costs(
    stand: Stand, deliveries: int, rounds: int, progress: Callable[[str], None], platforms: Sequence[str] = (RECENT,)
) -> Mapping[str, Cost]:
    """Of `deliveries` ten thousand are due on each of these platforms, and the others done with; in each round most of those are
    claimed, in batches. Begun after a checkpoint, so that what loading them has yet to write is not measured, and each page is
    written whole when it is first changed."""
    progress(f"claim: making {deliveries:,} deliveries")
    database = stand.database()
    asyncio.run(Seeder(database, stand.key).accounts(_ACCOUNTS))
    with psycopg.connect(database) as connection, _without_indexes(connection):
        connection.execute(_COPY, {"contents": deliveries // _ACCOUNTS})
        older = deliveries - NEWEST
        connection.execute(
            _ROWS,
            {
                "accounts": _ACCOUNTS,
                "older": older,
                "every": older // (DUE - NEWEST),
                "scattered": deliveries // DUE if SCATTERED in platforms else deliveries + 1,
            },
        )
    spent: dict[str, list[float]] = {platform: [] for platform in platforms}
    for number in range(rounds):
        for platform, times in spent.items():
            with psycopg.connect(database, autocommit=True) as connection:
                connection.execute("UPDATE deliveries SET lease_owner = NULL, lease_until = NULL WHERE lease_until IS NOT NULL")
                connection.execute("VACUUM ANALYZE deliveries")
                connection.execute("CHECKPOINT")
            what = f"{deliveries:,} deliveries, {'the newest' if platform == RECENT else 'scattered ones'} due"
            progress(f"claim: batches of {BATCH} at {what}, round {number + 1} of {rounds}")
            times += asyncio.run(_claim(database, platform))
    stand.drop(database)
    return {platform: _cost(deliveries, times) for platform, times in spent.items()}


def _cost(deliveries: int, spent: Sequence[float]) -> Cost:
    cuts = quantiles(spent, n=100)
    return Cost(deliveries=deliveries, p50=cuts[49], p99=cuts[98])


@contextmanager
def _without_indexes(connection: "psycopg.Connection[tuple[Any, ...]]") -> Iterator[None]:
    """Rows go in faster without them; what stands afterwards is the same. The rows name nothing that isn't there."""
    indexes = connection.execute(
        "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index"
        " WHERE indrelid = 'deliveries'::regclass AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)"
    ).fetchall()
    for name, _ in indexes:
        connection.execute(f"DROP INDEX {name}")
    connection.execute("SET LOCAL session_replication_role = replica")
    yield
    connection.execute("SET LOCAL session_replication_role = DEFAULT")
    connection.execute("SET LOCAL maintenance_work_mem = '512MB'")
    for _, definition in indexes:
        connection.execute(definition)


async def _claim(database: str, platform: str) -> list[float]:
    ledger, spent = SqlLedger.open(database), []
    collect_seldom()  # as workers do
    try:
        for number in range(_WARM_UP + _CLAIMS):
            began = time.perf_counter()
            async with ledger.begin() as tx:
                found = await tx.deliveries.claim(
                    "bench", limit=BATCH, lease=_LEASE, platforms=(platform,), at_most={platform: BATCH}
                )
            if len(found) != BATCH:
                raise RuntimeError(f"claim {number} found {len(found)} of {BATCH}")
            spent.append(1000 * (time.perf_counter() - began))
    finally:
        await ledger.aclose()
    return spent[_WARM_UP:]  # the first ones find nothing cached

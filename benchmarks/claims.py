"""(c) Claims of 100 at few and at many deliveries: a claim may not cost more because much has been done already."""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from statistics import quantiles
from typing import Any

import psycopg
from attrs import frozen

from adapters_persistence.ledger.ledger import SqlLedger
from benchmarks.seeding import Seeder
from benchmarks.stand import Stand

BATCH = 100
DUE = 10_000
_LEASE = timedelta(minutes=5)
_COPY = """
INSERT INTO contents (id, user_id, body, media, visibility, options, release_at, created_at, updated_at, selected_at)
SELECT gen_random_uuid(), u.id, 'A post of the benchmark', '[]', 'public', '{}', now(), now(), now(), now()
FROM (SELECT id FROM users ORDER BY id LIMIT 1) AS u, generate_series(1, %(contents)s);
"""
_ROWS = """
INSERT INTO deliveries (id, content_id, social_account_id, user_id, platform, status, phase, attempts, takeovers, fence, due_at,
 handles, external_post_id, opened_at, created_at, updated_at, finished_at)
SELECT gen_random_uuid(), c.id, a.id, a.user_id, a.platform,
 CASE WHEN n.n %% %(due)s = 0 THEN 'pending' ELSE 'success' END, 'idle', 0, 0, 0,
 CASE WHEN n.n %% %(due)s = 0 THEN now() - interval '1 hour' * random() END, '{}',
 CASE WHEN n.n %% %(due)s = 0 THEN NULL ELSE gen_random_uuid()::text END, now(), now(), now(),
 CASE WHEN n.n %% %(due)s = 0 THEN NULL ELSE now() END
FROM (SELECT id, row_number() OVER () AS n FROM contents) AS c
JOIN LATERAL (SELECT id, user_id, platform, row_number() OVER (ORDER BY id) AS n FROM social_accounts) AS a ON true
CROSS JOIN LATERAL (SELECT c.n + a.n AS n) AS n
"""
_ACCOUNTS = 200
_WARM_UP, _CLAIMS = 8, 80


@frozen(kw_only=True)
class Cost:
    """Milliseconds for one claim of 100, its commit included."""

    deliveries: int
    p50: float
    p99: float


def cost(stand: Stand, deliveries: int, rounds: int, progress: Callable[[str], None]) -> Cost:
    """Of `deliveries` ten thousand are due and the others done with; in each round most of those are claimed, in batches."""
    progress(f"claim: making {deliveries:,} deliveries")
    database = stand.database()
    asyncio.run(Seeder(database, stand.key).accounts(_ACCOUNTS))
    with psycopg.connect(database) as connection, _without_indexes(connection):
        connection.execute(_COPY, {"contents": deliveries // _ACCOUNTS})
        connection.execute(_ROWS, {"due": deliveries // DUE})
    spent: list[float] = []
    for number in range(rounds):
        with psycopg.connect(database, autocommit=True) as connection:
            connection.execute("UPDATE deliveries SET lease_owner = NULL, lease_until = NULL WHERE lease_until IS NOT NULL")
            connection.execute("VACUUM ANALYZE deliveries")
        progress(f"claim: batches of {BATCH} at {deliveries:,} deliveries, round {number + 1} of {rounds}")
        spent += asyncio.run(_claim(database))
    stand.drop(database)
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


async def _claim(database: str) -> list[float]:
    ledger, spent = SqlLedger.open(database), []
    try:
        for number in range(_WARM_UP + _CLAIMS):
            began = time.perf_counter()
            async with ledger.begin() as tx:
                found = await tx.deliveries.claim(
                    "bench", limit=BATCH, lease=_LEASE, platforms=("linkedin",), at_most={"linkedin": BATCH}
                )
            if len(found) != BATCH:
                raise RuntimeError(f"claim {number} found {len(found)} of {BATCH}")
            spent.append(1000 * (time.perf_counter() - began))
    finally:
        await ledger.aclose()
    return spent[_WARM_UP:]  # the first ones find nothing cached

"""How long deliveries took from their first interruption to their end, from the journal of attempts."""

from collections.abc import Iterable

import psycopg

from chaos.fleet import Kill

# The first attempt of each delivery that nobody finished: its worker was killed, or lost its lease.
_INTERRUPTED = """
SELECT DISTINCT ON (a.delivery_id)
  a.worker, extract(epoch FROM a.started_at)::float8, extract(epoch FROM d.finished_at)::float8
FROM attempts a JOIN deliveries d ON d.id = a.delivery_id
WHERE a.finished_at IS NULL AND d.finished_at IS NOT NULL
ORDER BY a.delivery_id, a.fence
"""


def recoveries(database_url: str, kills: Iterable[Kill]) -> list[float]:
    """Seconds for each interrupted delivery, in order. It counts from the kill, and where the worker lived on (a lost
    lease, a lost database) from the attempt's start."""
    ends = {str(kill.pid): kill.at for kill in kills}
    with psycopg.connect(database_url) as connection:
        rows = connection.execute(_INTERRUPTED).fetchall()
    found = []
    for worker, started, finished in rows:
        killed = ends.get(str(worker).rpartition("-")[2])
        began = killed if killed is not None and killed >= started else started
        found.append(max(0.0, finished - began))
    return sorted(found)


def p99(values: list[float]) -> float:
    """The 99th percentile of sorted values; 0 without any."""
    return values[min(len(values) - 1, -(-len(values) * 99 // 100) - 1)] if values else 0.0

"""(e) What a worker holds in memory while it waits for a thousand answers."""

from benchmarks.deliver import run_ours
from benchmarks.stand import Stand

IN_FLIGHT = 1000
_LATENCY_S = 1.0


def resident_mb(stand: Stand, number: int) -> int:
    """The most that one worker process had resident, in MiB, with IN_FLIGHT publishes at once."""
    (report,) = run_ours(stand, _LATENCY_S, max(number, 2 * IN_FLIGHT), processes=1, in_flight=IN_FLIGHT).reports
    return int(report["rss_mb"])

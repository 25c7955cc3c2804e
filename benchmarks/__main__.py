"""`make bench`: how fast, each figure against its baseline of the same run; the last line is one JSON object.

`python -m benchmarks --only deliver,claim` measures a part, `--small` everything at a tenth of the work. What the last run found,
round by round, stays in var/bench.json, from which tools/performance_page.py writes docs/performance.md.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from attrs import define, field
from rich.console import Console
from rich.table import Table

from benchmarks import api, claims, deliver, fanout, memory, profiling
from benchmarks.deliver import BARE_ONE, IN_FLIGHT, NAIVE, OURS, OURS_MANY, OURS_ONE, OURS_SINGLE, Size
from benchmarks.stand import ROOT, Stand

KEPT = ROOT / "var" / "bench.json"
_SLOW_S, _LONGEST_S = 0.2, 1_200
_FANOUTS = (1, 100, 10_000, 100_000)
_FEW, _MANY = 10_000, 5_000_000
# A p99 needs many claims, and a round of them takes a second.
_CLAIM_ROUNDS = 3


@define
class Run:
    """One run of the parts that were asked for. `scale`: 1, or less for a quick look."""

    stand: Stand
    console: Console
    scale: float = 1.0
    rounds: int = 3
    figures: dict[str, float | str] = field(factory=dict)
    details: dict[str, Any] = field(factory=dict)
    _began: float = field(factory=time.monotonic)

    def progress(self, what: str) -> None:
        """One line for a person who waits."""
        self.console.print(f"[dim]{time.monotonic() - self._began:6.0f} s  {what}", highlight=False)

    def deliver(self) -> None:
        """The kind of post: a text on a LinkedIn member."""
        # Two processes that wait 200 ms for each can't do more than ten a second: few are enough to see it.
        size = Size(ours=self._n(30_000), threads=self._n(1_600), prefork=self._n(200), bare=0)
        slow = deliver.rates(self.stand, _SLOW_S, size, self.rounds, self.progress)
        self.details["deliver_200ms"] = slow.rounds
        best = slow.best(NAIVE)
        slow.show(self.console, "Deliveries at 200 ms", "a second", best)
        self.figures |= {
            "deliver_200ms_per_s": round(slow.median(OURS_MANY), 1),
            "deliver_200ms_256_per_s": round(slow.median(OURS), 1),
            "deliver_200ms_naive_per_s": round(slow.median(best), 1),
            "deliver_200ms_vs_naive": round(slow.median(OURS_MANY) / slow.median(best), 2),
            "deliver_200ms_vs_limit": round(slow.median(OURS) / (2 * IN_FLIGHT / _SLOW_S), 2),
        }
        size = Size(ours=self._n(20_000), threads=self._n(4_000), prefork=self._n(4_000), bare=self._n(20_000))
        fast = deliver.rates(self.stand, 0, size, self.rounds, self.progress)
        self.details["deliver_0ms"] = fast.rounds
        best = fast.best(NAIVE)
        fast.show(self.console, "Deliveries at 0 ms", "a second", best)
        self.figures |= {
            "deliver_0ms_per_s": round(fast.median(OURS_MANY), 1),
            "deliver_0ms_naive_per_s": round(fast.median(best), 1),
            "deliver_0ms_vs_naive": round(fast.median(OURS_MANY) / fast.median(best), 2),
            "deliver_0ms_single_vs_naive": round(fast.median(OURS_SINGLE) / fast.median(best), 2),
            "deliver_0ms_vs_limit": round(fast.median(OURS_ONE) / fast.median(BARE_ONE), 2),
        }

    def fanout(self) -> None:
        for accounts in _FANOUTS:
            number = max(1, self._n(accounts)) if accounts > 100 else accounts
            found = fanout.times(self.stand, number, self.rounds, self.progress)
            found.show(self.console, f"Fan-out to {number:,} accounts", "ms", fanout.RAW)
            self.details.setdefault("fanout", {})[number] = found.rounds
            ratio = found.median(fanout.SELECTED) / found.median(fanout.RAW)
            self.figures[f"fanout_{_short(accounts)}_vs_raw"] = round(ratio, 2)

    def claim(self) -> None:
        few = claims.costs(self.stand, _FEW, _CLAIM_ROUNDS * self.rounds, self.progress)[claims.RECENT]
        at_many = max(2 * _FEW, self._n(_MANY))
        found = claims.costs(self.stand, at_many, _CLAIM_ROUNDS * self.rounds, self.progress, (claims.RECENT, claims.SCATTERED))
        many, scattered = found[claims.RECENT], found[claims.SCATTERED]
        shown = {f"{_FEW:,}": few, f"{at_many:,}": many, f"{at_many:,}, those due scattered among them": scattered}
        table = Table("deliveries", "p50 ms", "p99 ms", title=f"A claim of {claims.BATCH}", box=None)
        for name, cost in shown.items():
            table.add_row(name, f"{cost.p50:.1f}", f"{cost.p99:.1f}")
        self.console.print(table)
        self.details["claim"] = {
            name: {"deliveries": cost.deliveries, "p50": cost.p50, "p99": cost.p99} for name, cost in shown.items()
        }
        self.figures |= {
            "claim_10k_p99_ms": round(few.p99, 2),
            "claim_5m_p99_ms": round(many.p99, 2),
            "claim_5m_vs_10k_p99": round(many.p99 / few.p99, 2),
            "claim_5m_scattered_vs_10k_p99": round(scattered.p99 / few.p99, 2),
        }

    def api(self) -> None:
        found = api.measured(self.stand, self._n(4_000), self.rounds, self.progress)
        table = Table("call", "a second", "p50 ms", "p99 ms", title=f"The API at {api.CONNECTIONS} connections", box=None)
        for name, load in {api.BARE: found.bare, **found.core}.items():
            table.add_row(name, f"{load.per_s:,.0f}", f"{load.p50_ms:.1f}", f"{load.p99_ms:.1f}")
        self.console.print(table)
        calls = {api.BARE: found.bare, **found.core}
        self.details["api"] = {name: [load.per_s, load.p50_ms, load.p99_ms] for name, load in calls.items()}
        self.figures |= {
            "api_post_per_s": round(found.post.per_s, 1),
            "api_post_vs_bare": round(found.post.per_s / found.bare.per_s, 2),
            "api_post_p50_ms": round(found.post.p50_ms, 1),
            "api_post_p99_ms": round(found.post.p99_ms, 1),
            "api_core_p99_ms": round(max(load.p99_ms for load in found.core.values()), 1),
        }

    def memory(self) -> None:
        self.progress(f"memory of a worker with {memory.IN_FLIGHT:,} publishes in flight")
        self.figures["worker_rss_mb"] = memory.resident_mb(self.stand, self._n(4_000))

    def profile(self) -> None:
        self.progress("where a worker's time goes")
        self.details["profile"] = profiling.shares(self.stand, self._n(10_000))

    def _n(self, number: int) -> int:
        return int(number * self.scale)


PARTS: Mapping[str, Callable[[Run], None]] = {
    "deliver": Run.deliver,
    "fanout": Run.fanout,
    "claim": Run.claim,
    "api": Run.api,
    "memory": Run.memory,
    "profile": Run.profile,
}


def main() -> int:
    asked = argparse.ArgumentParser(prog="python -m benchmarks")
    asked.add_argument("--only", default=",".join(PARTS), help="parts, with commas between")
    asked.add_argument("--small", action="store_true", help="a tenth of the work, in one round")
    given = asked.parse_args()
    unknown = set(given.only.split(",")) - set(PARTS)
    if unknown:
        asked.error(f"no such part: {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    console, began = Console(stderr=True), time.monotonic()
    with tempfile.TemporaryDirectory(prefix="simulcast-bench-") as folder:
        Path(folder).chmod(0o777)
        with Stand(Path(folder)) as stand:
            run = Run(stand, console, scale=0.1 if given.small else 1.0, rounds=1 if given.small else 3)
            for name in given.only.split(","):
                PARTS[name](run)
    seconds = round(time.monotonic() - began, 1)
    figures = {**run.figures, "post_kind": deliver.KIND, "scale": run.scale, "seconds": seconds}
    KEPT.parent.mkdir(exist_ok=True)
    KEPT.write_text(json.dumps({"figures": figures, "details": run.details}, indent=1), "utf-8")
    print(json.dumps(figures))
    if seconds > _LONGEST_S:
        print(f"The benchmark took {seconds:.0f} s; it may take {_LONGEST_S}.", file=sys.stderr)
        return 1
    return 0


def _short(number: int) -> str:
    return f"{number // 1000}k" if number >= 1000 else str(number)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (RuntimeError, subprocess.SubprocessError) as error:
        sys.exit(f"the benchmark could not be had: {error}")

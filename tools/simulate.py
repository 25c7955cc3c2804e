"""`make simulate`: live through many seeded scenarios, or tell one of them line by line."""

import argparse
import json
import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from distribution_core.testing.simulation.census import Census
from distribution_core.testing.simulation.scenario import Result, simulate, undisturbed

_BATCH = 50
_SHOWN = 20


def main() -> int:
    args = _arguments()
    if args.seed is not None:
        return _replay(args.seed)
    census, console = Census(), Console(stderr=True)
    seeds = range(args.start, args.start + args.seeds)
    began = time.monotonic()
    with Progress(
        TextColumn("scenarios"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=console, disable=None
    ) as bar:
        task = bar.add_task("scenarios", total=len(seeds))
        for results in _run(seeds, args.workers):
            for result in results:
                census.add(result)
            bar.advance(task, len(results))
    seconds = time.monotonic() - began
    _show(census, console)
    untried = census.untried() if len(seeds) >= args.enough else ()
    if untried:
        console.print(f"[red]Never met: {', '.join(untried)}")
    for seed, what in census.violations[:_SHOWN]:
        console.print(f"[red]make simulate SEED={seed}[/red]  {what}")
    print(json.dumps(census.as_json(seconds)))
    return 1 if census.violations or untried else 0


def _run(seeds: range, workers: int) -> Iterator[list[Result]]:
    batches = [seeds[start : start + _BATCH] for start in range(0, len(seeds), _BATCH)]
    if workers == 1:
        yield from map(_batch, batches)
        return
    with ProcessPoolExecutor(workers) as pool:
        yield from pool.map(_batch, batches)


def _batch(seeds: range) -> list[Result]:
    with undisturbed():
        return [simulate(seed) for seed in seeds]


def _replay(seed: int) -> int:
    result = simulate(seed, print)
    print(f"\nseed {seed}: {result.virtual_s:.0f} virtual seconds, {result.deliveries} deliveries, {result.posts} posts")
    for what in result.violations:
        print(f"VIOLATION: {what}")
    return 1 if result.violations else 0


def _show(census: Census, console: Console) -> None:
    table = Table("fault", "times", "crash point", "times", "transition", "times", box=None)
    columns = [sorted(found.items()) for found in (census.faults, census.crash_points, census.transitions)]
    for row in range(max(map(len, columns), default=0)):
        cells: list[str] = []
        for column in columns:
            cells += (column[row][0], f"{column[row][1]:,}") if row < len(column) else ("", "")
        table.add_row(*cells)
    console.print(table)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5000)
    parser.add_argument("--start", type=int, default=0)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--enough", type=int, default=2000, help="from how many scenarios on everything has to be met")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())

"""Where a worker's processor time goes, at 0 ms and in one process: the profiler's own cost is in it, so only shares are told."""

import pstats
from collections import Counter
from pathlib import Path

from benchmarks.deliver import run_ours
from benchmarks.stand import Stand

_OURS = ("distribution_core", "adapters_persistence", "adapters_platforms", "adapters_queue", "shells")
_BUILT_IN = "the interpreter: built-in calls"


def shares(stand: Stand, number: int) -> dict[str, float]:
    """The share of each package in the time that a worker spends outside of waiting, the largest first."""
    found = stand.folder / "profile"
    found.touch()
    found.chmod(0o666)
    run_ours(stand, 0, number, processes=1, profile=found)
    spent: Counter[str] = Counter()
    # What the typed stubs leave out: (file, line, name) -> (calls, primitive calls, own seconds, seconds, callers).
    for (file, _, name), (_, _, own_s, _, _) in pstats.Stats(str(found)).stats.items():  # type: ignore[attr-defined]
        if "select.epoll" not in name:
            spent[_package(file, name)] += own_s
    total = sum(spent.values())
    return {package: round(own_s / total, 4) for package, own_s in spent.most_common()}


def _package(file: str, name: str) -> str:
    if file == "~":
        return "psycopg" if "psycopg" in name else _BUILT_IN
    parts = Path(file).parts
    for part in _OURS:
        if part in parts:
            return f"Simulcast: {part}"
    if "site-packages" in parts:
        return parts[parts.index("site-packages") + 1].removesuffix(".py")
    return "asyncio" if "asyncio" in parts else "standard library"

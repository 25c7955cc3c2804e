"""Runs every layer of tests, or those that are named, each with its time, and ends with one line of counts."""

import os
import re
import subprocess
import sys
import time
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from attrs import frozen

ROOT = Path(__file__).parent.parent
BIN = ROOT / ".venv" / "bin"
# One process for each core pays.
LAYERS: dict[str, tuple[list[str], str]] = {
    "domain": (["tests/domain", "tests/fakes", "tests/usecases", "tests/test_tidy.py"], "2"),
    "simulation": (["tests/simulation"], "2"),
    "ledger": (["tests/ledger"], "2"),
    "adapters": (["tests/adapters", "tests/persistence", "tests/queue"], "2"),
    "sandbox": (["tests/sandbox"], "2"),
    "security": (["tests/security"], "2"),
    "web": (["tests/web"], "2"),
    "browser": (["tests/browser"], "2"),
    "cli": (["tests/cli"], "2"),
    "operations": (["tests/operations"], "2"),
    "fleet": (["tests/worker"], "2"),
    "chaos": (["tests/chaos"], "2"),
}
# These wait more than they compute, and so do those beside which they run, one after the other.
ASIDE, BESIDE = ("chaos", "operations"), ("cli", "fleet")
COUNTS = re.compile(r"(\d+) (passed|failed|skipped|error|errors|xfailed)")


@frozen(kw_only=True)
class Result:
    """How one layer went."""

    name: str
    counts: dict[str, int]
    seconds: float
    well: bool


def main() -> int:
    began = time.monotonic()
    results = _run_all(_commands(sys.argv[1:]))
    totals = {word: sum(result.counts.get(word, 0) for result in results) for word in ("passed", "failed", "skipped")}
    print(f"\n{'layer':<10} {'passed':>7} {'failed':>7} {'skipped':>8} {'seconds':>8}")
    for result in results:
        cells = (result.counts.get("passed", 0), result.counts.get("failed", 0), result.counts.get("skipped", 0))
        mark = "" if result.well else "  FAILED"
        print(f"{result.name:<10} {cells[0]:>7} {cells[1]:>7} {cells[2]:>8} {result.seconds:>8.1f}{mark}")
    print(f"{'all':<10} {'':>24} {time.monotonic() - began:>8.1f}")
    broken = [result.name for result in results if not result.well]
    if totals["skipped"] and os.environ.get("SIMULCAST_TEST_REQUIRE") == "all":
        print("Tests were skipped although everything is required.", file=sys.stderr)
        broken.append("skipped")
    if broken:
        print(f"Not well: {', '.join(broken)}")
    print(f"{totals['passed']} passed, {totals['failed']} failed, {totals['skipped']} skipped")
    return 1 if broken else 0


def _run_all(commands: list[tuple[str, list[str]]]) -> list[Result]:
    """One layer after the other, and those that go aside beside the last of them."""
    aside = sorted((ASIDE.index(name), name, command) for name, command in commands if name in ASIDE)
    results: list[Result] = []
    beside: list[Future[Result]] = []
    with ThreadPoolExecutor(max_workers=1) as lane:
        for name, command in commands:
            if name in ASIDE:
                continue
            if not beside and name in BESIDE:
                beside = [lane.submit(_run, *each[1:]) for each in aside]
            results.append(_run(name, command))
        beside = beside or [lane.submit(_run, *each[1:]) for each in aside]
        return results + [each.result() for each in beside]


def _run(name: str, command: list[str]) -> Result:
    print(f"\n== {name} begins", flush=True)
    start = time.monotonic()
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=_environment())
    seconds = time.monotonic() - start
    sys.stdout.write(f"\n== {name}\n{done.stdout[-30_000:]}{done.stderr[-10_000:]}")
    sys.stdout.flush()
    counts = _counts(done.stdout) if name != "lint" else {}
    return Result(name=name, counts=counts, seconds=seconds, well=done.returncode == 0)


def _commands(asked: list[str]) -> list[tuple[str, list[str]]]:
    commands = [("lint", ["make", "--no-print-directory", "lint"]), *_pytest_commands()]
    unknown = set(asked) - {name for name, _ in commands}
    if unknown:
        raise SystemExit(f"there is no layer {', '.join(sorted(unknown))}; there are {', '.join(name for name, _ in commands)}")
    return [(name, command) for name, command in commands if not asked or name in asked]


def _pytest_commands() -> list[tuple[str, list[str]]]:
    commands = []
    for name, (paths, workers) in LAYERS.items():
        found = [path for path in paths if (ROOT / path).exists()]
        if not found:
            # Without a path pytest would run everything, and the layer would look tested.
            raise SystemExit(f"layer {name} has no tests: none of {', '.join(paths)} exists")
        commands.append((name, [str(BIN / "python"), "-m", "pytest", "-q", "-n", workers, "--dist", "worksteal", *found]))
    return commands


def _environment() -> dict[str, str]:
    return {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ.get('PATH', os.defpath)}"}


def _counts(output: str) -> dict[str, int]:
    """What pytest's closing line counted; errors are failures."""
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    closing = next((line for line in reversed(output.splitlines()) if COUNTS.search(line)), "")
    for number, word in COUNTS.findall(closing):
        counts["failed" if word.startswith("error") else word if word in counts else "skipped"] += int(number)
    return counts


if __name__ == "__main__":
    sys.exit(main())

"""Runs every layer of tests, or those that are named, each with its time, and ends with one line of counts."""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
BIN = ROOT / ".venv" / "bin"
# One process for each core pays where tests wait for one another little; fleets and chaos have processes enough of their own.
LAYERS: dict[str, tuple[list[str], str]] = {
    "domain": (["tests/domain", "tests/fakes", "tests/usecases", "tests/test_tidy.py"], "2"),
    "simulation": (["tests/simulation"], "2"),
    "ledger": (["tests/ledger"], "2"),
    "adapters": (["tests/adapters", "tests/persistence", "tests/queue"], "2"),
    "sandbox": (["tests/sandbox"], "2"),
    "web": (["tests/web"], "2"),
    "cli": (["tests/cli"], "2"),
    "browser": (["tests/browser"], "2"),
    "operations": (["tests/operations"], "2"),
    "fleet": (["tests/worker"], "0"),
    "chaos": (["tests/chaos"], "0"),
}
COUNTS = re.compile(r"(\d+) (passed|failed|skipped|error|errors|xfailed)")


def main() -> int:
    failed_layers, totals, rows = [], {"passed": 0, "failed": 0, "skipped": 0}, []
    began = time.monotonic()
    for name, command in _commands(sys.argv[1:]):
        print(f"\n== {name}", flush=True)
        start = time.monotonic()
        result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=_environment())
        seconds = time.monotonic() - start
        sys.stdout.write(result.stdout[-30_000:] + result.stderr[-10_000:])
        counts = _counts(result.stdout) if name != "lint" else {}
        for word, number in counts.items():
            totals[word] += number
        if result.returncode != 0:
            failed_layers.append(name)
        rows.append((name, counts, seconds, result.returncode == 0))
    print(f"\n{'layer':<10} {'passed':>7} {'failed':>7} {'skipped':>8} {'seconds':>8}")
    for name, counts, seconds, well in rows:
        cells = (counts.get("passed", 0), counts.get("failed", 0), counts.get("skipped", 0))
        print(f"{name:<10} {cells[0]:>7} {cells[1]:>7} {cells[2]:>8} {seconds:>8.1f}{'' if well else '  FAILED'}")
    print(f"{'all':<10} {'':>24} {time.monotonic() - began:>8.1f}")
    if totals["skipped"] and os.environ.get("SIMULCAST_TEST_REQUIRE") == "all":
        print("Tests were skipped although everything is required.", file=sys.stderr)
        failed_layers.append("skipped")
    print(f"{totals['passed']} passed, {totals['failed'] + len(failed_layers)} failed, {totals['skipped']} skipped")
    return 1 if failed_layers else 0


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

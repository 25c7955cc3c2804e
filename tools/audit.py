"""`make audit`: whether anything is known against a pinned dependency. Without a way to the advisory database it says so, loudly:
what could not be asked is not clean, and not broken either."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
_ASKED = ("runtime", "build")
_SECONDS = 300


def main() -> int:
    """0: nothing is known, or nobody could be asked; 1: something is."""
    known: list[tuple[str, str, str]] = []
    unasked: set[str] = set()
    asked: set[str] = set()
    for name in _ASKED:
        file = ROOT / "requirements" / f"{name}.txt"
        command = [sys.executable, "-m", "pip_audit", "--disable-pip", "--no-deps", "--progress-spinner=off", "--format=json"]
        try:
            done = subprocess.run([*command, "-r", str(file)], capture_output=True, text=True, timeout=_SECONDS)
            found = json.loads(done.stdout)["dependencies"]
        except (subprocess.TimeoutExpired, ValueError, KeyError):
            unasked.update(line.partition("==")[0] for line in file.read_text("utf-8").splitlines() if "==" in line)
            continue
        for dependency in found:
            if "skip_reason" in dependency:
                unasked.add(dependency["name"])
                continue
            asked.add(dependency["name"])
            known += [(dependency["name"], dependency["version"], each["id"]) for each in dependency["vulns"]]
    for package, version, advisory in known:
        print(f"KNOWN: {package} {version}: {advisory}", file=sys.stderr)
    if unasked:
        print(f"MISSING: of {len(unasked)} pinned dependencies the advisory database could not be asked", file=sys.stderr)
    print(f"{len(asked)} dependencies asked about, {len(known)} advisories, {len(unasked)} not asked")
    return 1 if known else 0


if __name__ == "__main__":
    sys.exit(main())

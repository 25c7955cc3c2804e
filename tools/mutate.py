"""`make mutants`: make one small mistake after another in the domain, and tell which of them its tests don't see."""

import argparse
import json
import os
import sys
import time
from collections.abc import Iterator, Sequence

from tools.mutant_trials import DOMAIN, ROOT, judged, source_of
from tools.mutations import Mutant, enumerations, mutants

EXPLAINED = ROOT / "docs" / "mutants.md"
MODULES = tuple(sorted(path.stem for path in DOMAIN.glob("*.py") if path.stem != "__init__"))


def main() -> int:
    args = _arguments()
    began = time.monotonic()
    explained = _explained()
    seen, survivors = 0, []
    for mutant, survived in _all(args.modules, args.workers):
        seen += 1
        if seen % 50 == 0:
            print(f"{seen} tried, the last in {mutant.module}", file=sys.stderr, flush=True)
        if survived:
            survivors.append(mutant.name)
            print(f"{'explained' if mutant.name in explained else 'SURVIVED '}  {mutant.name}", flush=True)
    unexplained = [name for name in survivors if name not in explained]
    # A row about a module that was not asked about is not stale.
    stale = sorted(name for name in explained if name not in survivors and name.partition(".")[0] in args.modules)
    for name in stale:
        print(f"no longer survives, and is still explained: {name}")
    counts = {"mutants": seen, "killed": seen - len(survivors), "explained": len(survivors) - len(unexplained)}
    print(json.dumps({**counts, "survived": len(unexplained), "stale": len(stale), "seconds": round(time.monotonic() - began)}))
    return 1 if unexplained or stale else 0


def _all(modules: Sequence[str], workers: int) -> Iterator[tuple[Mutant, bool]]:
    enums = {name: members for path in DOMAIN.glob("*.py") for name, members in enumerations(path.read_text("utf-8")).items()}
    for module in modules:
        yield from judged(module, list(mutants(f"{module}.py", source_of(module), enums)), workers)


def _explained() -> set[str]:
    """The mutants that the page lists: the first cell of each row, between backquotes."""
    rows = EXPLAINED.read_text("utf-8").splitlines() if EXPLAINED.exists() else []
    return {row.split("`` | ")[0].removeprefix("| `` ").strip() for row in rows if row.startswith("| ``")}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("modules", nargs="*", default=list(MODULES), help="modules of the domain; all of them, if none is named")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())

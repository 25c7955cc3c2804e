"""`make mutants`: make one small mistake after another in the domain, and tell which of them its tests don't see."""

import argparse
import ast
import gc
import importlib.abc
import importlib.machinery
import json
import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import redirect_stderr, redirect_stdout
from multiprocessing.connection import wait
from multiprocessing.context import ForkProcess
from pathlib import Path
from types import CodeType, ModuleType

import pytest
from hypothesis import HealthCheck, Phase, settings
from tools.mutations import Mutant, enumerations, mutants

ROOT = Path(__file__).parent.parent
DOMAIN = ROOT / "src" / "distribution_core" / "domain"
TESTS = ROOT / "tests" / "domain"
EXPLAINED = ROOT / "docs" / "mutants.md"
MODULES = tuple(sorted(path.stem for path in DOMAIN.glob("*.py") if path.stem != "__init__"))
SECONDS_MAX = 60
# The page and the mistakes themselves are no judges of the domain.
_NOT_ASKED = {"test_state_table.py", "test_mutations.py"}
_VERDICTS = {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.INTERRUPTED, -signal.SIGKILL}
_NO_VERDICT = 99
# A bare pytest: the plugins of the other layers cost more than these tests, and nobody reads why one failed.
_PYTEST = ["-x", "-q", "-c", os.devnull, "-p", "no:cacheprovider", "--noconftest", "--import-mode=importlib", "--assert=plain"]
_FORK = multiprocessing.get_context("fork")


def main() -> int:
    args = _arguments()
    began = time.monotonic()
    explained = _explained()
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    sys.path[:0] = [str(ROOT / "src"), str(ROOT)]
    untouched = [
        Mutant(module=f"{name}.py", where="module", change="nothing", tree=ast.parse(_source(name))) for name in args.modules
    ]
    if not all(survived for _, survived in _judged(untouched, args.workers)):
        raise SystemExit("the tests fail without any mistake")
    seen, survivors = 0, []
    for mutant, survived in _judged(list(_all(args.modules)), args.workers):
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


def _all(modules: Sequence[str]) -> Iterator[Mutant]:
    enums = {name: members for path in DOMAIN.glob("*.py") for name, members in enumerations(path.read_text("utf-8")).items()}
    for module in modules:
        yield from mutants(f"{module}.py", _source(module), enums)


def _source(module: str) -> str:
    return (DOMAIN / f"{module}.py").read_text("utf-8")


def _explained() -> set[str]:
    """The mutants that the page lists: the first cell of each row, between backquotes."""
    rows = EXPLAINED.read_text("utf-8").splitlines() if EXPLAINED.exists() else []
    return {row.split("`` | ")[0].removeprefix("| `` ").strip() for row in rows if row.startswith("| ``")}


def _judged(asked: list[Mutant], workers: int) -> Iterator[tuple[Mutant, bool]]:
    """Each mutant, and whether every test passed with it. One that hangs is seen; no verdict ends the run."""
    running: dict[int, tuple[ForkProcess, Mutant, float]] = {}
    while asked or running:
        while asked and len(running) < workers:
            mutant = asked.pop(0)
            process = _FORK.Process(target=_test, args=(mutant,))
            process.start()
            running[process.sentinel] = (process, mutant, time.monotonic() + SECONDS_MAX)
        wait(list(running), timeout=max(0.0, min(until for _, _, until in running.values()) - time.monotonic()))
        for sentinel, (process, mutant, until) in list(running.items()):
            if process.is_alive() and time.monotonic() < until:
                continue
            process.kill()
            process.join()
            del running[sentinel]
            if process.exitcode not in _VERDICTS:
                raise SystemExit(f"the tests could not be run (exit {process.exitcode}) with {mutant.name}")
            yield mutant, process.exitcode == pytest.ExitCode.OK


class _QuickFirst:
    """Examples before properties, which take a hundred times as long: most mistakes are seen by the former."""

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items.sort(key=lambda item: hasattr(getattr(item, "obj", None), "is_hypothesis_test"))


class _Planted(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Gives one module with the mistake in it: no file is ever changed."""

    def __init__(self, name: str, code: CodeType) -> None:
        self._name, self._code = name, code

    def find_spec(self, fullname: str, *_: object) -> importlib.machinery.ModuleSpec | None:
        return importlib.machinery.ModuleSpec(fullname, self) if fullname == self._name else None

    def exec_module(self, module: ModuleType) -> None:
        exec(self._code, module.__dict__)  # noqa: S102


def _test(mutant: Mutant) -> None:
    verdict = _NO_VERDICT
    try:
        stem = mutant.module.removesuffix(".py")
        gc.disable()  # The process is over before it would pay.
        code = compile(mutant.tree, str(DOMAIN / mutant.module), "exec")
        sys.meta_path.insert(0, _Planted(f"distribution_core.domain.{stem}", code))
        # Few examples, drawn the same way each time, and no search for the smallest: that it fails is enough.
        settings.register_profile(
            "mutants",
            max_examples=25,
            derandomize=True,
            database=None,
            deadline=None,
            phases=(Phase.explicit, Phase.generate),
            suppress_health_check=list(HealthCheck),
        )
        settings.load_profile("mutants")
        with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere), redirect_stderr(nowhere):
            verdict = int(pytest.main([*_PYTEST, "--rootdir", str(ROOT), *_tests(stem)], plugins=[_QuickFirst()]))
    finally:
        os._exit(verdict)


def _tests(stem: str) -> list[str]:
    """The tests that name the module: its own first, the long lives of the state machine last."""
    files = [path for path in TESTS.glob("test_*.py") if f"domain.{stem} import" in path.read_text("utf-8")]
    order = {f"test_{stem}": 0, "test_state_machine": 2}
    return [
        str(path) for path in sorted(files, key=lambda path: (order.get(path.stem, 1), path.stem)) if path.name not in _NOT_ASKED
    ]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("modules", nargs="*", default=list(MODULES), help="modules of the domain; all of them, if none is named")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())

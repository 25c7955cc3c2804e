"""Whether the domain's tests see a mistake. Most sit inside a function: for those the tests are collected once, and each
mistake is made in a fork, where it takes milliseconds to be seen. The others, and those not seen so, get a pytest anew."""

import ast
import gc
import importlib
import importlib.abc
import importlib.machinery
import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import redirect_stderr, redirect_stdout
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkProcess
from pathlib import Path
from types import CodeType, FunctionType, ModuleType

import pytest
from _pytest.main import pytest_runtestloop
from hypothesis import HealthCheck, Phase, settings
from tools.mutations import Mutant

ROOT = Path(__file__).parent.parent
DOMAIN = ROOT / "src" / "distribution_core" / "domain"
TESTS = ROOT / "tests" / "domain"
SECONDS_MAX = 60
# The page and the mistakes themselves are no judges of the domain.
_NOT_ASKED = {"test_state_table.py", "test_mutations.py", "test_mutant_trials.py"}
_VERDICTS = {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.INTERRUPTED, -signal.SIGKILL}
_NO_VERDICT = 99
# A bare pytest: the plugins of the other layers cost more than these tests, and nobody reads why one failed.
_PYTEST = ["-x", "-q", "-c", os.devnull, "-p", "no:cacheprovider", "--noconftest", "--import-mode=importlib", "--assert=plain"]
_FORK = multiprocessing.get_context("fork")


def source_of(stem: str) -> str:
    """The text of a module of the domain."""
    return (DOMAIN / f"{stem}.py").read_text("utf-8")


def judged(stem: str, asked: list[Mutant], workers: int) -> Iterator[tuple[Mutant, bool]]:
    """Each mutant of one module, and whether every test passed with it. Raises SystemExit where the tests can't tell."""
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    sys.path[:0] = [place for place in (str(ROOT / "src"), str(ROOT)) if place not in sys.path]
    untouched = Mutant(module=f"{stem}.py", where="module", change="nothing", tree=ast.parse(source_of(stem)))
    if not all(survived for _, survived in _judged_anew([untouched], 1)):
        raise SystemExit(f"the tests of {stem} fail without any mistake")
    left = []
    for mutant, seen in _judged_at_once(stem, [untouched, *asked], workers):
        if mutant is untouched and seen:
            raise SystemExit(f"the tests of {stem} fail where they are collected only once")
        if seen:
            yield mutant, False
        elif mutant is not untouched:
            left.append(mutant)
    yield from _judged_anew(left, workers)


def _judged_at_once(stem: str, asked: list[Mutant], workers: int) -> Iterator[tuple[Mutant, bool]]:
    """Each mutant, and whether a test failed with it; one of several processes tries every `workers`-th."""
    trials = []
    for number in range(workers):
        share = asked[number::workers]
        ours, theirs = _FORK.Pipe(duplex=False)
        process = _FORK.Process(target=_tell, args=(stem, share, theirs))
        process.start()
        theirs.close()
        trials.append((process, ours, share))
    for process, ours, share in trials:
        for mutant in share:
            try:
                yield mutant, ours.recv()
            except EOFError:
                yield mutant, False
        process.join()


def _tell(stem: str, share: list[Mutant], theirs: Connection) -> None:
    _few_examples()
    with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere), redirect_stderr(nowhere):
        pytest.main([*_PYTEST, "--rootdir", str(ROOT), *_tests(stem)], plugins=[_QuickFirst(), _Trials(stem, share, theirs)])
    theirs.close()


class _QuickFirst:
    """Examples before properties, which take a hundred times as long: most mistakes are seen by the former."""

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items.sort(key=lambda item: hasattr(getattr(item, "obj", None), "is_hypothesis_test"))


class _Trials:
    """Runs the collected tests once for each mutant, in a fork that has the functions of the mutant."""

    def __init__(self, stem: str, share: list[Mutant], theirs: Connection) -> None:
        self._stem, self._share, self._theirs = stem, share, theirs

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        if session.testsfailed:
            return True
        module = importlib.import_module(f"distribution_core.domain.{self._stem}")
        whole = compile(ast.parse(source_of(self._stem)), str(module.__file__), "exec")
        gc.freeze()
        for mutant in self._share:
            changed = changed_functions(whole, compile(mutant.tree, str(module.__file__), "exec"))
            self._theirs.send(changed is not None and self._is_seen(session, module, changed))
        return True

    def _is_seen(self, session: pytest.Session, module: ModuleType, changed: Mapping[str, CodeType]) -> bool:
        child = os.fork()
        if child == 0:
            _run(session, module, changed)
        _, status = os.waitpid(child, 0)
        return os.waitstatus_to_exitcode(status) in (pytest.ExitCode.TESTS_FAILED, -signal.SIGALRM)


def _run(session: pytest.Session, module: ModuleType, changed: Mapping[str, CodeType]) -> None:
    verdict = _NO_VERDICT
    try:
        gc.disable()  # The process is over before it would pay.
        signal.alarm(SECONDS_MAX)
        for name, code in changed.items():
            _function(module, name).__code__ = code
        try:
            pytest_runtestloop(session)
        except session.Failed:
            verdict = pytest.ExitCode.TESTS_FAILED
        else:
            verdict = pytest.ExitCode.TESTS_FAILED if session.testsfailed else pytest.ExitCode.OK
    finally:
        os._exit(verdict)


def changed_functions(before: CodeType, after: CodeType) -> dict[str, CodeType] | None:
    """The functions of a module or class that differ, by qualified name; None where more than functions does."""
    if before.co_code != after.co_code or before.co_names != after.co_names or len(before.co_consts) != len(after.co_consts):
        return None
    found: dict[str, CodeType] = {}
    for old, new in zip(before.co_consts, after.co_consts, strict=True):
        if not isinstance(old, CodeType) or not isinstance(new, CodeType):
            if type(old) is not type(new) or old != new:
                return None
        elif old.co_flags & _OPTIMIZED:
            if old != new:
                found[new.co_qualname] = new
        else:
            within = changed_functions(old, new)
            if within is None:
                return None
            found |= within
    return found


_OPTIMIZED = 0x1  # CO_OPTIMIZED: a function has it, a class or a module has not.


def _function(module: ModuleType, name: str) -> FunctionType:
    found: object = module
    for part in name.split("."):
        found = vars(found)[part]
    found = found.fget if isinstance(found, property) else found
    if not isinstance(found, FunctionType):
        raise TypeError(f"{name} is no function")
    return found


def _judged_anew(asked: list[Mutant], workers: int) -> Iterator[tuple[Mutant, bool]]:
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
        gc.disable()
        stem = mutant.module.removesuffix(".py")
        code = compile(mutant.tree, str(DOMAIN / mutant.module), "exec")
        sys.meta_path.insert(0, _Planted(f"distribution_core.domain.{stem}", code))
        _few_examples()
        with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere), redirect_stderr(nowhere):
            verdict = int(pytest.main([*_PYTEST, "--rootdir", str(ROOT), *_tests(stem)], plugins=[_QuickFirst()]))
    finally:
        os._exit(verdict)


def _few_examples() -> None:
    """Few, drawn the same way each time, and no search for the smallest: that it fails is enough."""
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


def _tests(stem: str) -> list[str]:
    """The tests that name the module: its own first, the long lives of the state machine last."""
    files = [path for path in TESTS.glob("test_*.py") if f"domain.{stem} import" in path.read_text("utf-8")]
    order = {f"test_{stem}": 0, "test_state_machine": 2}
    return [
        str(path) for path in sorted(files, key=lambda path: (order.get(path.stem, 1), path.stem)) if path.name not in _NOT_ASKED
    ]

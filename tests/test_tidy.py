"""House rules that no linter knows."""

import ast
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from shells.cli.main import ELSEWHERE

ROOT = Path(__file__).parent.parent
SRC = ROOT / "src"
LINES_MAX = 400
VAGUE = {"utils", "util", "helpers", "helper", "manager", "base", "common", "misc"}
CORE = SRC / "distribution_core"
CLOCKS = {
    ("datetime", "now"),
    ("datetime", "utcnow"),
    ("datetime", "today"),
    ("date", "today"),
    ("time", "time"),
    ("time", "monotonic"),
    ("os", "urandom"),
    ("uuid", "uuid4"),
}
CHANCE = {"random", "secrets", "time"}


def _modules(folder: Path = SRC) -> list[Path]:
    return sorted(path for path in folder.rglob("*.py") if "__pycache__" not in path.parts)


def _name(path: Path) -> str:
    parts = path.relative_to(SRC).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), filename=str(path))


@pytest.mark.parametrize("folder", ["src", "tests", "tools", "benchmarks"])
def test_no_file_is_too_long(folder: str) -> None:
    long = {
        str(path.relative_to(ROOT)): count
        for path in _modules(ROOT / folder)
        if (count := len(path.read_text("utf-8").splitlines())) > LINES_MAX
    }
    assert not long, f"over {LINES_MAX} lines: is each about one thing?"


def test_files_are_named_for_what_they_hold() -> None:
    assert not [str(path) for path in _modules() if path.stem in VAGUE]


def test_the_core_imports_attrs_and_the_standard_library_alone() -> None:
    """An allow-list: a library that nobody has thought of yet is refused, too. What ships for tests may need pytest."""
    found = []
    for path in _modules(CORE):
        shipped_for_tests = "testing" in path.relative_to(CORE).parts
        for name in _imports(path):
            top = name.partition(".")[0]
            fine = top in sys.stdlib_module_names or top in ("attr", "attrs", "distribution_core")
            if not (fine or (shipped_for_tests and top in ("pytest", "anyio"))):
                found.append(f"{path.relative_to(CORE)}: {name}")
            if not shipped_for_tests and name.startswith("distribution_core.testing"):
                found.append(f"{path.relative_to(CORE)}: {name}")
    assert not found


def test_core_reads_no_clock_and_rolls_no_dice() -> None:
    """Time and chance are ports, so that a simulation can own them."""
    found = []
    for path in _modules(CORE):
        if "testing" in path.parts:
            continue
        for node in ast.walk(_tree(path)):
            match node:
                case ast.Import(names=names) if any(alias.name in CHANCE for alias in names):
                    found.append(f"{path}:{node.lineno}")
                case ast.ImportFrom(module=module) if module in CHANCE:
                    found.append(f"{path}:{node.lineno}")
                case ast.Call(func=ast.Attribute(value=ast.Name(id=owner), attr=attribute)) if (owner, attribute) in CLOCKS:
                    found.append(f"{path}:{node.lineno}")
                case _:
                    pass
    assert not found


def test_ports_have_at_most_five_methods() -> None:
    found = []
    for path in _modules(CORE / "ports"):
        for node in _tree(path).body:
            if isinstance(node, ast.ClassDef) and any(
                isinstance(base, ast.Name) and base.id == "Protocol" for base in node.bases
            ):
                methods = [
                    item
                    for item in node.body
                    if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef)
                    and "property" not in {ast.unparse(decorator) for decorator in item.decorator_list}
                ]
                found += [f"{path.name}: {node.name} has {len(methods)}"] if len(methods) > 5 else []
    assert not found


def _imports(path: Path) -> Iterator[str]:
    package = _name(path) if path.name == "__init__.py" else _name(path).rpartition(".")[0]
    for node in ast.walk(_tree(path)):
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=module, names=names, level=level):
                parent = ".".join(package.split(".")[: len(package.split(".")) - level + 1]) if level else ""
                full = ".".join(part for part in (parent, module or "") if part)
                yield full
                yield from (f"{full}.{alias.name}" for alias in names)
            case _:
                pass


def test_no_module_is_dead() -> None:
    """Each module is imported by another, by a test of a shipped suite, or named as an entry point."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    named = {target.partition(":")[0] for target in project["scripts"].values()}
    named |= {target.partition(":")[0] for group in project["entry-points"].values() for target in group.values()}
    # Run by name: the media inspection as a process, the web application by its server, commands when they are asked for.
    named |= {"adapters_persistence.media.inspection", "shells.web.app", *ELSEWHERE.values()}
    used = set(named)
    for path in _modules():
        used |= {name for name in _imports(path) if name != _name(path)}
    for path in _modules(ROOT / "tests"):
        used |= {name for name in _imports_of_test(path) if name.startswith("distribution_core.testing")}
    dead = [
        _name(path)
        for path in _modules()
        if path.name != "__init__.py" and _name(path) not in used and "migrations" not in path.parts
    ]
    assert not dead


def _imports_of_test(path: Path) -> Iterator[str]:
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_no_task_is_async() -> None:
    """A Celery task that is `async def` reports success without running."""
    found = []
    for path in _modules(SRC / "shells"):
        for node in ast.walk(_tree(path)):
            if isinstance(node, ast.AsyncFunctionDef):
                names = {ast.unparse(decorator).partition("(")[0].rpartition(".")[2] for decorator in node.decorator_list}
                found += [f"{path}:{node.lineno}"] if names & {"task", "shared_task"} else []
    assert not found


def test_every_dependency_is_pinned_by_hash() -> None:
    for name in ("runtime", "dev", "build"):
        text = (ROOT / "requirements" / f"{name}.txt").read_text("utf-8")
        assert "://" not in text, "a lock names no registry"
        entries = [block for block in text.replace("\\\n", " ").splitlines() if block and not block.startswith("#")]
        assert entries
        assert all("==" in entry and "--hash=sha256:" in entry for entry in entries)


def test_no_test_is_skipped_by_a_mark() -> None:
    found = [
        f"{path}:{node.lineno}"
        for path in _modules(ROOT / "tests")
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.Attribute) and node.attr in ("skip", "xfail") and isinstance(node.value, ast.Attribute)
    ]
    assert not found, "a skip hides a defect"

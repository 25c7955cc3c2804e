"""A clock that tests move by hand, which is the ledger's time, and a migrated SQLite file to copy."""

import shutil
from pathlib import Path

import pytest

from adapters_persistence.ledger.migrations import upgrade
from distribution_core.testing.memory_clock import MemoryClock


@pytest.fixture
def clock() -> MemoryClock:
    return MemoryClock()


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("sqlite") / "migrated.db"
    upgrade(f"sqlite:///{file}")
    return file


@pytest.fixture
def sqlite_url(migrated_file: Path, tmp_path: Path) -> str:
    """A SQLite ledger of this test's own, migrated and empty."""
    return f"sqlite:///{shutil.copy(migrated_file, tmp_path / 'ledger.db')}"

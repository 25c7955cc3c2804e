"""The migrations build exactly what tables.py says, on both databases, and can be run by anybody at any time."""

import concurrent.futures
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, Engine, create_engine, text

from adapters_persistence.ledger.engine import DatabaseUrlError, sync_url
from adapters_persistence.ledger.migrations import current_revision, head_revision, is_current, upgrade
from adapters_persistence.ledger.tables import metadata


@pytest.fixture(params=["sqlite", "postgresql"])
def bare_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/new folder/ledger%20.db"
    url: str = request.getfixturevalue("bare_postgres_url")
    return url


@pytest.fixture
def engine(bare_url: str) -> Iterator[Engine]:
    made = create_engine(sync_url(bare_url))
    yield made
    made.dispose()


def _schema(connection: Connection) -> set[str]:
    """Everything that the database itself says about its schema, check constraints and index predicates included."""
    if connection.dialect.name == "sqlite":
        rows = connection.execute(text("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name <> 'alembic_version'"))
        # A table that was made anew has its name in quotes.
        return {"".join(sorted("".join(row[0].replace('"', "").split()))) for row in rows}
    parts = (
        # How its pages are filled, as those of tables, is the migrations' alone.
        r"SELECT 'index ' || regexp_replace(indexdef, ' WITH \([^)]*\)', '') FROM pg_indexes"
        " WHERE schemaname = 'public' AND tablename <> 'alembic_version'",
        "SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text <> 'alembic_version'",
        "SELECT concat_ws(' ', table_name, column_name, data_type, character_maximum_length, is_nullable, column_default)"
        " FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'alembic_version'",
    )
    return {row[0] for part in parts for row in connection.execute(text(part))}


def test_a_new_database_is_brought_to_head(bare_url: str) -> None:
    assert current_revision(bare_url) is None
    assert not is_current(bare_url)
    upgrade(bare_url)
    assert current_revision(bare_url) == head_revision()
    assert is_current(bare_url)


def test_upgrading_again_changes_nothing(bare_url: str, engine: Engine) -> None:
    upgrade(bare_url)
    with engine.connect() as connection:
        before = _schema(connection)
    upgrade(bare_url)
    with engine.connect() as connection:
        assert _schema(connection) == before


def test_asking_for_the_revision_makes_no_file(tmp_path: Path) -> None:
    assert current_revision(f"sqlite:///{tmp_path}/nothing.db") is None
    assert list(tmp_path.iterdir()) == []


@pytest.mark.filterwarnings("ignore:autogenerate skipping metadata-specified expression-based index")  # the next test sees them
def test_migrations_match_the_tables_for_alembic(bare_url: str, engine: Engine) -> None:
    upgrade(bare_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_migrations_build_the_very_schema_of_the_tables(bare_url: str, engine: Engine) -> None:
    upgrade(bare_url)
    with engine.begin() as connection:
        migrated = _schema(connection)
        metadata.drop_all(connection)
        assert _schema(connection) == set()
        metadata.create_all(connection)
        assert migrated == _schema(connection)
    assert len(migrated) > len(metadata.tables)


def test_users_and_what_is_theirs_outlive_a_table_made_anew(bare_url: str, engine: Engine) -> None:
    upgrade(bare_url, "0011")
    key, at = "0190a1b2c3d47e5f8a9b0c1d2e3f4a5b", "2026-11-01T00:00:00.000000Z"
    user = {"id": key, "email": "Ada@example.com", "folded": "ada@example.com", "at": at}
    with engine.begin() as connection:
        insert = "INSERT INTO users (id, email, email_folded, created_at) VALUES (:id, :email, :folded, :at)"
        connection.execute(text(insert), user)
        session = "INSERT INTO sessions (id, user_id, family_id, token_hash, created_at, expires_at)"
        connection.execute(text(f"{session} VALUES (:id, :id, :id, :hash, :at, :at)"), {"id": key, "at": at, "hash": b"h"})
    upgrade(bare_url)
    with engine.begin() as connection:
        row = connection.execute(
            text("SELECT u.email, u.sso_issuer, s.began_at FROM users u JOIN sessions s ON s.user_id = u.id")
        )
        assert row.one() == ("Ada@example.com", None, None)
        if connection.dialect.name == "sqlite":
            assert connection.execute(text("PRAGMA foreign_key_check")).all() == []
            referred = connection.execute(text("SELECT DISTINCT \"table\" FROM pragma_foreign_key_list('sessions')"))
            assert referred.scalars().all() == ["users"]


def test_two_upgrades_at_once_take_turns(bare_url: str) -> None:
    with concurrent.futures.ThreadPoolExecutor(1) as other:
        # Threads would share Alembic's module-level context, so the rival is a process of its own.
        rival = other.submit(_upgrade_elsewhere, bare_url)
        other_rival = _upgrade_elsewhere(bare_url)
        assert (rival.result(), other_rival) == ("", "")
    assert is_current(bare_url)


def test_a_database_of_another_kind_is_refused_in_words() -> None:
    with pytest.raises(DatabaseUrlError, match="mysql is no database for the ledger"):
        upgrade("mysql://somebody:hidden@host/name")
    with pytest.raises(DatabaseUrlError, match="a file, not SQLite's memory"):
        upgrade("sqlite:///:memory:")
    with pytest.raises(DatabaseUrlError) as refused:
        upgrade("postgresql//somebody:hidden@host")
    assert "hidden" not in str(refused.value)


def _upgrade_elsewhere(url: str) -> str:
    """What a process that upgrades had to complain about."""
    program = "import sys; from adapters_persistence.ledger.migrations import upgrade; upgrade(sys.argv[1])"
    source = str(Path(__file__).parents[2] / "src")
    done = subprocess.run(
        [sys.executable, "-c", program, url], capture_output=True, text=True, check=False, env={"PYTHONPATH": source}
    )
    return done.stderr

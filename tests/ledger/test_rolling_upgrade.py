"""Old processes go on while the newest tables are there: no migration takes away, renames, or demands anything of them."""

import asyncio
import shutil
import threading
import time
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from alembic.script import ScriptDirectory
from attrs import evolve
from sqlalchemy import Connection, Engine, create_engine, inspect, text
from sqlalchemy.exc import ProgrammingError

from adapters_persistence.ledger.engine import sync_url
from adapters_persistence.ledger.migrations import current_revision, running, upgrade
from adapters_persistence.ledger.migrations.running import _config, is_behind
from distribution_core.domain.delivery import DeliveryStatus
from tests.usecases.conftest import open_house
from tests.waiting import until

Schema = dict[str, dict[str, Any]]
WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'deliveries'::regclass"
# Constraints by what they say, since no statement names one. Indexes by name too: on SQLite some statements do.
RULES = r"""
SELECT owner::regclass::text, rule, binds,
    ARRAY(SELECT attname::text FROM pg_attribute WHERE attrelid = owner AND attnum = ANY (keys))
FROM (
    SELECT conrelid, pg_get_constraintdef(oid), true, conkey FROM pg_constraint WHERE contype IN ('c', 'f', 'p', 'u')
    UNION ALL
    SELECT indrelid, regexp_replace(pg_get_indexdef(indexrelid), ' WITH \([^)]*\)', ''), indisunique, indkey::smallint[]
    FROM pg_index WHERE NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid AND conrelid = indrelid)
) AS found (owner, rule, binds, keys)
WHERE owner IN (SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace)
"""
PARTIAL = (
    "DROP INDEX uq_deliveries_platform_external_post_id;"
    "CREATE UNIQUE INDEX uq_deliveries_platform_external_post_id ON deliveries (platform, external_post_id)"
)
DROPPED_ON_PURPOSE = {
    # 0013: no program before it wrote a subject or looked for one, so nothing of theirs could meet another's.
    "users has lost UNIQUE (sso_subject)",
    # 0017: no statement names it. The metrics' counts used it; on PostgreSQL partial indexes serve those of old programs too, but
    # for successes, which most deliveries are. They may read more on SQLite, and count the same.
    "deliveries has lost CREATE INDEX ix_deliveries_status ON public.deliveries USING btree (status)",
}


def _revisions() -> list[str]:
    """Oldest first."""
    return [revision.revision for revision in ScriptDirectory.from_config(_config(None)).walk_revisions()][::-1]


def _schema(connection: Connection) -> Schema:
    found = inspect(connection)
    tables = [table for table in found.get_table_names() if table != "alembic_version"]
    schema: Schema = {
        table: {"columns": {column["name"]: column for column in found.get_columns(table)}, "rules": {}} for table in tables
    }
    for table, rule, binds, columns in connection.execute(text(RULES)):
        if table in schema:
            schema[table]["rules"][rule] = (binds, columns)
    return schema


def what_breaks(old: Schema, new: Schema) -> list[str]:
    """Why a program written for `old` would fail on `new`."""
    wrong = [f"table {table} is gone" for table in old if table not in new]
    for table, before in old.items():
        if table not in new:
            continue
        after = new[table]
        for name, column in before["columns"].items():
            now = after["columns"].get(name)
            if now is None:
                wrong.append(f"{table}.{name} is gone")
            elif str(now["type"]) != str(column["type"]):
                wrong.append(f"{table}.{name} was {column['type']} and is {now['type']}")
            elif column["nullable"] and not now["nullable"]:
                wrong.append(f"{table}.{name} takes no NULL any more")
            elif now["nullable"] and not column["nullable"]:
                wrong.append(f"{table}.{name} may be NULL now")
            elif column["default"] is not None and now["default"] != column["default"]:
                wrong.append(f"{table}.{name} has lost its default")
        for name in after["columns"].keys() - before["columns"].keys():
            column = after["columns"][name]
            if not column["nullable"] and column["default"] is None:
                wrong.append(f"{table}.{name} is new, and old programs don't fill it")
        wrong += [f"{table} has lost {rule}" for rule in before["rules"].keys() - after["rules"].keys()]
        wrong += [
            f"{table} has a new constraint: {rule}"
            for rule in after["rules"].keys() - before["rules"].keys()
            if _binds_old_programs(rule, before, after)
        ]
    return wrong


def _binds_old_programs(rule: str, before: dict[str, Any], after: dict[str, Any]) -> bool:
    """Their rows hold NULL in a new column without a default, which meets neither a foreign key nor a unique one."""
    binds, columns = after["rules"][rule]
    new = after["columns"].keys() - before["columns"].keys()
    holds_null = any(name in new and after["columns"][name]["default"] is None for name in columns)
    return binds and (rule.startswith("CHECK") or not holds_null)


# The oldest revision that today's program can post on: it goes up with whatever that program can't do without.
WORKS_FROM = "0013"
# What the next version may do. Everybody who works meanwhile runs into its lock.
NEXT = """
import sqlalchemy as sa
from alembic import op

revision, down_revision = "next", {head!r}


def upgrade():
    op.add_column("deliveries", sa.Column("more", sa.Text(), unique=True))
    op.add_column("deliveries", sa.Column("tier", sa.Integer(), server_default="0", nullable=False))
    op.create_index("ix_deliveries_tier", "deliveries", ["tier"])
    op.create_table("notes", sa.Column("delivery_id", sa.Uuid(), sa.ForeignKey("deliveries.id"), primary_key=True))
    op.execute("SELECT pg_sleep({held_s})")
"""
HELD_S = 0.5


@pytest.fixture
def engine(bare_postgres_url: str) -> Engine:
    return create_engine(sync_url(bare_postgres_url))


def test_every_migration_leaves_the_programs_before_it_working(bare_postgres_url: str, engine: Engine) -> None:
    schemas = {}
    for revision in _revisions():
        upgrade(bare_postgres_url, revision)
        with engine.connect() as connection:
            schemas[revision] = _schema(connection)
    engine.dispose()
    newest = schemas[_revisions()[-1]]
    wrong = {revision: set(what_breaks(schema, newest)) for revision, schema in schemas.items()}
    assert {revision: breaks - DROPPED_ON_PURPOSE for revision, breaks in wrong.items() if breaks - DROPPED_ON_PURPOSE} == {}
    assert set().union(*wrong.values()) == DROPPED_ON_PURPOSE, "nothing is excused that is still there"


def test_work_goes_on_while_an_upgrade_waits_for_a_table(bare_postgres_url: str, engine: Engine) -> None:
    """A long transaction reads deliveries, as a backup does; revisions after the first want the table for themselves."""
    upgrade(bare_postgres_url, "0002")
    longest_s, done = 0.0, threading.Event()
    with engine.connect() as reader, engine.connect().execution_options(isolation_level="AUTOCOMMIT") as worker:
        reader.execute(text("SELECT count(*) FROM deliveries"))
        upgrading = threading.Thread(target=lambda: (upgrade(bare_postgres_url), done.set()))
        upgrading.start()
        until(lambda: worker.execute(text(WAITING)).scalar_one() > 0)
        for _ in range(20):
            began = time.monotonic()
            worker.execute(text("SELECT count(*) FROM deliveries"))
            longest_s = max(longest_s, time.monotonic() - began)
            if longest_s > 0.5:  # held up by the upgrade, and let go by it
                break
            done.wait(0.25)
        assert 0.5 < longest_s < 10
        assert not done.is_set()
        reader.rollback()
        upgrading.join(timeout=60)
    assert done.is_set()
    with engine.connect() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one() == _revisions()[-1]
    engine.dispose()


@pytest.mark.anyio
async def test_posts_go_out_while_a_later_version_migrates_and_on_its_tables(
    bare_postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Today's program is the old one here: the revisions that it can post without are real, and the one after them is made up."""
    later = shutil.copytree(running._HERE, tmp_path / "migrations")
    (later / "versions" / "next.py").write_text(NEXT.format(head=_revisions()[-1], held_s=HELD_S))
    upgrade(bare_postgres_url, WORKS_FROM)
    is_done, longest_s, saved = asyncio.Event(), 0.0, list[UUID]()
    async with open_house(bare_postgres_url) as house:
        house.ctx = evolve(house.ctx, limits=evolve(house.ctx.limits, hold=timedelta(0)))
        await house.link("alpha", "ada", "page")

        async def post(worker: str) -> None:
            nonlocal longest_s
            began = time.monotonic()
            (delivery,) = await house.release(f"Post {len(saved)} of {worker}")
            saved.append(delivery.id)
            await house.round(worker)
            longest_s = max(longest_s, time.monotonic() - began)

        async def work(worker: str) -> None:
            while not is_done.is_set():
                await post(worker)
            await post(worker)

        async def migrate() -> None:
            with monkeypatch.context() as patch:
                patch.setattr(running, "_HERE", later)
                await asyncio.to_thread(upgrade, bare_postgres_url)
            is_done.set()

        async with asyncio.timeout(60), asyncio.TaskGroup() as all_at_once:
            for task in (work("w1"), work("w2"), migrate()):
                all_at_once.create_task(task)
        assert current_revision(bare_postgres_url) == "next"
        assert not await is_behind(house.ctx.ledger.engine)  # type: ignore[attr-defined]
        assert longest_s > HELD_S / 2, "none was under way while the table was locked"
        assert {(await house.delivery(each)).status for each in saved} == {DeliveryStatus.SUCCESS}
        timeline = house.fakes["alpha"].adapter.timeline
        assert sorted(timeline) == sorted(("page", f"post-draft-{each}") for each in saved), "each once"


def test_what_was_done_before_a_revision_that_fails_stays_done(bare_postgres_url: str, engine: Engine) -> None:
    upgrade(bare_postgres_url, "0002")
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE key_versions (in_the_way integer)"))  # what 0012 wants to make
    with pytest.raises(ProgrammingError, match="key_versions"):
        upgrade(bare_postgres_url)
    with engine.begin() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one() == "0011"
        connection.execute(text("DROP TABLE key_versions"))
    upgrade(bare_postgres_url)
    engine.dispose()


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ("ALTER TABLE users DROP COLUMN hold", "is gone"),
        ("ALTER TABLE users RENAME COLUMN hold TO held", "is gone"),
        ("DROP TABLE audit_log", "is gone"),
        ("ALTER TABLE users ADD COLUMN more text NOT NULL", "don't fill it"),
        ("ALTER TABLE users ALTER COLUMN password_hash SET NOT NULL", "no NULL"),
        ("ALTER TABLE users ALTER COLUMN hold TYPE integer", "was DOUBLE"),
        ("ALTER TABLE contents ALTER COLUMN hold DROP DEFAULT", "lost its default"),
        ("ALTER TABLE contents ALTER COLUMN hold SET DEFAULT 5", "lost its default"),
        ("ALTER TABLE contents ALTER COLUMN body DROP NOT NULL", "may be NULL"),
        ("ALTER TABLE deliveries DROP CONSTRAINT uq_deliveries_content_id_social_account_id", "lost UNIQUE (content_id"),
        ("DROP INDEX uq_deliveries_platform_external_post_id", "lost CREATE UNIQUE INDEX"),
        (f"{PARTIAL} WHERE status = 'success'", "lost CREATE UNIQUE INDEX"),
        (f"{PARTIAL} WHERE external_post_id IS NOT NULL", None),
        ("DROP INDEX ix_deliveries_due", "lost CREATE INDEX"),
        ("ALTER TABLE deliveries DROP CONSTRAINT fk_deliveries_content_id_contents", "lost FOREIGN KEY (content_id)"),
        ("ALTER TABLE deliveries DROP CONSTRAINT ck_deliveries_status", "lost CHECK"),
        ("ALTER TABLE users ADD CONSTRAINT one_hold UNIQUE (hold)", "new constraint"),
        ("CREATE UNIQUE INDEX one_body ON contents (body)", "new constraint"),
        ("ALTER TABLE users ADD COLUMN more text DEFAULT 'x' UNIQUE", "new constraint"),
        ("ALTER TABLE users ADD COLUMN more text UNIQUE", None),
        ("ALTER TABLE users ADD CONSTRAINT held CHECK (hold > 1)", "new constraint"),
        ("ALTER TABLE workers DROP CONSTRAINT pk_workers", "lost PRIMARY KEY (worker)"),
        ("ALTER TABLE users ADD COLUMN more text NOT NULL DEFAULT ''", None),
        ("CREATE INDEX quick ON contents (body)", None),
    ],
)
def test_what_would_break_them_is_seen(bare_postgres_url: str, engine: Engine, change: str, word: str | None) -> None:
    upgrade(bare_postgres_url)
    with engine.begin() as connection:
        before = _schema(connection)
        connection.execute(text(change))
        found = what_breaks(before, _schema(connection))
    engine.dispose()
    assert (word is None) == (not found)
    assert word is None or word in found[0]

"""(b) Fan-out: selecting the accounts of one content, against a bare `INSERT ... SELECT` of the same delivery rows."""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

import psycopg
from attrs import frozen

from benchmarks.figures import Figures
from benchmarks.seeding import Seeder, new_id
from benchmarks.stand import Stand
from distribution_core.domain.content import Content
from distribution_core.usecases.select_accounts import select_accounts
from shells.platform_settings import manifests, platform_keys
from shells.settings import load_settings
from shells.wiring import Product, open_product

SELECTED, RAW = "select_accounts", "INSERT ... SELECT"
_MORE = """
INSERT INTO social_accounts (id, user_id, grant_id, platform, external_account_id, kind, display_name, is_active, status, scopes,
 linked_at, updated_at)
SELECT gen_random_uuid(), user_id, grant_id, platform, external_account_id || '-' || n, kind, display_name, is_active, status,
 scopes, linked_at, updated_at FROM social_accounts, generate_series(2, %s) AS n
"""
_RAW = """
INSERT INTO deliveries (id, content_id, social_account_id, user_id, platform, status, phase, attempts, takeovers, fence, due_at,
 handles, opened_at, created_at, updated_at)
SELECT uuidv7(), %(content)s, id, user_id, platform, 'pending', 'idle', 0, 0, 0, now(), '{}', now(), now(), now()
FROM social_accounts WHERE user_id = %(user)s AND is_active
"""


@frozen(kw_only=True)
class _House:
    """One user with as many accounts as are to be selected."""

    stand: Stand
    database: str
    user_id: UUID

    def content(self) -> UUID:
        """A content that is due."""
        content_id, now = new_id(), datetime.now(UTC)
        with psycopg.connect(self.database) as connection:
            connection.execute(
                "INSERT INTO contents (id, user_id, body, media, visibility, options, release_at, created_at, updated_at)"
                " VALUES (%s, %s, 'A post of the benchmark', '[]', 'public', '{}', %s, %s, %s)",
                (content_id, self.user_id, now, now, now),
            )
        return content_id


def times(stand: Stand, accounts: int, rounds: int, progress: Callable[[str], None]) -> Figures:
    """Milliseconds for all of one content's deliveries, each round on a database of its own and the first turn in turn."""
    figures = Figures()
    for number in range(rounds):
        progress(f"fan-out to {accounts:,} accounts, round {number + 1} of {rounds}")
        house = _house(stand, accounts)
        forms = ((SELECTED, _selected), (RAW, _raw))
        for form, measure in forms if number % 2 == 0 else reversed(forms):
            figures.add(form, 1000 * measure(house, accounts))
        stand.drop(house.database)
    return figures


def _house(stand: Stand, accounts: int) -> _House:
    database = stand.database()
    ((user_id, _),) = asyncio.run(Seeder(database, stand.key).accounts(1))
    with psycopg.connect(database) as connection:
        connection.execute(_MORE, (accounts,))
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
    return _House(stand=stand, database=database, user_id=user_id)


def _selected(house: _House, accounts: int) -> float:
    environment = house.stand.environment(house.database, "http://127.0.0.1:9")
    content_id = house.content()

    async def run() -> float:
        async with open_product(load_settings(environment, platform_keys=platform_keys(manifests()))) as product:
            content = await _content(product, content_id)
            began = time.perf_counter()
            selection = await select_accounts(product.context, content)
            seconds = time.perf_counter() - began
        if selection.made != accounts:
            raise RuntimeError(f"{accounts} accounts were to be selected, and {selection.made} were")
        return seconds

    return asyncio.run(run())


async def _content(product: Product, content_id: UUID) -> Content:
    async with product.ledger.begin() as tx:
        content = await tx.contents.get(content_id)
    if content is None:
        raise RuntimeError("the content of the benchmark is gone")
    return content


def _raw(house: _House, accounts: int) -> float:
    content_id = house.content()
    with psycopg.connect(house.database) as connection:
        began = time.perf_counter()
        made = connection.execute(_RAW, {"content": content_id, "user": house.user_id}).rowcount
        connection.commit()
        seconds = time.perf_counter() - began
    if made != accounts:
        raise RuntimeError(f"{accounts} deliveries were to be made, and {made} were")
    return seconds

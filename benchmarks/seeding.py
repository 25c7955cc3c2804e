"""Rows for a benchmark, written in bulk: users with LinkedIn member accounts, each of its own grant, and due deliveries."""

import os
from datetime import UTC, datetime
from uuid import UUID

import psycopg
from attrs import frozen
from psycopg.types.json import Jsonb

from adapters_persistence.vault import EnvelopeVault, LocalKey
from distribution_core.domain.ids import uuid7
from distribution_core.domain.secret import Secret
from distribution_core.ports.vault import Binding

_ACCOUNTS_MAX = 200


@frozen
class Seeder:
    """`key` is the key-encryption key, in base64; tokens are sealed under it as linking seals them."""

    database_url: str
    key: Secret

    async def accounts(self, number: int, *, each: int = 1) -> list[tuple[UUID, UUID]]:
        """(user id, account id) of new accounts of so many new users, `each` for one user, each of its own consent."""
        made = []
        with psycopg.connect(self.database_url) as connection:
            for _ in range(number):
                user, now = new_id(), datetime.now(UTC)
                email = f"{user}@example.com"
                connection.execute(
                    "INSERT INTO users (id, email, email_folded, created_at) VALUES (%s,%s,%s,%s)", (user, email, email, now)
                )
                made += [(user, await self._account(connection, user, now)) for _ in range(each)]
        return made

    async def accounts_of(self, user: UUID, number: int) -> None:
        """The same for one user who is there already."""
        with psycopg.connect(self.database_url) as connection:
            for _ in range(number):
                await self._account(connection, user, datetime.now(UTC))

    async def _account(self, connection: "psycopg.Connection[tuple[object, ...]]", user: UUID, now: datetime) -> UUID:
        vault, grant, account = EnvelopeVault(LocalKey.from_text(self.key)), new_id(), new_id()
        key = await vault.new_data_key()
        token = await vault.seal(Secret(f"token-{grant}"), key, Binding(user_id=str(user), row_id=str(grant), purpose="access"))
        connection.execute(
            "INSERT INTO grants (id, user_id, platform, app, subject_id, scopes, key_wrapped, key_id, key_version,"
            " access_token, status, version, created_at, updated_at)"
            " VALUES (%s,%s,'linkedin','member',%s,%s,%s,%s,%s,%s,'valid',1,%s,%s)",
            (grant, user, str(grant), Jsonb([]), key.wrapped, key.key_id, key.key_version, token, now, now),
        )
        connection.execute(
            "INSERT INTO social_accounts (id, user_id, grant_id, platform, external_account_id, kind, display_name,"
            " is_active, status, scopes, linked_at, updated_at)"
            " VALUES (%s,%s,%s,'linkedin',%s,'member','Ada',true,'valid',%s,%s,%s)",
            (account, user, grant, str(account), Jsonb(["w_member_social"]), now, now),
        )
        return account

    def deliveries(self, accounts: list[tuple[UUID, UUID]], number: int, status: str = "pending") -> None:
        """Contents of their own words, each of which goes to all of its user's accounts, user by user; due now where pending.
        `number` is that of the deliveries."""
        now = datetime.now(UTC)
        due = now if status == "pending" else None
        with psycopg.connect(self.database_url) as connection, connection.cursor() as cursor:
            contents, deliveries = [], []
            author, content = None, new_id()
            for at in range(number):
                user, account = accounts[at % len(accounts)]
                if user != author or not at % len(accounts):
                    author, content = user, new_id()
                    contents.append((content, user, f"Post {at} of the benchmark, with some words", now, now, now, now))
                deliveries.append((new_id(), content, account, user, status, due, now, now, now))
            with cursor.copy(
                "COPY contents (id, user_id, body, media, visibility, options, release_at, created_at, updated_at, selected_at)"
                " FROM STDIN"
            ) as copy:
                for content, user, body, *times in contents:
                    copy.write_row((content, user, body, "[]", "public", "{}", *times))
            with cursor.copy(
                "COPY deliveries (id, content_id, social_account_id, user_id, platform, status, phase, attempts, takeovers,"
                " fence, due_at, handles, opened_at, created_at, updated_at) FROM STDIN"
            ) as copy:
                for delivery, content, account, user, state, due_at, *times in deliveries:
                    copy.write_row((delivery, content, account, user, "linkedin", state, "idle", 0, 0, 0, due_at, "{}", *times))
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            connection.execute("ANALYZE")


def new_id() -> UUID:
    """A time-ordered id, as the product makes them."""
    return uuid7(int(datetime.now(UTC).timestamp() * 1000), os.urandom(10))

"""Rows to test on: users, accounts, content and deliveries, written through the ledger itself."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from attrs import evolve

from distribution_core.domain.account import DataKey, Grant, SocialAccount, User
from distribution_core.domain.content import Content
from distribution_core.domain.delivery import Delivery
from distribution_core.domain.ids import series_of
from distribution_core.domain.post import Post
from distribution_core.ports.gate import CommitRequest
from distribution_core.ports.ledger import Ledger, Transaction

LEASE = timedelta(seconds=60)
CALL = timedelta(seconds=20)
SETTLE = timedelta(seconds=5)
FINGERPRINT = "f" * 64


async def add_user(tx: Transaction) -> User:
    user = User(id=uuid4(), email=f"{uuid4().hex}@example.org", created_at=tx.now)
    await tx.users.add(user)
    return user


async def add_grant(tx: Transaction, user: User, *, subject_id: str = "person") -> Grant:
    grant = Grant(
        id=uuid4(),
        user_id=user.id,
        platform="facebook",
        app="main",
        subject_id=subject_id,
        scopes=("read", "write"),
        data_key=DataKey(wrapped=b"wrapped", key_id="local", key_version=3),
        access_token=b"sealed",
        created_at=tx.now,
        updated_at=tx.now,
    )
    await tx.grants.add(grant)
    return grant


async def add_account(
    tx: Transaction, user: User, *, external_id: str | None = None, platform: str = "facebook", **changes: Any
) -> SocialAccount:
    account = SocialAccount(
        id=uuid4(),
        user_id=user.id,
        grant_id=None,
        platform=platform,
        external_account_id=external_id or uuid4().hex,
        kind="page",
        display_name="A Page",
        linked_at=tx.now,
        updated_at=tx.now,
    )
    account = evolve(account, **changes)
    await tx.accounts.put(account)
    return account


async def add_content(tx: Transaction, user: User, **changes: Any) -> Content:
    content = Content(id=uuid4(), user_id=user.id, body="Good morning", release_at=tx.now, created_at=tx.now, updated_at=tx.now)
    content = evolve(content, **changes)
    await tx.contents.add(content)
    return content


async def release(tx: Transaction, content: Content, blocked: Mapping[str, Any] | None = None) -> tuple[UUID, ...]:
    selection = await tx.selections.select(content, blocked=blocked or {}, now=tx.now, first_id=series_of(uuid4()))
    return selection.delivery_ids


async def add_deliveries(ledger: Ledger, accounts: int = 1, contents: int = 1) -> tuple[UUID, ...]:
    """Due deliveries of a new user: one for each pair of an account and a content."""
    async with ledger.begin() as tx:
        user = await add_user(tx)
        for _ in range(accounts):
            await add_account(tx, user)
        made: list[UUID] = []
        for _ in range(contents):
            made += await release(tx, await add_content(tx, user))
    assert len(made) == accounts * contents
    return tuple(made)


async def claim(ledger: Ledger, worker: str = "worker", limit: int = 100, lease: timedelta = LEASE) -> list[Delivery]:
    async with ledger.begin() as tx:
        return list(await tx.deliveries.claim(worker, limit=limit, lease=lease))


def gate_request(delivery: Delivery, **changes: Any) -> CommitRequest:
    request = CommitRequest(
        delivery=delivery,
        post=Post(text="Good morning"),
        payload_hash="a" * 64,
        fingerprint=FINGERPRINT,
        external_account_id="page-1",
        call_deadline=CALL,
        settle=SETTLE,
    )
    return evolve(request, **changes)

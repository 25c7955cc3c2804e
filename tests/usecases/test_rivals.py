"""What happens to one account or quota at the same time, on PostgreSQL: nobody waits in a circle, and no change is undone."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from datetime import timedelta
from itertools import count
from typing import Any
from uuid import UUID

import pytest
from attrs import define, evolve, field
from sqlalchemy import text

from adapters_persistence.ledger.ledger import SqlLedger
from distribution_core.domain.account import AccountStatus, DataKey, Grant, SocialAccount
from distribution_core.domain.outcome import Ready, Refusal, Rejected
from distribution_core.domain.quota import OutboundLimits, Quota, Reset, Scope
from distribution_core.domain.secret import Secret
from distribution_core.ports.limiter import WindowKey
from distribution_core.ports.platform import DiscoveredAccount, Journal, PublishJob, Refreshed, RefreshRefused, Tokens
from distribution_core.ports.vault import Binding, Vault
from distribution_core.usecases.limits_state import limits_state
from distribution_core.usecases.publish_delivery import claim_batch, publish
from distribution_core.usecases.refresh_token import refresh_grant
from distribution_core.usecases.toggle_account import toggle_account, unlink_account
from tests.usecases.conftest import House, open_house

pytestmark = pytest.mark.anyio
PATIENCE_S = 30.0


@define
class PausingVault:
    """Stops before it seals an account's own token, until told to go on: whoever stores a refresh is then halfway."""

    vault: Vault
    halfway: asyncio.Event = field(factory=asyncio.Event)
    go_on: asyncio.Event = field(factory=asyncio.Event)

    async def new_data_key(self) -> DataKey:
        return await self.vault.new_data_key()

    async def seal(self, secret: Secret, key: DataKey, binding: Binding) -> bytes:
        if binding.purpose == "account_access":
            self.halfway.set()
            await self.go_on.wait()
        return await self.vault.seal(secret, key, binding)

    async def open(self, ciphertext: bytes, key: DataKey, binding: Binding) -> Secret:
        return await self.vault.open(ciphertext, key, binding)


@pytest.fixture
async def house(postgres_url: str) -> AsyncIterator[House]:
    async with open_house(postgres_url) as opened:
        yield opened


async def test_unlinking_while_a_refresh_is_stored_ends_both(house: House) -> None:
    account, grant = await _linked(house)
    async with asyncio.timeout(PATIENCE_S):
        await _during_a_refresh(house, grant, lambda house: unlink_account(house.ctx, house.user_id, account.id))
    (ended,) = (await house.accounts()).values()
    assert (ended.is_linked, ended.grant_id, ended.access_token) == (False, None, None)
    assert (await _grant(house, grant.id)).status is AccountStatus.REVOKED
    assert house.fakes["alpha"].authorizer.revoked == ["person"]


async def test_switching_off_while_a_refresh_is_stored_stays_switched_off(house: House) -> None:
    account, grant = await _linked(house)
    async with asyncio.timeout(PATIENCE_S):
        await _during_a_refresh(house, grant, lambda house: toggle_account(house.ctx, house.user_id, account.id, is_active=False))
    (switched,) = (await house.accounts()).values()
    assert not switched.is_active
    assert switched.access_token is not None, "the refresh was stored, too"


async def test_linking_again_while_the_unlinking_ends_keeps_it_linked(house: House) -> None:
    account, _ = await _linked(house)
    for _ in range(10):
        async with asyncio.timeout(PATIENCE_S):
            answers = await asyncio.gather(
                unlink_account(house.ctx, house.user_id, account.id),
                house.link("alpha", "person", "page"),
                return_exceptions=True,
            )
        broken = [answer for answer in answers if isinstance(answer, Exception)]
        assert all(type(answer).__name__ in ("LinkRefusedError", "NotFoundError") for answer in broken), answers
        (now,) = (await house.accounts()).values()
        if now.is_linked:
            assert now.grant_id is not None
            assert (await _grant(house, now.grant_id)).status is AccountStatus.VALID, "what is linked can post"
        await house.link("alpha", "person", "page")


async def test_a_refused_refresh_and_a_switch_both_count(house: House) -> None:
    account, grant = await _linked(house)
    house.fakes["alpha"].authorizer.refreshes.append(RefreshRefused(message="withdrawn"))
    async with asyncio.timeout(PATIENCE_S):
        await asyncio.gather(
            refresh_grant(house.ctx, grant, worker="w1"), toggle_account(house.ctx, house.user_id, account.id, is_active=False)
        )
    (now,) = (await house.accounts()).values()
    assert (now.is_active, now.status) == (False, AccountStatus.REVOKED)


async def test_workers_that_take_and_give_back_quotas_wait_for_no_circle_and_lose_no_use(house: House) -> None:
    app = Quota(name="app", scope=Scope.APP, most=1_000, seconds=3_600)
    account = Quota(name="account", scope=Scope.ACCOUNT, most=1_000, seconds=86_400, reset=Reset.UTC_DAY)
    limited = evolve(house.ctx.platforms["alpha"], limits=OutboundLimits(quotas=(app, account)))
    house.ctx = evolve(house.ctx, platforms=dict(house.ctx.platforms) | {"alpha": limited})
    pages = [f"page-{number}" for number in range(5)]
    await house.link("alpha", "person", *pages)
    for number in range(16):
        await house.release(f"post {number}")
    adapter, numbers = house.fakes["alpha"].adapter, count()
    inner = adapter.prepare

    async def prepare(job: PublishJob, journal: Journal) -> Ready | Refusal:
        return Rejected(message="no") if next(numbers) % 3 else await inner(job, journal)

    async def work(worker: str) -> None:
        ctx = evolve(house.ctx)
        while claimed := await claim_batch(ctx, worker, 7):
            await asyncio.gather(*(publish(ctx, worker, each) for each in claimed))

    adapter.prepare = prepare  # type: ignore[method-assign]
    async with asyncio.timeout(PATIENCE_S):
        await asyncio.gather(*(work(f"w{number}") for number in range(6)))
    assert next(numbers) == 16 * len(pages)
    (shown,) = [each for each in (await limits_state(house.ctx)).windows if each.name == "app"]
    assert shown.used == len(adapter.timeline)
    keys = [WindowKey(platform="alpha", app=shown.app, name="account", account=page) for page in pages]
    async with house.ctx.ledger.begin() as tx:
        held = await tx.limiter.hold((), keys)
    assert [held.windows[key].used for key in keys] == [adapter.visible(page) for page in pages]


async def _linked(house: House) -> tuple[SocialAccount, Grant]:
    (account,) = (await house.link("alpha", "person", "page")).accounts
    assert account.grant_id is not None
    return account, await _grant(house, account.grant_id)


async def _grant(house: House, grant_id: UUID) -> Grant:
    async with house.ctx.ledger.begin() as tx:
        found = await tx.grants.get(grant_id)
    assert found is not None
    return found


async def _during_a_refresh(house: House, grant: Grant, act: Callable[[House], Coroutine[Any, Any, object]]) -> None:
    """Act when a refresh has read the accounts and not yet put them back; go on when that waits, or is done."""
    page = DiscoveredAccount(external_account_id="page", kind="page", display_name="Page", token=Secret("page-2"))
    tokens = Tokens(access=Secret("access-2"), refresh=Secret("refresh-2"), access_lifetime=timedelta(hours=2))
    house.fakes["alpha"].authorizer.refreshes.append(Refreshed(tokens=tokens, accounts=(page,)))
    vault = PausingVault(house.ctx.vault)
    refreshing = asyncio.create_task(refresh_grant(evolve(house.ctx, vault=vault), grant, worker="w1"))
    await vault.halfway.wait()
    acting = asyncio.create_task(act(house))
    while not acting.done() and not await _somebody_waits(house):  # noqa: ASYNC110 - PostgreSQL rings no bell
        await asyncio.sleep(0.01)
    vault.go_on.set()
    await asyncio.gather(refreshing, acting)


async def _somebody_waits(house: House) -> bool:
    ledger = house.ctx.ledger
    assert isinstance(ledger, SqlLedger)
    waiting = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
    async with ledger.engine.connect() as connection:
        return bool((await connection.execute(waiting)).scalar_one())

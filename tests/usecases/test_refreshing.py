"""A platform whose refresh token works once: whoever needs a token, and however many at once, it is spent once."""

import asyncio
from datetime import timedelta

import pytest
from attrs import define, field

from distribution_core.domain.account import AccountStatus, Grant
from distribution_core.domain.delivery import DeliveryStatus
from distribution_core.domain.secret import Secret
from distribution_core.ports.platform import RefreshAnswer, Refreshed, RefreshRefused, RefreshUnavailable, Tokens
from distribution_core.usecases.credentials import Credential, credential_for
from distribution_core.usecases.publish_delivery import claim_batch, publish
from distribution_core.usecases.refresh_ahead import refresh_ahead
from distribution_core.usecases.refresh_token import refresh_grant
from distribution_core.usecases.select_accounts import release_due
from tests.usecases.conftest import House

pytestmark = pytest.mark.anyio
_NEAR_ITS_END_S = 2 * 3600 - 60


@define
class Rotating:
    """Takes its time, and refuses a refresh token that was spent before."""

    spent: list[str] = field(factory=list)

    async def refresh(self, app: str, tokens: Tokens) -> RefreshAnswer:
        assert tokens.refresh is not None
        token = tokens.refresh.reveal()
        again = token in self.spent
        self.spent.append(token)
        await asyncio.sleep(0.2)
        if again:
            return RefreshRefused(message="invalid_grant")
        number = len(self.spent) + 1
        access, refresh = Secret(f"access-{number}"), Secret(f"refresh-{number}")
        return Refreshed(tokens=Tokens(access=access, refresh=refresh, access_lifetime=timedelta(hours=2)))


@pytest.fixture
def rotating(house: House, monkeypatch: pytest.MonkeyPatch) -> Rotating:
    platform = Rotating()
    monkeypatch.setattr(house.fakes["alpha"].authorizer, "refresh", platform.refresh)
    # Who waits for another's refresh waits for real: that is what it takes here.
    monkeypatch.setattr(type(house.clock), "sleep", lambda _, seconds: asyncio.sleep(min(seconds, 0.02)))
    return platform


async def test_two_deliveries_of_one_grant_in_one_worker_refresh_it_once(house: House, rotating: Rotating) -> None:
    await house.link("alpha", "ada", "one")
    for body in ("first", "second"):
        await house.save(body)
    house.clock.advance(_NEAR_ITS_END_S)
    await release_due(house.ctx)
    claimed = await claim_batch(house.ctx, "w1", 32)
    assert len(claimed) == 2
    done = await asyncio.gather(*(publish(house.ctx, "w1", each) for each in claimed))
    assert rotating.spent == ["refresh-1"]
    assert [each and each.status for each in done] == [DeliveryStatus.SUCCESS] * 2
    assert (await house.accounts())["one"].status is AccountStatus.VALID


async def test_three_accounts_on_one_grant_refresh_it_once(house: House, rotating: Rotating) -> None:
    await house.link("alpha", "ada", "one", "two", "three")
    house.clock.advance(_NEAR_ITS_END_S)
    accounts = (await house.accounts()).values()
    got = await asyncio.gather(*(credential_for(house.ctx, account, worker="w1") for account in accounts))
    assert rotating.spent == ["refresh-1"]
    assert [isinstance(each, Credential) and each.token.reveal() for each in got] == ["access-2"] * 3
    assert {account.status for account in (await house.accounts()).values()} == {AccountStatus.VALID}


async def test_publishing_and_upkeep_of_one_worker_refresh_it_once(house: House, rotating: Rotating) -> None:
    await house.link("alpha", "ada", "one")
    house.clock.advance(_NEAR_ITS_END_S)
    account = (await house.accounts())["one"]
    got, _ = await asyncio.gather(credential_for(house.ctx, account, worker="w1"), refresh_ahead(house.ctx, "w1"))
    assert isinstance(got, Credential)
    assert rotating.spent == ["refresh-1"]
    assert (await house.accounts())["one"].status is AccountStatus.VALID


async def test_who_waits_hears_soon_that_it_was_in_vain_and_may_try_again(house: House) -> None:
    account = (await house.link("alpha", "ada", "one")).accounts[0]
    async with house.ctx.ledger.begin() as tx:
        grant = await tx.grants.get(account.grant_id) if account.grant_id else None
    assert grant is not None
    authorizer = house.fakes["alpha"].authorizer
    authorizer.refreshes.append(RefreshUnavailable(message="down"))
    began = house.clock.at
    answers = await asyncio.gather(*(refresh_grant(house.ctx, grant, worker="w1") for _ in range(3)))
    assert all(isinstance(answer, RefreshUnavailable) for answer in answers)
    assert house.clock.at - began < timedelta(seconds=10)
    house.clock.advance(5)
    authorizer.refreshes.append(Refreshed(tokens=Tokens(access=Secret("access-2"))))
    assert isinstance(await refresh_grant(house.ctx, grant, worker="w1"), Grant)

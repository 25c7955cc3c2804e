"""A try that never came to the call which a quota counts gives back what it took."""

from datetime import timedelta
from typing import Any

import pytest
from attrs import evolve, frozen

from adapters_persistence.ledger.limiter import SqlLimiter
from distribution_core.domain.delivery import DeliveryStatus
from distribution_core.domain.outcome import AuthLost, Outcome, Refusal, Rejected, Throttled, Unavailable
from distribution_core.domain.quota import OutboundLimits, Quota, Reset, Scope
from distribution_core.ports.limiter import Standing
from distribution_core.ports.vault import VaultUnavailableError
from distribution_core.usecases.give_back import give_back
from distribution_core.usecases.hand_back import hand_back
from distribution_core.usecases.limits_state import limits_state
from distribution_core.usecases.publish_delivery import Claimed, claim_batch, publish
from tests.usecases.conftest import House

pytestmark = pytest.mark.anyio

DAILY = Quota(name="posts", scope=Scope.APP, most=5, seconds=86_400, reset=Reset.UTC_DAY)
HOURLY = Quota(name="hourly", scope=Scope.APP, most=5, seconds=3_600)


def _limit(house: House, *quotas: Quota) -> None:
    platforms = dict(house.ctx.platforms)
    platforms["alpha"] = evolve(platforms["alpha"], limits=OutboundLimits(quotas=quotas))
    house.ctx = evolve(house.ctx, platforms=platforms)


async def _used(house: House) -> dict[str, int]:
    return {each.name: each.used for each in (await limits_state(house.ctx)).windows}


async def _claimed(house: House, body: str = "Hello") -> Claimed:
    await house.release(body)
    (claimed,) = await claim_batch(house.ctx, "w1", 1)
    return claimed


@frozen
class KeysAway:
    """A vault that opens nothing."""

    inner: Any

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    async def open(self, *_: object) -> Any:
        raise VaultUnavailableError("away")


@pytest.fixture(autouse=True)
async def linked(house: House) -> None:
    _limit(house, DAILY, HOURLY)
    await house.link("alpha", "ada", "page-1")


async def test_waiting_for_keys_uses_no_day_up(house: House) -> None:
    good = house.ctx.vault
    house.ctx = evolve(house.ctx, vault=KeysAway(good))
    (delivery,) = await house.release()
    for _ in range(7):
        (after,) = await house.round()
        assert after is not None
        assert (after.status, after.attempts) == (DeliveryStatus.RETRIED, 0)
        assert await _used(house) == {"posts": 0, "hourly": 0}
        house.clock.advance(61)
    house.ctx = evolve(house.ctx, vault=good)
    await house.round()
    assert (await house.delivery(delivery.id)).status is DeliveryStatus.SUCCESS
    assert await _used(house) == {"posts": 1, "hourly": 1}


@pytest.mark.parametrize(
    "said",
    [
        Throttled(message="still processing", code="PROCESSING", wait=timedelta(seconds=20), scope=None),
        Rejected(message="The picture can't be read."),
        Unavailable(message="503", code="503"),
        AuthLost(message="signed out", refreshable=False),
    ],
)
async def test_what_ends_in_preparing_has_used_nothing(house: House, said: Refusal) -> None:
    house.fakes["alpha"].adapter.prepares.append(said)
    await house.release()
    await house.round()
    assert house.fakes["alpha"].adapter.calls == ["prepare"]
    assert await _used(house) == {"posts": 0, "hourly": 0}


@pytest.mark.parametrize("said", [Throttled(message="slow"), Rejected(message="no"), Unavailable(message="503", code="503")])
async def test_what_the_platform_was_asked_is_used(house: House, said: Outcome) -> None:
    house.fakes["alpha"].adapter.commits.append(said)
    await house.release()
    await house.round()
    assert house.fakes["alpha"].adapter.calls == ["prepare", "commit"]
    assert await _used(house) == {"posts": 1, "hourly": 1}


async def test_where_preparing_uses_of_a_quota_that_is_kept(house: House) -> None:
    _limit(house, evolve(DAILY, prepare_uses=True), HOURLY)
    house.fakes["alpha"].adapter.prepares.append(Rejected(message="no"))
    await house.release()
    await house.round()
    assert await _used(house) == {"posts": 1, "hourly": 0}


async def test_what_is_switched_off_before_its_call_has_used_nothing(house: House) -> None:
    claimed = await _claimed(house)
    async with house.ctx.ledger.begin() as tx:
        account = await tx.accounts.get(claimed.delivery.social_account_id)
        assert account is not None
        await tx.accounts.put(evolve(account, is_active=False))
    after = await publish(house.ctx, "w1", claimed)
    assert after is not None
    assert after.status is DeliveryStatus.CANCELED
    assert await _used(house) == {"posts": 0, "hourly": 0}


async def test_who_waits_for_a_twin_uses_nothing(house: House) -> None:
    house.fakes["alpha"].adapter.commits.append(Unavailable(message="lost"))
    first = await _claimed(house)
    adapter = house.fakes["alpha"].adapter
    inner, second = adapter.commit, await _claimed(house)

    async def commit(*asked: Any) -> Outcome:
        twin = await publish(house.ctx, "w2", second)
        assert twin is not None
        assert twin.wait_reason == "twin"
        assert await _used(house) == {"posts": 1, "hourly": 1}
        return await inner(*asked)

    adapter.commit = commit  # type: ignore[method-assign]
    await publish(house.ctx, "w1", first)
    assert await _used(house) == {"posts": 1, "hourly": 1}


async def test_what_is_handed_back_is_given_back_once(house: House) -> None:
    sibling, claimed = await _claimed(house, "one"), await _claimed(house, "two")
    assert await _used(house) == {"posts": 2, "hourly": 2}
    assert await hand_back(house.ctx, claimed)
    async with house.ctx.ledger.begin() as tx:
        await give_back(tx, claimed.uses)
    assert await _used(house) == {"posts": 1, "hourly": 1}, "not its sibling's"
    await publish(house.ctx, "w1", sibling)
    assert await _used(house) == {"posts": 1, "hourly": 1}


async def test_who_has_lost_the_lease_gives_nothing_back(house: House) -> None:
    claimed = await _claimed(house)
    house.clock.advance(house.ctx.limits.lease.total_seconds() + 1)
    (again,) = await claim_batch(house.ctx, "w2", 1)
    house.fakes["alpha"].adapter.prepares.append(Rejected(message="no"))
    assert await publish(house.ctx, "w1", claimed) is None
    assert not await hand_back(house.ctx, claimed)
    await publish(house.ctx, "w2", again)
    assert await _used(house) == {"posts": 2, "hourly": 2}


async def test_a_day_that_has_turned_gets_nothing_back(house: House) -> None:
    house.clock.at = house.clock.at.replace(hour=23, minute=59, second=40)
    await house.link("alpha", "ada", "page-1")  # with a token that lasts
    yesterdays = await _claimed(house, "one")
    house.clock.advance(20)
    todays = await _claimed(house, "two")
    house.fakes["alpha"].adapter.prepares.append(Rejected(message="no"))
    await publish(house.ctx, "w1", yesterdays)
    assert (await _used(house))["posts"] == 1
    await publish(house.ctx, "w1", todays)
    assert await _used(house) == {"posts": 1, "hourly": 1}


async def test_what_is_sent_asks_for_no_window_again(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    claimed = await _claimed(house)

    async def held(*_: object) -> Standing:
        raise AssertionError("everybody who claims would wait for it")

    monkeypatch.setattr(SqlLimiter, "hold", held)
    after = await publish(house.ctx, "w1", claimed)
    assert after is not None
    assert after.status is DeliveryStatus.SUCCESS

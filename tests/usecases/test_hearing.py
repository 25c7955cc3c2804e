"""What an answer says of the platform itself, and that no answer is one too."""

import asyncio
from datetime import timedelta

import pytest

from distribution_core.domain.breaker import Breaker, BreakerState
from distribution_core.domain.outcome import (
    Absent,
    AuthLost,
    CannotAsk,
    Finding,
    Outcome,
    Published,
    Ready,
    Rejected,
    Throttled,
    Unavailable,
    Unconfirmed,
    Unknown,
)
from distribution_core.domain.quota import Scope
from distribution_core.ports.limiter import BreakerKey, Standing
from distribution_core.usecases.hearing import went_well
from distribution_core.usecases.limits_state import limits_state
from distribution_core.usecases.publish_delivery import claim_batch, publish
from tests.usecases.conftest import NOON, House

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("answer", "well"),
    [
        (Published(external_post_id="1"), True),
        (Rejected(message="no"), True),
        (Throttled(message="slow"), True),
        (AuthLost(message="who"), True),
        (Absent(), True),
        (Unavailable(message="503"), False),
        (Unconfirmed(message="lost", code="timeout"), False),
        (CannotAsk(refusal=Unavailable(message="503")), False),
        (CannotAsk(refusal=Rejected(message="no")), True),
        (Unavailable(message="gone", stale=True), None),
        (Unavailable(message="ours", code="internal"), None),
        (Unconfirmed(message="ours", code="internal"), None),
        (Unknown(message="nobody can tell"), None),
        (Ready(), None),
    ],
)
def test_refusals_are_answers_and_our_own_faults_say_nothing(answer: Outcome | Finding | Ready, well: bool | None) -> None:
    assert went_well(answer) is well


async def _app(house: House) -> BreakerKey:
    (app,) = house.ctx.platform("alpha").authorizer.apps
    return BreakerKey(platform="alpha", app=app)


async def test_a_call_that_is_given_up_on_is_a_failure(house: House) -> None:
    await house.link("alpha", "subject", "page-1")
    adapter = house.fakes["alpha"].adapter

    called = asyncio.Event()

    async def never(*_: object) -> Outcome:
        called.set()
        await asyncio.Event().wait()
        raise AssertionError

    adapter.commit = never  # type: ignore[assignment]
    await house.release()
    (claimed,) = await claim_batch(house.ctx, "w1", 1)
    task = asyncio.create_task(publish(house.ctx, "w1", claimed))
    await called.wait()
    task.cancel()
    await asyncio.wait([task])
    assert house.ctx.outbound.bad[await _app(house)] == 1
    assert house.ctx.outbound.running["alpha"] == 0


async def test_a_platform_known_to_be_down_costs_no_attempt(house: House) -> None:
    await house.link("alpha", "subject", "page-1")
    house.fakes["alpha"].adapter.prepares.append(Unavailable(message="503", code="503"))
    await house.release()
    (claimed,) = await claim_batch(house.ctx, "w1", 1)
    shut = Breaker(state=BreakerState.HALF_OPEN, until=NOON)
    house.ctx.outbound.look(Standing(breakers={await _app(house): shut}), NOON)
    after = await publish(house.ctx, "w1", claimed)
    assert after is not None
    assert (after.attempts, after.wait_reason) == (0, "platform_down")


async def _next_post(house: House, said: Throttled) -> list[str]:
    """The calls for the next post of two accounts, after the first account's was answered so."""
    await house.link("alpha", "subject", "page-1", "page-2")
    adapter = house.fakes["alpha"].adapter
    adapter.prepares.append(said)
    await house.release("first")
    await house.round()
    await house.release("second")
    adapter.calls.clear()
    await house.round()
    return adapter.calls


ONE_POST = ["prepare", "commit"]


async def test_what_is_no_limit_keeps_that_post_alone_waiting(house: House) -> None:
    processing = Throttled(message="still processing", code="PROCESSING", wait=timedelta(minutes=5), scope=None)
    assert await _next_post(house, processing) == ONE_POST * 2
    assert not (await limits_state(house.ctx)).windows


async def test_an_apps_limit_keeps_all_its_posts_waiting_though_no_wait_is_named(house: House) -> None:
    assert await _next_post(house, Throttled(message="(#4) Application request limit reached", scope=Scope.APP)) == []
    (shown,) = (await limits_state(house.ctx)).windows
    assert (shown.account, shown.name) == ("", "throttled")
    assert shown.blocked_until is not None
    assert shown.blocked_until - house.clock.at <= house.ctx.retry.rate_limit_default
    house.clock.advance(house.ctx.retry.rate_limit_default.total_seconds())
    await house.until_quiet(hours=1)
    assert house.fakes["alpha"].adapter.visible("page-1") == 2


async def test_an_accounts_limit_keeps_its_posts_waiting(house: House) -> None:
    assert await _next_post(house, Throttled(message="slow", wait=timedelta(minutes=5))) == ONE_POST

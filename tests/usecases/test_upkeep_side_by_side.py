"""A platform that hangs holds up its own refreshes, some at once, and nothing else; and a stop ends what may be ended."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest
from attrs import define, evolve, field

from distribution_core.domain.outcome import AuthLost, Ready, Refusal, Rejected
from distribution_core.domain.secret import Secret
from distribution_core.ports.platform import RefreshAnswer, Refreshed, RefreshUnavailable, Tokens
from distribution_core.testing.memory_clock import MemoryClock
from distribution_core.usecases.context import Context
from distribution_core.usecases.probe_accounts import probe_ahead
from distribution_core.usecases.refresh_token import open_tokens
from distribution_core.usecases.sign_in import add_user
from distribution_core.usecases.upkeep import keep_up, take_care
from tests.usecases.conftest import House
from tests.usecases.test_upkeep import renewed, risks, scheduled

pytestmark = pytest.mark.anyio
_NEAR_ITS_END_S = 2 * 3600 - 280
_HANGS_S = 45


@define
class Hanging:
    """Answers nothing, after a long time."""

    clock: MemoryClock
    begun: list[str] = field(factory=list)
    under_way: int = 0
    peak: int = 0

    async def refresh(self, app: str, tokens: Tokens) -> RefreshAnswer:
        self.begun.append(app)
        self.under_way += 1
        self.peak = max(self.peak, self.under_way)
        await self.clock.sleep(_HANGS_S)
        self.under_way -= 1
        return RefreshUnavailable(message="no answer")


def _on_virtual_time(house: House) -> tuple[Context, MemoryClock]:
    clock = MemoryClock(house.clock.at)
    return evolve(house.ctx, clock=clock), clock


async def _until(what: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not what():  # noqa: ASYNC110 - the database's thread rings no event
            await asyncio.sleep(0.001)


async def test_a_platform_that_hangs_holds_up_no_other_and_no_probe(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(10):
        await house.link("alpha", f"s{number}", f"a{number}")
    await house.link("beta", "bob", "b")
    house.clock.advance(_NEAR_ITS_END_S)
    await scheduled(house)
    ctx, clock = _on_virtual_time(house)
    alpha, beta = Hanging(clock), house.fakes["beta"].authorizer
    monkeypatch.setattr(house.fakes["alpha"].authorizer, "refresh", alpha.refresh)
    monkeypatch.setattr(house.fakes["alpha"].authorizer, "refresh_ahead", timedelta(minutes=5))
    beta.refreshes.append(Refreshed(tokens=Tokens(access=Secret("access-2"), access_lifetime=timedelta(seconds=310))))
    stop = asyncio.Event()
    keeping = asyncio.create_task(keep_up(ctx, "w1", stop))
    await _until(lambda: beta.refresh_count == 1 and "b" in beta.probed and alpha.under_way == 4)
    assert clock.monotonic() == 0, "nobody waited for the platform that hangs"
    beta.refreshes.append(renewed(3))
    for _ in range(2):
        await _passes(house, clock, ctx.limits.upkeep)
    await _until(lambda: beta.refresh_count == 2)
    assert (alpha.under_way, alpha.peak, len(alpha.begun)) == (4, 4, 4), "rounds of the others went on meanwhile"
    stop.set()
    await _passes(house, clock, timedelta(seconds=_HANGS_S))
    async with asyncio.timeout(20):
        await keeping
    assert (alpha.under_way, len(alpha.begun)) == (0, 4), "what is under way is finished, and no other begun"


async def test_a_few_of_one_platform_are_refreshed_at_once(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(6):
        await house.link("alpha", f"s{number}", f"a{number}")
    house.clock.advance(_NEAR_ITS_END_S)
    ctx, clock = _on_virtual_time(house)
    alpha = Hanging(clock)
    monkeypatch.setattr(house.fakes["alpha"].authorizer, "refresh", alpha.refresh)
    caring = asyncio.create_task(take_care(ctx, "w1"))
    await _until(lambda: alpha.under_way == 4)
    await _passes(house, clock, timedelta(seconds=_HANGS_S))
    await _until(lambda: len(alpha.begun) == 6)
    await _passes(house, clock, timedelta(seconds=_HANGS_S))
    async with asyncio.timeout(20):
        await caring
    assert alpha.peak == 4


async def _passes(house: House, clock: MemoryClock, time: timedelta) -> None:
    """Let time pass for who works, once those who sleep do, and for the ledger."""
    await _until(lambda: clock.sleeping > 0)
    house.clock.advance(time.total_seconds())
    clock.advance(time)
    await asyncio.sleep(0.3)


async def test_accounts_of_a_platform_that_hangs_hold_up_nobody_elses_post(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    await house.link("alpha", "ada", *(f"a{number}" for number in range(12)))
    await scheduled(house)
    house.user_id = (await add_user(house.ctx, "bob@example.com", Secret("a long enough password"))).id
    await house.link("beta", "bob", "b")
    post = await scheduled(house)
    alpha, beta = _Unanswering(), house.fakes["beta"].authorizer
    monkeypatch.setattr(house.fakes["alpha"].authorizer, "probe", alpha.probe)
    beta.probes.append(Rejected(message="The Page is restricted.", content=False))
    stop = asyncio.Event()
    caring = asyncio.create_task(take_care(house.ctx, "w1", stop))
    async with asyncio.timeout(20):
        while not await risks(house, post):  # noqa: ASYNC110 - the database's thread rings no event
            await asyncio.sleep(0.01)
    assert alpha.begun == 8, "of one platform only some are asked at once"
    stop.set()
    async with asyncio.timeout(20):
        await caring


async def test_a_stop_ends_probing_at_once_and_leaves_it_to_others(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    await house.link("alpha", "ada", *(f"a{number}" for number in range(12)))
    for _ in range(3):
        await scheduled(house)
    alpha, stop = _Unanswering(), asyncio.Event()
    with monkeypatch.context() as hanging:
        hanging.setattr(house.fakes["alpha"].authorizer, "probe", alpha.probe)
        keeping = asyncio.create_task(keep_up(house.ctx, "w1", stop))
        await _until(lambda: alpha.begun == 8)
        stop.set()
        async with asyncio.timeout(house.ctx.limits.stopping.total_seconds()):
            await keeping
    assert (alpha.begun, alpha.broken_off) == (8, 8), "none is begun after a stop, and none waited for"
    assert await probe_ahead(house.ctx, "w2") == 3, "the next worker asks at once"
    assert len(house.fakes["alpha"].authorizer.probed) == 12


async def test_a_stop_breaks_off_no_refresh_that_a_probe_began(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    await house.link("alpha", "ada", "a", "z")
    await house.link("alpha", "eve", "e")
    await scheduled(house)
    alpha, stop, go_on = house.fakes["alpha"].authorizer, asyncio.Event(), asyncio.Event()
    hanging, begun = _Unanswering(), asyncio.Event()

    async def refresh(app: str, tokens: Tokens) -> RefreshAnswer:
        begun.set()
        await go_on.wait()
        return renewed(2)

    async def probe(token: Secret, account_kind: str, external_account_id: str) -> Ready | Refusal:
        if external_account_id == "e":
            return AuthLost(message="expired")
        return await hanging.probe(token, account_kind, external_account_id)

    monkeypatch.setattr(alpha, "refresh", refresh)
    monkeypatch.setattr(alpha, "probe", probe)
    probing = asyncio.create_task(probe_ahead(house.ctx, "w1", stop))
    async with asyncio.timeout(20):
        await begun.wait()
        await _until(lambda: hanging.begun == 2)
        stop.set()
        await _until(lambda: hanging.broken_off == 2)
        go_on.set()
        assert await probing == 0
    account = (await house.accounts())["e"]
    assert account.grant_id is not None
    async with house.ctx.ledger.begin() as tx:
        grant = await tx.grants.get(account.grant_id)
    assert grant is not None
    assert (await open_tokens(house.ctx, grant)).access.reveal() == "access-2"


async def test_nothing_is_begun_after_a_stop(house: House) -> None:
    await house.link("alpha", "ada", "a")
    await scheduled(house)
    stop = asyncio.Event()
    stop.set()
    await take_care(house.ctx, "w1", stop)
    alpha = house.fakes["alpha"].authorizer
    assert (alpha.refresh_count, alpha.probed) == (0, [])
    assert await probe_ahead(house.ctx, "w2") == 1


@define
class _Unanswering:
    """Never says whether an account is well."""

    begun: int = 0
    broken_off: int = 0

    async def probe(self, token: Secret, account_kind: str, external_account_id: str) -> Ready | Refusal:
        self.begun += 1
        try:
            return await asyncio.get_running_loop().create_future()
        except asyncio.CancelledError:
            self.broken_off += 1
            raise

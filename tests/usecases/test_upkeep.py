"""Tokens are renewed before they end, and a scheduled post that could not go is told of while there is time."""

import asyncio
from datetime import timedelta

import pytest
from attrs import evolve

from distribution_core.domain.account import AccountStatus
from distribution_core.domain.audit import AuditAction
from distribution_core.domain.content import Content
from distribution_core.domain.outcome import AuthLost, Ready, Rejected, Unavailable
from distribution_core.domain.risk import Risk, risks_of
from distribution_core.domain.secret import Secret
from distribution_core.ports.platform import Refreshed, RefreshRefused, RefreshUnavailable, Tokens
from distribution_core.testing.memory_clock import MemoryClock
from distribution_core.usecases.activity import content_activity
from distribution_core.usecases.create_content import edit_content
from distribution_core.usecases.probe_accounts import probe_ahead
from distribution_core.usecases.refresh_ahead import refresh_ahead
from distribution_core.usecases.toggle_account import toggle_account
from distribution_core.usecases.upkeep import keep_up, take_care
from tests.usecases.conftest import House

pytestmark = pytest.mark.anyio
LOST = AuthLost(message="The user withdrew it.", refreshable=False)


def renewed(number: int) -> Refreshed:
    tokens = Tokens(access=Secret(f"access-{number}"), refresh=Secret(f"refresh-{number}"), access_lifetime=timedelta(hours=2))
    return Refreshed(tokens=tokens)


async def scheduled(house: House, *, minutes: float = 50) -> Content:
    return (await house.save(scheduled_at=house.clock.at + timedelta(minutes=minutes))).content


async def risks(house: House, content: Content) -> tuple[Risk, ...]:
    """What a reader of the content is told now."""
    found = await content_activity(house.ctx, house.user_id, content.id)
    return risks_of(found.items[0].content, found.accounts.values())


async def told(house: House, content: Content) -> list[AuditAction]:
    async with house.ctx.ledger.begin() as tx:
        entries = await tx.audit.of_subject(content.id)
    return [entry.action for entry in entries if entry.action in (AuditAction.POST_AT_RISK, AuditAction.POST_SAFE)]


async def test_a_token_is_renewed_ahead_of_its_end_by_its_platforms_policy(house: House) -> None:
    await house.link("alpha", "ada", "one")
    await house.link("beta", "bob", "two")
    alpha, beta = house.fakes["alpha"].authorizer, house.fakes["beta"].authorizer
    beta.refresh_ahead = timedelta(hours=1)
    alpha.refreshes.append(renewed(2))
    beta.refreshes.append(renewed(3))
    assert await refresh_ahead(house.ctx, "w1") == 0
    house.clock.advance(3600)
    assert await refresh_ahead(house.ctx, "w1") == 1
    assert (alpha.refresh_count, beta.refresh_count) == (0, 1)
    house.clock.advance(55 * 60)
    assert await refresh_ahead(house.ctx, "w1") == 1
    assert (alpha.refresh_count, beta.refresh_count) == (1, 1)
    assert (await house.accounts())["one"].access_expires_at == house.clock.at + timedelta(hours=2)


async def test_many_workers_refresh_a_grant_once(house: House) -> None:
    await house.link("alpha", "ada", "one")
    alpha = house.fakes["alpha"].authorizer
    alpha.refreshes.append(renewed(2))
    house.clock.advance(2 * 3600 - 60)
    await asyncio.gather(*(refresh_ahead(house.ctx, f"w{number}") for number in range(4)))
    assert alpha.refresh_count == 1
    assert (await house.accounts())["one"].status is AccountStatus.VALID


async def test_a_platform_that_cannot_be_asked_is_asked_again_but_not_all_the_time(house: House) -> None:
    await house.link("alpha", "ada", "one")
    alpha = house.fakes["alpha"].authorizer
    alpha.refreshes.extend([RefreshUnavailable(message="down")] * 100)
    house.clock.advance(2 * 3600 - 240)
    for _ in range(20):
        await refresh_ahead(house.ctx, "w1")
        house.clock.advance(10)
    assert 2 <= alpha.refresh_count <= 5
    assert (await house.accounts())["one"].status is AccountStatus.VALID, "nobody said that it was revoked"
    alpha.refreshes.clear()
    alpha.refreshes.append(renewed(2))
    house.clock.advance(60)
    assert await refresh_ahead(house.ctx, "w1") == 1


async def test_a_refused_refresh_marks_the_account_and_the_post(house: House) -> None:
    await house.link("alpha", "ada", "one")
    house.clock.advance(3600)
    content = await scheduled(house, minutes=180)
    house.clock.advance(3500)
    house.fakes["alpha"].authorizer.refreshes.append(RefreshRefused(message="withdrawn"))
    await take_care(house.ctx, "w1")
    (risk,) = await risks(house, content)
    assert (risk.code, risk.reason) == ("revoked", "Access was withdrawn on the platform. Reconnect the account.")


async def test_an_hour_before_its_time_the_accounts_of_a_post_are_asked(house: House) -> None:
    await house.link("alpha", "ada", "one", "two")
    off = (await house.accounts())["two"]
    await toggle_account(house.ctx, house.user_id, off.id, is_active=False)
    alpha = house.fakes["alpha"].authorizer
    content = await scheduled(house, minutes=70)
    assert await probe_ahead(house.ctx, "w1") == 0
    house.clock.advance(10 * 60)
    assert await probe_ahead(house.ctx, "w1") == 1
    assert alpha.probed == ["one"]
    assert await probe_ahead(house.ctx, "w2") == 0
    house.clock.advance(house.ctx.limits.probe_again.total_seconds())
    assert await probe_ahead(house.ctx, "w2") == 1
    assert (await risks(house, content), await told(house, content)) == ((), [])


async def test_a_post_at_risk_is_told_of_and_is_safe_again_when_the_account_is_reconnected(house: House) -> None:
    await house.link("alpha", "ada", "one")
    content = await scheduled(house)
    house.fakes["alpha"].authorizer.probes.append(LOST)
    await take_care(house.ctx, "w1")
    account = (await house.accounts())["one"]
    assert account.status is AccountStatus.REVOKED
    (risk,) = await risks(house, content)
    assert (risk.account_id, risk.code) == (account.id, "revoked")
    assert await told(house, content) == [AuditAction.POST_AT_RISK]
    house.clock.advance(60)
    await house.link("alpha", "ada", "one")
    assert await risks(house, content) == ()
    house.clock.advance(house.ctx.limits.probe_again.total_seconds())
    await take_care(house.ctx, "w1")
    assert await told(house, content) == [AuditAction.POST_AT_RISK, AuditAction.POST_SAFE]


async def test_a_refused_token_is_refreshed_before_anything_is_said(house: House) -> None:
    await house.link("alpha", "ada", "one")
    content = await scheduled(house)
    alpha = house.fakes["alpha"].authorizer
    alpha.probes.extend([AuthLost(message="expired"), Ready()])
    alpha.refreshes.append(renewed(2))
    await take_care(house.ctx, "w1")
    assert (alpha.refresh_count, len(alpha.probed)) == (1, 2)
    assert (await risks(house, content), await told(house, content)) == ((), [])


async def test_what_is_refused_without_a_lost_token_is_a_risk_and_no_verdict_on_the_account(house: House) -> None:
    await house.link("alpha", "ada", "one")
    content = await scheduled(house)
    house.fakes["alpha"].authorizer.probes.extend(
        [Rejected(message="The Page is restricted.", content=False), Unavailable(message="down")]
    )
    await take_care(house.ctx, "w1")
    assert (await house.accounts())["one"].status is AccountStatus.VALID
    assert [(risk.code, risk.reason) for risk in await risks(house, content)] == [("refused", "The Page is restricted.")]
    house.clock.advance(house.ctx.limits.probe_again.total_seconds())
    await take_care(house.ctx, "w1")
    assert len(await risks(house, content)) == 1, "a platform that does not answer proves nothing"
    house.clock.advance(house.ctx.limits.probe_again.total_seconds())
    await take_care(house.ctx, "w1")
    assert await risks(house, content) == ()
    assert await told(house, content) == [AuditAction.POST_AT_RISK, AuditAction.POST_SAFE]


async def test_a_token_that_ends_first_and_cannot_be_renewed_is_a_risk(house: House) -> None:
    await house.link("alpha", "ada", "one", refresh=None)
    house.clock.advance(80 * 60)
    content = await scheduled(house)
    await take_care(house.ctx, "w1")
    assert [risk.code for risk in await risks(house, content)] == ["expires_first"]


async def test_a_platform_that_is_down_raises_no_alarm(house: House) -> None:
    await house.link("alpha", "ada", "one")
    content = await scheduled(house)
    house.fakes["alpha"].authorizer.probes.append(Unavailable(message="down"))
    await take_care(house.ctx, "w1")
    assert (await risks(house, content), await told(house, content)) == ((), [])


async def test_one_account_is_asked_once_for_many_posts_and_again_after_an_edit(house: House) -> None:
    await house.link("alpha", "ada", "one")
    first, _ = await scheduled(house), await scheduled(house)
    alpha = house.fakes["alpha"].authorizer
    assert await probe_ahead(house.ctx, "w1") == 2
    assert alpha.probed == ["one"]
    await edit_content(house.ctx, house.user_id, first.id, {"body": "Changed"})
    assert await probe_ahead(house.ctx, "w1") == 1
    assert alpha.probed == ["one", "one"]


async def test_upkeep_goes_on_until_it_is_stopped(house: House) -> None:
    await house.link("alpha", "ada", "one")
    house.clock.advance(2 * 3600 - 60)
    alpha = house.fakes["alpha"].authorizer
    alpha.refreshes.append(renewed(2))
    clock, stop = MemoryClock(house.clock.at), asyncio.Event()
    ctx = evolve(house.ctx, clock=clock)
    task = asyncio.create_task(keep_up(ctx, "w1", stop))
    async with asyncio.timeout(20):
        while not (alpha.refresh_count and clock.sleeping):  # noqa: ASYNC110 - the database's thread rings no event
            await asyncio.sleep(0.001)
        stop.set()
        await task
    assert alpha.refresh_count == 1

"""Schedules: to the second whatever the sweep, across restarts; late within a limit, and beyond it held for its person."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from attrs import evolve

from distribution_core.domain.audit import AuditAction
from distribution_core.domain.content import Content, Visibility
from distribution_core.domain.errors import ConflictError, InvalidInputError, NotFoundError
from distribution_core.testing.memory_clock import MemoryClock
from distribution_core.testing.memory_doorbell import MemoryDoorbell
from distribution_core.usecases.activity import content_activity
from distribution_core.usecases.cancel_content import cancel_content
from distribution_core.usecases.change_settings import change_settings
from distribution_core.usecases.create_content import edit_content
from distribution_core.usecases.release_held import release_held
from distribution_core.usecases.select_accounts import release_due
from distribution_core.usecases.work import work
from tests.usecases.conftest import NOON, House

pytestmark = pytest.mark.anyio
HOUR = timedelta(hours=1)


async def stored(house: House, content: Content) -> Content:
    async with house.ctx.ledger.begin() as tx:
        found = await tx.contents.get(content.id)
    assert found is not None
    return found


async def held(house: House) -> Content:
    """Content whose schedule was missed by seven hours."""
    await house.link("alpha", "ada", "one")
    saved = await house.save(scheduled_at=house.clock.at + HOUR)
    house.clock.advance(8 * 3600)
    await release_due(house.ctx)
    return await stored(house, saved.content)


@asynccontextmanager
async def working(house: House, clock: MemoryClock) -> AsyncIterator[None]:
    """A worker on virtual time whose own sweep is an hour away."""
    ctx = evolve(
        house.ctx,
        clock=clock,
        ledger=evolve(house.ctx.ledger, clock=clock.now),  # type: ignore[misc, type-var]
        doorbell=MemoryDoorbell(clock),
        limits=evolve(house.ctx.limits, sweep=HOUR),
    )
    stop = asyncio.Event()
    task = asyncio.create_task(work(ctx, "w1", stop))
    try:
        yield
    finally:
        stop.set()
        await ctx.doorbell.ring()
        await task


async def until(true: Callable[[], object]) -> None:
    for _ in range(20_000):
        if true():
            return
        await asyncio.sleep(0.001)
    raise AssertionError("it never came to be")


async def asleep(clock: MemoryClock) -> None:
    """Until the worker has nothing more to do at this moment."""
    await until(lambda: clock.sleeping)


@pytest.mark.parametrize("restart", [False, True])
async def test_a_schedule_is_kept_to_the_second_whatever_the_sweep(house: House, restart: bool) -> None:
    await house.link("alpha", "ada", "one")
    at = NOON + timedelta(minutes=7, seconds=3, milliseconds=250)
    saved = await house.save(scheduled_at=at)
    clock = MemoryClock(NOON)
    async with working(house, clock):
        await asleep(clock)
        clock.advance(timedelta(minutes=5))
        await asleep(clock)
    if restart:
        clock = MemoryClock(NOON + timedelta(minutes=6))
    async with working(house, clock):
        await asleep(clock)
        clock.advance(at - clock.now() - timedelta(milliseconds=1))
        await asleep(clock)
        assert (await stored(house, saved.content)).selected_at is None
        clock.advance(timedelta(milliseconds=20))
        await until(lambda: house.fakes["alpha"].adapter.timeline)
    selected = (await stored(house, saved.content)).selected_at
    assert selected is not None
    assert timedelta() <= selected - at < timedelta(seconds=1)


async def test_any_offset_is_taken_and_utc_is_kept(house: House) -> None:
    saved = await house.save(scheduled_at=datetime.fromisoformat("2026-11-24T09:30:00+05:45"))
    assert saved.content.scheduled_at == datetime(2026, 11, 24, 3, 45, tzinfo=UTC)
    assert saved.content.scheduled_at.tzinfo is UTC
    await change_settings(house.ctx, house.user_id, {"time_zone": "Asia/Kathmandu"})
    found = await content_activity(house.ctx, house.user_id, saved.content.id)
    assert (found.items[0].content.scheduled_at, found.time_zone) == (saved.content.scheduled_at, "Asia/Kathmandu")


async def test_a_zone_is_one_that_there_is(house: House) -> None:
    for wrong in ("Mars/Olympus", "", "../etc"):
        with pytest.raises(InvalidInputError, match="IANA"):
            await change_settings(house.ctx, house.user_id, {"time_zone": wrong})
    assert (await change_settings(house.ctx, house.user_id, {"time_zone": "Europe/Berlin"})).time_zone == "Europe/Berlin"
    assert (await change_settings(house.ctx, house.user_id, {"hold": timedelta(seconds=5)})).time_zone == "Europe/Berlin"
    assert (await change_settings(house.ctx, house.user_id, {"time_zone": None})).time_zone is None


async def test_late_within_the_limit_it_is_sent(house: House) -> None:
    await house.link("alpha", "ada", "one")
    saved = await house.save(scheduled_at=house.clock.at + HOUR)
    house.clock.advance((HOUR + house.ctx.limits.schedule_late_max).total_seconds())
    await release_due(house.ctx)
    assert len(await house.deliveries(saved.content.id)) == 1


async def test_later_it_is_held_with_its_reason(house: House) -> None:
    content = await held(house)
    assert (content.held_at, content.release_at, content.selected_at) == (house.clock.at, None, None)
    assert content.held_reason
    assert "7 hours late" in content.held_reason
    house.clock.advance(3600)
    assert await release_due(house.ctx) == 0
    async with house.ctx.ledger.begin() as tx:
        (entry,) = (each for each in await tx.audit.of_subject(content.id) if each.action is AuditAction.HOLD_CONTENT)
    assert entry.detail["reason"] == content.held_reason


async def test_what_is_saved_without_a_schedule_goes_however_late(house: House) -> None:
    await house.link("alpha", "ada", "one")
    saved = await house.save()
    house.clock.advance(30 * 86_400)
    await release_due(house.ctx)
    assert len(await house.deliveries(saved.content.id)) == 1


async def test_held_content_goes_when_its_person_releases_it(house: House) -> None:
    content = await held(house)
    house.clock.advance(3600)
    released = await release_held(house.ctx, house.user_id, content.id)
    assert (released.held_at, released.held_reason, released.release_at) == (None, None, house.clock.at)
    house.clock.advance(8 * 3600)
    await release_due(house.ctx)
    assert [each.due_at for each in await house.deliveries(content.id)] == [house.clock.at]
    with pytest.raises(ConflictError, match="sent out already"):
        await release_held(house.ctx, house.user_id, content.id)


async def test_held_content_is_canceled_or_given_another_time(house: House) -> None:
    content = await held(house)
    with pytest.raises(InvalidInputError, match="in the past"):
        await edit_content(house.ctx, house.user_id, content.id, {"body": "Changed"})
    later = await edit_content(house.ctx, house.user_id, content.id, {"scheduled_at": house.clock.at + HOUR})
    assert (later.content.held_at, later.content.release_at) == (None, house.clock.at + HOUR)
    house.clock.advance(8 * 3600)
    await release_due(house.ctx)
    assert (await stored(house, content)).held_at == house.clock.at
    canceled = await cancel_content(house.ctx, house.user_id, content.id)
    assert (canceled.content.canceled_at, canceled.content.held_at, canceled.deliveries) == (house.clock.at, None, ())
    with pytest.raises(ConflictError, match="taken back"):
        await release_held(house.ctx, house.user_id, content.id)
    assert await release_due(house.ctx) == 0


async def test_only_ones_own_held_content_is_released(house: House) -> None:
    content = await held(house)
    with pytest.raises(NotFoundError):
        await release_held(house.ctx, house.ctx.new_id(), content.id)
    saved = await house.save(visibility=Visibility.PRIVATE)
    with pytest.raises(ConflictError, match="not held"):
        await release_held(house.ctx, house.user_id, saved.content.id)

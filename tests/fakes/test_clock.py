"""Virtual time and repeatable chance."""

import asyncio
from datetime import timedelta

import pytest

from distribution_core.testing.memory_clock import MemoryClock
from distribution_core.testing.seeded_randomness import SeededRandomness

pytestmark = pytest.mark.anyio


async def _settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_sleepers_wake_in_the_order_of_their_hours() -> None:
    clock, woken = MemoryClock(), []

    async def sleep(seconds: float) -> None:
        await clock.sleep(seconds)
        woken.append(seconds)

    sleepers = [asyncio.ensure_future(sleep(seconds)) for seconds in (30, 10, 20, 10.5)]
    await _settle()
    assert clock.sleeping == 4
    clock.advance(timedelta(seconds=10))
    await _settle()
    assert woken == [10]
    clock.advance(timedelta(seconds=9))
    await _settle()
    assert woken == [10, 10.5]
    clock.advance(timedelta(hours=1))
    await asyncio.gather(*sleepers)
    assert woken == [10, 10.5, 20, 30]
    assert clock.sleeping == 0


async def test_both_readings_move_together_and_forwards() -> None:
    clock = MemoryClock()
    began = clock.now()
    clock.advance(timedelta(seconds=90, microseconds=1))
    assert clock.now() - began == timedelta(seconds=90, microseconds=1)
    assert clock.monotonic() == pytest.approx(90.000001)
    assert clock.now().utcoffset() == timedelta()
    with pytest.raises(ValueError, match="forwards"):
        clock.advance(timedelta(seconds=-1))


async def test_a_canceled_sleeper_does_not_wake() -> None:
    clock = MemoryClock()
    sleeper = asyncio.ensure_future(clock.sleep(5))
    await _settle()
    sleeper.cancel()
    await _settle()
    assert clock.sleeping == 0
    clock.advance(timedelta(seconds=5))
    assert sleeper.cancelled()


async def test_a_leaping_clock_sleeps_by_itself() -> None:
    clock = MemoryClock(leaps=True)
    began = clock.now()
    await clock.sleep(3600)
    assert clock.now() - began == timedelta(hours=1)
    await clock.sleep(0)
    assert clock.monotonic() == 3600


def test_a_seed_decides_everything() -> None:
    one, same, other = SeededRandomness.of(1), SeededRandomness.of(1), SeededRandomness.of(2)
    drawn = [(each.token(16), each.uniform(), each.token(10)) for each in (one, same, other)]
    assert drawn[0] == drawn[1] != drawn[2]
    assert len(drawn[0][0]) == 16
    assert all(0 <= one.uniform() < 1 for _ in range(1000))

"""The doorbell in memory: rings, patience, deafness."""

import asyncio
from datetime import timedelta

import pytest

from distribution_core.testing.memory_clock import MemoryClock
from distribution_core.testing.memory_doorbell import MemoryDoorbell

pytestmark = pytest.mark.anyio


async def _waiting(bell: MemoryDoorbell, clock: MemoryClock, timeout_s: float) -> "asyncio.Future[None]":
    waiting = asyncio.ensure_future(bell.wait(timeout_s))
    for _ in range(5):
        await asyncio.sleep(0)
    assert clock.sleeping == 1
    return waiting


async def test_a_ring_ends_the_wait() -> None:
    clock = MemoryClock()
    bell = MemoryDoorbell(clock)
    waiting = await _waiting(bell, clock, 60)
    assert not waiting.done()
    await bell.ring()
    await waiting
    assert clock.monotonic() == 0
    assert clock.sleeping == 0, "nobody sleeps on"


async def test_patience_ends_the_wait() -> None:
    clock = MemoryClock()
    bell = MemoryDoorbell(clock)
    waiting = await _waiting(bell, clock, 60)
    clock.advance(timedelta(seconds=60))
    await waiting
    assert bell.rings == 0


async def test_rings_that_nobody_waited_for_are_one() -> None:
    clock = MemoryClock()
    bell = MemoryDoorbell(clock)
    await bell.ring()
    await bell.ring()
    await bell.wait(60)
    waiting = await _waiting(bell, clock, 60)
    assert not waiting.done()
    clock.advance(timedelta(seconds=60))
    await waiting
    assert bell.rings == 2


async def test_a_deaf_bell_loses_rings() -> None:
    clock = MemoryClock()
    bell = MemoryDoorbell(clock, deaf=True)
    waiting = await _waiting(bell, clock, 60)
    await bell.ring()
    await asyncio.sleep(0)
    assert not waiting.done()
    clock.advance(timedelta(seconds=60))
    await waiting

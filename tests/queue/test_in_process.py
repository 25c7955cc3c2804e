"""The doorbell of one process: rings, patience, and rings that nobody waited for."""

import asyncio
import time

import pytest

from adapters_queue.in_process import InProcessDoorbell

pytestmark = pytest.mark.anyio
LONG_S = 60.0


async def _waiting(bell: InProcessDoorbell) -> "asyncio.Task[None]":
    waiting = asyncio.create_task(bell.wait(LONG_S))
    for _ in range(5):
        await asyncio.sleep(0)
    return waiting


async def test_a_ring_ends_the_wait_at_once() -> None:
    bell = InProcessDoorbell()
    waiting = await _waiting(bell)
    assert not waiting.done()
    await bell.ring()
    async with asyncio.timeout(5):
        await waiting


async def test_patience_ends_the_wait() -> None:
    began = time.monotonic()
    async with asyncio.timeout(5):
        await InProcessDoorbell().wait(0.05)
    assert time.monotonic() - began >= 0.04


async def test_rings_that_nobody_waited_for_are_one() -> None:
    bell = InProcessDoorbell()
    await bell.ring()
    await bell.ring()
    async with asyncio.timeout(5):
        await bell.wait(LONG_S)
    again = await _waiting(bell)
    assert not again.done(), "the second ring was the first one's"
    await bell.ring()
    async with asyncio.timeout(5):
        await again


async def test_a_wait_that_is_given_up_loses_no_ring() -> None:
    bell = InProcessDoorbell()
    waiting = await _waiting(bell)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await bell.ring()
    async with asyncio.timeout(5):
        await bell.wait(LONG_S)


async def test_one_ring_wakes_everyone_who_waits() -> None:
    bell = InProcessDoorbell()
    several = [await _waiting(bell) for _ in range(3)]
    await bell.ring()
    async with asyncio.timeout(5):
        await asyncio.gather(*several)

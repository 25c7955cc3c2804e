"""Time limits that one timer watches: each ends its own block, in its own time, and nobody else's."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from distribution_core.ports.deadlines import Deadlines

pytestmark = pytest.mark.anyio

_SOON_S, _LONG_S = 0.02, 30.0


async def _hang() -> None:
    await asyncio.get_running_loop().create_future()


async def test_a_block_that_takes_too_long_ends_in_a_timeout() -> None:
    with pytest.raises(TimeoutError), Deadlines().within(_SOON_S):
        await _hang()


async def test_what_ends_in_time_ends_as_it_would() -> None:
    deadlines = Deadlines()
    with deadlines.within(_LONG_S):
        await asyncio.sleep(0)
    with pytest.raises(ValueError, match="its own"), deadlines.within(_LONG_S):
        raise ValueError("its own")


async def test_each_ends_at_its_own_time_whichever_began_first() -> None:
    deadlines, ended = Deadlines(), list[float]()

    async def wait(seconds: float) -> None:
        try:
            with deadlines.within(seconds):
                await _hang()
        except TimeoutError:
            ended.append(seconds)

    forever = asyncio.create_task(wait(_LONG_S))
    await asyncio.gather(*(wait(seconds) for seconds in (0.09, 0.03, 0.06)))
    assert ended == [0.03, 0.06, 0.09]
    assert not forever.done()
    forever.cancel()
    await asyncio.wait([forever])
    assert forever.cancelled()


async def test_a_time_that_is_over_already_ends_at_the_first_wait() -> None:
    with pytest.raises(TimeoutError), Deadlines().within(-1.0):
        await _hang()


async def test_of_two_the_outer_may_be_the_first_to_end() -> None:
    deadlines, stops = Deadlines(), list[type[BaseException]]()

    async def hang_within() -> None:
        try:
            with deadlines.within(_LONG_S):
                await _hang()
        except BaseException as error:
            stops.append(type(error))
            raise

    with pytest.raises(TimeoutError), deadlines.within(_SOON_S):
        await hang_within()
    assert stops == [asyncio.CancelledError]


async def test_of_two_only_the_inner_ends_where_its_end_is_caught() -> None:
    deadlines = Deadlines()
    with deadlines.within(_LONG_S):
        with pytest.raises(TimeoutError), deadlines.within(_SOON_S):
            await _hang()
        await asyncio.sleep(0)


@pytest.mark.parametrize("is_over", [False, True], ids=["in time", "as the time is over"])
async def test_who_is_told_to_stop_stops(is_over: bool) -> None:
    limit, began = Deadlines().within(_LONG_S), asyncio.Event()

    async def wait() -> None:
        with limit:
            began.set()
            await _hang()

    task = asyncio.create_task(wait())
    await began.wait()
    if is_over:
        limit.expire()
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()


async def test_a_block_that_is_left_is_forgotten() -> None:
    deadlines, task = Deadlines(), asyncio.current_task()
    assert task
    with deadlines.within(_SOON_S):
        await asyncio.sleep(0)
    with pytest.raises(TimeoutError), deadlines.within(2 * _SOON_S):
        await _hang()
    assert not task.cancelling()


def test_another_loop_begins_anew() -> None:
    deadlines = Deadlines()

    async def long() -> None:
        with deadlines.within(_LONG_S):
            await asyncio.sleep(0)

    async def quick() -> None:
        with deadlines.within(_SOON_S / 2):
            await asyncio.sleep(0)

    async def short() -> None:
        with pytest.raises(TimeoutError), deadlines.within(_SOON_S):
            await _hang()

    each: Callable[[], Awaitable[None]]
    for each in (long, short, short, quick, short):
        asyncio.run(each())


async def test_outside_a_task_there_is_nothing_to_end() -> None:
    ended: asyncio.Future[BaseException] = asyncio.get_running_loop().create_future()

    def enter() -> None:
        try:
            with Deadlines().within(_LONG_S):
                pass
        except RuntimeError as error:
            ended.set_result(error)

    asyncio.get_running_loop().call_soon(enter)
    assert "only a task" in str(await ended)

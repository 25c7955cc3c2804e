"""What tasks ask for at the same time is done together, and each gets its own answer."""

import asyncio
from collections.abc import Sequence

import pytest

from distribution_core.usecases.together import Together

pytestmark = pytest.mark.anyio


class Desk:
    """Doubles numbers; a batch that holds `broken` fails."""

    def __init__(self) -> None:
        self.batches: list[Sequence[int]] = []
        self.called = asyncio.Event()
        self.open = asyncio.Event()
        self.open.set()
        self.broken: int | None = None

    async def serve(self, numbers: Sequence[int]) -> Sequence[int]:
        self.batches.append(list(numbers))
        self.called.set()
        await self.open.wait()
        if self.broken in numbers:
            raise ValueError(f"{self.broken} is broken")
        return [number * 2 for number in numbers]


async def test_tasks_that_are_ready_go_together_and_none_waits_for_company() -> None:
    desk, together = Desk(), Together(10)
    assert await asyncio.gather(*(together.ask(desk.serve, number, number) for number in range(3))) == [0, 2, 4]
    assert await together.ask(desk.serve, 7, 7) == 14
    assert desk.batches == [[0, 1, 2], [7]]


async def test_what_comes_meanwhile_goes_next_and_no_batch_is_too_large() -> None:
    desk, together = Desk(), Together(2)
    desk.open.clear()
    first = asyncio.create_task(together.ask(desk.serve, 1, 1))
    await desk.called.wait()
    later = [asyncio.create_task(together.ask(desk.serve, number, number)) for number in (2, 3, 4)]
    await asyncio.sleep(0)
    desk.open.set()
    assert await asyncio.gather(first, *later) == [2, 4, 6, 8]
    assert desk.batches == [[1], [2, 3], [4]]


async def test_where_one_follows_on_another_it_waits_for_company() -> None:
    desk, together = Desk(), Together(10, pause_s=0.05)
    desk.open.clear()
    first = asyncio.create_task(together.ask(desk.serve, 1, 1))
    await desk.called.wait()
    second = asyncio.create_task(together.ask(desk.serve, 2, 2))
    await asyncio.sleep(0)
    desk.open.set()
    await first
    third = asyncio.create_task(together.ask(desk.serve, 3, 3))
    assert await asyncio.gather(second, third) == [4, 6]
    assert desk.batches == [[1], [2, 3]]


async def test_one_key_is_in_a_batch_once() -> None:
    desk, together = Desk(), Together(10)
    answers = await asyncio.gather(*(together.ask(desk.serve, number, "same") for number in (1, 2)))
    assert answers == [2, 4]
    assert desk.batches == [[1], [2]]


async def test_a_failure_reaches_all_of_its_batch_and_nobody_else() -> None:
    desk, together = Desk(), Together(2)
    desk.broken = 1
    answers = await asyncio.gather(*(together.ask(desk.serve, number, number) for number in range(4)), return_exceptions=True)
    assert [type(answer) for answer in answers] == [ValueError, ValueError, int, int]
    desk.broken = None
    assert await together.ask(desk.serve, 5, 5) == 10


async def test_who_goes_away_takes_nobody_along() -> None:
    desk, together = Desk(), Together(10)
    desk.open.clear()
    leaving = asyncio.create_task(together.ask(desk.serve, 1, 1))
    staying = asyncio.create_task(together.ask(desk.serve, 2, 2))
    await desk.called.wait()
    leaving.cancel()
    desk.open.set()
    assert await staying == 4
    assert leaving.cancelled() or await asyncio.wait([leaving])

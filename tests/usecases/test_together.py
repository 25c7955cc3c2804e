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


async def test_one_key_is_in_a_batch_once() -> None:
    desk, together = Desk(), Together(10)
    answers = await asyncio.gather(*(together.ask(desk.serve, number, "same") for number in (1, 2)))
    assert answers == [2, 4]
    assert desk.batches == [[1], [2]]


async def test_another_batch_is_begun_beside_one_that_runs_once_a_good_few_wait() -> None:
    desk, together = Desk(), Together(100, servers_max=2)
    desk.open.clear()
    first = asyncio.create_task(together.ask(desk.serve, 0, 0))
    await desk.called.wait()
    few = [asyncio.create_task(together.ask(desk.serve, number, number)) for number in range(1, 6)]
    await asyncio.sleep(0)
    assert len(desk.batches) == 1
    many = [asyncio.create_task(together.ask(desk.serve, number, number)) for number in range(6, 30)]
    for _ in range(3):
        await asyncio.sleep(0)
    assert desk.batches[1] == list(range(1, 30)), "beside the first, which still runs"
    again = asyncio.create_task(together.ask(desk.serve, 7, 7))
    more = [asyncio.create_task(together.ask(desk.serve, number, number)) for number in range(40, 70)]
    await asyncio.sleep(0)
    desk.open.set()
    assert await asyncio.gather(first, *few, *many, again, *more) == [2 * number for number in (*range(30), 7, *range(40, 70))]
    assert all(len(batch) == len(set(batch)) for batch in desk.batches)


async def test_a_key_that_is_being_served_waits_for_its_end() -> None:
    desk, together = Desk(), Together(100, servers_max=2)
    desk.open.clear()
    asked = [asyncio.create_task(together.ask(desk.serve, number, "same")) for number in range(20)]
    await desk.called.wait()
    for _ in range(5):
        await asyncio.sleep(0)
    assert desk.batches == [[0]], "whatever else comes under its key"
    desk.open.set()
    assert await asyncio.gather(*asked) == [2 * number for number in range(20)]


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

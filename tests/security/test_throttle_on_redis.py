"""Guesses at a password, counted for all processes in a real Redis, and by each while that is away."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator

import pytest
from litestar.exceptions import TooManyRequestsException

from chaos.redis_server import NoRedisError, RedisServer
from shells.settings import Settings
from shells.web.security.rates import Rates
from shells.web.security.throttle import Throttle

pytestmark = pytest.mark.anyio


@pytest.fixture
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    try:
        server.start()
    except NoRedisError as error:
        if os.environ.get("SIMULCAST_TEST_REQUIRE") == "all":
            pytest.fail(str(error), pytrace=False)
        pytest.skip(f"NOT TESTED ON REDIS: {error}")
    yield server
    server.stop()


@pytest.fixture
async def processes(redis: RedisServer) -> AsyncIterator[list[Throttle]]:
    made = [Rates.of(Settings(limits_url=redis.url)) for _ in range(3)]
    yield [Throttle(each, b"k" * 32) for each in made]
    for each in made:
        await each.aclose()


async def tries(throttles: list[Throttle], number: int, email: str = "ada@example.com", address: str = "192.0.2.1") -> int:
    """How many of so many tries at once are let through to be looked at."""

    async def once(throttle: Throttle) -> bool:
        try:
            await throttle.begin(email, address, None)
        except TooManyRequestsException:
            return False
        return True

    return sum(await asyncio.gather(*(once(throttles[n % len(throttles)]) for n in range(number))))


async def test_several_processes_count_together(processes: list[Throttle]) -> None:
    assert await tries(processes, 45) == 10
    assert await tries(processes, 9) == 0
    assert await tries(processes, 30, address="192.0.2.2") == 10, "from elsewhere"


async def test_what_went_well_is_given_back(processes: list[Throttle]) -> None:
    first, second, _ = processes
    for number in range(40):
        attempt = await first.begin("ada@example.com", "192.0.2.1", None)
        await (first if number % 2 else second).give_back(attempt)
    assert await tries([first, second], 30) == 10


async def test_while_it_is_away_each_counts_by_itself_and_together_again_afterwards(
    redis: RedisServer, processes: list[Throttle]
) -> None:
    first, second, _ = processes
    assert await tries([first], 5) == 5
    redis.stop()
    assert await tries([first], 30) == 10
    assert await tries([second], 30) == 10
    redis.start()
    for each in (first, second):
        each._rates._away_until = 0.0
    assert await tries([first, second], 30, email="ben@example.com") == 10

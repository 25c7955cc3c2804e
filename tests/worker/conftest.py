"""Brokers that are real, started once for all tests of the fleet."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from shells.local_servers.rabbitmq import NoRabbitError, Rabbit
from tests.worker.redis_server import NoRedisError, RedisServer


@pytest.fixture(scope="session")
def rabbit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rabbit]:
    server = Rabbit(_folder(tmp_path_factory, "rabbitmq"))
    try:
        server.start()
    except NoRabbitError as error:
        _missing(error)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    server = RedisServer(_folder(tmp_path_factory, "redis"))
    try:
        server.start()
    except NoRedisError as error:
        _missing(error)
    yield server
    server.stop()


@pytest.fixture(params=["rabbit", "redis_server"])
def broker_url(request: pytest.FixtureRequest) -> str:
    """A running RabbitMQ, and a running Redis."""
    server: Rabbit | RedisServer = request.getfixturevalue(request.param)
    return server.url


def _folder(factory: pytest.TempPathFactory, name: str) -> Path:
    return factory.mktemp(name)


def _missing(error: Exception) -> None:
    if os.environ.get("SIMULCAST_TEST_REQUIRE") == "all":
        pytest.fail(str(error), pytrace=False)
    pytest.skip(f"NOT TESTED ON A BROKER: {error}")

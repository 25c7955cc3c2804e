"""Brokers that are real, started once for all tests of the fleet."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka import Producer

from shells.local_servers.rabbitmq import NoRabbitError, Rabbit
from tests.aws import imitated_aws
from chaos.redis_server import NoRedisError, RedisServer


@pytest.fixture(scope="session")
def rabbit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rabbit]:
    yield from started_rabbit(tmp_path_factory)


def started_rabbit(factory: pytest.TempPathFactory) -> Iterator[Rabbit]:
    """A RabbitMQ of one's own, until the iterator goes on."""
    server = Rabbit(_folder(factory, "rabbitmq"))
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


@pytest.fixture(scope="session")
def sqs_url() -> Iterator[str]:
    """What imitates SQS, and speaks its protocol."""
    with imitated_aws() as port:
        yield f"sqs://name:geheim@127.0.0.1:{port}//"


@pytest.fixture(scope="session")
def kafka_url() -> Iterator[str]:
    """One broker of the cluster that librdkafka brings for tests: it speaks Kafka's protocol and keeps what it is sent in
    memory, for as long as its producer is there."""
    cluster = Producer({"bootstrap.servers": "127.0.0.1:1", "test.mock.num.brokers": 1})
    (broker,) = cluster.list_topics(timeout=30).brokers.values()
    yield f"confluentkafka://127.0.0.1:{broker.port}//"
    cluster.flush(1)


@pytest.fixture(params=["rabbit", "redis_server", "sqs_url", "kafka_url"])
def any_broker_url(request: pytest.FixtureRequest) -> str:
    """The same, and what imitates SQS and Kafka."""
    server: Rabbit | RedisServer | str = request.getfixturevalue(request.param)
    return server if isinstance(server, str) else server.url


def _folder(factory: pytest.TempPathFactory, name: str) -> Path:
    return factory.mktemp(name)


def _missing(error: Exception) -> None:
    if os.environ.get("SIMULCAST_TEST_REQUIRE") == "all":
        pytest.fail(str(error), pytrace=False)
    pytest.skip(f"NOT TESTED ON A BROKER: {error}")

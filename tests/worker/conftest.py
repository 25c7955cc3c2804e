"""Brokers that are real, started once for all tests of the fleet."""

import os
from collections.abc import Iterator
from typing import TypeVar

import pytest
from confluent_kafka import Producer

from chaos.redis_server import RedisServer
from shells.local_servers.broker import LocalBroker, NoBrokerError
from shells.local_servers.rabbitmq import Rabbit
from tests.aws import imitated_aws

Server = TypeVar("Server", bound=LocalBroker)


@pytest.fixture(scope="session")
def rabbit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rabbit]:
    yield from started_rabbit(tmp_path_factory)


def started_rabbit(factory: pytest.TempPathFactory) -> Iterator[Rabbit]:
    """A RabbitMQ of one's own, until the iterator goes on."""
    return _started(Rabbit(factory.mktemp("rabbitmq")))


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    yield from _started(RedisServer(tmp_path_factory.mktemp("redis")))


@pytest.fixture(params=["rabbit", "redis_server"])
def broker(request: pytest.FixtureRequest) -> LocalBroker:
    """A running RabbitMQ, and a running Redis."""
    server: LocalBroker = request.getfixturevalue(request.param)
    return server


@pytest.fixture
def broker_url(broker: LocalBroker) -> str:
    return broker.url


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
    server: LocalBroker | str = request.getfixturevalue(request.param)
    return server if isinstance(server, str) else server.url


def _started(server: Server) -> Iterator[Server]:
    try:
        server.start()
    except NoBrokerError as error:
        _missing(error)
    yield server
    server.stop()


def _missing(error: Exception) -> None:
    if os.environ.get("SIMULCAST_TEST_REQUIRE") == "all":
        pytest.fail(str(error), pytrace=False)
    pytest.skip(f"NOT TESTED ON A BROKER: {error}")

"""Which brokers are taken, and which are refused before anything starts."""

import re
from datetime import timedelta

import pytest
from kombu import Connection

from adapters_queue.broker import Broker, BrokerUrlError, unheeded
from shells.local_servers.rabbitmq import Rabbit

_HOUR, _MINUTE = timedelta(hours=1), timedelta(minutes=1)


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("amqp://user@host//", "amqp"),
        ("amqps://host", "amqp"),
        ("redis://host/0", "redis"),
        ("rediss://host", "redis"),
        ("sqs://", "sqs"),
        ("confluentkafka://host", "kafka"),
    ],
)
def test_brokers_are_known_by_their_address(url: str, kind: str) -> None:
    assert Broker(url=url, redelivery=_HOUR, longest=_HOUR).kind == kind


def test_another_broker_is_refused_without_its_password() -> None:
    with pytest.raises(BrokerUrlError, match="starts with one of amqp://") as refused:
        Broker(url="nats://user:geheim@host", redelivery=_HOUR, longest=_MINUTE)
    assert "geheim" not in str(refused.value)


def test_a_broker_that_is_less_patient_than_a_publish_is_refused_in_words() -> None:
    with pytest.raises(BrokerUrlError, match="SIMULCAST_BROKER_REDELIVERY_SECONDS is 60, and a publish may take 3600"):
        Broker(url="redis://host", redelivery=_MINUTE, longest=_HOUR)


def test_sqs_is_refused_where_a_publish_may_take_longer_than_it_can_wait() -> None:
    half_a_day = timedelta(hours=12)
    assert Broker(url="sqs://", redelivery=2 * half_a_day, longest=half_a_day).kind == "sqs"
    with pytest.raises(BrokerUrlError, match="SQS hands a message out again after 12 hours at most"):
        Broker(url="sqs://", redelivery=2 * half_a_day, longest=half_a_day + _MINUTE)


def test_a_broker_s_address_is_in_no_repr() -> None:
    assert "geheim" not in repr(Broker(url="amqp://user:geheim@host", redelivery=_HOUR, longest=_HOUR))


@pytest.mark.parametrize(("url", "extra"), [("sqs://", "simulcast[sqs]"), ("confluentkafka://host", "simulcast[kafka]")])
def test_a_broker_whose_client_is_not_installed_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, url: str, extra: str
) -> None:
    monkeypatch.setattr("adapters_queue.broker.find_spec", lambda _: None)
    with pytest.raises(BrokerUrlError, match=re.escape(f"install {extra}")):
        Broker(url=url, redelivery=_HOUR, longest=_HOUR)


@pytest.mark.parametrize(
    ("server", "heeds"),
    [
        ({"product": "RabbitMQ", "version": "3.10.8"}, False),
        ({"product": "RabbitMQ", "version": "3.11.0-rc.1"}, False),
        ({"product": "RabbitMQ", "version": "3.12.0"}, True),
        ({"product": "RabbitMQ", "version": "4.1.2"}, True),
        ({"product": "RabbitMQ", "version": "unknown"}, True),
        ({"product": "LavinMQ", "version": "2.0.0"}, True),
        ({}, True),
    ],
)
def test_an_older_rabbitmq_is_known_to_ignore_a_queue_s_own_patience(server: dict[str, str], heeds: bool) -> None:
    words = unheeded(server, _HOUR)
    assert (words is None) is heeds
    assert heeds or f"RabbitMQ {server['version']} ignores" in str(words)
    assert heeds or "should not be below 3600 s" in str(words)


def test_a_real_rabbitmq_says_its_version(rabbit: Rabbit) -> None:
    with Connection(rabbit.url) as connection:
        server = connection.connection.server_properties
    version = tuple(int(part) for part in server["version"].split(".")[:2])
    assert server["product"] == "RabbitMQ"
    assert (unheeded(server, _HOUR) is None) is (version >= (3, 12))

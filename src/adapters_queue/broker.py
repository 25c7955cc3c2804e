"""Which broker, and whether it fits the work."""

from collections.abc import Mapping
from datetime import timedelta
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlsplit

from attrs import field, frozen

SCHEMES = {"amqp": "amqp", "amqps": "amqp", "redis": "redis", "rediss": "redis", "sqs": "sqs", "confluentkafka": "kafka"}
_CLIENTS = {"sqs": ("boto3", "simulcast[sqs]"), "kafka": ("confluent_kafka", "simulcast[kafka]")}

SQS_REDELIVERY_MAX = timedelta(hours=12)
"""SQS API reference, ChangeMessageVisibility: a visibility time-out is 43,200 s at most."""
_HEEDS_CONSUMER_TIMEOUT = (3, 12)


class BrokerUrlError(ValueError):
    """The broker can't be used as it is set; the message says what to do and holds no password."""


@frozen(kw_only=True)
class Broker:
    """A broker and how long it waits before it hands an unanswered message to somebody else. Raises BrokerUrlError."""

    url: str = field(repr=False)
    redelivery: timedelta
    longest: timedelta

    def __attrs_post_init__(self) -> None:
        if self.kind is None:
            known = ", ".join(f"{scheme}://" for scheme in SCHEMES)
            raise BrokerUrlError(f"SIMULCAST_BROKER_URL starts with one of {known}")
        package, extra = _CLIENTS.get(self.kind, ("celery", "simulcast"))
        if find_spec(package) is None:
            raise BrokerUrlError(f"SIMULCAST_BROKER_URL names a broker whose client is not installed: install {extra}")
        if self.redelivery < self.longest:
            raise BrokerUrlError(
                f"SIMULCAST_BROKER_REDELIVERY_SECONDS is {self.redelivery.total_seconds():g}, and a publish may take"
                f" {self.longest.total_seconds():g}: the broker would hand out again what is still worked on; set it longer"
            )

        if self.kind == "sqs" and self.longest > SQS_REDELIVERY_MAX:
            hours = SQS_REDELIVERY_MAX.total_seconds() / 3600
            raise BrokerUrlError(
                f"SQS hands a message out again after {hours:g} hours at most, and a publish may take"
                f" {self.longest.total_seconds():g} s: make SIMULCAST_LEASE_SECONDS shorter, or use another broker"
            )

    @property
    def kind(self) -> str | None:
        return SCHEMES.get(urlsplit(self.url).scheme)


def unheeded(server: Mapping[str, Any], redelivery: timedelta) -> str | None:
    """What a RabbitMQ that introduces itself so does not heed of a queue's settings, in words; None when it heeds all. Its
    own time-out stands in no AMQP answer, so it can only be named, not compared."""
    version = str(server.get("version", ""))
    numbers = tuple(int(part) for part in version.split(".")[:2] if part.isdecimal())
    if server.get("product") != "RabbitMQ" or len(numbers) < len(_HEEDS_CONSUMER_TIMEOUT) or numbers >= _HEEDS_CONSUMER_TIMEOUT:
        return None
    return (
        f"RabbitMQ {version} ignores a queue's x-consumer-timeout: its own consumer_timeout (30 minutes unless rabbitmq.conf says"
        f" otherwise) holds, and should not be below {redelivery.total_seconds():g} s"
    )

"""Nudges over Celery: RabbitMQ, Redis or SQS by URL (Kafka: preview). A message names a queue, never what is to be done."""

import logging
from collections.abc import Collection, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from attrs import define, field
from celery import Celery
from kombu import Connection, Exchange, Queue

from adapters_queue.broker import SQS_REDELIVERY_MAX, Broker, BrokerUrlError
from adapters_queue.in_process import InProcessDoorbell
from adapters_queue.redis_transport import CarefulRedis
from distribution_core.ports.doorbell import SELECTOR, Doorbell

log = logging.getLogger(__name__)

NUDGE = "simulcast.nudge"
SWEEP = "sweep"
_NUDGE_LIVES_S = 60
_CONNECT_S = 3.0
_CONFIRM_S = 10.0
_ANSWER_S = 5
"""Whole seconds that a broker has for any one answer. RabbitMQ gives none while it elects queues or is stopped, and Celery, which
would wait for ever, hears of no SIGTERM meanwhile."""


def make_app(broker: Broker, platforms: Collection[str]) -> Celery:
    """The Celery application: one queue for each platform, one for the selector, one for the sweep. Without results. Raises
    BrokerUrlError."""
    _check_options(broker)
    app = Celery("simulcast", broker=broker.url, amqp=CarefulRedis if broker.kind == "redis" else None, set_as_current=False)
    exchange = Exchange("simulcast", type="direct", durable=True)
    arguments = _queue_arguments(broker)
    app.conf.update(
        task_queues=[Queue(name, exchange, routing_key=name, **arguments) for name in (*sorted(platforms), SELECTOR, SWEEP)],
        task_default_queue=SELECTOR,
        task_default_exchange="simulcast",
        task_default_routing_key=SELECTOR,
        task_create_missing_queues=False,
        task_ignore_result=True,
        task_store_errors_even_if_ignored=False,
        task_serializer="json",
        accept_content=["json"],
        worker_prefetch_multiplier=1,
        worker_hijack_root_logger=False,
        worker_send_task_events=False,
        worker_enable_remote_control=False,
        worker_cancel_long_running_tasks_on_connection_loss=False,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_connection_timeout=_CONNECT_S,
        broker_transport_options=_transport_options(broker),
        worker_detect_quorum_queues=True,
        enable_utc=True,
    )
    return app


def _check_options(broker: Broker) -> None:
    try:
        Connection(broker.url)
    except TypeError:
        # What kombu says of it is that a function of its own has no such argument.
        named = ", ".join(name for name, _ in parse_qsl(urlsplit(broker.url).query, keep_blank_values=True))
        raise BrokerUrlError(
            f"SIMULCAST_BROKER_URL has something behind its ? that is no setting of a connection, of these: {named}"
        ) from None


def _queue_arguments(broker: Broker) -> Mapping[str, Any]:
    if broker.kind != "amqp":
        return {}
    # A quorum queue outlives the broker it was on; nudges older than a sweep or two say nothing new.
    milliseconds = int(broker.redelivery.total_seconds() * 1000)
    return {
        "queue_arguments": {
            "x-queue-type": "quorum",
            "x-message-ttl": _NUDGE_LIVES_S * 1000,
            "x-consumer-timeout": milliseconds,
        }
    }


def _transport_options(broker: Broker) -> Mapping[str, Any]:
    if broker.kind == "amqp":
        limits = {"connect_timeout": _CONNECT_S, "read_timeout": _ANSWER_S, "write_timeout": _ANSWER_S}
        return {"confirm_publish": True, "max_retries": 0, **limits}
    wait = int(broker.redelivery.total_seconds())
    if broker.kind == "redis":
        limits = {"socket_connect_timeout": _CONNECT_S, "socket_timeout": float(_ANSWER_S)}
        return {"visibility_timeout": wait, "max_retries": 0, **limits}
    return {"visibility_timeout": min(wait, int(SQS_REDELIVERY_MAX.total_seconds()))} if broker.kind == "sqs" else {}


@define
class CeleryDoorbell:
    """Rings through the broker, from a thread of its own. What can't be sent is said in the log and forgotten: the sweep
    rings again. `heard` is where this process's own nudges arrive."""

    app: Celery
    platforms: Collection[str]
    heard: InProcessDoorbell = field(factory=InProcessDoorbell)
    _wanted: set[str] = field(factory=set)
    _refused: set[str] = field(factory=set)
    _lock: Lock = field(factory=Lock)
    _thread: ThreadPoolExecutor = field(factory=lambda: ThreadPoolExecutor(1, "doorbell"))

    async def ring(self, *whom: str) -> None:
        names = set(whom or (*self.platforms, SELECTOR))
        with self._lock:
            first = not self._wanted
            self._wanted |= names
        if first:
            self._thread.submit(self._send)

    async def wait(self, timeout_s: float) -> None:
        await self.heard.wait(timeout_s)

    def wake(self) -> None:
        self.heard.wake()

    def close(self) -> None:
        """Send what was rung for, and end the thread."""
        self._thread.shutdown(wait=True)

    def _send(self) -> None:
        with self._lock:
            names, self._wanted = self._wanted, set()
        # A queue that has lost its leader refuses for minutes what others take: it must not keep them from hearing.
        self._send_each(sorted(names, key=lambda name: (name in self._refused, name)))

    def _send_each(self, names: Iterable[str]) -> None:
        for name in names:
            try:
                self.app.send_task(
                    NUDGE,
                    args=[name],
                    queue=name,
                    expires=_NUDGE_LIVES_S,
                    retry=False,
                    ignore_result=True,
                    confirm_timeout=_CONFIRM_S,
                )
            except Exception as error:
                log.warning("a nudge was not sent; the sweep will ring", extra={"queue": name, "why": type(error).__name__})
                self._refused.add(name)
                return
            self._refused.discard(name)


_: type[Doorbell] = CeleryDoorbell

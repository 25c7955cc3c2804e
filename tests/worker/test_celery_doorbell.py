"""Nudges through real brokers, and what becomes of them when there is none."""

import asyncio
import logging
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from celery import Celery
from kombu import Connection, Queue
from redis import Redis

from adapters_queue.broker import Broker
from adapters_queue.celery import CeleryDoorbell, make_app
from chaos.redis_server import RedisServer
from shells.local_servers.rabbitmq import Rabbit

pytestmark = pytest.mark.anyio
PLATFORMS = ("facebook", "linkedin")
_HOUR = timedelta(hours=1)


def _app(url: str) -> Celery:
    return make_app(Broker(url=url, redelivery=_HOUR, longest=_HOUR), PLATFORMS)


async def test_a_ring_reaches_those_it_names_and_no_name_means_everybody(broker_url: str) -> None:
    app = _app(broker_url)
    _declare(app)
    bell = CeleryDoorbell(app, PLATFORMS)
    await bell.ring("linkedin")
    await asyncio.to_thread(bell.close)
    assert _taken(app) == {"facebook": [], "linkedin": [["linkedin"]], "selector": []}
    bell = CeleryDoorbell(app, PLATFORMS)
    await bell.ring()
    await asyncio.to_thread(bell.close)
    assert _taken(app) == {name: [[name]] for name in (*PLATFORMS, "selector")}


async def test_a_message_holds_a_name_and_nothing_else(broker_url: str) -> None:
    app = _app(broker_url)
    _declare(app)
    bell = CeleryDoorbell(app, PLATFORMS)
    await bell.ring("facebook")
    await asyncio.to_thread(bell.close)
    with app.connection_for_read() as connection, connection.SimpleQueue(_queue(app, "facebook")) as queue:
        message = queue.get(timeout=10)
        message.ack()
    args, kwargs, embedded = message.payload
    assert (args, kwargs) == (["facebook"], {})
    assert not any(embedded.values())


@pytest.mark.parametrize("url", ["amqp://user:geheim@127.0.0.1:9//", "redis://user:geheim@127.0.0.1:9/0"])
async def test_a_ring_without_a_broker_costs_no_time_and_says_so(url: str, caplog: pytest.LogCaptureFixture) -> None:
    bell = CeleryDoorbell(_app(url), PLATFORMS)
    began = time.monotonic()
    with caplog.at_level(logging.WARNING):
        await bell.ring()
        assert time.monotonic() - began < 1
        await asyncio.to_thread(bell.close)
    assert "a nudge was not sent" in caplog.text
    assert "geheim" not in caplog.text


async def test_rabbitmq_keeps_nudges_in_quorum_queues_that_outlive_it(rabbit: Rabbit) -> None:
    app = _app(rabbit.url)
    _declare(app)
    bell = CeleryDoorbell(app, PLATFORMS)
    await bell.ring("facebook")
    await asyncio.to_thread(bell.close)
    rabbit.kill()
    rabbit.restart()
    assert _taken(_app(rabbit.url))["facebook"] == [["facebook"]]
    with Connection(rabbit.url) as connection, pytest.raises(Exception, match="inequivalent arg 'x-queue-type'"):
        Queue("facebook", durable=True, channel=connection.channel()).declare()


async def test_a_bell_is_heard_again_once_redis_is_back_empty_or_was_emptied(
    redis_server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    """It holds its connection all the while, and says of no more than the ring between that it was lost."""
    bell = CeleryDoorbell(_app(redis_server.url), PLATFORMS)
    await _rung(bell)
    redis_server.kill()
    await _rung(bell)
    assert caplog.text.count("a nudge was not sent") == 1
    redis_server.restart()
    await _rung(bell)
    assert _taken(_app(redis_server.url))["facebook"] == [["facebook"]]
    with Redis(port=redis_server.port) as client:
        client.flushall()
    await _rung(bell)
    assert _taken(_app(redis_server.url))["facebook"] == [["facebook"]]
    await asyncio.to_thread(bell.close)
    assert caplog.text.count("a nudge was not sent") == 1


async def test_a_queue_that_refuses_keeps_the_others_from_hearing_only_once(
    rabbit: Rabbit, caplog: pytest.LogCaptureFixture
) -> None:
    names = ("broken", "sound")
    app = make_app(Broker(url=rabbit.url, redelivery=_HOUR, longest=_HOUR), names)
    with Connection(rabbit.url) as connection:
        other = Queue("broken", durable=True, channel=connection.channel())
        other.declare()  # it is not as ours are, so nothing of ours gets into it
        bell = CeleryDoorbell(app, names)
        for _ in range(2):
            await bell.ring(*names)
            await asyncio.to_thread(bell._thread.submit(lambda: None).result)
        await asyncio.to_thread(bell.close)
        other.delete()
    assert caplog.text.count("a nudge was not sent") == 2
    assert _messages(app, "sound") == [["sound"]], "by the second ring, for which it came first"


async def test_what_is_heard_ends_the_wait() -> None:
    bell = CeleryDoorbell(_app("redis://127.0.0.1:9"), PLATFORMS)
    await bell.heard.ring()
    async with asyncio.timeout(5):
        await bell.wait(60)


async def _rung(bell: CeleryDoorbell) -> None:
    """Return once the ring was sent, or could not be."""
    await bell.ring("facebook")
    await asyncio.to_thread(bell._thread.submit(lambda: None).result)


def _declare(app: Celery) -> None:
    with app.connection_for_write() as connection:
        for queue in app.conf.task_queues:
            bound = queue.bind(connection.channel())
            bound.declare()
            bound.purge()


def _queue(app: Celery, name: str) -> Queue:
    found: Queue = next(queue for queue in app.conf.task_queues if queue.name == name)
    return found


def _taken(app: Celery) -> dict[str, list[object]]:
    """The arguments of every message, by queue, taken out of it. RabbitMQ may still be electing after a restart."""
    return {name: _until(lambda name=name: _messages(app, name)) for name in (*PLATFORMS, "selector")}  # type: ignore[misc]


def _messages(app: Celery, name: str) -> list[object]:
    found = []
    with app.connection_for_read() as connection:
        bound = _queue(app, name).bind(connection.channel())
        while (message := bound.get(no_ack=True)) is not None:
            found.append(message.payload[0])
    return found


def _until(read: Callable[[], list[object]]) -> list[object]:
    for _ in range(100):
        try:
            return read()
        except Exception as error:
            if "timeout" not in str(error).lower() and "leader" not in str(error).lower():
                raise
            time.sleep(0.1)
    raise TimeoutError("the queue never came back")

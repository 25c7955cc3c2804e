"""The fleet over real brokers: nothing is lost or doubled whatever happens to broker, queues and workers."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from amqp.exceptions import ChannelError
from kombu import Connection, Queue
from redis import Redis

from chaos.broker import purge
from chaos.redis_server import RedisServer
from shells.local_servers.broker import LocalBroker
from shells.local_servers.rabbitmq import Rabbit
from tests.running import running_stack
from tests.waiting import until
from tests.worker.conftest import started_rabbit
from tests.worker.fleet import Fleet

pytestmark = pytest.mark.timeout(240)


@contextmanager
def _fleet(folder: Path, broker_url: str, postgres_url: str) -> Iterator[Fleet]:
    settings = {
        "SIMULCAST_BROKER_URL": broker_url,
        "SIMULCAST_DATABASE_URL": postgres_url,
        "SIMULCAST_WORKER_PROCESSES": "1",
        "SIMULCAST_LOG_LEVEL": "info",
        "AWS_DEFAULT_REGION": "eu-central-1",
    }
    with running_stack(folder, **settings) as running:
        fleet = Fleet(running, folder)
        try:
            yield fleet
        finally:
            fleet.stop()


@pytest.fixture(scope="module")
def rabbit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rabbit]:
    """A broker of these tests' own, killed only by the last of them: one that was killed elects its queues anew for a while."""
    yield from started_rabbit(tmp_path_factory)


@pytest.fixture
def broker(request: pytest.FixtureRequest) -> LocalBroker:
    """RabbitMQ, where a test asks for nothing else."""
    server: LocalBroker = request.getfixturevalue(getattr(request, "param", "rabbit"))
    return server


@pytest.fixture
def fleet(broker: LocalBroker, postgres_url: str, tmp_path: Path) -> Iterator[Fleet]:
    with _fleet(tmp_path, broker.url, postgres_url) as running:
        yield running


on_each_broker = pytest.mark.parametrize("broker", ["rabbit", "redis_server"], indirect=True)


def test_plain_celery_publishes_once_and_ends_at_sigterm(any_broker_url: str, postgres_url: str, tmp_path: Path) -> None:
    with _fleet(tmp_path, any_broker_url, postgres_url) as fleet:
        visitor = fleet.visitor()
        worker = fleet.start(sys.executable, "-m", "celery", "-A", "shells.worker", "worker", "-c", "1")
        saved = visitor.save(body="By way of plain celery")
        fleet.arrives(visitor, saved["id"], "By way of plain celery")
        # The sweep may have been first; the nudge comes all the same.
        until(fleet.nudges)
        worker.terminate()
        assert worker.wait(timeout=60) == 0, fleet.log()[-4000:]
        assert "a nudge was not sent" not in fleet.log()


def test_workers_of_one_platform_each_forget_nothing_between_them(fleet: Fleet) -> None:
    """Nobody serves `selector` or `sweep`, and what falls due later is released and sent all the same."""
    visitor = fleet.visitor()
    celery = (sys.executable, "-m", "celery", "-A", "shells.worker", "worker", "-c", "1", "-Q")
    for platform in ("facebook", "linkedin", "tiktok"):
        fleet.start(*celery, platform, "-n", f"{platform}@here")
    saved = visitor.save(body="Nobody was told to select")
    fleet.arrives(visitor, saved["id"], "Nobody was told to select")


@on_each_broker
def test_a_purged_queue_and_a_killed_worker_lose_nothing(fleet: Fleet) -> None:
    """And a worker that lives through it hears again: at Redis all that the broker knew is gone, its queues' names too."""
    visitor = fleet.visitor()
    fleet.running.faults({"platform": "facebook", "call": "update", "kind": "slow", "options": {"seconds": 30}})
    first = fleet.start()
    saved = visitor.save(body="Through a kill and a purge")
    until(fleet.leased)
    os.killpg(first.pid, signal.SIGKILL)
    first.wait()
    fleet.running.faults()
    nudges = fleet.nudges()
    second = fleet.start()
    until(lambda: fleet.nudges() > nudges)
    purge(fleet.running.settings)
    fleet.arrives(visitor, saved["id"], "Through a kill and a purge")
    nudges = fleet.nudges()
    again = visitor.save(body="After them")
    fleet.arrives(visitor, again["id"], "After them")
    until(lambda: fleet.nudges() > nudges)
    assert second.poll() is None


JUNK: list[tuple[bytes, dict[str, Any]]] = [
    (b"", {}),
    (b"\x00\xff" * 100, {}),
    (b"{", {"content_type": "application/json"}),
    (b"[" * 10_000, {"content_type": "application/json"}),
    (b'"a string"', {"content_type": "application/json", "headers": {"task": "simulcast.nudge", "id": "1"}}),
    (b"[[], {}, {}]", {"content_type": "application/json", "headers": {"task": "simulcast.nudge", "id": "2"}}),
    (b'[["a", "b", "c"], {"d": 1}, {}]', {"content_type": "application/json", "headers": {"task": "simulcast.nudge", "id": "3"}}),
    (b'[[{"deep": 1}], {}, {}]', {"content_type": "application/json", "headers": {"task": "simulcast.nudge", "id": "4"}}),
    (b"[[], {}, {}]", {"content_type": "application/json", "headers": {"task": "os.system", "id": "5"}}),
    # What a pickle would do when it is opened: it is not.
    (
        b"cos\nsystem\n(S'touch opened-a-pickle'\ntR.",
        {"content_type": "application/x-python-serialize", "content_encoding": "binary"},
    ),
    (b"x" * 1_000_000, {"content_type": "text/plain"}),
]


# In Redis anybody can put what no client would send: each of these has ended a worker.
NO_MESSAGES = [b"", b"{", b"\x00\xff", b"[" * 100_000, b"[]", b"{}", b'{"body": 1}', b'{"properties": {"delivery_tag": "1"}}']


@on_each_broker
def test_messages_of_a_stranger_stop_nothing_and_run_nothing(fleet: Fleet, broker: LocalBroker) -> None:
    visitor = fleet.visitor()
    worker = fleet.start()
    until(fleet.nudges)
    with Connection(broker.url) as connection:
        producer = connection.Producer()
        for body, more in JUNK:
            for queue in ("facebook", "selector", "sweep"):
                producer.publish(body, exchange="simulcast", routing_key=queue, **{"content_encoding": "utf-8"} | more)
    if isinstance(broker, RedisServer):
        with Redis(port=broker.port) as client:
            client.lpush("facebook", *NO_MESSAGES)
    saved = visitor.save(body="Among junk")
    fleet.arrives(visitor, saved["id"], "Among junk")
    with Connection(broker.url) as connection:
        for queue in ("facebook", "selector", "sweep"):
            counted = Queue(queue, channel=connection.default_channel)
            until(lambda counted=counted: _is_empty(counted))  # type: ignore[misc]
    assert worker.poll() is None
    assert not list(Path.cwd().glob("opened-a-pickle"))


def _is_empty(queue: Queue) -> bool:
    """An empty list is none in Redis, and so is its queue."""
    try:
        return bool(queue.queue_declare(passive=True).message_count == 0)
    except ChannelError:
        return True


def test_sigterm_hands_back_what_can_not_be_finished(fleet: Fleet) -> None:
    """With a lease of minutes, the second worker can only have it because the first gave it back."""
    visitor = fleet.visitor()
    slow = {"platform": "facebook", "call": "feed", "kind": "slow", "count": 2, "options": {"seconds": 40}}
    fleet.running.faults(slow)
    patient = {"SIMULCAST_LEASE_SECONDS": "600", "SIMULCAST_STOP_SECONDS": "1", "SIMULCAST_FACEBOOK_CALL_TIMEOUT_S": "60"}
    first = fleet.start(**patient)
    saved = visitor.save(body="Handed back")
    until(lambda: fleet.leased() == 2)
    first.terminate()
    assert first.wait(timeout=60) == 0, fleet.log()[-4000:]
    assert fleet.leased() == 0, fleet.log()[-4000:]
    fleet.running.faults()
    fleet.start()
    fleet.arrives(visitor, saved["id"], "Handed back")


@on_each_broker
def test_sigterm_ends_a_worker_whose_broker_answers_nothing(fleet: Fleet, broker: LocalBroker) -> None:
    """As while RabbitMQ elects its queues: connections stand, and no call is answered."""
    visitor = fleet.visitor()
    worker = fleet.start()
    until(fleet.is_healthy)
    saved = visitor.save(body="Before the silence")
    fleet.arrives(visitor, saved["id"], "Before the silence")
    until(fleet.nudges)
    broker.freeze()
    try:
        worker.terminate()
        assert worker.wait(timeout=45) == 0, fleet.log()[-4000:]
    finally:
        broker.thaw()


@on_each_broker
def test_a_broker_that_is_killed_and_away_fails_no_request_and_stops_no_work(fleet: Fleet, broker: LocalBroker) -> None:
    """The worker finds it again by itself: Redis as an empty one, RabbitMQ with what it had stored."""
    visitor = fleet.visitor()
    worker = fleet.start()
    until(fleet.nudges)
    fleet.running.faults({"platform": "facebook", "call": "update", "kind": "slow", "options": {"seconds": 5}})
    under_way = visitor.save(body="Under way")
    until(fleet.leased)
    broker.kill()
    try:
        saved = httpx.post(
            f"{fleet.running.web}/content",
            json={"body": "Without a broker"},
            cookies=visitor.cookies,
            headers={"x-csrf-token": visitor.csrf},
            timeout=5,
        )
        assert saved.status_code == 201
        fleet.arrives(visitor, under_way["id"], "Under way")
        fleet.arrives(visitor, saved.json()["id"], "Without a broker")
    finally:
        broker.restart()
    nudges = fleet.nudges()
    again = visitor.save(body="With it again")
    fleet.arrives(visitor, again["id"], "With it again")
    until(lambda: fleet.nudges() > nudges)
    assert worker.poll() is None

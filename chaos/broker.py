"""The broker of a run on the fleet: killed as if its machine had lost power, started again, and emptied."""

import time
from collections.abc import Mapping

from amqp.exceptions import AMQPError
from attrs import define
from redis import Redis

from adapters_queue.celery import make_app
from chaos.redis_server import RedisServer
from shells.local_servers.broker import LocalBroker
from shells.local_servers.rabbitmq import Rabbit
from shells.platform_settings import manifests
from shells.settings import Settings
from shells.wiring import broker_of

BROKERS: Mapping[str, type[LocalBroker]] = {"rabbitmq": Rabbit, "redis": RedisServer}
"""What a run can be rung over. RabbitMQ starts again with what it had stored, Redis with nothing."""
DEFAULT = "rabbitmq"

_TRIES = 60
_PAUSE_S = 0.5


def purge(settings: Settings) -> None:
    """Throw away all that waits at the broker of these settings; at Redis, which is given no more than nudges, all there is.
    A RabbitMQ that was just killed elects its queues anew for a while, and is asked again. Raises what it answers to the last
    try, or RedisError."""
    broker = broker_of(settings)
    if broker.kind == "redis":
        with Redis.from_url(broker.url) as client:
            client.flushall()
        return
    app = make_app(broker, tuple(manifests()))
    for tries_left in reversed(range(_TRIES)):
        try:
            with app.connection_for_write() as connection, connection.channel() as channel:
                for queue in app.conf.task_queues:
                    bound = queue.bind(channel)
                    bound.declare()
                    bound.purge()
        except (AMQPError, OSError):
            if not tries_left:
                raise
            time.sleep(_PAUSE_S)
        else:
            return


@define
class Broker:
    """The broker's server, and what was done to it."""

    server: LocalBroker
    settings: Settings
    purges: int = 0

    def purge(self) -> None:
        """Throw away every nudge that waits."""
        purge(self.settings)
        self.purges += 1

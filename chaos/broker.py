"""The broker of a run on the fleet: killed as if its machine had lost power, started again, and emptied."""

import time

from amqp.exceptions import AMQPError
from attrs import define

from adapters_queue.celery import make_app
from shells.local_servers.rabbitmq import Rabbit
from shells.platform_settings import manifests
from shells.settings import Settings
from shells.wiring import broker_of

_TRIES = 60
_PAUSE_S = 0.5


def purge(settings: Settings) -> None:
    """Throw away every nudge that waits at the broker of these settings. A broker that was just killed elects its queues
    anew for a while, and is asked again. Raises what it answers to the last try."""
    app = make_app(broker_of(settings), tuple(manifests()))
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
    """RabbitMQ, and what was done to it."""

    rabbit: Rabbit
    settings: Settings
    purges: int = 0

    def purge(self) -> None:
        """Throw away every nudge that waits."""
        purge(self.settings)
        self.purges += 1

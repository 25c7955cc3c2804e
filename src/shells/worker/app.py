"""The Celery application of the worker fleet, made from the environment."""

import logging
from functools import cache
from typing import Any

from celery import Celery, signals

from adapters_queue.broker import Broker, unheeded
from adapters_queue.celery import NUDGE, make_app
from shells.logs import log_as_set
from shells.platform_settings import manifests
from shells.settings import Settings
from shells.wiring import broker_of, settings_from_environment
from shells.worker.engine import Engine
from shells.worker.strategy import STRATEGY

log = logging.getLogger(__name__)

_engines: list[Engine] = []


@cache
def application() -> Celery:
    """Raises SettingsError or BrokerUrlError, in words, where the environment will not do."""
    settings = settings_from_environment()
    broker = broker_of(settings)
    app = make_app(broker, tuple(manifests()))
    app.task(name=NUDGE, ignore_result=True, acks_late=False, Strategy=STRATEGY)(_nudge)
    _connect(app, settings, broker)
    return app


def _nudge(name: str) -> None:  # noqa: ARG001, RUF100 - the name is for those who watch the queues
    for engine in _engines:
        engine.nudge()


def _connect(app: Celery, settings: Settings, broker: Broker) -> None:
    def start(**_: Any) -> None:
        engine = Engine(settings, frozenset(app.amqp.queues.consume_from))
        engine.start()
        _engines.append(engine)

    def stop(**_: Any) -> None:
        while _engines:
            _engines.pop().stop()

    def start_unforked(sender: Any, **_: Any) -> None:
        if not _engines and "prefork" not in type(sender.pool).__module__:
            start()

    def tell_what_is_unheeded(sender: Any, **_: Any) -> None:
        server = getattr(sender.connection.connection, "server_properties", {})
        words = unheeded(server, broker.redelivery)
        if words is not None:
            log.warning(words)

    # Weak references to functions of this call would be gone when it returns.
    signals.setup_logging.connect(lambda **_: log_as_set(settings), weak=False)
    signals.worker_process_init.connect(start, weak=False)
    signals.worker_process_shutdown.connect(stop, weak=False)
    signals.worker_ready.connect(start_unforked, weak=False)
    signals.worker_ready.connect(tell_what_is_unheeded, weak=False)
    signals.worker_shutdown.connect(stop, weak=False)

"""The Celery application of the worker fleet, made from the environment."""

import logging
import os
import signal
from functools import cache
from mmap import mmap
from typing import Any

from celery import Celery, signals

from adapters_queue.broker import Broker, unheeded
from adapters_queue.celery import NUDGE, make_app
from shells.cli.failure import CONFIGURATION
from shells.logs import log_as_set
from shells.platform_settings import manifests
from shells.settings import Settings
from shells.wiring import broker_of, compose, settings_from_environment
from shells.worker.engine import Engine, EngineError
from shells.worker.strategy import STRATEGY

log = logging.getLogger(__name__)

_engines: list[Engine] = []
# One byte that all processes share which are forked from this one.
_could_not_begin = mmap(-1, 1)


def all_began() -> bool:
    """Whether every process of the worker could begin its work."""
    return not _could_not_begin[0]


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
    main_process = os.getpid()

    def refuse(**_: Any) -> None:
        """In words and at once: Celery would begin, and its processes fail."""
        try:
            compose(settings)
        except CONFIGURATION as error:
            raise SystemExit(f"simulcast: {error}") from None

    def start(**_: Any) -> None:
        engine = Engine(settings, frozenset(app.amqp.queues.consume_from), _end_this_process)
        try:
            engine.start()
        except EngineError:
            _could_not_begin[0] = 1
            if os.getpid() != main_process:
                os.kill(main_process, signal.SIGTERM)  # it would begin another such process, and again
            raise SystemExit(1) from None
        _engines.append(engine)

    def stop(**_: Any) -> None:
        while _engines:
            _engines.pop().stop()

    def end(sender: Any, **_: Any) -> None:
        stop()
        if not all_began():
            sender.exitcode = 1

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
    signals.celeryd_init.connect(refuse, weak=False)
    signals.worker_process_init.connect(start, weak=False)
    signals.worker_process_shutdown.connect(stop, weak=False)
    signals.worker_ready.connect(start_unforked, weak=False)
    signals.worker_ready.connect(tell_what_is_unheeded, weak=False)
    signals.worker_shutdown.connect(end, weak=False)


def _end_this_process() -> None:
    """At once: what it holds is taken up by others when its leases end, and Celery begins a new process in its place."""
    os._exit(1)

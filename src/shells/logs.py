"""Log lines: JSON for machines, coloured text at a terminal, with the ids of what they are about and without secrets."""

import logging
import sys
import threading
from collections.abc import Iterable
from types import TracebackType
from typing import Any, TextIO

import structlog

from adapters_persistence.vault.local_ring import read_key_file
from shells.log_facts import merge_facts
from shells.redaction import Redactor
from shells.settings import Settings, keys_in

# These talk through the root alone: their own handlers would write around the redaction.
_ROUTED = (
    "_granian",
    "granian.access",
    "uvicorn",
    "uvicorn.error",
    "uvicorn.access",
    "celery",
    "celery.task",
    "celery.worker",
    "kombu",
    "amqp",
    "litestar",
    "sqlalchemy",
    "sqlalchemy.engine",
    "sqlalchemy.pool",
    "py.warnings",
)
# httpx logs whole URLs, a driver its statements, the broker's client its frames.
_QUIET = ("httpx", "httpcore", "aiosqlite", "alembic", "PIL", "amqp", "kombu", "psycopg", "aiohttp.access", "urllib3")
_SHARED: list[Any] = [
    merge_facts,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.ExtraAdder(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.StackInfoRenderer(),
    structlog.processors.format_exc_info,
]


def log_as_set(settings: Settings) -> None:
    """As `configure_logging`, by the settings of this process and without their secrets. Raises UnusableKeyError."""
    held = keys_in(read_key_file(settings.key_file).reveal()) if settings.key_file else ()
    configure_logging(settings.log_level, settings.log_format, secrets=(*settings.secrets, *held))


def configure_logging(level: str, form: str = "auto", *, secrets: Iterable[str] = (), stream: TextIO | None = None) -> None:
    """Send every log line of the process, whoever writes it, through one handler on standard error. `form` is json,
    text, or auto: text at a terminal. `secrets` are values that must never be seen in one."""
    stream = stream or sys.stderr
    as_text = form == "text" or (form == "auto" and stream.isatty())
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=_SHARED,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                Redactor.of(secrets),
                structlog.dev.ConsoleRenderer(colors=stream.isatty(), exception_formatter=structlog.dev.plain_traceback)
                if as_text
                else structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    logging.captureWarnings(True)
    for name in _ROUTED:
        routed = logging.getLogger(name)
        routed.handlers, routed.propagate = [], True
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    sys.excepthook = _log_uncaught
    threading.excepthook = _log_uncaught_in_thread


def _log_uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    logging.getLogger("simulcast").critical("the process ends by an error that nothing caught", exc_info=(kind, error, trace))


def _log_uncaught_in_thread(what: threading.ExceptHookArgs) -> None:
    if what.exc_type is SystemExit or what.exc_value is None:
        return
    caught = (what.exc_type, what.exc_value, what.exc_traceback)
    logging.getLogger("simulcast").critical("a thread ends by an error that nothing caught", exc_info=caught)

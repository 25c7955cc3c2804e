"""Queues in Redis, read with care. They are lists that whoever has the password can write to, and what is no message at all would
end a worker before anything of Celery's looks at it."""

import logging
from typing import Any

from celery.app.amqp import AMQP
from kombu import Connection
from kombu.transport import redis

log = logging.getLogger(__name__)

# RecursionError: brackets in thousands.
_UNREADABLE = (ValueError, RecursionError)
_MISSHAPEN = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


class _CarefulChannel(redis.Channel):  # type: ignore[misc]  # kombu and Celery tell mypy nothing
    """An item has left its list when it is read: what can't be read is gone, and said to be."""

    def _brpop_read(self, **options: Any) -> Any:
        try:
            return super()._brpop_read(**options)
        except _UNREADABLE as error:
            _put_away(error)
            return True


class _CarefulTransport(redis.Transport):  # type: ignore[misc]
    Channel = _CarefulChannel

    def _deliver(self, message: Any, queue: str) -> None:
        try:
            super()._deliver(message, queue)
        except _MISSHAPEN as error:
            _put_away(error)


class _CarefulConnection(Connection):  # type: ignore[misc]
    def get_transport_cls(self) -> type[redis.Transport]:
        return _CarefulTransport


class CarefulRedis(AMQP):  # type: ignore[misc]
    """What Celery reaches its broker by, for Redis."""

    Connection = _CarefulConnection


def _put_away(error: Exception) -> None:
    log.warning("what a queue held is no message, and was put away", extra={"why": type(error).__name__})

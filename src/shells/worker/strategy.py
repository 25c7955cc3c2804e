"""How a worker takes a message: one that is no nudge is put away, whoever sent it.

Celery's own strategy unpacks a message of a known task unchecked, and a worker ends by the error; the message comes back to the
next one, and ends that too.
"""

from collections.abc import Callable
from typing import Any

from celery.exceptions import InvalidTaskError
from celery.worker.strategy import default
from kombu.exceptions import ContentDisallowed, DecodeError

STRATEGY = "shells.worker.strategy:careful"
_MALFORMED = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


def careful(task: Any, app: Any, consumer: Any) -> Callable[..., None]:
    """Celery's default strategy, which rejects as invalid what it can't read."""
    take: Callable[..., None] = default(task, app, consumer)

    def take_if_sound(*message: Any, **options: Any) -> None:
        try:
            take(*message, **options)
        except (InvalidTaskError, ContentDisallowed, DecodeError):
            raise
        except _MALFORMED as error:
            raise InvalidTaskError(f"a message is no nudge ({type(error).__name__})") from error

    return take_if_sound

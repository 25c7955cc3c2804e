"""Facts that every log line within a block carries: one context variable for all of them."""

from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

_facts: ContextVar[Mapping[str, str]] = ContextVar("facts", default={})  # noqa: B039 - never changed, only replaced


@contextmanager
def logged_with(facts: Mapping[str, str]) -> Iterator[None]:
    """Lines of this block, and of tasks that it starts, carry these facts beside those of the blocks around it."""
    token = _facts.set({**_facts.get(), **facts})
    try:
        yield
    finally:
        _facts.reset(token)


def merge_facts(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The processor of structlog that adds them; what a line says itself comes first."""
    for name, value in _facts.get().items():
        event.setdefault(name, value)
    return event

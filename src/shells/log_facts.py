"""Facts that every log line within a block carries: one context variable for all of them."""

from collections.abc import Mapping, MutableMapping
from contextvars import ContextVar, Token
from typing import Any

from attrs import define, field

_facts: ContextVar[Mapping[str, object]] = ContextVar("facts", default={})  # noqa: B039 - never changed, only replaced


@define
class logged_with:  # noqa: N801 - reads as what it does: `with logged_with(facts)`
    """Lines of this block, and of tasks that it starts, carry these facts beside those of the blocks around it."""

    facts: Mapping[str, object]
    _before: Token[Mapping[str, object]] | None = field(default=None, init=False)

    def __enter__(self) -> None:
        self._before = _facts.set({**_facts.get(), **self.facts})

    def __exit__(self, *_: object) -> None:
        if self._before is not None:
            _facts.reset(self._before)


def merge_facts(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The processor of structlog that adds them; what a line says itself comes first."""
    for name, value in _facts.get().items():
        event.setdefault(name, str(value))
    return event

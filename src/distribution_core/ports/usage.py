"""What a platform says, beside its answer, of how much was used: adapters tell it, and whoever called them listens."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import timedelta

from attrs import frozen

from distribution_core.domain.quota import Scope


@frozen(kw_only=True)
class NearlyUsed:
    """The app, or the account that the call was for, had better be left alone for `wait`. `name` says by which limit."""

    name: str
    scope: Scope
    wait: timedelta


_heard: ContextVar[list[NearlyUsed] | None] = ContextVar("heard", default=None)


def tell(*usages: NearlyUsed) -> None:
    """Where nobody listens (linking an account), nothing comes of it."""
    heard = _heard.get()
    if heard is not None:
        heard.extend(usages)


@contextmanager
def listening() -> Iterator[list[NearlyUsed]]:
    """What is told by the calls of this block, tasks that it starts included."""
    heard: list[NearlyUsed] = []
    token = _heard.set(heard)
    try:
        yield heard
    finally:
        _heard.reset(token)

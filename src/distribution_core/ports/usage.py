"""What a platform says, beside its answer, of how much was used: adapters tell it, and whoever called them listens."""

from contextvars import ContextVar, Token
from datetime import timedelta

from attrs import define, field, frozen

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


@define
class listening:  # noqa: N801 - reads as what it does: `with listening() as told`
    """What is told by the calls of this block, tasks that it starts included."""

    _told: list[NearlyUsed] = field(factory=list, init=False)
    _before: Token[list[NearlyUsed] | None] | None = field(default=None, init=False)

    def __enter__(self) -> list[NearlyUsed]:
        self._before = _heard.set(self._told)
        return self._told

    def __exit__(self, *_: object) -> None:
        if self._before is not None:
            _heard.reset(self._before)

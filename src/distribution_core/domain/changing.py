"""A value with some of its fields changed: what attrs.evolve does, for what is changed at every step of every delivery."""

from collections.abc import Callable, Hashable
from functools import cache
from operator import attrgetter
from typing import Any, TypeVar, cast

from attrs import fields

T = TypeVar("T")


def changed(value: T, **changes: Any) -> T:
    """As attrs.evolve, of a class with two fields or more whose constructor takes each by its own name. Raises TypeError for a
    name that is no field."""
    names, take = _read(cast("Hashable", type(value)))
    found = dict(zip(names, take(value), strict=True))
    found.update(changes)
    return type(value)(**found)


@cache
def _read(kind: Hashable) -> tuple[tuple[str, ...], Callable[[Any], tuple[Any, ...]]]:
    names = tuple(field.name for field in fields(cast("type[Any]", kind)))
    return names, attrgetter(*names)

"""Rows with some fields changed: as attrs would do it."""

import attrs
import pytest
from attrs import field, frozen

from distribution_core.domain.evolving import evolve


@frozen(kw_only=True)
class _Row:
    number: int = field(validator=attrs.validators.ge(0))
    _hidden: str = "a"
    derived: list[int] = field(factory=list, init=False, eq=False)


@frozen
class _Single:
    number: int


def test_only_what_is_named_changes() -> None:
    row = _Row(number=1, hidden="b")
    assert evolve(row, number=2) == attrs.evolve(row, number=2) == _Row(number=2, hidden="b")
    assert evolve(row, hidden="c") == _Row(number=1, hidden="c")
    assert evolve(_Single(1), number=2) == _Single(2)
    assert evolve(_Single(1)) == _Single(1)


def test_a_row_keeps_its_original() -> None:
    row = _Row(number=1)
    row.derived.append(1)
    assert evolve(row).derived == []
    evolve(row, number=5)
    assert row.number == 1


def test_what_the_row_forbids_is_forbidden() -> None:
    with pytest.raises(ValueError, match="number"):
        evolve(_Row(number=1), number=-1)
    with pytest.raises(TypeError, match="colour"):
        evolve(_Row(number=1), colour="red")  # type: ignore[call-arg]

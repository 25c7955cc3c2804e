"""The page on the state machine says what the code does."""

import pytest
from tools import state_table

from distribution_core.domain import delivery
from distribution_core.domain.delivery import TRANSITIONS, DeliveryStatus, Event


def test_the_page_is_current() -> None:
    assert state_table.current(state_table.PAGE.read_text("utf-8")), "run tools/state_table.py"


def test_a_page_behind_the_code_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    changed = {key: after for key, after in TRANSITIONS.items() if key != (DeliveryStatus.FAILED, Event.REDRIVEN)}
    monkeypatch.setattr(delivery, "TRANSITIONS", changed)
    monkeypatch.setattr(state_table, "TRANSITIONS", changed)
    assert not state_table.current(state_table.PAGE.read_text("utf-8"))


def test_every_row_stands_in_the_table() -> None:
    rows = [line.split(" | ")[:3] for line in state_table.generated().splitlines() if line.startswith("| ")]
    for (status, event), after in TRANSITIONS.items():
        assert [f"| {status}", event, after] in rows
    assert set(state_table.MEANINGS) == set(Event)

"""A clock that tests move by hand; it is the ledger's time."""

from datetime import UTC, datetime, timedelta

import pytest
from attrs import define


@define
class HandClock:
    at: datetime = datetime(2025, 6, 1, 12, 0, 0, 123456, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def now(self) -> datetime:
        return self.at

    def advance(self, by: timedelta) -> None:
        self.at += by


@pytest.fixture
def clock() -> HandClock:
    return HandClock()

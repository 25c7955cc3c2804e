"""A delivery that a limit doesn't let through yet: given back as it was, with a reason that a person can read."""

from datetime import timedelta

import pytest
from attrs import evolve

from distribution_core.domain.delivery import DeliveryStatus, Phase
from distribution_core.domain.outcome import FailureKind
from distribution_core.domain.settling import CONFIRMING, NEEDS_RECONNECT, PROCESSING, TWIN, held_back
from tests.domain.strategies import NOW, delivery

LATER, UNTIL = NOW + timedelta(hours=1), NOW + timedelta(hours=2)
HELD = evolve(
    delivery(DeliveryStatus.RETRIED, phase=Phase.COMMITTING, error=FailureKind.TRANSIENT),
    attempts=2,
    fence=4,
    lease_owner="worker-1",
    lease_until=LATER,
    handles={"draft_id": "7"},
    committing_at=NOW,
)


@pytest.mark.parametrize("reason", [NEEDS_RECONNECT, PROCESSING, CONFIRMING, TWIN])
def test_what_it_waited_for_already_and_longer_stays_said(reason: str) -> None:
    waiting = evolve(HELD, wait_reason=reason)
    assert held_back(waiting, UNTIL, FailureKind.RATE_LIMITED, LATER).wait_reason == reason


@pytest.mark.parametrize("reason", [None, "transient", "platform_down"])
@pytest.mark.parametrize("why", [FailureKind.RATE_LIMITED, FailureKind.PLATFORM_DOWN])
def test_it_is_no_try_and_says_which_limit_it_waits_for(reason: str | None, why: FailureKind) -> None:
    before = evolve(HELD, wait_reason=reason)
    assert held_back(before, UNTIL, why, LATER) == evolve(
        before, lease_owner=None, lease_until=None, due_at=UNTIL, wait_reason=why.value, updated_at=LATER
    )

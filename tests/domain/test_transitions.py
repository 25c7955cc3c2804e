"""The transition table: what it allows, and that everything else raises."""

from itertools import product
from uuid import UUID

import pytest
from attrs import evolve

from distribution_core.domain.delivery import (
    TRANSITIONS,
    Delivery,
    DeliveryStatus,
    Event,
    Phase,
    TransitionError,
    next_status,
)
from distribution_core.domain.outcome import FailureKind
from distribution_core.domain.settling import is_final
from tests.domain.strategies import NOW, delivery

OPEN = (DeliveryStatus.PENDING, DeliveryStatus.RETRIED)
NEVER_LEFT = (DeliveryStatus.SUCCESS, DeliveryStatus.CANCELED)
ONLY_UNCONFIRMED = (Event.RESOLVED_POSTED, Event.RESOLVED_NOT_POSTED, Event.PROVEN)


@pytest.mark.parametrize(("status", "event"), list(product(DeliveryStatus, Event)))
def test_every_event_is_in_the_table_or_raises(status: DeliveryStatus, event: Event) -> None:
    for phase, error in product(Phase, [None, *FailureKind]):
        before = delivery(status, phase=phase, error=error)
        try:
            after = next_status(before, event)
        except TransitionError:
            continue
        assert after is TRANSITIONS[status, event]


@pytest.mark.parametrize(("status", "event"), list(TRANSITIONS))
def test_every_row_of_the_table_can_happen(status: DeliveryStatus, event: Event) -> None:
    unconfirmed = event in ONLY_UNCONFIRMED and status is DeliveryStatus.FAILED
    before = delivery(status, error=FailureKind.UNCONFIRMED if unconfirmed else FailureKind.REFUSED)
    assert next_status(before, event) is TRANSITIONS[status, event]


def test_the_table_says_what_was_decided() -> None:
    """Written out a second time on purpose: a change of the machine has to be meant."""
    reached = {status: {after for (before, _), after in TRANSITIONS.items() if before is status} for status in DeliveryStatus}
    anything_but_pending = {
        DeliveryStatus.SUCCESS,
        DeliveryStatus.RETRIED,
        DeliveryStatus.FAILED,
        DeliveryStatus.CANCELED,
    }
    assert reached == {
        DeliveryStatus.PENDING: anything_but_pending,
        DeliveryStatus.RETRIED: anything_but_pending,
        DeliveryStatus.FAILED: {DeliveryStatus.RETRIED, DeliveryStatus.SUCCESS},
        DeliveryStatus.SUCCESS: set(),
        DeliveryStatus.CANCELED: set(),
    }


@pytest.mark.parametrize(("status", "event"), list(product(NEVER_LEFT, Event)))
def test_success_and_canceled_are_final(status: DeliveryStatus, event: Event) -> None:
    for phase, error in product(Phase, [None, *FailureKind]):
        with pytest.raises(TransitionError):
            next_status(delivery(status, phase=phase, error=error), event)


@pytest.mark.parametrize("event", Event)
def test_an_unconfirmed_delivery_moves_by_a_person_or_by_proof_only(event: Event) -> None:
    before = delivery(DeliveryStatus.FAILED, error=FailureKind.UNCONFIRMED)
    if event in ONLY_UNCONFIRMED:
        assert next_status(before, event) in (DeliveryStatus.SUCCESS, DeliveryStatus.RETRIED)
    else:
        with pytest.raises(TransitionError):
            next_status(before, event)


@pytest.mark.parametrize("error", [None, *(kind for kind in FailureKind if kind is not FailureKind.UNCONFIRMED)])
@pytest.mark.parametrize("event", Event)
def test_another_failure_moves_by_redriving_only(event: Event, error: FailureKind | None) -> None:
    before = delivery(DeliveryStatus.FAILED, error=error)
    if event is Event.REDRIVEN:
        assert next_status(before, event) is DeliveryStatus.RETRIED
    else:
        with pytest.raises(TransitionError):
            next_status(before, event)


@pytest.mark.parametrize("status", OPEN)
@pytest.mark.parametrize("phase", Phase)
def test_what_is_being_sent_is_not_stopped(status: DeliveryStatus, phase: Phase) -> None:
    before = delivery(status, phase=phase)
    if phase is Phase.IDLE:
        assert next_status(before, Event.STOPPED) is DeliveryStatus.CANCELED
    else:
        with pytest.raises(TransitionError, match="already being sent"):
            next_status(before, Event.STOPPED)


@pytest.mark.parametrize("status", DeliveryStatus)
def test_unconfirmed_is_a_kind_of_failed(status: DeliveryStatus) -> None:
    assert delivery(status, error=FailureKind.UNCONFIRMED).is_unconfirmed == (status is DeliveryStatus.FAILED)


@pytest.mark.parametrize("status", DeliveryStatus)
def test_final_is_what_only_a_person_moves(status: DeliveryStatus) -> None:
    assert is_final(status) == (status not in OPEN)


@pytest.mark.parametrize(
    ("status", "error", "event", "words"),
    [
        (DeliveryStatus.SUCCESS, None, Event.STOPPED, "a delivery that is success cannot be stopped"),
        (DeliveryStatus.FAILED, FailureKind.REFUSED, Event.PROVEN, "only an unconfirmed delivery can be resolved"),
        (
            DeliveryStatus.FAILED,
            FailureKind.UNCONFIRMED,
            Event.REDRIVEN,
            "an unconfirmed delivery must be resolved first: it may already be posted",
        ),
    ],
)
def test_a_refused_event_says_why(status: DeliveryStatus, error: FailureKind | None, event: Event, words: str) -> None:
    with pytest.raises(TransitionError) as refused:
        next_status(delivery(status, error=error), event)
    assert str(refused.value) == words


@pytest.mark.parametrize("status", DeliveryStatus)
@pytest.mark.parametrize("sent", [False, True])
def test_being_sent_is_open_and_perhaps_visible(status: DeliveryStatus, sent: bool) -> None:
    before = evolve(delivery(status), committing_at=NOW if sent else None)
    assert before.being_sent == (status in OPEN and sent)


@pytest.mark.parametrize("status", OPEN)
@pytest.mark.parametrize(("phase", "sent"), [(Phase.IDLE, True), (Phase.COMMITTING, False), (Phase.PROCESSING, True)])
def test_what_may_be_visible_is_not_stopped(status: DeliveryStatus, phase: Phase, sent: bool) -> None:
    before = evolve(delivery(status, phase=phase), committing_at=NOW if sent else None)
    with pytest.raises(TransitionError) as refused:
        next_status(before, Event.STOPPED)
    assert str(refused.value) == "this delivery is already being sent"


def test_a_delivery_begins_untouched() -> None:
    made = Delivery(
        id=UUID(int=1),
        content_id=UUID(int=2),
        social_account_id=UUID(int=3),
        user_id=UUID(int=4),
        platform="facebook",
        due_at=NOW,
        opened_at=NOW,
        created_at=NOW,
        updated_at=NOW,
    )
    assert (made.status, made.phase, made.handles) == (DeliveryStatus.PENDING, Phase.IDLE, {})
    assert (made.attempts, made.takeovers, made.fence) == (0, 0, 0)

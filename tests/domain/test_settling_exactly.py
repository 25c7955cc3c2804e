"""Every field that settling writes: when a delivery is due next, what it waits for, and what a person reads."""

from datetime import timedelta

import pytest
from attrs import asdict, evolve

from distribution_core.domain.delivery import Delivery, DeliveryStatus, Phase
from distribution_core.domain.outcome import (
    Absent,
    AuthLost,
    CannotAsk,
    Failure,
    FailureKind,
    Found,
    Processing,
    Published,
    Refusal,
    Refuted,
    Rejected,
    Throttled,
    Unavailable,
    Unconfirmed,
    Unknown,
)
from distribution_core.domain.retry import RetryPolicy
from distribution_core.domain.settling import (
    Moment,
    after_finding,
    after_outcome,
    redriven,
    resolved_not_posted,
    resolved_posted,
    stopped,
    unconfirmed,
)
from tests.domain.strategies import NOW, delivery

POLICY = RetryPolicy()
LATER = NOW + timedelta(hours=1)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def at(hours: float = 1, *, policy: RetryPolicy = POLICY, jitter: float = 0.5) -> Moment:
    return Moment(policy=policy, now=NOW + timedelta(hours=hours), jitter=jitter)


def worked_on(phase: Phase = Phase.COMMITTING, **changes: object) -> Delivery:
    """Held by a worker, on its third try, with something written in every field that settling may change."""
    held = evolve(
        delivery(DeliveryStatus.RETRIED, phase=phase, error=FailureKind.TRANSIENT),
        attempts=2,
        takeovers=3,
        fence=4,
        lease_owner="worker-1",
        lease_until=LATER + MINUTE,
        due_at=LATER,
        handles={"draft_id": "7"},
        committing_at=None if phase is Phase.IDLE else NOW,
        ask_after=None if phase is Phase.IDLE else LATER + 2 * MINUTE,
        wait_reason="transient",
    )
    return evolve(held, **changes)


def changed(before: Delivery, after: Delivery) -> dict[str, object]:
    """The fields that differ."""
    was, is_now = (asdict(item, recurse=False) for item in (before, after))
    return {name: value for name, value in is_now.items() if value != was[name]}


RELEASED = {"lease_owner": None, "lease_until": None, "updated_at": LATER}
CLOSED = {**RELEASED, "due_at": None, "wait_reason": None, "finished_at": LATER}


def failure(kind: FailureKind, message: str = "no", code: str | None = None) -> Failure:
    return Failure(kind=kind, message=message, code=code)


def test_published() -> None:
    before = worked_on()
    done = {
        **CLOSED,
        "status": DeliveryStatus.SUCCESS,
        "phase": Phase.IDLE,
        "attempts": 3,
        "last_error": None,
        "external_post_id": "1",
        "permalink": "https://x.test/1",
    }
    publication = Published(external_post_id="1", permalink="https://x.test/1")
    assert changed(before, after_outcome(before, publication, at())) == done
    assert changed(before, after_finding(before, Found(publication=publication), at())) == done


def test_found_after_it_was_left_unconfirmed_is_not_counted_twice() -> None:
    before = unconfirmed(worked_on(), "nobody can tell", at(0))
    after = after_finding(before, Found(publication=Published(external_post_id="1")), at())
    assert (before.attempts, after.attempts) == (3, 3)
    assert (after.status, after.finished_at) == (DeliveryStatus.SUCCESS, LATER)


def test_a_lost_answer() -> None:
    before = worked_on()
    assert changed(before, after_outcome(before, Unconfirmed(message="lost", code="timeout"), at())) == {
        **RELEASED,
        "due_at": LATER + 2 * MINUTE,
        "wait_reason": "confirming",
        "last_error": failure(FailureKind.UNCONFIRMED, "lost", "timeout"),
    }


@pytest.mark.parametrize("ask_after", [None, NOW, LATER])
def test_a_lost_answer_is_asked_about_at_once_where_nothing_forbids_it(ask_after: object) -> None:
    assert after_outcome(worked_on(ask_after=ask_after), Unconfirmed(message="lost"), at()).due_at == LATER


def test_processing() -> None:
    before = worked_on()
    assert changed(before, after_outcome(before, Processing(poll_after=MINUTE, handles={"draft_id": "8", "id": "p"}), at())) == {
        **RELEASED,
        "phase": Phase.PROCESSING,
        "handles": {"draft_id": "8", "id": "p"},
        "due_at": LATER + MINUTE,
        "wait_reason": "processing",
        "last_error": None,
    }


@pytest.mark.parametrize("since", [{"committing_at": NOW, "opened_at": NOW - HOUR}, {"committing_at": None}])
def test_patience_with_a_platform_is_a_day_from_the_commit_or_the_opening(since: dict[str, object]) -> None:
    before = worked_on(**since)
    for finding, why in (
        (Processing(poll_after=MINUTE), "The platform accepted the post and has not finished with it for a day."),
        (
            CannotAsk(refusal=Rejected(message="closed")),
            "What became of the post could not be asked for a day: closed",
        ),
    ):
        assert not after_finding(before, finding, at(24)).is_unconfirmed
        after = after_finding(before, finding, at(24.001))
        assert after.last_error == failure(FailureKind.UNCONFIRMED, why)


def test_unknown() -> None:
    before = worked_on()
    assert changed(before, after_finding(before, Unknown(message="nobody can tell"), at())) == {
        **CLOSED,
        "status": DeliveryStatus.FAILED,
        "phase": Phase.IDLE,
        "attempts": 3,
        "last_error": failure(FailureKind.UNCONFIRMED, "nobody can tell"),
    }


def test_absent() -> None:
    before = worked_on()
    assert changed(before, after_finding(before, Absent(), at())) == {
        **RELEASED,
        "phase": Phase.IDLE,
        "attempts": 3,
        "due_at": LATER + timedelta(seconds=8),
        "ask_after": None,
        "last_error": failure(FailureKind.TRANSIENT, "The call was lost and had no effect; it is sent again."),
    }


def test_refuted() -> None:
    before = worked_on()
    assert changed(before, after_finding(before, Refuted(refusal=Unavailable(message="503", code="e")), at())) == {
        **RELEASED,
        "phase": Phase.IDLE,
        "attempts": 3,
        "handles": {},
        "committing_at": None,
        "due_at": LATER + timedelta(seconds=8),
        "ask_after": None,
        "last_error": failure(FailureKind.TRANSIENT, "503", "e"),
    }


@pytest.mark.parametrize(
    ("refusal", "expected"),
    [
        (
            Throttled(message="no", code="e", wait=HOUR),
            {
                "due_at": LATER + HOUR + MINUTE / 2,
                "wait_reason": "rate_limited",
                "last_error": Failure(kind=FailureKind.RATE_LIMITED, message="no", code="e", wait=HOUR),
            },
        ),
        (
            Unavailable(message="no", down=True),
            {
                "due_at": LATER + 0.75 * MINUTE,
                "wait_reason": "platform_down",
                "last_error": failure(FailureKind.PLATFORM_DOWN),
            },
        ),
        (
            AuthLost(message="no"),
            {
                "due_at": LATER + 24 * HOUR,
                "wait_reason": "needs_reconnect",
                "last_error": failure(FailureKind.NEEDS_RECONNECT),
            },
        ),
        (
            Rejected(message="no", content=False),
            {
                **CLOSED,
                "status": DeliveryStatus.FAILED,
                "attempts": 3,
                "last_error": failure(FailureKind.REFUSED),
            },
        ),
    ],
)
def test_a_refusal_of_a_first_commit(refusal: Refusal, expected: dict[str, object]) -> None:
    before = worked_on()
    done = {**RELEASED, "phase": Phase.IDLE, "committing_at": None, "ask_after": None, **expected}
    assert changed(before, after_outcome(before, refusal, at())) == done


def test_a_second_loss_of_the_token_ends_it_and_another_failure_does_not() -> None:
    parked = worked_on(Phase.IDLE, wait_reason="needs_reconnect")
    assert after_outcome(parked, AuthLost(message="no"), at()).status is DeliveryStatus.FAILED
    assert after_outcome(parked, Unavailable(message="503"), at()).status is DeliveryStatus.RETRIED


def test_a_refused_prepare_forgets_no_earlier_commit() -> None:
    before = worked_on(Phase.IDLE, committing_at=NOW)
    assert after_outcome(before, Unavailable(message="503"), at()).committing_at == NOW


def test_what_cannot_be_sent_again_and_may_be_visible_is_left_to_the_person() -> None:
    before = worked_on()
    after = after_outcome(before, Rejected(message="too late"), at(), sent_before=True)
    assert changed(before, after) == {
        **CLOSED,
        "status": DeliveryStatus.FAILED,
        "phase": Phase.IDLE,
        "attempts": 3,
        "last_error": failure(FailureKind.UNCONFIRMED, "It was sent, was not seen, and can't be sent again: too late"),
    }


@pytest.mark.parametrize(
    ("refusal", "due", "reason"),
    [
        (Unavailable(message="no"), timedelta(seconds=8), "processing"),
        (Throttled(message="no", wait=46 * HOUR), 46 * HOUR + MINUTE / 2, "processing"),
        (Throttled(message="no", wait=47 * HOUR), POLICY.backoff_longest, "processing"),
        (Rejected(message="no"), POLICY.backoff_longest, "processing"),
        (AuthLost(message="no"), POLICY.reconnect_window, "needs_reconnect"),
    ],
)
def test_a_question_that_cannot_be_put(refusal: Refusal, due: timedelta, reason: str) -> None:
    before = worked_on(Phase.PROCESSING, wait_reason="processing", ask_after=None)
    # What a try costs has no say in how often one may ask.
    for policy in (POLICY, evolve(POLICY, attempts_max=1, patience=HOUR)):
        after = after_finding(before, CannotAsk(refusal=refusal), at(policy=policy))
        assert after.last_error
        assert (after.due_at, after.wait_reason, after.last_error.message) == (LATER + due, reason, "no")
        assert set(changed(before, after)) == {*RELEASED, "due_at", "last_error"} | (
            {"wait_reason"} if reason != "processing" else set()
        )


def test_a_question_waits_for_its_earliest_time_and_says_for_what() -> None:
    before = worked_on(wait_reason=None)
    after = after_finding(before, CannotAsk(refusal=Unavailable(message="no")), at())
    assert (after.due_at, after.wait_reason) == (LATER + 2 * MINUTE, "confirming")
    past = evolve(before, ask_after=NOW)
    assert after_finding(past, CannotAsk(refusal=Unavailable(message="no")), at()).due_at == LATER + timedelta(seconds=8)


def test_stopped() -> None:
    before = worked_on(Phase.IDLE)
    why = failure(FailureKind.REFUSED, "It is off.", "switched_off")
    assert changed(before, stopped(before, why, LATER)) == {**CLOSED, "status": DeliveryStatus.CANCELED, "last_error": why}


def test_a_person_opens_it_again() -> None:
    opened = {
        "status": DeliveryStatus.RETRIED,
        "attempts": 0,
        "takeovers": 0,
        "due_at": LATER,
        "opened_at": LATER,
        "updated_at": LATER,
        "finished_at": None,
    }
    ended = after_outcome(worked_on(), Rejected(message="no"), at(0))
    assert changed(ended, redriven(ended, LATER)) == opened
    doubtful = after_finding(worked_on(), Unknown(message="nobody can tell"), at(0))
    afresh = {**opened, "handles": {}, "committing_at": None, "ask_after": None}
    assert changed(doubtful, resolved_not_posted(doubtful, LATER)) == afresh


def test_a_person_found_it() -> None:
    doubtful = after_finding(worked_on(), Unknown(message="nobody can tell"), at(0))
    assert changed(doubtful, resolved_posted(doubtful, "9", LATER)) == {
        "status": DeliveryStatus.SUCCESS,
        "external_post_id": "9",
        "last_error": None,
        "updated_at": LATER,
        "finished_at": LATER,
    }

"""What single outcomes and findings make of a delivery."""

from datetime import timedelta

import pytest
from attrs import evolve
from hypothesis import given

from distribution_core.domain.delivery import Delivery, DeliveryStatus, Phase, TransitionError
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
    NEEDS_RECONNECT,
    Moment,
    after_finding,
    after_outcome,
    redriven,
    resolved_not_posted,
    resolved_posted,
    stopped,
)
from tests.domain.strategies import NOW, delivery, jitters, refusals, waits

POLICY = RetryPolicy()
PUBLISHED = Published(external_post_id="1", permalink="https://x.test/1")


def at(hours: float = 0, jitter: float = 0.5) -> Moment:
    return Moment(policy=POLICY, now=NOW + timedelta(hours=hours), jitter=jitter)


def committing(**changes: object) -> Delivery:
    held = evolve(
        delivery(phase=Phase.COMMITTING),
        lease_owner="worker-1",
        lease_until=NOW + timedelta(minutes=1),
        handles={"draft_id": "7"},
        committing_at=NOW,
        ask_after=NOW + timedelta(minutes=2),
    )
    return evolve(held, **changes)


def test_published_is_success() -> None:
    after = after_outcome(committing(attempts=2), PUBLISHED, at())
    assert (after.status, after.phase, after.attempts) == (DeliveryStatus.SUCCESS, Phase.IDLE, 3)
    assert (after.external_post_id, after.permalink) == ("1", "https://x.test/1")
    assert (after.lease_owner, after.due_at, after.finished_at) == (None, None, NOW)


def test_a_lost_answer_stays_committing_until_it_may_be_asked_about() -> None:
    after = after_outcome(committing(), Unconfirmed(message="timed out"), at())
    assert (after.status, after.phase) == (DeliveryStatus.RETRIED, Phase.COMMITTING)
    assert (after.due_at, after.wait_reason) == (NOW + timedelta(minutes=2), "confirming")
    assert after.lease_until is None
    assert not after.is_unconfirmed, "first the platform is asked, then the person"


@given(waits)
def test_processing_costs_no_attempt_and_waits_as_told(poll_after: timedelta) -> None:
    first = after_outcome(committing(), Processing(poll_after=poll_after, handles={"publish_id": "p"}), at())
    assert (first.status, first.phase, first.attempts) == (DeliveryStatus.PENDING, Phase.PROCESSING, 0)
    assert first.handles == {"draft_id": "7", "publish_id": "p"}
    assert first.due_at == NOW + poll_after
    polled = after_finding(first, Processing(poll_after=poll_after), at(1))
    assert (polled.phase, polled.attempts) == (Phase.PROCESSING, 0)
    assert polled.handles == first.handles


def test_processing_is_left_to_the_person_after_a_day() -> None:
    just_in_time = after_finding(committing(), Processing(poll_after=timedelta(hours=1)), at(24))
    assert just_in_time.phase is Phase.PROCESSING
    assert after_finding(committing(), Processing(poll_after=timedelta(hours=1)), at(24.001)).is_unconfirmed


@pytest.mark.parametrize("refusal", [Throttled(message="later"), Unavailable(message="down", down=True)])
def test_processing_is_counted_from_the_commit_that_was_accepted(refusal: Refusal) -> None:
    """A commit that was refused leaves no trace in the patience that the next one is given."""
    refused = after_outcome(committing(), refusal, at())
    assert refused.committing_at is None
    again = evolve(refused, phase=Phase.COMMITTING, committing_at=NOW + timedelta(hours=30))
    after = after_outcome(again, Processing(poll_after=timedelta(minutes=1)), at(30))
    assert after.phase is Phase.PROCESSING


def test_proof_of_success_wins_even_after_it_was_given_up() -> None:
    given_up = after_finding(committing(), Unknown(message="nobody can tell"), at())
    assert given_up.is_unconfirmed
    after = after_finding(given_up, Found(publication=PUBLISHED), at(1))
    assert (after.status, after.external_post_id, after.last_error) == (DeliveryStatus.SUCCESS, "1", None)


def test_found_after_a_lost_answer_counts_the_attempt_once() -> None:
    asked = after_outcome(committing(), Unconfirmed(message="timed out"), at())
    assert after_finding(asked, Found(publication=PUBLISHED), at()).attempts == 1
    crashed = committing()  # its worker died before any answer
    assert after_finding(crashed, Found(publication=PUBLISHED), at()).attempts == 1


def test_absent_is_committed_again_with_the_same_handles() -> None:
    after = after_finding(committing(), Absent(), at())
    assert (after.status, after.phase, after.ask_after) == (DeliveryStatus.RETRIED, Phase.IDLE, None)
    assert after.handles == {"draft_id": "7"}
    assert after.committing_at == NOW, "the first call may still be on its way: its time bounds the look-back"


def test_refuted_starts_over_without_the_spent_handles() -> None:
    after = after_finding(committing(), Refuted(refusal=Unavailable(message="processing failed")), at())
    assert (after.status, after.phase, after.handles) == (DeliveryStatus.RETRIED, Phase.IDLE, {})
    rejected = after_finding(committing(), Refuted(refusal=Rejected(message="too long", code="spam_risk")), at())
    assert (rejected.status, rejected.phase) == (DeliveryStatus.FAILED, Phase.IDLE)
    assert rejected.last_error
    assert (rejected.last_error.kind, rejected.last_error.code) == (FailureKind.REJECTED_CONTENT, "spam_risk")


def test_stale_handles_are_dropped_and_others_kept() -> None:
    assert after_outcome(committing(), Unavailable(message="gone", stale=True), at()).handles == {}
    assert after_outcome(committing(), Unavailable(message="503"), at()).handles == {"draft_id": "7"}


@given(refusals, jitters)
def test_a_question_that_cannot_be_put_proves_nothing_for_a_day(refusal: Refusal, jitter: float) -> None:
    before = evolve(committing(), lease_owner=None, lease_until=None)
    for hours in (0, 12, 24):
        after = after_finding(before, CannotAsk(refusal=refusal), at(hours, jitter))
        assert (after.status, after.phase, after.attempts) == (before.status, Phase.COMMITTING, before.attempts)
        assert after.due_at is not None
        assert after.due_at > NOW + timedelta(hours=hours)
    assert after_finding(before, CannotAsk(refusal=refusal), at(24.001, jitter)).is_unconfirmed


def test_a_lost_token_parks_once() -> None:
    parked = after_outcome(delivery(), AuthLost(message="expired"), at())
    assert (parked.status, parked.wait_reason) == (DeliveryStatus.RETRIED, NEEDS_RECONNECT)
    assert (parked.due_at, parked.attempts) == (NOW + timedelta(hours=24), 0)
    ended = after_outcome(parked, AuthLost(message="expired"), at(24))
    assert (ended.status, ended.due_at) == (DeliveryStatus.FAILED, None), "nobody reconnected it in time"
    unparked = evolve(parked, wait_reason=None, due_at=NOW)
    assert after_outcome(unparked, AuthLost(message="expired"), at(1)).wait_reason == NEEDS_RECONNECT


def test_five_passing_faults_are_enough_and_throttles_are_free() -> None:
    tried = delivery()
    for number in range(1, 5):
        tried = after_outcome(tried, Unavailable(message="503"), at())
        tried = after_outcome(tried, Throttled(message="429"), at())
        assert (tried.status, tried.attempts) == (DeliveryStatus.RETRIED, number)
    ended = after_outcome(tried, Unavailable(message="503"), at())
    assert (ended.status, ended.attempts, ended.due_at) == (DeliveryStatus.FAILED, 5, None)
    assert not ended.is_unconfirmed


def test_a_redrive_gives_a_fresh_round() -> None:
    ended = after_outcome(committing(attempts=4, takeovers=3), Unavailable(message="503"), at())
    again = redriven(ended, NOW + timedelta(days=2))
    assert (again.status, again.phase, again.attempts, again.takeovers) == (DeliveryStatus.RETRIED, Phase.IDLE, 0, 0)
    assert again.due_at == again.opened_at == NOW + timedelta(days=2)
    assert again.handles == {"draft_id": "7"}, "what was prepared is not prepared again"
    assert again.finished_at is None


def test_only_the_unconfirmed_are_resolved() -> None:
    doubtful = after_finding(committing(), Unknown(message="nobody can tell"), at())
    with pytest.raises(TransitionError):
        redriven(doubtful, NOW)
    posted = resolved_posted(doubtful, None, NOW)
    assert (posted.status, posted.external_post_id, posted.last_error) == (DeliveryStatus.SUCCESS, None, None)
    afresh = resolved_not_posted(doubtful, NOW)
    assert (afresh.status, afresh.handles, afresh.committing_at, afresh.ask_after) == (DeliveryStatus.RETRIED, {}, None, None)
    refused = after_outcome(delivery(), Rejected(message="no"), at())
    for resolve in (lambda: resolved_posted(refused, "1", NOW), lambda: resolved_not_posted(refused, NOW)):
        with pytest.raises(TransitionError):
            resolve()


def test_stopped_says_why_and_holds_nothing() -> None:
    why = Failure(kind=FailureKind.REFUSED, message="It is off.", code="switched_off")
    after = stopped(evolve(delivery(), lease_owner="w", lease_until=NOW), why, NOW)
    assert (after.status, after.lease_owner, after.lease_until, after.due_at) == (DeliveryStatus.CANCELED, None, None, None)
    assert after.last_error
    assert (after.last_error.code, after.last_error.message, after.finished_at) == ("switched_off", "It is off.", NOW)


@pytest.mark.parametrize("refusal", [Rejected(message="no"), AuthLost(message="token"), Unavailable(message="gone", stale=True)])
def test_a_refusal_of_a_second_try_proves_nothing_about_the_first(refusal: Refusal) -> None:
    absent = after_finding(committing(), Absent(), at())
    assert absent.being_sent, "what reads unpublished may only read late"
    again = evolve(absent, phase=Phase.COMMITTING)
    after = after_outcome(again, refusal, at(), sent_before=True)
    assert after.committing_at == absent.committing_at
    assert after.handles == absent.handles, "a new start would be a second post"
    assert after.is_unconfirmed or after.being_sent


def test_what_may_be_visible_never_fails_for_certain() -> None:
    absent = after_finding(committing(attempts=4), Absent(), at())
    assert absent.is_unconfirmed
    parked = evolve(after_finding(committing(), Absent(), at()), wait_reason="needs_reconnect")
    assert after_outcome(parked, AuthLost(message="still"), at(), sent_before=True).is_unconfirmed


def test_another_round_keeps_nothing_of_how_the_one_before_stood() -> None:
    ended = evolve(delivery(DeliveryStatus.FAILED, phase=Phase.PROCESSING, error=FailureKind.REFUSED), wait_reason="processing")
    again = redriven(ended, NOW)
    assert (again.phase, again.wait_reason) == (Phase.IDLE, None)


def test_a_second_try_that_was_refused_is_over_and_the_first_is_still_looked_for() -> None:
    """No call is out any more, so it is sent again, not asked about; but the first may be visible."""
    before = committing(handles={"draft_id": "7"})
    for refusal in (Throttled(message="slow"), Unavailable(message="no"), Unavailable(message="no", stale=True)):
        after = after_outcome(before, refusal, at(1), sent_before=True)
        assert (after.status, after.phase) == (DeliveryStatus.RETRIED, Phase.IDLE)
        assert (after.committing_at, after.handles) == (NOW, {"draft_id": "7"})
        assert after.being_sent


def test_what_may_be_visible_is_not_stopped() -> None:
    absent = after_finding(committing(), Absent(), at())
    with pytest.raises(TransitionError):
        stopped(absent, Failure(kind=FailureKind.REFUSED, message="off"), NOW)

"""What an outcome or a finding makes of a delivery: pure, so that the simulator and the product can't differ."""

import sys
from datetime import datetime
from typing import Any, assert_never

from attrs import frozen

from distribution_core.domain.changing import changed
from distribution_core.domain.delivery import Delivery, DeliveryStatus, Event, Phase, next_status
from distribution_core.domain.outcome import (
    Absent,
    CannotAsk,
    Failure,
    FailureKind,
    Finding,
    Found,
    Outcome,
    Processing,
    Published,
    Refuted,
    Unavailable,
    Unconfirmed,
    Unknown,
    failure_of,
)
from distribution_core.domain.retry import GiveUp, ParkUntil, RetryAt, RetryPolicy, costs_attempt, next_step

NEEDS_RECONNECT = "needs_reconnect"
PROCESSING = "processing"
CONFIRMING = "confirming"
TWIN = "twin"
_LASTING = (NEEDS_RECONNECT, PROCESSING, CONFIRMING, TWIN)


@frozen(kw_only=True)
class Moment:
    """What a decision may depend on besides the facts: the policy, the time, and a jitter in [0, 1)."""

    policy: RetryPolicy
    now: datetime
    jitter: float


def after_outcome(delivery: Delivery, outcome: Outcome, moment: Moment, *, sent_before: bool = False) -> Delivery:
    """The delivery after prepare or commit answered. A lost answer leaves it committing, to be asked about; the try
    counts once its end is known. `sent_before`: an earlier commit may have had its effect, whatever this one was told."""
    match outcome:
        case Published():
            return _published(delivery, outcome, moment, Event.PUBLISHED, attempts=delivery.attempts + 1)
        case Processing():
            return _processing(delivery, outcome, moment)
        case Unconfirmed():
            return changed(
                delivery,
                **_released(moment),
                status=next_status(delivery, Event.WILL_RETRY),
                due_at=max(delivery.ask_after or moment.now, moment.now),
                wait_reason=CONFIRMING,
                last_error=failure_of(outcome),
            )
        case _:
            stale = isinstance(outcome, Unavailable) and outcome.stale
            refused = changed(delivery, phase=Phase.IDLE) if sent_before else _answered(delivery)
            return _failed(refused, failure_of(outcome), moment, stale=stale and not sent_before)


def after_finding(delivery: Delivery, finding: Finding, moment: Moment) -> Delivery:
    """The delivery after somebody asked what became of its commit."""
    match finding:
        case Found(publication=publication):
            event = Event.PROVEN if delivery.is_unconfirmed else Event.PUBLISHED
            counted = delivery.status is DeliveryStatus.FAILED
            return _published(delivery, publication, moment, event, attempts=delivery.attempts + (not counted))
        case Processing():
            return _processing(delivery, finding, moment)
        case Absent():
            lost = Failure(kind=FailureKind.TRANSIENT, message="The call was lost and had no effect; it is sent again.")
            return _failed(changed(delivery, phase=Phase.IDLE), lost, moment, stale=False)
        case Refuted(refusal=refusal):
            return _failed(_answered(delivery), failure_of(refusal), moment, stale=True)
        case CannotAsk(refusal=refusal):
            return _ask_later(delivery, failure_of(refusal), moment)
        case Unknown(message=message):
            return unconfirmed(delivery, message, moment)
        case _:
            assert_never(finding)


def unconfirmed(delivery: Delivery, message: str, moment: Moment) -> Delivery:
    """Failed, and nobody knows whether a post is visible: the user is asked."""
    return changed(
        delivery,
        **_released(moment),
        status=next_status(delivery, Event.LEFT_UNCONFIRMED),
        phase=Phase.IDLE,
        attempts=delivery.attempts + 1,
        due_at=None,
        wait_reason=None,
        last_error=Failure(kind=FailureKind.UNCONFIRMED, message=message),
        finished_at=moment.now,
    )


def stopped(delivery: Delivery, why: Failure, now: datetime) -> Delivery:
    """Canceled before anything could be visible. Raises TransitionError for one that is already being sent."""
    return changed(
        delivery,
        status=next_status(delivery, Event.STOPPED),
        lease_owner=None,
        lease_until=None,
        due_at=None,
        wait_reason=None,
        last_error=why,
        finished_at=now,
        updated_at=now,
    )


def held_back(delivery: Delivery, until: datetime, why: FailureKind, now: datetime) -> Delivery:
    """Given back unopened until a limit lets it through: no try, whatever it is about. What it waited for already, and
    longer than a limit, stays said."""
    reason = delivery.wait_reason if delivery.wait_reason in _LASTING else why.value
    return changed(delivery, lease_owner=None, lease_until=None, due_at=until, wait_reason=reason, updated_at=now)


def redriven(delivery: Delivery, now: datetime) -> Delivery:
    """A person asks for another round. Raises TransitionError when the delivery is not failed, or unconfirmed."""
    return _reopened(delivery, Event.REDRIVEN, now)


def resolved_not_posted(delivery: Delivery, now: datetime) -> Delivery:
    """A person looked, and it is not there: start afresh. Raises TransitionError unless unconfirmed."""
    return changed(_reopened(delivery, Event.RESOLVED_NOT_POSTED, now), handles={}, committing_at=None, ask_after=None)


def resolved_posted(delivery: Delivery, external_post_id: str | None, now: datetime) -> Delivery:
    """A person looked, and it is there. Raises TransitionError unless unconfirmed."""
    return changed(
        delivery,
        status=next_status(delivery, Event.RESOLVED_POSTED),
        external_post_id=external_post_id,
        last_error=None,
        updated_at=now,
        finished_at=now,
    )


def _reopened(delivery: Delivery, event: Event, now: datetime) -> Delivery:
    return changed(
        delivery,
        status=next_status(delivery, event),
        phase=Phase.IDLE,
        attempts=0,
        takeovers=0,
        due_at=now,
        wait_reason=None,
        opened_at=now,
        updated_at=now,
        finished_at=None,
    )


def _answered(delivery: Delivery) -> Delivery:
    """A commit that was refused is over: the next one is timed, and looked for, from its own start."""
    if delivery.phase is Phase.IDLE:
        return delivery
    return changed(delivery, phase=Phase.IDLE, committing_at=None)


def _released(moment: Moment) -> dict[str, Any]:
    """The changes by which a delivery is given back."""
    return {"lease_owner": None, "lease_until": None, "updated_at": moment.now}


def _published(delivery: Delivery, publication: Published, moment: Moment, event: Event, *, attempts: int) -> Delivery:
    return changed(
        delivery,
        **_released(moment),
        status=next_status(delivery, event),
        phase=Phase.IDLE,
        attempts=attempts,
        due_at=None,
        wait_reason=None,
        last_error=None,
        external_post_id=publication.external_post_id,
        permalink=publication.permalink,
        finished_at=moment.now,
    )


def _processing(delivery: Delivery, outcome: Processing, moment: Moment) -> Delivery:
    began = delivery.committing_at or delivery.opened_at
    if moment.now > began + moment.policy.processing_patience:
        return unconfirmed(delivery, "The platform accepted the post and has not finished with it for a day.", moment)
    return changed(
        delivery,
        **_released(moment),
        phase=Phase.PROCESSING,
        handles={**delivery.handles, **outcome.handles},
        due_at=moment.now + outcome.poll_after,
        wait_reason=PROCESSING,
        last_error=None,
    )


def _ask_later(delivery: Delivery, failure: Failure, moment: Moment) -> Delivery:
    began = delivery.committing_at or delivery.opened_at
    if moment.now > began + moment.policy.processing_patience:
        return unconfirmed(delivery, f"What became of the post could not be asked for a day: {failure.message}", moment)
    patient = changed(moment.policy, attempts_max=sys.maxsize, patience=moment.policy.processing_patience * 2)
    step = next_step(patient, failure, attempts=3, opened_at=began, now=moment.now, jitter=moment.jitter)
    match step:
        case RetryAt(at=at) | ParkUntil(at=at):
            due = at
        case GiveUp():
            # The token or app is refused outright: a mended account may still answer, so ask seldom.
            due = moment.now + moment.policy.backoff_longest
        case _:
            assert_never(step)
    reason = NEEDS_RECONNECT if failure.kind is FailureKind.NEEDS_RECONNECT else delivery.wait_reason or CONFIRMING
    due = max(due, delivery.ask_after or due)
    return changed(delivery, **_released(moment), due_at=due, wait_reason=reason, last_error=failure)


def _failed(delivery: Delivery, failure: Failure, moment: Moment, *, stale: bool) -> Delivery:
    attempts = delivery.attempts + (1 if costs_attempt(failure.kind) else 0)
    waited_out = failure.kind is FailureKind.NEEDS_RECONNECT and delivery.wait_reason == NEEDS_RECONNECT
    step = (
        GiveUp()
        if waited_out
        else next_step(
            moment.policy, failure, attempts=attempts, opened_at=delivery.opened_at, now=moment.now, jitter=moment.jitter
        )
    )
    after = changed(
        delivery,
        **_released(moment),
        attempts=attempts,
        last_error=failure,
        handles={} if stale else delivery.handles,
        ask_after=None,
    )
    match step:
        case RetryAt(at=at):
            return changed(after, status=next_status(delivery, Event.WILL_RETRY), due_at=at, wait_reason=failure.kind.value)
        case ParkUntil(at=at):
            return changed(after, status=next_status(delivery, Event.WILL_RETRY), due_at=at, wait_reason=NEEDS_RECONNECT)
        case GiveUp() if after.being_sent:
            # It could be sent again without harm, and now can't be; whether the first one shows is not known.
            return unconfirmed(delivery, f"It was sent, was not seen, and can't be sent again: {failure.message}", moment)
        case GiveUp():
            return changed(
                after, status=next_status(delivery, Event.GAVE_UP), due_at=None, wait_reason=None, finished_at=moment.now
            )
        case _:
            assert_never(step)


def is_final(status: DeliveryStatus) -> bool:
    """Whether nothing but a person (for *failed*) moves a delivery from here."""
    return status in (DeliveryStatus.SUCCESS, DeliveryStatus.CANCELED, DeliveryStatus.FAILED)

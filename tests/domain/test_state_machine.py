"""Any life of a delivery: whatever platforms answer and people ask, these things hold."""

from datetime import timedelta

from attrs import evolve
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from distribution_core.domain.delivery import TRANSITIONS, Delivery, DeliveryStatus, Event, Phase, TransitionError
from distribution_core.domain.outcome import Absent, CannotAsk, Failure, FailureKind, Finding, Found, Outcome, Processing, Refusal
from distribution_core.domain.retry import RetryPolicy
from distribution_core.domain.settling import (
    Moment,
    after_finding,
    after_outcome,
    is_final,
    redriven,
    resolved_not_posted,
    resolved_posted,
    stopped,
    unconfirmed,
)
from tests.domain.strategies import NOW, delivery, findings, jitters, outcomes, refusals

OPEN = (DeliveryStatus.PENDING, DeliveryStatus.RETRIED)
POLICY = RetryPolicy()


class DeliveryLife(RuleBasedStateMachine):
    """A worker, a platform and a person act on one delivery; `now` only grows."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        self.delivery = delivery()
        self.history: list[Delivery] = [self.delivery]
        self.gate_opened_at = NOW
        self.sent_before = False

    def moment(self, jitter: float) -> Moment:
        return Moment(policy=POLICY, now=self.now, jitter=jitter)

    def become(self, after: Delivery) -> None:
        before, self.delivery = self.delivery, after
        self.history.append(after)
        if before.status is not after.status:
            reachable = {to for (status, _), to in TRANSITIONS.items() if status is before.status}
            assert after.status in reachable
        identity = ("id", "content_id", "social_account_id", "user_id", "platform", "created_at", "fence", "takeovers")
        for name in set(identity) - ({"takeovers"} if before.status is DeliveryStatus.FAILED else set()):
            assert getattr(after, name) == getattr(before, name), f"settling never touches {name}"

    @property
    def is_open(self) -> bool:
        return self.delivery.status in OPEN

    @rule(hours=st.integers(min_value=0, max_value=60))
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @precondition(lambda self: self.is_open and self.delivery.phase is Phase.IDLE)
    @rule(refusal=refusals, jitter=jitters)
    def prepare_is_refused(self, refusal: Refusal, jitter: float) -> None:
        before = self.delivery
        self.become(after_outcome(before, refusal, self.moment(jitter), sent_before=before.being_sent))

    @precondition(lambda self: self.is_open and self.delivery.phase is Phase.IDLE)
    @rule()
    def gate_opens(self) -> None:
        self.gate_opened_at, self.sent_before = self.now, self.delivery.being_sent
        self.become(
            evolve(
                self.delivery,
                phase=Phase.COMMITTING,
                committing_at=self.delivery.committing_at or self.now,
                ask_after=self.now + timedelta(minutes=2),
                due_at=self.now + timedelta(minutes=2),
            )
        )

    @precondition(lambda self: self.is_open and self.delivery.phase is Phase.COMMITTING)
    @rule(outcome=outcomes, jitter=jitters)
    def commit_answers(self, outcome: Outcome, jitter: float) -> None:
        before = self.delivery
        self.become(after_outcome(before, outcome, self.moment(jitter), sent_before=self.sent_before))
        in_time = self.now <= self.gate_opened_at + POLICY.processing_patience
        if isinstance(outcome, Processing) and in_time and not self.sent_before:
            assert self.delivery.phase is Phase.PROCESSING, "earlier tries that were refused take nothing from its patience"

    @precondition(lambda self: self.is_open and self.delivery.phase is not Phase.IDLE)
    @rule(finding=findings, jitter=jitters)
    def platform_is_asked(self, finding: Finding, jitter: float) -> None:
        before = self.delivery
        self.become(after_finding(before, finding, self.moment(jitter)))
        if isinstance(finding, CannotAsk) and self.is_open:
            assert self.delivery.phase is before.phase, "a question that was not put proves nothing"
            assert self.delivery.attempts == before.attempts
        if isinstance(finding, Found):
            assert self.delivery.status is DeliveryStatus.SUCCESS, "proof of success always wins"

    @precondition(lambda self: self.is_open and self.delivery.phase is not Phase.IDLE)
    @rule(jitter=jitters)
    def nobody_can_tell(self, jitter: float) -> None:
        self.become(unconfirmed(self.delivery, "nobody knows", self.moment(jitter)))
        assert self.delivery.is_unconfirmed

    @precondition(lambda self: self.delivery.is_unconfirmed)
    @rule(finding=findings.filter(lambda finding: isinstance(finding, Found)), jitter=jitters)
    def proof_comes_late(self, finding: Finding, jitter: float) -> None:
        self.become(after_finding(self.delivery, finding, self.moment(jitter)))
        assert self.delivery.status is DeliveryStatus.SUCCESS

    @rule()
    def account_is_switched_off(self) -> None:
        possible = self.is_open and self.delivery.phase is Phase.IDLE and self.delivery.committing_at is None
        try:
            self.become(stopped(self.delivery, Failure(kind=FailureKind.REFUSED, message="off", code="switched_off"), self.now))
        except TransitionError:
            assert not possible
        else:
            assert possible

    @rule()
    def person_redrives(self) -> None:
        possible = self.delivery.status is DeliveryStatus.FAILED and not self.delivery.is_unconfirmed
        try:
            self.become(redriven(self.delivery, self.now))
        except TransitionError:
            assert not possible
        else:
            assert possible
            assert (self.delivery.attempts, self.delivery.due_at, self.delivery.opened_at) == (0, self.now, self.now)

    @rule(posted=st.booleans())
    def person_resolves(self, posted: bool) -> None:
        possible = self.delivery.is_unconfirmed
        try:
            self.become(resolved_posted(self.delivery, "9", self.now) if posted else resolved_not_posted(self.delivery, self.now))
        except TransitionError:
            assert not possible
        else:
            assert possible
            assert posted or (self.delivery.handles == {} and self.delivery.committing_at is None), "it starts afresh"

    @invariant()
    def final_is_final(self) -> None:
        for before, after in zip(self.history, self.history[1:], strict=False):
            if before.status in (DeliveryStatus.SUCCESS, DeliveryStatus.CANCELED):
                assert after == before

    @invariant()
    def only_what_is_open_is_in_doubt(self) -> None:
        assert self.is_open or self.delivery.phase is Phase.IDLE

    @invariant()
    def what_is_open_is_due_and_what_is_closed_is_not(self) -> None:
        assert (self.delivery.due_at is not None) == self.is_open
        assert (self.delivery.finished_at is None) == self.is_open
        assert is_final(self.delivery.status) != self.is_open

    @invariant()
    def what_is_closed_is_held_by_nobody_and_waits_for_nothing(self) -> None:
        if not self.is_open:
            assert (self.delivery.lease_owner, self.delivery.lease_until, self.delivery.wait_reason) == (None, None, None)

    @invariant()
    def a_post_is_known_only_of_a_success(self) -> None:
        assert (self.delivery.external_post_id is not None) == (self.delivery.status is DeliveryStatus.SUCCESS)

    @invariant()
    def every_end_but_success_says_why(self) -> None:
        if self.delivery.status in (DeliveryStatus.FAILED, DeliveryStatus.CANCELED):
            assert self.delivery.last_error is not None
        if self.delivery.status is DeliveryStatus.SUCCESS:
            assert self.delivery.last_error is None

    @invariant()
    def what_may_be_visible_is_never_called_failed_or_canceled(self) -> None:
        if self.delivery.status in (DeliveryStatus.FAILED, DeliveryStatus.CANCELED) and not self.delivery.is_unconfirmed:
            assert self.delivery.committing_at is None

    @invariant()
    def a_lost_answer_is_not_asked_about_early(self) -> None:
        if self.delivery.phase is Phase.COMMITTING and self.delivery.wait_reason == "confirming":
            assert self.delivery.due_at is not None
            assert self.delivery.ask_after is not None
            assert self.delivery.due_at >= self.delivery.ask_after


DeliveryLife.TestCase.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
TestDeliveryLife = DeliveryLife.TestCase


def test_the_events_of_the_machine_are_all_of_them() -> None:
    assert {event for _, event in TRANSITIONS} == set(Event)


def test_failure_kinds_lead_somewhere() -> None:
    for kind in FailureKind:
        before = delivery(DeliveryStatus.RETRIED, phase=Phase.COMMITTING, error=kind)
        after = after_finding(before, Absent(), Moment(policy=POLICY, now=NOW, jitter=0.5))
        assert (after.status, after.phase) == (DeliveryStatus.RETRIED, Phase.IDLE), "proven absent: sent again"

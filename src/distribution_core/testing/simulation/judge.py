"""The promise, checked at every write and every post: what is broken is told at once, not found at the end."""

import math
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID

from attrs import define, field

from distribution_core.domain.audit import AuditEntry
from distribution_core.domain.delivery import TRANSITIONS, Delivery, DeliveryStatus, Phase
from distribution_core.domain.quota import OutboundLimits
from distribution_core.domain.retry import RetryPolicy
from distribution_core.testing.memory_ledger.deliveries import is_open
from distribution_core.testing.memory_ledger.state import State
from distribution_core.testing.simulation.loop import Process
from distribution_core.testing.simulation.world import World

UNCONFIRMED = "unconfirmed"
_ALLOWED = {(before.value, after.value) for (before, _), after in TRANSITIONS.items()}
STATES = (*(status.value for status in DeliveryStatus), UNCONFIRMED)
EXPECTED_TRANSITIONS = (
    ("none", "pending"),
    ("pending", "success"),
    ("pending", "retried"),
    ("pending", "failed"),
    ("pending", UNCONFIRMED),
    ("pending", "canceled"),
    ("retried", "success"),
    ("retried", "failed"),
    ("retried", UNCONFIRMED),
    ("retried", "canceled"),
    ("failed", "retried"),
    (UNCONFIRMED, "success"),
    (UNCONFIRMED, "retried"),
)


def state_of(delivery: Delivery) -> str:
    """The status, with *unconfirmed* told apart from a definite failure."""
    return UNCONFIRMED if delivery.is_unconfirmed else delivery.status.value


@define
class Post:
    """A post as the public sees it. `maker` is the delivery whose call truly made it."""

    post_id: str
    maker: UUID
    platform: str
    account: str
    text: str
    made_at: float


@define(eq=False)
class Judge:
    """Watches the ledger and the platforms, and knows the truth about both. `people` are the names of processes that
    act for persons, all others are workers."""

    world: World
    policy: RetryPolicy
    state: State = field(factory=State)
    posts: dict[str, Post] = field(factory=dict)
    made_by: Counter[UUID] = field(factory=Counter)
    said_not_posted: Counter[UUID] = field(factory=Counter)
    said_posted: set[UUID] = field(factory=set)
    stopped: set[UUID] = field(factory=set)
    gates: set[tuple[UUID, str]] = field(factory=set)
    sent: dict[UUID, float] = field(factory=dict)
    holders: dict[UUID, tuple[int, str]] = field(factory=dict)
    calls: list[tuple[Process, str, UUID]] = field(factory=list)

    def observe(self, before: State, after: State, process: Process) -> None:
        """A transaction has been committed by `process`."""
        self.state = after
        if len(after.audit) > len(before.audit):
            said = {
                entry.subject_id: entry
                for entry in list(after.audit.values())[len(before.audit) :]
                if entry.subject == "delivery"
            }
        else:
            said = {}
        for delivery_id, delivery in after.deliveries.items():
            known = before.deliveries.get(delivery_id)
            if known is delivery:
                continue
            if known is None:
                self._made(delivery, before, after)
            else:
                self._changed(known, delivery, said.get(delivery_id), process, after)

    def _made(self, delivery: Delivery, before: State, after: State) -> None:
        self.world.transitions["none", delivery.status.value] += 1
        content, account = after.contents[delivery.content_id], after.accounts[delivery.social_account_id]
        if before.contents[delivery.content_id].selected_at is not None:
            self.world.violated(f"delivery {delivery.id} was added to content that had been released before")
        if content.release_at is None or content.release_at > self.world.now:
            self.world.violated(f"delivery {delivery.id} was made before its content's time")
        if not (account.is_active and account.is_linked):
            self.world.violated(f"delivery {delivery.id} was made for an account that is off")
        for other in after.deliveries.values():
            same = (other.content_id, other.social_account_id) == (delivery.content_id, delivery.social_account_id)
            if same and other.id != delivery.id:
                self.world.violated(f"{delivery.id} and {other.id} are the same delivery")
        if not any(
            str(delivery.id) in entry.detail.get("deliveries", ())
            for entry in after.audit.values()
            if entry.subject_id == delivery.content_id
        ):
            self.world.violated(f"no audit row tells of delivery {delivery.id}")

    def _changed(self, was: Delivery, now: Delivery, said: AuditEntry | None, process: Process, rows: State) -> None:
        here, there = state_of(was), state_of(now)
        if self.world.tell is not None:
            self._narrate(was, now)
        if here != there:
            self.world.transitions[here, there] += 1
        if was.status is not now.status or here != there:
            if (was.status.value, now.status.value) not in _ALLOWED:
                self.world.violated(f"{now.id} went from {here} to {there}")
            if said is None or said.detail.get("status") != now.status.value:
                self.world.violated(f"the audit log does not tell that {now.id} became {there}")
        if now.fence != was.fence:
            self.holders[now.id] = (now.fence, now.lease_owner or "")
            if now.fence != was.fence + 1:
                self.world.violated(f"the fence of {now.id} went from {was.fence} to {now.fence}")
            elif was.lease_until is not None and was.lease_until > self.world.now:
                self.world.violated(f"{now.id} was claimed while its lease lived")
        elif process.name.startswith("worker"):
            self._by_worker(was, now, process)
        if now.attempts > self.policy.attempts_max:
            self.world.violated(f"{now.id} counts {now.attempts} attempts")
        if now.phase is Phase.COMMITTING and was.phase is Phase.IDLE:
            self._gate(was, now, process, rows)
        if now.status is DeliveryStatus.SUCCESS and was.status is not DeliveryStatus.SUCCESS:
            self._success(now)
        if now.status is DeliveryStatus.CANCELED:
            self.stopped.add(now.id)

    def _by_worker(self, was: Delivery, now: Delivery, process: Process) -> None:
        fence, owner = self.holders.get(now.id, (0, ""))
        late_proof = was.is_unconfirmed and now.status is DeliveryStatus.SUCCESS
        if owner != process.name and not late_proof:
            self.world.violated(f"{process.name} changed {now.id}, whose fence {fence} is {owner}'s")

    def _gate(self, was: Delivery, delivery: Delivery, process: Process, rows: State) -> None:
        account, content = rows.accounts[delivery.social_account_id], rows.contents[delivery.content_id]
        self.gates.add((delivery.id, process.name))
        if was.committing_at is None and not (account.is_active and account.is_linked):
            self.world.violated(f"{delivery.id} was let through for an account that is off")
        if content.release_at is None or content.release_at > self.world.now:
            self.world.violated(f"{delivery.id} was let through before its time")
        for other in rows.deliveries.values():
            twin = other.fingerprint == delivery.fingerprint and other.being_sent and other.id != delivery.id
            there = rows.accounts[other.social_account_id]
            if twin and (there.platform, there.external_account_id) == (account.platform, account.external_account_id):
                self.world.violated(f"{delivery.id} was let through beside its unanswered twin {other.id}")

    def _success(self, delivery: Delivery) -> None:
        if delivery.id in self.said_posted:
            return
        post = self.posts.get(delivery.external_post_id or "")
        if post is None:
            self.world.violated(f"{delivery.id} is a success without a visible post")
        elif post.maker != delivery.id:
            self.world.violated(f"{delivery.id} took the post of {post.maker} for its own")

    def person_says(self, delivery_id: UUID, *, posted: bool) -> None:
        """A person resolves what nobody could tell: from here on their word counts."""
        if posted:
            self.said_posted.add(delivery_id)
        else:
            self.said_not_posted[delivery_id] += 1

    def committing(self, delivery_id: UUID, process: Process) -> None:
        """A worker is about to send the irreversible call."""
        if (delivery_id, process.name) not in self.gates:
            self.world.violated(f"{process.name} commits {delivery_id} without having come through the gate")
        if not process.was_stalled:
            self.sent[delivery_id] = self.world.loop.now
        if delivery_id in self.stopped:
            self.world.violated(f"{delivery_id} is sent after a cancel that said stopped")

    @contextmanager
    def calling(self, delivery_id: UUID, process: Process, limits: OutboundLimits) -> Iterator[None]:
        """An irreversible call, while it is under way. Who was stalled has been thought dead, and its room given away."""
        account = self.state.deliveries[delivery_id].social_account_id
        platform = self.state.deliveries[delivery_id].platform
        call = (process, platform, account)
        self.calls.append(call)
        live = [each for each in self.calls if each[0].alive and not each[0].was_stalled]
        for most, now in (
            (limits.concurrency, sum(each[1] == platform for each in live)),
            (limits.account_concurrency, sum(each[2] == account for each in live)),
        ):
            if most is not None and now > most:
                self.world.violated(f"{now} calls are out at once, where {most} may be, with that for {delivery_id}")
        try:
            yield
        finally:
            self.calls.remove(call)

    def asking(self, delivery_id: UUID, takes: timedelta) -> None:
        """A worker is about to ask what became of a call that, with what it sets in motion, `takes` so long at most."""
        delivery = self.state.deliveries.get(delivery_id)
        waits = delivery is not None and delivery.phase is Phase.COMMITTING
        if waits and self.world.loop.now < self.sent.get(delivery_id, -math.inf) + takes.total_seconds():
            self.world.violated(f"{delivery_id} is asked about while its call may still run")

    def appeared(self, post: Post) -> None:
        """A post has become visible."""
        self.world.note(f"post {post.post_id} appears, made by {str(post.maker)[-6:]}")
        self.posts[post.post_id] = post
        self.made_by[post.maker] += 1
        if self.made_by[post.maker] > 1 + self.said_not_posted[post.maker]:
            self.world.violated(f"{post.maker} is posted {self.made_by[post.maker]} times")
        delivery = self.state.deliveries.get(post.maker)
        if delivery is not None and delivery.status is DeliveryStatus.CANCELED:
            self.world.violated(f"{post.maker} is posted although it was canceled")

    def at_the_end(self, accepted: Iterable[UUID]) -> None:
        """Long after the faults have stopped: everything is final or visibly waits for a person."""
        for content_id in accepted:
            content = self.state.contents.get(content_id)
            if content is None:
                self.world.violated(f"content {content_id} was accepted and is gone")
            elif content.selected_at is None and content.release_at is not None and not getattr(content, "canceled_at", None):
                self.world.violated(f"content {content_id} was never released")
        for delivery in self.state.deliveries.values():
            if is_open(delivery):
                self.world.violated(f"{delivery.id} is still {delivery.status.value}, waiting for {delivery.wait_reason}")
            elif delivery.status is DeliveryStatus.FAILED and not delivery.is_unconfirmed and self.made_by[delivery.id]:
                self.world.violated(f"{delivery.id} is called failed for certain, and is visible")

    def _narrate(self, was: Delivery, now: Delivery) -> None:
        parts = [str(now.id)[-6:], f"{state_of(now)}/{now.phase.value}", f"fence {now.fence}", f"attempts {now.attempts}"]
        if now.due_at is not None:
            parts.append(f"due {(now.due_at - self.world.now).total_seconds():+.0f} s")
        if now.wait_reason:
            parts.append(f"waits for {now.wait_reason}")
        if now.last_error is not None and now.last_error is not was.last_error:
            parts.append(f"({now.last_error.message})")
        self.world.note(" ".join(parts))

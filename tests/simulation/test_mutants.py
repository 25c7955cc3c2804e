"""Mistakes that were never made, each planted once: a simulator that misses one of them proves nothing."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from attrs import evolve

from distribution_core.domain.delivery import Delivery, DeliveryStatus
from distribution_core.domain.outcome import Absent, Finding, Found, Outcome, Published, Unavailable, Unconfirmed, Unknown
from distribution_core.domain.settling import after_outcome, redriven, resolved_not_posted
from distribution_core.ports.gate import Gate
from distribution_core.ports.ledger import Neighbours
from distribution_core.ports.loads import Elsewhere
from distribution_core.ports.platform import PublishJob
from distribution_core.testing.memory_ledger.commits import MemoryCommits
from distribution_core.testing.memory_ledger.contents import MemoryContents
from distribution_core.testing.memory_ledger.deliveries import MemoryDeliveries
from distribution_core.testing.memory_ledger.grants import MemoryGrants
from distribution_core.testing.memory_ledger.loads import MemoryLoads
from distribution_core.testing.memory_ledger.selections import MemorySelections
from distribution_core.testing.simulation import people
from distribution_core.testing.simulation.clocks import WorkerBell
from distribution_core.testing.simulation.flows import DirectFlow, PullFlow
from distribution_core.testing.simulation.ledger import LedgerFaultError, SimTransaction
from distribution_core.testing.simulation.scenario import simulate
from distribution_core.usecases import publish_delivery, redrive, settle
from distribution_core.usecases.context import Context

SEEDS = 3000
Plant = Callable[[pytest.MonkeyPatch], None]


def no_fence_on_the_outcome_write(patch: pytest.MonkeyPatch) -> None:
    async def save(self: MemoryDeliveries, delivery: Delivery, *, was: Delivery) -> bool:
        self.unit.rows.deliveries[was.id] = delivery
        return True

    patch.setattr(MemoryDeliveries, "save", save)


def blind_retry_after_an_unconfirmed_commit(patch: pytest.MonkeyPatch) -> None:
    def retried(delivery: Delivery, outcome: Outcome, moment: Any, *, sent_before: bool) -> Delivery:
        failed = Unavailable(message="try again") if isinstance(outcome, Unconfirmed) else outcome
        return after_outcome(delivery, failed, moment, sent_before=sent_before)

    patch.setattr(settle, "after_outcome", retried)


def commit_before_the_journal(patch: pytest.MonkeyPatch) -> None:
    async def opened(self: Any, job: PublishJob, delivery: Delivery, *_: Any) -> tuple[Gate, Delivery]:
        return Gate.OPEN, delivery

    patch.setattr(publish_delivery._Try, "_open_gate", opened)


def lease_shorter_than_the_call(patch: pytest.MonkeyPatch) -> None:
    gate = MemoryCommits.open_gate

    async def hasty(self: MemoryCommits, request: Any) -> Gate:
        answer = await gate(self, evolve(request, call_deadline=timedelta(), settle=timedelta()))
        if answer is Gate.OPEN:
            rows = self.unit.rows.deliveries
            soon = self.unit.now + timedelta(seconds=5)
            rows[request.delivery_id] = evolve(rows[request.delivery_id], lease_until=soon, ask_after=soon, due_at=soon)
        return answer

    patch.setattr(MemoryCommits, "open_gate", hasty)


def reconcile_adopts_the_latest_post(patch: pytest.MonkeyPatch) -> None:
    def latest(self: Any, job: PublishJob) -> Finding:
        posts = [post for post in self.judge.posts.values() if post.account == job.external_account_id]
        return Found(publication=Published(external_post_id=posts[-1].post_id)) if posts else Unknown(message="none")

    for flow in (DirectFlow, PullFlow):
        patch.setattr(flow, "look_back", latest)


def nudge_lost_without_a_sweep(patch: pytest.MonkeyPatch) -> None:
    async def wait(self: WorkerBell, timeout_s: float) -> None:
        await self.bell.wait(self.name, float("inf"))

    patch.setattr(WorkerBell, "wait", wait)


def refresh_without_single_flight(patch: pytest.MonkeyPatch) -> None:
    async def leased(self: MemoryGrants, *_: Any) -> bool:
        return True

    patch.setattr(MemoryGrants, "lease_refresh", leased)


def tasks_of_one_worker_that_share_a_refresh_lease(patch: pytest.MonkeyPatch) -> None:
    lease = MemoryGrants.lease_refresh

    async def shared(self: MemoryGrants, grant_id: UUID, owner: str, ttl: timedelta) -> bool:
        worker = owner[: -len(str(grant_id)) - 1]
        return await lease(self, grant_id, worker, ttl)

    patch.setattr(MemoryGrants, "lease_refresh", shared)


def a_refused_ledger_commit_taken_for_done(patch: pytest.MonkeyPatch) -> None:
    leave = SimTransaction.__aexit__

    async def swallowed(self: SimTransaction, *error: Any) -> None:
        try:
            await leave(self, *error)
        except LedgerFaultError:
            return

    patch.setattr(SimTransaction, "__aexit__", swallowed)


def fence_reused_after_a_wait(patch: pytest.MonkeyPatch) -> None:
    claim = MemoryDeliveries.claim

    async def reused(self: MemoryDeliveries, worker: str, **how: Any) -> Any:
        before = dict(self.unit.rows.deliveries)
        claimed = [
            evolve(delivery, fence=max(before[delivery.id].fence, 1)) if before[delivery.id].lease_until is None else delivery
            for delivery in await claim(self, worker, **how)
        ]
        self.unit.rows.deliveries.update((delivery.id, delivery) for delivery in claimed)
        return claimed

    patch.setattr(MemoryDeliveries, "claim", reused)


def a_look_back_that_finds_nothing_taken_for_absent(patch: pytest.MonkeyPatch) -> None:
    look_back = DirectFlow.look_back

    def absent(self: Any, job: PublishJob) -> Finding:
        found = look_back(self, job)
        return found if isinstance(found, Found) else Absent()

    for flow in (DirectFlow, PullFlow):
        patch.setattr(flow, "look_back", absent)


def unconfirmed_swept_up_by_bulk_redrive(patch: pytest.MonkeyPatch) -> None:
    async def swept(ctx: Context, user_id: UUID, content_id: UUID) -> None:
        async with ctx.ledger.begin() as tx:
            for delivery in await tx.deliveries.of_contents([content_id]):
                if delivery.status is DeliveryStatus.FAILED:
                    again = resolved_not_posted if delivery.is_unconfirmed else redriven
                    after = again(delivery, tx.now)
                    await tx.deliveries.save(after, was=delivery)
                    await redrive.record_change(ctx, tx, after)

    patch.setattr(people, "redrive_failed", swept)


def a_repeated_nudge_that_adds_an_account_linked_later(patch: pytest.MonkeyPatch) -> None:
    select, due, get = MemorySelections.select, MemoryContents.due, MemoryContents.get

    rung: set[UUID] = set()

    async def due_again(self: MemoryContents, now: Any, limit: int) -> Any:
        again = [
            content
            for content in self.unit.rows.contents.values()
            if content.selected_at is not None and now - content.selected_at > timedelta(seconds=20) and content.id not in rung
        ]
        rung.update(content.id for content in again)
        return [*await due(self, now, limit), *again]

    async def get_as_new(self: MemoryContents, content_id: UUID, user_id: UUID | None = None) -> Any:
        found = await get(self, content_id, user_id)
        return evolve(found, selected_at=None) if found is not None and user_id is None else found

    async def select_again(self: MemorySelections, content: Any, **how: Any) -> Any:
        self.unit.rows.contents[content.id] = evolve(self.unit.rows.contents[content.id], selected_at=None)
        return await select(self, content, **how)

    patch.setattr(MemoryContents, "due", due_again)
    patch.setattr(MemoryContents, "get", get_as_new)
    patch.setattr(MemorySelections, "select", select_again)


def a_siblings_identical_post_adopted(patch: pytest.MonkeyPatch) -> None:
    async def nobody(self: MemoryCommits, *_: Any) -> Neighbours:
        return Neighbours(post_ids=frozenset(), doubtful=False)

    patch.setattr(MemoryCommits, "neighbours", nobody)
    patch.setattr(MemoryCommits, "_has_twin", lambda *_: False)
    # The gate's own invariant would tell at once; here the adoption itself has to be seen.
    patch.setattr("distribution_core.testing.simulation.judge.Judge._gate", _gate_without_twins)


def _gate_without_twins(self: Any, was: Delivery, delivery: Delivery, process: Any, rows: Any) -> None:
    self.gates.add((delivery.id, process.name))


def absence_that_reads_late_taken_for_certain(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Delivery, "being_sent", property(lambda self: False))


def limits_that_each_worker_counts_for_itself(patch: pytest.MonkeyPatch) -> None:
    async def nothing(self: MemoryLoads, worker: str, platforms: Any) -> Elsewhere:
        return Elsewhere()

    patch.setattr(MemoryLoads, "of_others", nothing)


MUTANTS = (
    no_fence_on_the_outcome_write,
    blind_retry_after_an_unconfirmed_commit,
    commit_before_the_journal,
    lease_shorter_than_the_call,
    reconcile_adopts_the_latest_post,
    nudge_lost_without_a_sweep,
    refresh_without_single_flight,
    tasks_of_one_worker_that_share_a_refresh_lease,
    a_refused_ledger_commit_taken_for_done,
    fence_reused_after_a_wait,
    a_look_back_that_finds_nothing_taken_for_absent,
    unconfirmed_swept_up_by_bulk_redrive,
    a_repeated_nudge_that_adds_an_account_linked_later,
    a_siblings_identical_post_adopted,
    absence_that_reads_late_taken_for_certain,
    limits_that_each_worker_counts_for_itself,
)


@pytest.mark.parametrize("plant", MUTANTS, ids=lambda plant: plant.__name__)
def test_a_planted_mistake_is_caught(plant: Plant, monkeypatch: pytest.MonkeyPatch, record_property: Any) -> None:
    plant(monkeypatch)
    for seed in range(SEEDS):
        violations = simulate(seed).violations
        if violations:
            record_property("seeds", seed + 1)
            return
    pytest.fail(f"{SEEDS} scenarios did not show it")

"""Attempts, the outbox, the audit log, and how far behind the work is."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from attrs import evolve

from distribution_core.domain.audit import AuditAction, AuditEntry
from distribution_core.domain.delivery import Attempt, Delivery, DeliveryStatus, Phase
from distribution_core.domain.events import EventKind, OutboxEvent
from distribution_core.domain.outcome import Failure, FailureKind
from distribution_core.ports.ledger import Ledger, QueueStats
from distribution_core.testing.ledger_contract.scene import LEASE, Scene
from distribution_core.testing.memory_clock import MemoryClock


def _attempt(scene: Scene, delivery: Delivery, fence: int) -> Attempt:
    return Attempt(
        id=scene.new_id(), delivery_id=delivery.id, fence=fence, number=fence, worker="worker-1", started_at=scene.clock.now()
    )


def _entry(scene: Scene, **fields: Any) -> AuditEntry:
    given: dict[str, Any] = {"user_id": None, "action": AuditAction.LOGIN_FAILED}
    return AuditEntry(id=scene.new_id(), at=scene.clock.now(), **(given | fields))


def _event(scene: Scene) -> OutboxEvent:
    return OutboxEvent(
        id=scene.new_id(),
        kind=EventKind.CONTENT_SAVED,
        user_id=scene.new_id(),
        subject_id=scene.new_id(),
        created_at=scene.clock.now(),
    )


class RecordingContract:
    pytestmark = pytest.mark.anyio

    async def test_attempts_are_listed_oldest_first(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        account = await scene.account(await scene.user())
        delivery, other = await scene.delivery(account), await scene.delivery(account)
        first, second, foreign = _attempt(scene, delivery, 1), _attempt(scene, delivery, 2), _attempt(scene, other, 1)
        async with ledger.begin() as tx:
            await tx.attempts.add([second, foreign, first])
            await tx.attempts.add([])
        async with ledger.begin() as tx:
            assert list(await tx.attempts.of_delivery(delivery.id)) == [first, second]
            assert list(await tx.attempts.of_delivery(other.id)) == [foreign]
            assert list(await tx.attempts.of_delivery(scene.new_id())) == []

    async def test_when_a_try_last_began_is_known_to_the_millisecond(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        clock.advance(timedelta(microseconds=123_456 - clock.now().microsecond))
        delivery = await scene.delivery(await scene.account(await scene.user()))
        began, hour = clock.now().replace(microsecond=123_000), timedelta(hours=1)
        async with ledger.begin() as tx:
            assert await tx.attempts.last_began(began - hour, began + hour) is None
            await tx.attempts.add([_attempt(scene, delivery, 1)])
        clock.advance(hour)
        async with ledger.begin() as tx:
            await tx.attempts.add([_attempt(scene, delivery, 2)])
        millisecond = timedelta(milliseconds=1)
        async with ledger.begin() as tx:
            assert await tx.attempts.last_began(began - hour, began + hour - millisecond) == began
            assert await tx.attempts.last_began(began - hour, began + hour) == began + hour
            assert await tx.attempts.last_began(began - millisecond, began) == began
            assert await tx.attempts.last_began(began, began + hour - millisecond) is None, "the first time is left out"
            assert await tx.attempts.last_began(began + hour, began + 2 * hour) is None

    async def test_attempt_is_finished(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        delivery = await scene.delivery(await scene.account(await scene.user()))
        attempt = _attempt(scene, delivery, 1)
        error = Failure(kind=FailureKind.TRANSIENT, message="Timed out", code="504", wait=timedelta(seconds=3))
        ended = evolve(attempt, finished_at=clock.now() + timedelta(seconds=2), outcome="unavailable", error=error)
        async with ledger.begin() as tx:
            await tx.attempts.add([attempt])
            await tx.attempts.finish(ended)
        async with ledger.begin() as tx:
            assert list(await tx.attempts.of_delivery(delivery.id)) == [ended]

    async def test_a_late_answer_is_kept_whatever_the_fence(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        claimed = await scene.claimed(await scene.account(await scene.user()))
        attempt = _attempt(scene, claimed, claimed.fence)
        async with ledger.begin() as tx:
            await tx.attempts.add([attempt])
        clock.advance(LEASE)
        await scene.claim("worker-2")
        answer = {"external_post_id": "1", "nested": {"list": [1, None]}}
        async with ledger.begin() as tx:
            await tx.attempts.answer_late(attempt.id, answer)
        finished = evolve(attempt, finished_at=clock.now(), outcome="taken_over")
        async with ledger.begin() as tx:
            await tx.attempts.finish(finished)
        async with ledger.begin() as tx:
            found = await tx.attempts.of_delivery(claimed.id)
        assert list(found) == [evolve(finished, late_answer=answer)], "finishing does not wipe the proof"

    async def test_outbox_holds_events_until_they_are_sent(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        first = _event(scene)
        clock.advance(timedelta(seconds=1))
        second, third = _event(scene), _event(scene)
        async with ledger.begin() as tx:
            await tx.outbox.add(third, second, first)
            await tx.outbox.add()
        async with ledger.begin() as tx:
            assert list(await tx.outbox.unsent(10)) == [first, second, third], "oldest first"
            assert list(await tx.outbox.unsent(2)) == [first, second]
            assert await tx.outbox.relay(2) == 2
        async with ledger.begin() as tx:
            assert list(await tx.outbox.unsent(10)) == [third]
            assert await tx.outbox.relay(2) == 1
            assert list(await tx.outbox.unsent(10)) == []
            assert await tx.outbox.relay(2) == 0

    async def test_audit_of_a_user_is_newest_first_by_pages(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        user, other = await scene.user(), await scene.user()
        entries = []
        for number in range(5):
            clock.advance(timedelta(seconds=number % 2))  # some share their moment
            detail = {"number": number, "nested": {"text": "é", "none": None}}
            entry = _entry(scene, user_id=user.id, action=AuditAction.CREATE_CONTENT, subject="content", detail=detail)
            entries.append(entry)
        foreign, nobodys = _entry(scene, user_id=other.id, action=AuditAction.LOGIN), _entry(scene)
        async with ledger.begin() as tx:
            await tx.audit.add(*entries, foreign, nobodys)
            await tx.audit.add()
        newest_first = entries[::-1]
        async with ledger.begin() as tx:
            assert list(await tx.audit.of_user(user.id, 10)) == newest_first
            assert list(await tx.audit.of_user(user.id, 2)) == newest_first[:2]
            assert list(await tx.audit.of_user(user.id, 2, newest_first[1].id)) == newest_first[2:4]
            assert list(await tx.audit.of_user(user.id, 10, newest_first[4].id)) == []
            assert list(await tx.audit.of_user(other.id, 10)) == [foreign]

    async def test_audit_since_an_entry_is_oldest_first_and_of_these_users_only(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        one, two, other = await scene.user(), await scene.user(), await scene.user()
        entries = [_entry(scene, user_id=user.id) for user in (one, two, one, other, two)]
        async with ledger.begin() as tx:
            await tx.audit.add(*reversed(entries), _entry(scene))
        async with ledger.begin() as tx:
            theirs = [entry for entry in entries if entry.user_id != other.id]
            assert list(await tx.audit.since({one.id, two.id}, UUID(int=0), 10)) == theirs
            assert list(await tx.audit.since({one.id, two.id}, theirs[0].id, 2)) == theirs[1:3]
            assert list(await tx.audit.since({other.id}, entries[3].id, 10)) == []
            assert list(await tx.audit.since(set(), UUID(int=0), 10)) == []

    async def test_audit_of_a_subject_is_oldest_first(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        user, subject_id = await scene.user(), scene.new_id()
        first = _entry(scene, user_id=user.id, subject_id=subject_id)
        clock.advance(timedelta(seconds=1))
        second = _entry(scene, user_id=None, subject_id=subject_id)
        async with ledger.begin() as tx:
            await tx.audit.add(second, _entry(scene, user_id=user.id), first)
        async with ledger.begin() as tx:
            assert list(await tx.audit.of_subject(subject_id)) == [first, second], "whoever acted"

    async def test_an_idle_ledger_has_nothing_to_be_old(self, ledger: Ledger, clock: MemoryClock) -> None:
        async with ledger.begin() as tx:
            stats = await tx.workers.stats()
        assert evolve(stats, by_status={}) == QueueStats(
            due=0, oldest_due_age_s=None, outbox_unsent=0, last_poll_age_s=None, by_status={}
        )
        assert sum(stats.by_status.values()) == 0

    async def test_stats_tell_how_far_behind_the_work_is(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        account = await scene.account(await scene.user())
        held = await scene.claimed(account)
        asked_later, old, young, future, done = [await scene.delivery(account) for _ in range(5)]
        now = clock.now()
        await scene.save(held, due_at=now - timedelta(hours=9))
        await scene.save(asked_later, phase=Phase.COMMITTING, due_at=now - timedelta(hours=9), ask_after=now + timedelta(hours=1))
        await scene.save(old, due_at=now - timedelta(seconds=90, milliseconds=500))
        await scene.save(young, due_at=now, status=DeliveryStatus.RETRIED)
        await scene.save(future, due_at=now + timedelta(hours=1))
        await scene.save(done, status=DeliveryStatus.SUCCESS, due_at=None)
        events = [_event(scene), _event(scene)]
        async with ledger.begin() as tx:
            await tx.outbox.add(*events)
            await tx.outbox.relay(1)
            await tx.workers.beat("worker-1")
        clock.advance(timedelta(seconds=2))
        async with ledger.begin() as tx:
            await tx.workers.beat("worker-2")
        clock.advance(timedelta(seconds=3))
        async with ledger.begin() as tx:
            stats = await tx.workers.stats()
        assert stats.due == 2, "what a worker could claim now"
        assert stats.oldest_due_age_s == pytest.approx(95.5)
        assert stats.outbox_unsent == 1
        assert stats.last_poll_age_s == pytest.approx(3), "the latest of any worker"
        counted = {status: number for status, number in stats.by_status.items() if number}
        assert counted == {DeliveryStatus.PENDING: 4, DeliveryStatus.RETRIED: 1, DeliveryStatus.SUCCESS: 1}

    async def test_stats_of_some_platforms_leave_out_what_waits_for_the_others(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        account = await scene.account(await scene.user())
        old, young = await scene.delivery(account), await scene.delivery(account)
        await scene.save(old, due_at=clock.now() - timedelta(seconds=90))
        await scene.save(young, due_at=clock.now() - timedelta(seconds=30))
        found = []
        async with ledger.begin() as tx:
            for platforms in ([account.platform, "another"], ["another"], []):
                stats = await tx.workers.stats(platforms)
                found.append((stats.due, stats.oldest_due_age_s, stats.by_status.get(DeliveryStatus.PENDING)))
        assert found == [(2, pytest.approx(90), 2), (0, None, 2), (0, None, 2)]

    async def test_a_worker_beats_again(self, ledger: Ledger, clock: MemoryClock) -> None:
        async with ledger.begin() as tx:
            await tx.workers.beat("worker-1")
        clock.advance(timedelta(seconds=30))
        async with ledger.begin() as tx:
            assert (await tx.workers.stats()).last_poll_age_s == pytest.approx(30)
            await tx.workers.beat("worker-1")
            assert (await tx.workers.stats()).last_poll_age_s == pytest.approx(0)

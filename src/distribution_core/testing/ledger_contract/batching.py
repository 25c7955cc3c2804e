"""Many deliveries in one transaction: each is told its own, whatever becomes of the others."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from attrs import evolve

from distribution_core.domain.account import SocialAccount
from distribution_core.domain.delivery import Attempt, Delivery, DeliveryStatus, Phase
from distribution_core.domain.outcome import Failure, FailureKind
from distribution_core.ports.batches import Ended, Ending, JournalEntry, Surroundings
from distribution_core.ports.gate import Gate
from distribution_core.ports.ledger import Ledger
from distribution_core.testing.ledger_contract.scene import DEADLINE, LEASE, POST, SETTLE, Scene, request_for
from distribution_core.testing.memory_clock import MemoryClock

_WHY = Failure(kind=FailureKind.TRANSIENT, message="näh: no \\ answer", code="503")


class BatchingContract:
    pytestmark = pytest.mark.anyio

    async def test_surroundings_are_each_delivery_s_own(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        user = await scene.user()
        grant = await scene.grant(user)
        accounts = [await scene.account(user, grant), await scene.account(user, grant), await scene.account(user)]
        contents = {}
        for account in accounts:
            content = await scene.content(user, targets=(account.id,))
            await scene.release(content)
            contents[account.id] = content
        claimed = await scene.claim()
        async with ledger.begin() as tx:
            found = await tx.batches.surroundings(claimed)
            for delivery, around in zip(claimed, found, strict=True):
                account = next(each for each in accounts if each.id == delivery.social_account_id)
                selected = evolve(contents[account.id], selected_at=clock.now())
                own = grant if account.grant_id else None
                assert around == Surroundings(account=account, content=selected, grant=own)

    async def test_a_journal_of_several_is_fenced_for_each(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        first, second, third = await _claimed(scene, 3)
        clock.advance(timedelta(seconds=20))
        entries = [
            JournalEntry(delivery_id=first.id, fence=first.fence, handles={"id": "1", "parts": [1, None], "ö": {"a": True}}),
            JournalEntry(delivery_id=second.id, fence=second.fence - 1, handles={"id": "2"}),
            JournalEntry(delivery_id=scene.new_id(), fence=1, handles={}),
            JournalEntry(delivery_id=third.id, fence=third.fence, handles={}),
        ]
        async with ledger.begin() as tx:
            assert list(await tx.batches.journal(entries, LEASE)) == [True, False, False, True]
        now = clock.now()
        stored = await scene.stored(first)
        assert stored == evolve(first, handles=entries[0].handles, lease_until=now + LEASE, updated_at=now)
        assert await scene.stored(second) == second
        assert await scene.stored(third) == evolve(third, lease_until=now + LEASE, updated_at=now)

    async def test_gates_answer_each_for_itself(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        accounts = await _accounts(scene, 6)
        by_account = {delivery.social_account_id: delivery for delivery in await _claimed_for(scene, accounts)}
        good, off, gone, fenced, closed, late = (by_account[account.id] for account in accounts)
        await scene.put(accounts[1], is_active=False)
        await scene.put(accounts[2], unlinked_at=clock.now())
        await scene.save(closed, status=DeliveryStatus.CANCELED, due_at=None, lease_until=None, finished_at=clock.now())
        clock.advance(timedelta(seconds=5))
        long = timedelta(minutes=9)
        requests = [
            request_for(good),
            request_for(off),
            request_for(gone),
            request_for(evolve(fenced, fence=fenced.fence - 1)),
            request_for(closed),
            request_for(late, call_deadline=long),
            request_for(evolve(good, id=scene.new_id())),
        ]
        async with ledger.begin() as tx:
            answers = await tx.batches.open_gates(requests)
        gates = [gate for gate, _ in answers]
        lost = Gate.LEASE_LOST
        assert gates == [Gate.OPEN, Gate.SWITCHED_OFF, Gate.UNLINKED, lost, lost, Gate.OPEN, lost]
        opened = [delivery for _, delivery in answers if delivery is not None]
        assert opened == [await scene.stored(good), await scene.stored(late)]
        now, lease_until = clock.now(), good.lease_until
        assert lease_until
        assert opened[0] == evolve(
            good,
            phase=Phase.COMMITTING,
            post=POST,
            payload_hash="12" * 32,
            fingerprint="34" * 32,
            committing_at=now,
            ask_after=lease_until + DEADLINE + SETTLE,
            due_at=lease_until + DEADLINE + SETTLE,
            updated_at=now,
        )
        assert opened[1].lease_until == now + long, "the lease covers the call"
        for untouched in (off, gone, fenced):
            assert await scene.stored(untouched) == untouched

    async def test_of_twins_in_one_batch_one_is_let_through(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        user, other = await scene.user(), await scene.user()
        accounts = [
            await scene.account(user, external_account_id="page-of-two"),
            await scene.account(other, external_account_id="page-of-two"),
            await scene.account(user),
        ]
        first, second, elsewhere = await _claimed_for(scene, accounts)
        async with ledger.begin() as tx:
            answers = await tx.batches.open_gates([request_for(each) for each in (first, second, elsewhere)])
        assert [gate for gate, _ in answers] == [Gate.OPEN, Gate.TWIN_UNANSWERED, Gate.OPEN]

    async def test_batches_that_meet_let_one_twin_through(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        pairs = []
        for number in range(4):
            users, shared = [await scene.user(), await scene.user()], f"shared-{number}"
            pairs += [await _claimed_for(scene, [await scene.account(user, external_account_id=shared) for user in users])]

        async def gates(deliveries: list[Delivery]) -> list[Gate]:
            async with ledger.begin() as tx:
                return [gate for gate, _ in await tx.batches.open_gates([request_for(each) for each in deliveries])]

        ones, others = [one for one, _ in pairs], [other for _, other in pairs]
        first, second = await asyncio.gather(gates(ones), gates(others[::-1]))
        for gate, rival in zip(first, second[::-1], strict=True):
            assert {gate, rival} == {Gate.OPEN, Gate.TWIN_UNANSWERED}

    async def test_endings_are_stored_each_for_itself(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        deliveries = await _claimed(scene, 4)
        attempts = [_attempt(scene, delivery) for delivery in deliveries]
        async with ledger.begin() as tx:
            await tx.attempts.add(attempts)
        clock.advance(timedelta(seconds=5))
        done, retried, passed, unread = deliveries
        await scene.save(passed, status=DeliveryStatus.CANCELED, due_at=None, lease_until=None, finished_at=clock.now())
        endings = [
            _published(done, attempts[0], "post-1", clock),
            _failed(retried, attempts[1], clock),
            _published(passed, attempts[2], "post-3", clock),
            _published(evolve(unread, fence=unread.fence + 1), attempts[3], "post-4", clock),
        ]
        async with ledger.begin() as tx:
            answers = await tx.batches.end(endings)
        assert list(answers) == [Ended.SAVED, Ended.SAVED, Ended.PASSED_BY, Ended.PASSED_BY]
        assert await scene.stored(done) == endings[0].after
        assert await scene.stored(retried) == endings[1].after
        assert (await scene.stored(passed)).status is DeliveryStatus.CANCELED
        assert await scene.stored(unread) == unread
        assert await _tries(ledger, deliveries) == [endings[0].attempt, endings[1].attempt, *attempts[2:]]

    async def test_what_earlier_tries_left_behind_is_gone_after_a_success(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        marked: dict[str, Any] = {
            "status": DeliveryStatus.RETRIED,
            "phase": Phase.COMMITTING,
            "attempts": 2,
            "handles": {"id": "1"},
            "committing_at": clock.now(),
            "ask_after": clock.now() + SETTLE,
            "wait_reason": "transient",
            "last_error": _WHY,
        }
        deliveries = [await scene.save(each, **marked) for each in await _claimed(scene, 3)]
        attempts = [_attempt(scene, delivery) for delivery in deliveries]
        async with ledger.begin() as tx:
            await tx.attempts.add(attempts)
        clock.advance(timedelta(seconds=5))
        cleared: dict[str, Any] = {
            "phase": Phase.IDLE,
            "wait_reason": None,
            "last_error": None,
            "attempts": 3,
            "handles": {"id": "1"},
        }
        published = [
            _published(delivery, attempt, f"post-{at}", clock)
            for at, (delivery, attempt) in enumerate(zip(deliveries, attempts, strict=True))
        ]
        endings = [evolve(ending, after=evolve(ending.after, **cleared)) for ending in published]
        # One of them changes more than a success commonly does.
        endings[1] = evolve(endings[1], after=evolve(endings[1].after, committing_at=None, ask_after=None))
        async with ledger.begin() as tx:
            assert list(await tx.batches.end(endings)) == [Ended.SAVED] * 3
        assert [await scene.stored(delivery) for delivery in deliveries] == [ending.after for ending in endings]
        assert await _tries(ledger, deliveries) == [ending.attempt for ending in endings]

    async def test_a_post_that_is_taken_spoils_only_its_own_ending(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        deliveries = await _claimed(scene, 4)
        attempts = [_attempt(scene, delivery) for delivery in deliveries]
        async with ledger.begin() as tx:
            await tx.attempts.add(attempts)
        await scene.save(deliveries[0], external_post_id="post-1")
        names = ("post-2", "post-1", "post-3")
        pairs = zip(deliveries[1:], attempts[1:], names, strict=True)
        endings = [_published(delivery, attempt, name, clock) for delivery, attempt, name in pairs]
        async with ledger.begin() as tx:
            answers = await tx.batches.end(endings)
            assert list(answers) == [Ended.SAVED, Ended.TAKEN, Ended.SAVED]
            await tx.attempts.answer_late(attempts[2].id, {"the transaction": "stays usable"})
        assert await scene.stored(deliveries[1]) == endings[0].after
        assert await scene.stored(deliveries[2]) == deliveries[2]
        assert await scene.stored(deliveries[3]) == endings[2].after

    async def test_two_endings_of_one_batch_can_t_have_one_post(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        deliveries = await _claimed(scene, 2)
        endings = [_published(delivery, _attempt(scene, delivery), "post-1", clock) for delivery in deliveries]
        async with ledger.begin() as tx:
            assert sorted(await tx.batches.end(endings)) == [Ended.SAVED, Ended.TAKEN]

    async def test_unlinked_accounts_are_named(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        kept, gone, off = await _accounts(scene, 3)
        await scene.put(gone, unlinked_at=clock.now())
        await scene.put(off, is_active=False)
        async with ledger.begin() as tx:
            assert list(await tx.batches.unlinked([kept.id, gone.id, off.id, gone.id])) == [gone.id]
            assert not await tx.batches.unlinked([])


async def _accounts(scene: Scene, number: int) -> list[SocialAccount]:
    user = await scene.user()
    return [await scene.account(user) for _ in range(number)]


async def _claimed(scene: Scene, number: int) -> list[Delivery]:
    return await _claimed_for(scene, await _accounts(scene, number))


async def _claimed_for(scene: Scene, accounts: list[SocialAccount]) -> list[Delivery]:
    """A delivery for each account, claimed by one worker. Nothing else may be due."""
    for account in accounts:
        await scene.delivery(account)
    by_account: dict[UUID, Delivery] = {each.social_account_id: each for each in await scene.claim()}
    return [by_account[account.id] for account in accounts]


def _attempt(scene: Scene, delivery: Delivery) -> Attempt:
    return Attempt(
        id=scene.new_id(),
        delivery_id=delivery.id,
        fence=delivery.fence,
        number=1,
        worker="worker-1",
        started_at=scene.clock.now(),
    )


def _published(delivery: Delivery, attempt: Attempt, post_id: str, clock: MemoryClock) -> Ending:
    after = evolve(
        delivery,
        status=DeliveryStatus.SUCCESS,
        attempts=1,
        lease_owner=None,
        lease_until=None,
        due_at=None,
        handles={"post": post_id, "list": [1, {"b": None}]},
        external_post_id=post_id,
        permalink=f"https://example.com/{post_id}",
        updated_at=clock.now(),
        finished_at=clock.now(),
    )
    return Ending(was=delivery, after=after, attempt=evolve(attempt, finished_at=clock.now(), outcome="published"))


def _failed(delivery: Delivery, attempt: Attempt, clock: MemoryClock) -> Ending:
    after = evolve(
        delivery,
        status=DeliveryStatus.RETRIED,
        attempts=1,
        lease_owner=None,
        lease_until=None,
        due_at=clock.now() + timedelta(minutes=1),
        wait_reason="transient",
        last_error=_WHY,
        updated_at=clock.now(),
    )
    ended = evolve(attempt, finished_at=clock.now(), outcome="unavailable", error=_WHY)
    return Ending(was=delivery, after=after, attempt=ended)


async def _tries(ledger: Ledger, deliveries: list[Delivery]) -> list[Attempt]:
    async with ledger.begin() as tx:
        return [(await tx.attempts.of_delivery(delivery.id))[0] for delivery in deliveries]

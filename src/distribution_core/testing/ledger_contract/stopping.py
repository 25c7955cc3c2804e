"""What switching off, unlinking and reconnecting do to deliveries, and what an account's posts are."""

from datetime import timedelta
from typing import Any

import pytest
from attrs import evolve

from distribution_core.domain.delivery import DeliveryStatus, Phase
from distribution_core.domain.outcome import Failure, FailureKind
from distribution_core.domain.settling import NEEDS_RECONNECT
from distribution_core.ports.gate import Gate
from distribution_core.ports.ledger import Ledger
from distribution_core.testing.ledger_contract.scene import LEASE, Scene
from distribution_core.testing.memory_clock import MemoryClock

OFF = Failure(kind=FailureKind.REFUSED, code="switched_off", message="This account is switched off.")


class StoppingContract:
    pytestmark = pytest.mark.anyio

    async def test_stop_cancels_what_is_open_and_idle(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        user = await scene.user()
        account, other = await scene.account(user), await scene.account(user)
        held = await scene.claimed(account)
        waiting, retried, sent, processing, unseen, done, failed = [await scene.delivery(account) for _ in range(7)]
        elsewhere = await scene.delivery(other)
        retried = await scene.save(retried, status=DeliveryStatus.RETRIED, wait_reason="transient")
        sent = await scene.save(sent, phase=Phase.COMMITTING, committing_at=clock.now())
        processing = await scene.save(processing, phase=Phase.PROCESSING, committing_at=clock.now())
        unseen = await scene.save(unseen, status=DeliveryStatus.RETRIED, committing_at=clock.now())
        done = await scene.save(done, status=DeliveryStatus.SUCCESS, external_post_id="1")
        failed = await scene.save(failed, status=DeliveryStatus.FAILED)
        clock.advance(timedelta(seconds=1))
        now = clock.now()
        await scene.put(account, is_active=False)
        async with ledger.begin() as tx:
            stopped = await tx.commits.stop_idle(now, OFF, account_id=account.id)
        assert {each.id for each in stopped} == {held.id, waiting.id, retried.id}
        for each in stopped:
            assert await scene.stored(each) == each, "returned as it is now"
            assert (each.status, each.phase) == (DeliveryStatus.CANCELED, Phase.IDLE)
            assert (each.lease_owner, each.lease_until, each.due_at, each.wait_reason) == (None, None, None, None)
            assert (each.finished_at, each.updated_at) == (now, now)
            assert each.last_error
            assert (each.last_error.kind, each.last_error.code) == (FailureKind.REFUSED, "switched_off")
            assert each.last_error.message
        for kept in (sent, processing, unseen, done, failed, elsewhere):
            assert await scene.stored(kept) == kept
        async with ledger.begin() as tx:
            assert not await tx.commits.stop_idle(now, OFF, account_id=account.id), "nothing is stopped twice"

    async def test_stop_may_mean_one_content(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        account = await scene.account(await scene.user())
        meant, kept = await scene.delivery(account), await scene.delivery(account)
        async with ledger.begin() as tx:
            stopped = await tx.commits.stop_idle(tx.now, OFF, content_id=meant.content_id)
        assert [(each.id, each.last_error) for each in stopped] == [(meant.id, OFF)]
        assert await scene.stored(kept) == kept

    async def test_who_was_stopped_can_do_nothing_more(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        account = await scene.account(await scene.user())
        claimed = await scene.claimed(account)
        async with ledger.begin() as tx:
            (stopped,) = await tx.commits.stop_idle(tx.now, OFF, account_id=account.id)
        async with ledger.begin() as tx:
            assert not await tx.deliveries.save(evolve(claimed, status=DeliveryStatus.SUCCESS), was=claimed)
            assert not await tx.deliveries.journal(claimed.id, claimed.fence, {"a": 1}, LEASE)
        assert await scene.gate(claimed) is Gate.LEASE_LOST
        assert await scene.stored(claimed) == stopped
        clock.advance(LEASE)
        assert list(await scene.claim("worker-2")) == []

    async def test_unpark_makes_due_what_waits_for_a_reconnect(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        user = await scene.user()
        account, other = await scene.account(user), await scene.account(user)
        parked, throttled, done = [await scene.delivery(account) for _ in range(3)]
        elsewhere = await scene.delivery(other)
        waits = {"status": DeliveryStatus.RETRIED, "due_at": clock.now() + timedelta(hours=24)}
        parked = await scene.save(parked, wait_reason=NEEDS_RECONNECT, **waits)
        throttled = await scene.save(throttled, wait_reason="rate_limited", **waits)
        done = await scene.save(done, wait_reason=NEEDS_RECONNECT, **(waits | {"status": DeliveryStatus.FAILED}))
        elsewhere = await scene.save(elsewhere, wait_reason=NEEDS_RECONNECT, **waits)
        clock.advance(timedelta(hours=1))
        now = clock.now()
        async with ledger.begin() as tx:
            unparked = await tx.commits.unpark(account.id, now)
        assert list(unparked) == [evolve(parked, due_at=now, wait_reason=None, updated_at=now)]
        for kept in (throttled, done, elsewhere):
            assert await scene.stored(kept) == kept
        assert [each.id for each in await scene.claim()] == [parked.id]

    async def test_unpark_does_not_hurry_a_lost_answer(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        account = await scene.account(await scene.user())
        delivery = await scene.delivery(account)
        ask_after = clock.now() + timedelta(minutes=5)
        await scene.save(delivery, phase=Phase.COMMITTING, ask_after=ask_after, due_at=ask_after, wait_reason=NEEDS_RECONNECT)
        async with ledger.begin() as tx:
            assert len(await tx.commits.unpark(account.id, tx.now)) == 1
        assert list(await scene.claim()) == []
        clock.advance(timedelta(minutes=5))
        assert [each.id for each in await scene.claim()] == [delivery.id]

    async def test_posts_of_an_external_account_are_known_over_all_users(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        user = await scene.user()
        mine = await scene.account(user, external_account_id="page")
        theirs = await scene.account(await scene.user(), external_account_id="page")
        others = [
            await scene.account(user, external_account_id="another"),
            await scene.account(user, external_account_id="page", platform="tiktok"),
        ]
        since = clock.now()
        for number, (account, finished) in enumerate(
            [
                (mine, since),
                (theirs, since + LEASE),
                (mine, since - timedelta(microseconds=1)),
                *((each, since) for each in others),
            ]
        ):
            delivery = await scene.delivery(account)
            await scene.save(delivery, status=DeliveryStatus.SUCCESS, external_post_id=f"post-{number}", finished_at=finished)
        asking = await scene.delivery(mine)
        async with ledger.begin() as tx:
            found = await tx.commits.neighbours(asking.id, since)
            assert found.post_ids == frozenset({"post-0", "post-1"})
            assert not found.doubtful

    @pytest.mark.parametrize(
        ("changes", "doubtful"),
        [
            ({"status": DeliveryStatus.FAILED, "last_error": Failure(kind=FailureKind.UNCONFIRMED, message="?")}, True),
            ({"status": DeliveryStatus.SUCCESS}, True),
            ({"status": DeliveryStatus.SUCCESS, "external_post_id": "1"}, False),
            ({"status": DeliveryStatus.FAILED, "last_error": Failure(kind=FailureKind.REFUSED, message="no")}, False),
            ({"status": DeliveryStatus.SUCCESS, "fingerprint": "00" * 32}, False),
        ],
    )
    async def test_a_twin_whose_post_nobody_knows_is_doubtful(
        self, ledger: Ledger, clock: MemoryClock, changes: dict[str, Any], doubtful: bool
    ) -> None:
        scene = Scene(ledger, clock)
        mine = await scene.account(await scene.user(), external_account_id="page")
        theirs = await scene.account(await scene.user(), external_account_id="page")
        asking, twin = await scene.delivery(mine), await scene.delivery(theirs)
        await scene.save(asking, fingerprint="ab" * 32)
        await scene.save(twin, **{"fingerprint": "ab" * 32, "finished_at": clock.now()} | changes)
        async with ledger.begin() as tx:
            assert (await tx.commits.neighbours(asking.id, clock.now())).doubtful is doubtful
            assert not (await tx.commits.neighbours(asking.id, clock.now() + LEASE)).doubtful, "that was long ago"

    async def test_unanswered_counts_committing_and_processing(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        user = await scene.user()
        account, other = await scene.account(user), await scene.account(user)
        sent, processing, _, done = [await scene.delivery(account) for _ in range(4)]
        await scene.save(sent, phase=Phase.COMMITTING, committing_at=clock.now())
        await scene.save(processing, phase=Phase.PROCESSING, status=DeliveryStatus.RETRIED, committing_at=clock.now())
        await scene.save(done, status=DeliveryStatus.SUCCESS)
        async with ledger.begin() as tx:
            assert await tx.commits.unanswered(account.id) == 2
            assert await tx.commits.unanswered(other.id) == 0

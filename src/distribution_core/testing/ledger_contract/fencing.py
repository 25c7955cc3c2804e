"""Deliveries: read, saved under their fence, journalled under their lease."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from attrs import evolve

from distribution_core.domain.delivery import Delivery, DeliveryStatus, Phase
from distribution_core.domain.outcome import Failure, FailureKind
from distribution_core.ports.ledger import DuplicateError, Ledger
from distribution_core.testing.ledger_contract.scene import FILM, LEASE, PICTURE, POST, Scene
from distribution_core.testing.memory_clock import MemoryClock

_TICK = timedelta(microseconds=1)


class FencingContract:
    pytestmark = pytest.mark.anyio

    async def test_delivery_comes_back_whole(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        delivery = await scene.delivery(await scene.account(await scene.user()))
        now = clock.now()
        full = await scene.save(
            delivery,
            status=DeliveryStatus.RETRIED,
            phase=Phase.PROCESSING,
            attempts=3,
            takeovers=2,
            lease_owner="worker-1",
            lease_until=now + _TICK,
            due_at=now + timedelta(seconds=1),
            handles={"publish_id": "v_pub~1", "offset": 5_000_000_000, "etags": ["a", None, {"b": 1.5}], "done": True},
            post=evolve(POST, media=(PICTURE, FILM)),
            payload_hash="ab" * 32,
            fingerprint="cd" * 32,
            committing_at=now,
            ask_after=now + timedelta(minutes=1),
            wait_reason="processing",
            last_error=Failure(
                kind=FailureKind.RATE_LIMITED, message="Später", code="32", wait=timedelta(minutes=5, microseconds=1)
            ),
            external_post_id="123_456",
            permalink="https://www.facebook.com/123/posts/456",
            updated_at=now,
            finished_at=now,
        )
        assert await scene.stored(delivery) == full

    async def test_delivery_of_another_user_is_not_found(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        delivery = await scene.delivery(await scene.account(await scene.user()))
        other = await scene.user()
        async with ledger.begin() as tx:
            assert await tx.deliveries.get(delivery.id, delivery.user_id) == delivery
            assert await tx.deliveries.get(delivery.id, other.id) is None
            assert await tx.deliveries.get(scene.new_id()) is None

    async def test_deliveries_are_read_by_content(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        account = await scene.account(await scene.user())
        first = await scene.delivery(account)
        clock.advance(timedelta(seconds=1))
        second, third = await scene.delivery(account), await scene.delivery(account)
        async with ledger.begin() as tx:
            found = await tx.deliveries.of_contents({second.content_id, first.content_id})
            assert list(found) == [first, second], "oldest first"
            assert third not in found
            assert not await tx.deliveries.of_contents([])

    @pytest.mark.parametrize(
        "stale",
        [{"fence": 0}, {"fence": 2}, {"status": DeliveryStatus.RETRIED}, {"phase": Phase.COMMITTING}],
    )
    async def test_save_compares_fence_status_and_phase(self, ledger: Ledger, clock: MemoryClock, stale: dict[str, Any]) -> None:
        scene = Scene(ledger, clock)
        claimed = await scene.claimed(await scene.account(await scene.user()))
        changed = evolve(claimed, status=DeliveryStatus.SUCCESS, due_at=None)
        async with ledger.begin() as tx:
            assert not await tx.deliveries.save(changed, was=evolve(claimed, **stale))
        assert await scene.stored(claimed) == claimed
        async with ledger.begin() as tx:
            assert await tx.deliveries.save(changed, was=claimed)
        assert await scene.stored(claimed) == changed

    async def test_a_worker_that_lost_its_lease_saves_nothing(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        lost = await scene.claimed(await scene.account(await scene.user()))
        clock.advance(LEASE)
        (taken,) = await scene.claim("worker-2")
        async with ledger.begin() as tx:
            assert not await tx.deliveries.save(evolve(lost, status=DeliveryStatus.SUCCESS), was=lost)
            assert not await tx.deliveries.journal(lost.id, lost.fence, {"id": "late"}, LEASE)
        assert await scene.stored(lost) == taken

    async def test_an_unknown_delivery_is_not_saved(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        delivery = await scene.delivery(await scene.account(await scene.user()))
        unknown = evolve(delivery, id=scene.new_id())
        async with ledger.begin() as tx:
            assert not await tx.deliveries.save(unknown, was=unknown)
            assert not await tx.deliveries.journal(unknown.id, 0, {}, LEASE)

    async def test_one_of_two_savers_is_first(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        claimed = await scene.claimed(await scene.account(await scene.user()))

        async def save(status: DeliveryStatus) -> bool:
            async with ledger.begin() as tx:
                return await tx.deliveries.save(evolve(claimed, status=status), was=claimed)

        ends = [DeliveryStatus.SUCCESS, DeliveryStatus.CANCELED, DeliveryStatus.FAILED]
        saved = await asyncio.gather(*map(save, ends))
        assert sorted(saved) == [False, False, True]
        assert (await scene.stored(claimed)).status is ends[saved.index(True)]

    async def test_a_post_belongs_to_one_delivery(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        user = await scene.user()
        facebook, tiktok = await scene.account(user), await scene.account(user, platform="tiktok")
        first, second, elsewhere = (
            await scene.delivery(facebook),
            await scene.delivery(facebook),
            await scene.delivery(tiktok),
        )
        published = await scene.save(first, status=DeliveryStatus.SUCCESS, external_post_id="1")
        with pytest.raises(DuplicateError):
            await scene.save(second, status=DeliveryStatus.SUCCESS, external_post_id="1")
        assert await scene.stored(second) == second
        await scene.save(elsewhere, external_post_id="1")
        await scene.save(published, permalink="https://example.com/1")
        await scene.save(second, external_post_id="2")

    async def test_one_of_two_deliveries_gets_a_post(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        account = await scene.account(await scene.user())
        deliveries = [await scene.delivery(account) for _ in range(3)]

        async def publish(delivery: Delivery) -> None:
            await scene.save(delivery, status=DeliveryStatus.SUCCESS, external_post_id="1")

        ended = await asyncio.gather(*map(publish, deliveries), return_exceptions=True)
        assert sorted(type(each).__name__ for each in ended) == ["DuplicateError", "DuplicateError", "NoneType"]

    async def test_journal_replaces_the_handles_and_renews_the_lease(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        claimed = await scene.claimed(await scene.account(await scene.user()))
        clock.advance(LEASE - _TICK)
        handles = {"video_id": "1", "parts": [1, 2], "nested": {"a": None}}
        async with ledger.begin() as tx:
            assert await tx.deliveries.journal(claimed.id, claimed.fence, handles, timedelta(seconds=90))
        stored = await scene.stored(claimed)
        assert stored.handles == handles
        assert stored.lease_until == clock.now() + timedelta(seconds=90)
        assert (stored.fence, stored.status, stored.phase) == (claimed.fence, claimed.status, claimed.phase)
        async with ledger.begin() as tx:
            assert await tx.deliveries.journal(claimed.id, claimed.fence, {"other": True}, LEASE)
        assert (await scene.stored(claimed)).handles == {"other": True}

    async def test_journal_needs_the_fence_and_a_live_lease(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        claimed = await scene.claimed(await scene.account(await scene.user()))
        async with ledger.begin() as tx:
            assert not await tx.deliveries.journal(claimed.id, claimed.fence + 1, {"a": 1}, LEASE)
            assert not await tx.deliveries.journal(claimed.id, claimed.fence - 1, {"a": 1}, LEASE)
        clock.advance(LEASE)
        async with ledger.begin() as tx:
            assert not await tx.deliveries.journal(claimed.id, claimed.fence, {"a": 1}, LEASE), "ended, though nobody took over"
        assert await scene.stored(claimed) == claimed

    async def test_journal_refuses_who_gave_the_lease_back(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        claimed = await scene.claimed(await scene.account(await scene.user()))
        await scene.save(claimed, lease_owner=None, lease_until=None)
        async with ledger.begin() as tx:
            assert not await tx.deliveries.journal(claimed.id, claimed.fence, {"a": 1}, LEASE)

"""Tokens near their end and scheduled content are found in time, and each probe is noted once."""

from datetime import timedelta
from uuid import UUID

import pytest
from attrs import evolve

from distribution_core.domain.account import AccountStatus, Grant, User
from distribution_core.domain.content import Content, Visibility
from distribution_core.domain.delivery import DeliveryStatus
from distribution_core.domain.risk import Risk
from distribution_core.ports.ledger import Ledger
from distribution_core.testing.ledger_contract.scene import Scene
from distribution_core.testing.memory_clock import MemoryClock

HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)


async def _linked(scene: Scene, user: User, ends: timedelta | None, **fields: object) -> Grant:
    end = None if ends is None else scene.clock.now() + ends
    grant = await scene.grant(user, access_expires_at=end, **({"refresh_token": b"sealed"} | fields))
    await scene.account(user, grant)
    return grant


class CaringContract:
    pytestmark = pytest.mark.anyio

    async def test_grants_near_their_end_are_found(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        user, before = await scene.user(), clock.now() + HOUR
        later = await _linked(scene, user, HOUR)
        ended = await _linked(scene, user, -HOUR)
        bare = await _linked(scene, user, HOUR / 2, refresh_token=None)
        for unfit in (
            {"ends": HOUR + SECOND},
            {"ends": None},
            {"ends": HOUR, "status": AccountStatus.REVOKED},
            {"ends": HOUR, "platform": "tiktok"},
        ):
            await _linked(scene, user, **unfit)
        unlinked = await scene.grant(user, access_expires_at=clock.now())
        await scene.put(await scene.account(user, unlinked), unlinked_at=clock.now())

        async def expiring(limit: int = 10, *, refreshable: bool = True) -> list[Grant]:
            async with ledger.begin() as tx:
                return list(await tx.upkeep.expiring("facebook", before, limit, refreshable=refreshable))

        assert await expiring() == [ended, later]
        assert await expiring(refreshable=False) == [ended, bare, later]
        assert await expiring(1) == [ended]
        async with ledger.begin() as tx:
            assert await tx.grants.lease_refresh(ended.id, "somebody", SECOND)
            await tx.upkeep.put_off(later.id, clock.now() + 2 * SECOND)
        assert await expiring() == []
        clock.advance(SECOND)
        assert await expiring() == [ended]
        clock.advance(SECOND)
        assert await expiring() == [ended, later]

    async def test_scheduled_content_is_found_before_its_time(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        user, now = await scene.user(), clock.now()
        given = {"visibility": Visibility.SCHEDULED}
        far = await scene.content(user, release_at=now + HOUR, **given)
        near = await scene.content(user, release_at=now + SECOND, **given)
        await scene.content(user, release_at=now + HOUR + SECOND, **given)
        await scene.content(user, release_at=now, **given)
        await scene.content(user, release_at=None, **given)
        await scene.content(user, release_at=now + SECOND)
        await scene.content(user, release_at=now + SECOND, selected_at=now, **given)

        async def unprobed(limit: int = 10) -> list[Content]:
            async with ledger.begin() as tx:
                return list(await tx.upkeep.unprobed(now + HOUR, clock.now() - SECOND, limit))

        assert await unprobed() == [near, far]
        assert await unprobed(1) == [near]
        risk = Risk(account_id=scene.new_id(), code="needs_reconnect", reason="Reconnect it.")
        asked = evolve(far, probed_at=now, risks=(risk,))
        async with ledger.begin() as tx:
            assert await tx.upkeep.note_probe(asked, was=far)
            assert not await tx.upkeep.note_probe(asked, was=far), "somebody was first"
            assert await tx.contents.get(far.id) == asked
        assert await unprobed() == [near]
        clock.advance(SECOND / 2)
        assert await unprobed() == [near]
        clock.advance(SECOND / 2)
        assert await unprobed() == [asked], "asked again after a while; the other one's time has come"
        edited = evolve(asked, body="Changed", updated_at=clock.now())
        async with ledger.begin() as tx:
            assert await tx.contents.save_unreleased(edited, was=asked)
            assert not await tx.upkeep.note_probe(evolve(asked, risks=()), was=asked), "it was edited meanwhile"

    async def test_unlinked_accounts_that_kept_their_grant_are_found(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        user = await scene.user()
        late, early, linked, ended, sending, answered = [
            await scene.account(user, await scene.grant(user, subject_id=str(number))) for number in range(6)
        ]
        now = clock.now()
        await scene.put(late, unlinked_at=now)
        await scene.put(early, unlinked_at=now - SECOND)
        await scene.put(ended, unlinked_at=now, grant_id=None)
        await scene.save(await scene.delivery(linked), committing_at=now, status=DeliveryStatus.FAILED)
        sent = await scene.save(await scene.delivery(sending), committing_at=now)
        await scene.save(await scene.delivery(answered), committing_at=now, status=DeliveryStatus.SUCCESS)
        await scene.put(sending, unlinked_at=now - HOUR)
        await scene.put(answered, unlinked_at=now - HOUR)

        async def left(limit: int = 10) -> list[UUID]:
            async with ledger.begin() as tx:
                return list(await tx.upkeep.half_unlinked(limit))

        assert await left() == [answered.id, early.id, late.id]
        assert await left(1) == [answered.id]
        await scene.save(sent, status=DeliveryStatus.FAILED)
        assert set(await left(2)) == {sending.id, answered.id}

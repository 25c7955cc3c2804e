"""What is failed is found by its user, its platform and its reason, page by page."""

from datetime import timedelta

import pytest

from distribution_core.domain.account import SocialAccount
from distribution_core.domain.delivery import Delivery, DeliveryStatus
from distribution_core.domain.outcome import Failure, FailureKind
from distribution_core.ports.dead_letters import DeadLetterCount, DeadLetterFilter
from distribution_core.ports.ledger import Ledger
from distribution_core.testing.ledger_contract.scene import Scene
from distribution_core.testing.memory_clock import MemoryClock

ALL = DeadLetterFilter()


async def _failed(scene: Scene, account: SocialAccount, kind: FailureKind) -> Delivery:
    scene.clock.advance(timedelta(seconds=1))
    delivery = await scene.delivery(account)
    why = Failure(kind=kind, message="No.")
    return await scene.save(delivery, status=DeliveryStatus.FAILED, due_at=None, last_error=why, finished_at=scene.clock.now())


class BuryingContract:
    pytestmark = pytest.mark.anyio

    async def test_dead_letters_are_the_users_failed_deliveries(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        user, stranger = await scene.user(), await scene.user()
        page = await scene.account(user, platform="facebook")
        film = await scene.account(user, platform="tiktok")
        rejected = await _failed(scene, page, FailureKind.REJECTED_CONTENT)
        unconfirmed = await _failed(scene, page, FailureKind.UNCONFIRMED)
        transient = await _failed(scene, film, FailureKind.TRANSIENT)
        await _failed(scene, await scene.account(stranger), FailureKind.TRANSIENT)
        await scene.delivery(page)
        async with ledger.begin() as tx:
            dead = tx.dead_letters
            assert list(await dead.page(user.id, ALL, 10)) == [transient, unconfirmed, rejected]
            assert list(await dead.page(user.id, DeadLetterFilter(platform="facebook"), 10)) == [unconfirmed, rejected]
            assert list(await dead.page(user.id, DeadLetterFilter(kind=FailureKind.TRANSIENT), 10)) == [transient]
            both = DeadLetterFilter(platform="tiktok", kind=FailureKind.UNCONFIRMED)
            assert list(await dead.page(user.id, both, 10)) == []
            some = DeadLetterFilter(ids=[rejected.id, transient.id, page.id])
            assert list(await dead.page(user.id, some, 10)) == [transient, rejected]
            assert list(await dead.page(user.id, DeadLetterFilter(ids=[]), 10)) == []
            assert list(await dead.counts(user.id)) == [
                DeadLetterCount(platform="facebook", kind=FailureKind.REJECTED_CONTENT, number=1),
                DeadLetterCount(platform="facebook", kind=FailureKind.UNCONFIRMED, number=1),
                DeadLetterCount(platform="tiktok", kind=FailureKind.TRANSIENT, number=1),
            ]

    async def test_who_has_dead_letters_is_found_page_by_page(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        first, without, second, third = [await scene.user() for _ in range(4)]
        async with ledger.begin() as tx:
            assert list(await tx.dead_letters.owners(10)) == []
        for owner in (third, first, second, first):
            await _failed(scene, await scene.account(owner), FailureKind.TRANSIENT)
        await scene.delivery(await scene.account(without))
        async with ledger.begin() as tx:
            assert list(await tx.dead_letters.owners(10)) == [first, second, third]
            assert list(await tx.dead_letters.owners(2)) == [first, second]
            assert list(await tx.dead_letters.owners(2, second.id)) == [third]
            assert list(await tx.dead_letters.owners(2, without.id)) == [second, third]
            assert list(await tx.dead_letters.owners(2, third.id)) == []

    async def test_what_dead_letters_were_to_carry_is_told_to_their_user(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        user, stranger = await scene.user(), await scene.user()
        mine = await _failed(scene, await scene.account(user), FailureKind.TRANSIENT)
        theirs = await _failed(scene, await scene.account(stranger), FailureKind.TRANSIENT)
        async with ledger.begin() as tx:
            own = await tx.contents.get(mine.content_id)
            assert await tx.dead_letters.contents(user.id, [mine.content_id, theirs.content_id]) == {mine.content_id: own}
            assert await tx.dead_letters.contents(user.id, []) == {}

    async def test_a_place_among_dead_letters_outlives_its_redrive(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        user = await scene.user()
        account = await scene.account(user)
        oldest, older, newer, newest = [await _failed(scene, account, FailureKind.TRANSIENT) for _ in range(4)]
        async with ledger.begin() as tx:
            assert list(await tx.dead_letters.page(user.id, ALL, 2)) == [newest, newer]
        await scene.save(newer, status=DeliveryStatus.RETRIED, due_at=clock.now(), finished_at=None)
        async with ledger.begin() as tx:
            assert list(await tx.dead_letters.page(user.id, ALL, 2, newer.id)) == [older, oldest]
            assert list(await tx.dead_letters.page(user.id, ALL, 2, oldest.id)) == []

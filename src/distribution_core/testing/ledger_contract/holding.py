"""What a user has of what is limited in number."""

from datetime import timedelta

from distribution_core.domain.content import MediaAsset, MediaKind, StoredMedia, Visibility
from distribution_core.ports.holdings import Held
from distribution_core.ports.ledger import Ledger
from distribution_core.testing.ledger_contract.scene import Scene
from distribution_core.testing.memory_clock import MemoryClock


class HoldingContract:
    async def test_each_user_is_counted_alone(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        user, other = await scene.user(), await scene.user()
        first = await scene.account(user)
        await scene.account(user)
        await scene.account(other)
        await scene.put(first, unlinked_at=clock.now(), grant_id=None)
        later = clock.now() + timedelta(days=1)
        for visibility, release_at in (
            (Visibility.SCHEDULED, later),
            (Visibility.PUBLIC, later),
            (Visibility.PRIVATE, None),
        ):
            scheduled_at = later if visibility is Visibility.SCHEDULED else None
            await scene.content(user, visibility=visibility, scheduled_at=scheduled_at, release_at=release_at)
        async with ledger.begin() as tx:
            for number, owner in enumerate((user, user, other)):
                asset = MediaAsset(
                    key=f"k{number}", kind=MediaKind.IMAGE, mime="image/png", size_bytes=2**31, sha256="0" * 64, width=1, height=1
                )
                await tx.media.add(StoredMedia(user_id=owner.id, asset=asset, created_at=tx.now))
        async with ledger.begin() as tx:
            mine = Held(accounts=1, media=2, media_bytes=2**32, scheduled=1)
            assert await tx.holdings.of_user(user.id) == await tx.holdings.hold(user.id) == mine
            assert await tx.holdings.of_user(other.id) == Held(accounts=1, media=1, media_bytes=2**31)
            assert await tx.holdings.hold(scene.new_id()) == Held()

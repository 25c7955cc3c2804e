"""Wrapped data keys: counted by version, found where they are old, and replaced without undoing anything."""

from datetime import timedelta

from attrs import evolve

from distribution_core.domain.account import DataKey, LinkIntent
from distribution_core.ports.ledger import Ledger
from distribution_core.testing.ledger_contract.scene import KEY, Scene
from distribution_core.testing.memory_clock import MemoryClock

NEW = DataKey(wrapped=b"\x01anew", key_id="elsewhere", key_version=7)


class WrappingContract:
    async def test_keys_under_other_versions_are_found_and_replaced(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        user = await scene.user()
        grants = [await scene.grant(user) for _ in range(3)]
        async with ledger.begin() as tx:
            assert dict(await tx.wrappings.counts()) == {(KEY.key_id, KEY.key_version): 3}
            assert await tx.wrappings.under_others(KEY.key_id, KEY.key_version, 10) == []
            stale = await tx.wrappings.under_others("elsewhere", 7, 2)
            assert len(stale) == 2, "as many as were asked for"
            assert all([await tx.wrappings.replace(each, NEW) for each in stale])
            assert not await tx.wrappings.replace(stale[0], NEW), "it holds another one by now"
        async with ledger.begin() as tx:
            (left,) = await tx.wrappings.under_others("elsewhere", 7, 10)
            assert left.key == KEY
            done = [await tx.grants.get(grant.id) for grant in grants if grant.id != left.row_id]
            assert [grant.data_key for grant in done if grant] == [NEW, NEW]
            assert await tx.wrappings.counts() == {("elsewhere", 7): 2, (KEY.key_id, KEY.key_version): 1}

    async def test_saving_a_grant_that_was_read_before_keeps_the_new_wrapping(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        grant = await scene.grant(await scene.user())
        async with ledger.begin() as tx:
            (stale,) = await tx.wrappings.under_others("elsewhere", 7, 1)
            await tx.wrappings.replace(stale, NEW)
        async with ledger.begin() as tx:
            renewed = evolve(grant, access_token=b"\x02renewed", version=grant.version + 1)
            assert await tx.grants.save(renewed, spent_version=grant.version)
            stored = await tx.grants.get(grant.id)
            assert stored == evolve(renewed, data_key=NEW)

    async def test_round_trips_count_until_they_have_ended(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        user = await scene.user()
        async with ledger.begin() as tx:
            for number, key in enumerate((KEY, None)):
                intent = LinkIntent(
                    state_hash=bytes([number]) * 32,
                    user_id=user.id,
                    session_id=scene.new_id(),
                    platform="tiktok",
                    app="main",
                    redirect_uri="https://us/callback",
                    data_key=key,
                    code_verifier=b"sealed" if key else None,
                    expires_at=tx.now + timedelta(minutes=10),
                )
                await tx.link_intents.add(intent)
            (stale,) = await tx.wrappings.under_others("elsewhere", 7, 10)
            assert await tx.wrappings.replace(stale, NEW)
        async with ledger.begin() as tx:
            assert await tx.wrappings.counts() == {("elsewhere", 7): 1}
        clock.advance(timedelta(minutes=10))
        async with ledger.begin() as tx:
            assert not await tx.wrappings.counts()
            assert not await tx.wrappings.under_others(KEY.key_id, KEY.key_version, 10)

    async def test_a_version_is_as_old_as_when_it_was_first_seen(self, ledger: Ledger, clock: MemoryClock) -> None:
        async with ledger.begin() as tx:
            first = await tx.wrappings.first_seen("local", 1)
            assert first == tx.now
        clock.advance(timedelta(days=1))
        async with ledger.begin() as tx:
            assert await tx.wrappings.first_seen("local", 1) == first
            assert await tx.wrappings.first_seen("local", 2) == tx.now

"""Link intents, grants and accounts."""

import asyncio
import contextlib
from datetime import timedelta
from typing import Any

import pytest
from attrs import evolve

from distribution_core.domain.account import AccountStatus, LinkChoice, LinkIntent, User
from distribution_core.ports.ledger import DuplicateError, Ledger
from distribution_core.testing.ledger_contract.scene import KEY, Scene
from distribution_core.testing.memory_clock import MemoryClock

_LEASE = timedelta(seconds=45)
_RIVAL_S = 0.3


async def _soon(event: asyncio.Event) -> None:
    """Give a rival the time to do what it must not be able to do."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_RIVAL_S):
            await event.wait()


async def _offered(scene: Scene, user: User, lives: timedelta, app: str = "main") -> LinkChoice:
    choice = evolve(scene.choice(user, lives), app=app)
    async with scene.ledger.begin() as tx:
        await tx.link_intents.offer(choice)
    return choice


class LinkingContract:
    pytestmark = pytest.mark.anyio

    @pytest.mark.parametrize("with_verifier", [True, False])
    async def test_link_intent_is_given_out_once(self, ledger: Ledger, clock: MemoryClock, with_verifier: bool) -> None:
        scene = Scene(ledger, clock)
        intent = LinkIntent(
            state_hash=b"\x00hash\xff",
            user_id=(await scene.user()).id,
            session_id=scene.new_id(),
            platform="tiktok",
            app="main",
            redirect_uri="https://app.example/oauth/tiktok/callback",
            data_key=KEY if with_verifier else None,
            code_verifier=b"sealed" if with_verifier else None,
            expires_at=clock.now() + timedelta(minutes=10),
        )
        async with ledger.begin() as tx:
            await tx.link_intents.add(intent)
        clock.advance(timedelta(hours=1))

        async def take() -> LinkIntent | None:
            async with ledger.begin() as tx:
                return await tx.link_intents.take(intent.state_hash)

        taken = await asyncio.gather(take(), take(), take())
        assert [found for found in taken if found] == [intent], "once, whatever its age"
        assert await take() is None

    async def test_a_choice_is_looked_at_freely_and_ended_once(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        choice = scene.choice(await scene.user(), timedelta(minutes=10))
        async with ledger.begin() as tx:
            await tx.link_intents.offer(choice)
        clock.advance(timedelta(hours=1))
        for _ in range(2):
            async with ledger.begin() as tx:
                assert await tx.link_intents.offered(choice.id, choice.user_id) == choice
                assert await tx.link_intents.offered(scene.new_id(), choice.user_id) is None
                assert await tx.link_intents.offered(choice.id, scene.new_id()) is None
                assert await tx.link_intents.take_offered(choice.id, scene.new_id()) is None

        async def take() -> LinkChoice | None:
            async with ledger.begin() as tx:
                return await tx.link_intents.take_offered(choice.id, choice.user_id)

        taken = await asyncio.gather(take(), take(), take())
        assert [found for found in taken if found] == [choice], "once, whatever its age"
        async with ledger.begin() as tx:
            assert await tx.link_intents.offered(choice.id, choice.user_id) is None

    async def test_grant_comes_back_whole(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        user = await scene.user()
        grant = await scene.grant(
            user,
            scopes=("pages_manage_posts", "pages_read_engagement"),
            access_expires_at=clock.now() + timedelta(days=60),
            refresh_token=b"\x02sealed",
            refresh_expires_at=clock.now() + timedelta(days=365, microseconds=1),
            status=AccountStatus.EXPIRED,
            version=7,
        )
        async with ledger.begin() as tx:
            assert await tx.grants.get(grant.id) == grant
            assert await tx.listing.grants_of(grant.user_id) == {grant.id: grant}
            assert not await tx.listing.grants_of(scene.new_id())
            assert await tx.grants.get(scene.new_id()) is None

    async def test_grant_is_found_by_who_consented_to_which_app(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        user, other = await scene.user(), await scene.user()
        grant = await scene.grant(user, platform="linkedin", app="member", subject_id="abc")
        community = await scene.grant(user, platform="linkedin", app="community", subject_id="abc")
        theirs = await scene.grant(other, platform="linkedin", app="member", subject_id="abc")
        async with ledger.begin() as tx:
            assert await tx.grants.find(user.id, "linkedin", "member", "abc") == grant
            assert await tx.grants.find(user.id, "linkedin", "community", "abc") == community
            assert await tx.grants.find(other.id, "linkedin", "member", "abc") == theirs
            assert await tx.grants.find(user.id, "linkedin", "member", "ABC") is None
            assert await tx.grants.find(user.id, "facebook", "member", "abc") is None
        with pytest.raises(DuplicateError):
            await scene.grant(user, platform="linkedin", app="member", subject_id="abc")

    async def test_grant_is_saved_only_over_the_version_that_was_spent(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        user = await scene.user()
        grant, unknown = await scene.grant(user), scene.new_grant(user)
        second = evolve(grant, access_token=b"second", version=2, updated_at=clock.now() + timedelta(seconds=1))
        async with ledger.begin() as tx:
            assert await tx.grants.save(second, spent_version=1)
        async with ledger.begin() as tx:
            assert not await tx.grants.save(evolve(grant, access_token=b"late", version=2), spent_version=1)
            assert await tx.grants.get(grant.id) == second
            assert not await tx.grants.save(unknown, spent_version=1)

    async def test_one_of_two_savers_is_first(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        grant = await scene.grant(await scene.user())

        async def save(token: bytes) -> bool:
            async with ledger.begin() as tx:
                return await tx.grants.save(evolve(grant, access_token=token, version=2), spent_version=1)

        tokens = [b"a", b"b", b"c"]
        stored = await asyncio.gather(*map(save, tokens))
        assert sorted(stored) == [False, False, True]
        async with ledger.begin() as tx:
            kept = await tx.grants.get(grant.id)
        assert kept
        assert kept.access_token == tokens[stored.index(True)]

    async def test_one_owner_refreshes_at_a_time(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        grant = await scene.grant(await scene.user())

        async def lease(owner: str, ttl: timedelta = _LEASE) -> bool:
            async with ledger.begin() as tx:
                return await tx.grants.lease_refresh(grant.id, owner, ttl)

        owners = ["a", "b", "c", "d"]
        answers = await asyncio.gather(*map(lease, owners))
        assert answers.count(True) == 1
        holder = owners[answers.index(True)]
        loser = owners[answers.index(False)]
        clock.advance(_LEASE - timedelta(microseconds=1))
        assert not await lease(loser)
        assert await lease(holder), "its own lease is renewed"
        clock.advance(_LEASE - timedelta(microseconds=1))
        assert not await lease(loser)
        clock.advance(timedelta(microseconds=1))
        assert await lease(loser), "an ended lease is free"
        assert not await lease(holder, timedelta()), "who lost it ends nobody's"
        assert await lease(loser, timedelta()), "its own lease is given back"
        assert await lease(holder), "and is free at once"
        async with ledger.begin() as tx:
            assert not await tx.grants.lease_refresh(scene.new_id(), "a", _LEASE), "there is no such grant"

    async def test_saving_ends_the_refresh_lease_and_failing_to_save_does_not(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        grant = await scene.grant(await scene.user())
        async with ledger.begin() as tx:
            assert await tx.grants.lease_refresh(grant.id, "a", _LEASE)
            assert not await tx.grants.save(evolve(grant, version=9), spent_version=8)
            assert not await tx.grants.lease_refresh(grant.id, "b", _LEASE)
            assert await tx.grants.save(evolve(grant, version=2), spent_version=1)
            assert await tx.grants.lease_refresh(grant.id, "b", _LEASE)

    async def test_account_comes_back_whole_and_is_replaced_by_id(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        user = await scene.user()
        account = await scene.account(user, await scene.grant(user))
        async with ledger.begin() as tx:
            assert await tx.accounts.get(account.id) == account
        changed = await scene.put(
            account,
            display_name="Bäckerei 🥐",
            handle="baeckerei",
            avatar_url="https://cdn.example/a.png",
            is_active=False,
            status=AccountStatus.ERROR,
            status_reason="restricted",
            access_token=b"\x00own\xff",
            access_expires_at=clock.now() + timedelta(days=1),
            scopes=("a", "b"),
            unlinked_at=clock.now(),
            grant_id=None,
        )
        async with ledger.begin() as tx:
            assert await tx.accounts.get(account.id) == changed
            assert list(await tx.accounts.of_user(user.id)) == [changed]

    async def test_account_of_another_user_is_not_found(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        user, other = await scene.user(), await scene.user()
        account = await scene.account(user)
        async with ledger.begin() as tx:
            assert await tx.accounts.get(account.id, user.id) == account
            assert await tx.accounts.get(account.id, other.id) is None
            assert await tx.accounts.get(scene.new_id()) is None

    async def test_a_user_has_an_external_account_once(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        user, other = await scene.user(), await scene.user()
        await scene.account(user, platform="facebook", external_account_id="1", unlinked_at=clock.now())
        with pytest.raises(DuplicateError):
            await scene.account(user, platform="facebook", external_account_id="1")
        await scene.account(user, platform="tiktok", external_account_id="1")
        await scene.account(other, platform="facebook", external_account_id="1")

    async def test_an_account_cannot_take_the_identity_of_another(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        user = await scene.user()
        first, second = await scene.account(user), await scene.account(user)
        with pytest.raises(DuplicateError):
            await scene.put(second, external_account_id=first.external_account_id)

    async def test_accounts_are_listed_in_the_order_of_linking(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        user, other = await scene.user(), await scene.user()
        grant = await scene.grant(user, platform="tiktok")
        late = await scene.account(user, grant, linked_at=clock.now() + timedelta(days=2))
        first = await scene.account(user, grant, linked_at=clock.now())
        unlinked = await scene.account(user, linked_at=clock.now() + timedelta(days=1), unlinked_at=clock.now())
        await scene.account(other)
        async with ledger.begin() as tx:
            assert list(await tx.accounts.of_user(user.id)) == [first, unlinked, late], "unlinked ones too"
            assert list(await tx.accounts.of_user(user.id, "tiktok")) == [first, late]
            assert list(await tx.accounts.of_grant(grant.id)) == [first, late]
            assert not await tx.accounts.of_user(scene.new_id())

    @pytest.mark.parametrize("way", ["get", "of_user", "of_grant"])
    async def test_an_account_read_for_change_is_changed_by_one_at_a_time(
        self, ledger: Ledger, clock: MemoryClock, way: str
    ) -> None:
        """Rows are put back whole: a second reader must see what the first one has put."""
        scene = Scene(ledger, clock)
        user = await scene.user()
        grant = await scene.grant(user)
        account = await scene.account(user, grant)
        first_read, second_read = asyncio.Event(), asyncio.Event()

        async def change(read: asyncio.Event, rival: asyncio.Event | None, **fields: Any) -> None:
            async with ledger.begin() as tx:
                match way:
                    case "get":
                        found = await tx.accounts.get(account.id, for_change=True)
                    case "of_user":
                        (found,) = await tx.accounts.of_user(user.id, for_change=True)
                    case _:
                        (found,) = await tx.accounts.of_grant(grant.id, for_change=True)
                assert found
                read.set()
                if rival is not None:
                    await _soon(rival)
                await tx.accounts.put(evolve(found, **fields))

        async def second() -> None:
            await first_read.wait()
            await change(second_read, None, is_active=False)

        await asyncio.gather(change(first_read, second_read, display_name="Changed"), second())
        async with ledger.begin() as tx:
            assert await tx.accounts.get(account.id) == evolve(account, display_name="Changed", is_active=False)

    async def test_a_grant_read_for_change_is_saved_by_nobody_else(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        grant = await scene.grant(await scene.user())
        read, saved = asyncio.Event(), asyncio.Event()

        async def rival() -> bool:
            await read.wait()
            async with ledger.begin() as tx:
                stored = await tx.grants.save(evolve(grant, access_token=b"rival", version=2), spent_version=1)
            saved.set()
            return stored

        async def first() -> bool:
            async with ledger.begin() as tx:
                assert await tx.grants.get(grant.id, for_change=True) == grant
                read.set()
                await _soon(saved)
                return await tx.grants.save(evolve(grant, access_token=b"first", version=2), spent_version=1)

        saved_first, saved_by_rival = await asyncio.gather(first(), rival())
        assert saved_first
        assert not saved_by_rival

    async def test_links_to_a_subject_are_counted_over_all_users(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        user, other = await scene.user(), await scene.user()
        mine = await scene.grant(user, subject_id="s")
        theirs = await scene.grant(other, subject_id="s")
        elsewhere = await scene.grant(user, subject_id="s", app="community")
        first = await scene.account(user, mine)
        await scene.account(user, mine, is_active=False, status=AccountStatus.REVOKED)
        await scene.account(other, theirs)
        await scene.account(user, elsewhere)
        await scene.account(user)

        async def linked() -> int:
            async with ledger.begin() as tx:
                return await tx.accounts.linked_to_subject("facebook", "main", "s")

        assert await linked() == 3, "switched off is still linked"
        await scene.put(first, unlinked_at=clock.now())
        assert await linked() == 2
        async with ledger.begin() as tx:
            assert await tx.accounts.linked_to_subject("facebook", "community", "s") == 1
            assert await tx.accounts.linked_to_subject("tiktok", "main", "s") == 0

    async def test_abandoned_consents_are_found_once_their_user_links_no_more(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene, hour = Scene(ledger, clock), timedelta(hours=1)
        user, other = await scene.user(), await scene.user()
        ended = await _offered(scene, user, hour)
        elsewhere = await _offered(scene, user, 2 * hour, app="community")
        theirs = await _offered(scene, other, 3 * hour)
        clock.advance(hour)
        async with ledger.begin() as tx:
            assert list(await tx.farewells.abandoned(9)) == [ended]
        again = await _offered(scene, user, 2 * hour)
        clock.advance(hour)
        async with ledger.begin() as tx:
            assert list(await tx.farewells.abandoned(9)) == [elsewhere]
        clock.advance(hour)
        async with ledger.begin() as tx:
            assert list(await tx.farewells.abandoned(9)) == [ended, elsewhere, theirs, again]
            assert list(await tx.farewells.abandoned(2)) == [ended, elsewhere]

    async def test_who_leaves_is_found_over_all_users(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        theirs = [await scene.grant(await scene.user(), subject_id="ada") for _ in range(2)]
        await scene.grant(await scene.user(), subject_id="ada", app="other")
        await scene.grant(await scene.user(), subject_id="bob")
        async with ledger.begin() as tx:
            assert list(await tx.farewells.grants_of("facebook", "main", "ada")) == theirs
            assert not await tx.farewells.grants_of("tiktok", "main", "ada")

    async def test_an_account_that_leaves_is_found_over_all_users(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        pages = [await scene.account(await scene.user(), external_account_id="page-1") for _ in range(2)]
        gone = await scene.put(pages[1], unlinked_at=clock.now(), grant_id=None)
        await scene.account(await scene.user(), external_account_id="page-2")
        async with ledger.begin() as tx:
            assert list(await tx.farewells.accounts_of("facebook", "page-1")) == [pages[0], gone]
            assert not await tx.farewells.accounts_of("tiktok", "page-1")

    async def test_what_is_to_be_revoked_is_found_when_it_is_its_time(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene, hour = Scene(ledger, clock), timedelta(hours=1)
        user, now = await scene.user(), clock.now()
        later = await scene.grant(user, revoke_until=now + 2 * hour)
        sooner = await scene.grant(user, revoke_until=now + hour)
        await scene.grant(user)
        async with ledger.begin() as tx:
            assert list(await tx.farewells.unrevoked(5)) == [sooner, later]
            assert list(await tx.farewells.unrevoked(1)) == [sooner]
            await tx.upkeep.put_off(sooner.id, now + hour)
            assert await tx.grants.lease_refresh(later.id, "w1", hour)
        async with ledger.begin() as tx:
            assert not await tx.farewells.unrevoked(5)
        clock.advance(hour)
        async with ledger.begin() as tx:
            assert list(await tx.farewells.unrevoked(5)) == [sooner, later]

"""Users and sessions."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from attrs import evolve

from distribution_core.domain.account import Session, User
from distribution_core.domain.api_key import ApiKey, ApiScope
from distribution_core.domain.sso import SsoRound
from distribution_core.ports.ledger import DuplicateError, Ledger
from distribution_core.testing.ledger_contract.scene import Scene
from distribution_core.testing.memory_clock import MemoryClock


def _session(scene: Scene, user: User, **fields: Any) -> Session:
    now = scene.clock.now()
    given: dict[str, Any] = {"family_id": scene.new_id(), "token_hash": scene.number().to_bytes(32, "big")}
    return Session(id=scene.new_id(), user_id=user.id, created_at=now, expires_at=now + timedelta(days=30), **(given | fields))


class SigningInContract:
    pytestmark = pytest.mark.anyio

    async def test_user_is_found_by_id_email_and_subject(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        user = await scene.user(
            "Ada@Example.com", password_hash="$argon2id$...", sso_issuer="https://id.example", sso_subject="1"
        )
        async with ledger.begin() as tx:
            assert await tx.users.get(user.id) == user
            assert await tx.users.find(email="Ada@Example.com") == user
            assert await tx.users.find(sso=("https://id.example", "1")) == user
            assert await tx.users.get(scene.new_id()) is None
            assert await tx.users.find(email="ada@example.org") is None
            assert await tx.users.find(sso=("https://id.example", "2")) is None
            assert await tx.users.find(sso=("https://other.example", "1")) is None
            assert await tx.users.find() is None

    @pytest.mark.parametrize("spelling", ["ada@example.com", "ADA@EXAMPLE.COM", "Ada@example.Com"])
    async def test_email_is_compared_without_case(self, ledger: Ledger, clock: MemoryClock, spelling: str) -> None:
        scene = Scene(ledger, clock)
        user = await scene.user("Ada@Example.com")
        async with ledger.begin() as tx:
            assert await tx.users.find(email=spelling) == user, "kept as it was written, found however it is written"
        with pytest.raises(DuplicateError):
            await scene.user(spelling)

    async def test_email_outside_ascii_is_compared_without_case(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        user = await scene.user("Ärger@Straße.example")
        async with ledger.begin() as tx:
            assert await tx.users.find(email="äRGER@strasse.example") == user
        with pytest.raises(DuplicateError):
            await scene.user("ÄRGER@STRASSE.example")

    async def test_a_subject_is_unique_for_its_issuer_and_several_users_may_have_none(
        self, ledger: Ledger, clock: MemoryClock
    ) -> None:
        scene = Scene(ledger, clock)
        first, second = "https://id.example", "https://other.example"
        await scene.user(sso_issuer=first, sso_subject="a")
        with pytest.raises(DuplicateError):
            await scene.user(sso_issuer=first, sso_subject="a")
        await scene.user(sso_issuer=first, sso_subject="A")
        other = await scene.user(sso_issuer=second, sso_subject="a")
        async with ledger.begin() as tx:
            with pytest.raises(DuplicateError):
                await tx.users.save(evolve(other, sso_issuer=first))
        await scene.user()
        await scene.user()
        async with ledger.begin() as tx:
            assert len(await tx.users.ids(100)) == 5

    async def test_no_users_at_first(self, ledger: Ledger, clock: MemoryClock) -> None:
        async with ledger.begin() as tx:
            assert len(await tx.users.ids(100)) == 0

    async def test_the_first_user_is_added_once(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        rivals = [User(id=scene.new_id(), email=f"first{n}@example.com", created_at=clock.now()) for n in range(5)]

        async def try_to_be(user: User) -> bool:
            async with ledger.begin() as tx:
                return await tx.setup.add_first(user)

        added = await asyncio.gather(*(try_to_be(user) for user in rivals))
        assert sorted(added) == [False] * 4 + [True]
        async with ledger.begin() as tx:
            assert list(await tx.users.ids(10)) == [rivals[added.index(True)].id]

    async def test_nobody_is_first_after_somebody(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        somebody = await scene.user()
        async with ledger.begin() as tx:
            assert not await tx.setup.add_first(User(id=scene.new_id(), email="late@example.com", created_at=clock.now()))
        async with ledger.begin() as tx:
            assert list(await tx.users.ids(10)) == [somebody.id]

    async def test_a_trip_to_a_provider_is_given_out_once(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        user, soon = await scene.user(), clock.now() + timedelta(minutes=10)
        plain = SsoRound(state_hash=b"\x00plain", browser_hash=b"\xff", return_to="/app", expires_at=soon)
        linking = evolve(plain, state_hash=b"linking", user_id=user.id, session_id=scene.new_id())
        async with ledger.begin() as tx:
            await tx.sso_rounds.add(plain)
            await tx.sso_rounds.add(linking)
        async with ledger.begin() as tx:
            assert await tx.sso_rounds.take(b"another") is None
            assert await tx.sso_rounds.take(plain.state_hash) == plain
            assert await tx.sso_rounds.take(plain.state_hash) is None
            assert await tx.sso_rounds.take(linking.state_hash) == linking

    async def test_a_providers_token_is_used_once(self, ledger: Ledger, clock: MemoryClock) -> None:
        soon = clock.now() + timedelta(minutes=5)

        async def use(token_hash: bytes) -> bool:
            async with ledger.begin() as tx:
                return await tx.sso_rounds.use_token(token_hash, soon)

        assert sorted(await asyncio.gather(*(use(b"one") for _ in range(4)))) == [False, False, False, True]
        assert await use(b"another")

    async def test_session_is_found_by_its_hash(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        user = await scene.user()
        session = _session(scene, user)
        async with ledger.begin() as tx:
            await tx.sessions.add(session)
        async with ledger.begin() as tx:
            assert await tx.sessions.by_token_hash(session.token_hash) == session
            assert await tx.sessions.by_token_hash(b"another") is None

    async def test_session_rotates_once(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        session = _session(scene, await scene.user())
        async with ledger.begin() as tx:
            await tx.sessions.add(session)
        async with ledger.begin() as tx:
            assert await tx.sessions.rotate(session.id, clock.now())
        used_at = clock.now()
        clock.advance(timedelta(seconds=1))
        async with ledger.begin() as tx:
            assert not await tx.sessions.rotate(session.id, clock.now()), "a replay"
            assert await tx.sessions.by_token_hash(session.token_hash) == evolve(session, rotated_at=used_at)
            assert not await tx.sessions.rotate(scene.new_id(), clock.now())

    async def test_revoking_a_family_ends_its_sessions_only(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        user = await scene.user()
        first = _session(scene, user)
        second, other = _session(scene, user, family_id=first.family_id), _session(scene, user)
        async with ledger.begin() as tx:
            for session in (first, second, other):
                await tx.sessions.add(session)
            assert await tx.sessions.rotate(first.id, tx.now)
            await tx.sessions.revoke_family(first.family_id, tx.now)
        revoked_at = clock.now()
        clock.advance(timedelta(minutes=1))
        async with ledger.begin() as tx:
            await tx.sessions.revoke_family(first.family_id, tx.now)
            assert not await tx.sessions.rotate(second.id, tx.now), "revoked sessions do not rotate"
            found = await tx.sessions.by_token_hash(second.token_hash)
            assert found
            assert found.revoked_at == revoked_at, "the first revocation stands"
            assert set(await tx.sessions.live({first.family_id, other.family_id}, tx.now)) == {other.family_id}
            assert await tx.sessions.rotate(other.id, tx.now)

    async def test_family_lives_until_its_last_session_expires(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        session = _session(scene, await scene.user())
        async with ledger.begin() as tx:
            await tx.sessions.add(session)
        async with ledger.begin() as tx:
            asked = {session.family_id, scene.new_id()}
            assert set(await tx.sessions.live(asked, session.expires_at - timedelta(microseconds=1))) == {session.family_id}
            assert not await tx.sessions.live(asked, session.expires_at)

    async def test_places_of_a_user_are_chains_that_are_still_good(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        user = await scene.user()
        first, revoked, others = _session(scene, user), _session(scene, user), _session(scene, await scene.user())
        first = evolve(first, device="A browser")
        async with ledger.begin() as tx:
            for session in (first, revoked, others):
                await tx.sessions.add(session)
            await tx.sessions.revoke_family(revoked.family_id, tx.now)
        clock.advance(timedelta(minutes=10))
        renewed = evolve(_session(scene, user, family_id=first.family_id), device="A browser", began_at=first.created_at)
        clock.advance(timedelta(minutes=1))
        later = _session(scene, user)
        async with ledger.begin() as tx:
            assert await tx.sessions.rotate(first.id, tx.now)
            await tx.sessions.add(renewed)
            await tx.sessions.add(later)
        async with ledger.begin() as tx:
            places = await tx.sign_ins.of_user(user.id)
        assert [place.family_id for place in places] == [later.family_id, first.family_id]
        assert (places[1].began_at, places[1].used_at) == (first.created_at, renewed.created_at)
        assert (places[1].ends_at, places[1].device, places[0].device) == (renewed.expires_at, "A browser", None)
        clock.advance(later.expires_at - clock.now())
        async with ledger.begin() as tx:
            assert await tx.sign_ins.of_user(user.id) == ()

    async def test_a_key_is_found_by_its_hash_and_revoked_by_its_owner_alone(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene, hour = Scene(ledger, clock), timedelta(hours=1)
        ada, bob, now = await scene.user(), await scene.user(), clock.now()
        older, newer = (
            ApiKey(
                id=scene.new_id(),
                user_id=ada.id,
                name=f"Key {number}",
                prefix="sck_abc",
                key_hash=bytes([0, number, 255]),
                scopes=(ApiScope.CONTENT_READ, ApiScope.MEDIA_WRITE),
                created_at=now,
                expires_at=now + hour if number else None,
            )
            for number in range(2)
        )
        async with ledger.begin() as tx:
            await tx.api_keys.add(older)
            await tx.api_keys.add(newer)
        async with ledger.begin() as tx:
            assert await tx.api_keys.by_hash(newer.key_hash) == newer
            assert await tx.api_keys.by_hash(b"another") is None
            assert list(await tx.api_keys.of_user(ada.id)) == [newer, older]
            assert not await tx.api_keys.of_user(bob.id)
            await tx.api_keys.note_use(older.id, now + hour)
            await tx.api_keys.note_use(older.id, now)
            assert not await tx.api_keys.revoke(bob.id, newer.id, now)
            assert await tx.api_keys.revoke(ada.id, newer.id, now)
            assert not await tx.api_keys.revoke(ada.id, newer.id, now + hour)
        async with ledger.begin() as tx:
            (left,) = await tx.api_keys.of_user(ada.id)
            assert left.last_used_at == now + hour
            revoked = await tx.api_keys.by_hash(newer.key_hash)
            assert revoked is not None
            assert revoked.revoked_at == now

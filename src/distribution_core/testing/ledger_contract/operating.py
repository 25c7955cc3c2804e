"""What operators ask of a ledger: what will end, and what may go."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from distribution_core.domain.account import AccountStatus, LinkIntent, Session, User
from distribution_core.domain.events import EventKind, OutboxEvent
from distribution_core.domain.sso import SsoRound
from distribution_core.ports.ledger import IdempotentAnswer, Ledger
from distribution_core.ports.leftovers import Leftover
from distribution_core.testing.ledger_contract.scene import Scene
from distribution_core.testing.memory_clock import MemoryClock

DAY = timedelta(days=1)


class OperatingContract:
    pytestmark = pytest.mark.anyio

    async def test_grants_that_end_soon_are_counted_by_platform(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene, now = Scene(ledger, clock), clock.now()
        user = await scene.user()
        soon, later, over = now + timedelta(hours=5), now + 3 * DAY, now - timedelta(hours=1)
        cases: list[tuple[dict[str, Any], str]] = [
            ({"access_expires_at": soon, "refresh_token": None}, "alpha"),
            ({"access_expires_at": over, "refresh_token": b"r", "refresh_expires_at": soon}, "alpha"),
            ({"access_expires_at": soon, "refresh_token": b"r", "refresh_expires_at": later}, "beta"),
            ({"access_expires_at": soon, "refresh_token": b"r", "refresh_expires_at": None}, "beta"),
            ({"access_expires_at": None, "refresh_token": None}, "beta"),
            ({"access_expires_at": over, "refresh_token": None}, "beta"),
            ({"access_expires_at": soon, "refresh_token": None, "status": AccountStatus.REVOKED}, "beta"),
        ]
        for fields, platform in cases:
            grant = await scene.grant(user, platform=platform, **fields)
            await scene.account(user, grant=grant, platform=platform)
        unlinked = await scene.grant(user, platform="beta", access_expires_at=soon, refresh_token=None)
        await scene.account(user, grant=unlinked, platform="beta", unlinked_at=now)
        await scene.grant(user, platform="beta", access_expires_at=soon, refresh_token=None)
        async with ledger.begin() as tx:
            assert dict(await tx.workers.expiring(DAY)) == {"alpha": 2}
            assert dict(await tx.workers.expiring(7 * DAY)) == {"alpha": 2, "beta": 1}
            assert not await tx.workers.expiring(timedelta(hours=1))

    async def test_old_events_go_once_they_are_sent(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        user = await scene.user()
        async with ledger.begin() as tx:
            await tx.outbox.add(*(_event(scene, user.id) for _ in range(4)))
        clock.advance(DAY)
        unsent = _event(scene, user.id)
        async with ledger.begin() as tx:
            await tx.outbox.relay(4)
            await tx.outbox.add(unsent)
            later = clock.now() + timedelta(seconds=1)
            assert await tx.leftovers.purge(Leftover.SENT_EVENTS, clock.now(), 10) == 0, "sent just now"
            assert await tx.leftovers.purge(Leftover.SENT_EVENTS, later, 3) == 3, "no more than asked for"
        async with ledger.begin() as tx:
            assert await tx.leftovers.purge(Leftover.SENT_EVENTS, later, 3) == 1
            assert list(await tx.outbox.unsent(10)) == [unsent], "what waits to be sent is no leftover"

    async def test_old_sessions_and_linkings_go_once_they_are_over(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene, now = Scene(ledger, clock), clock.now()
        user = await scene.user()
        over, alive = _session(scene, user, DAY), _session(scene, user, 9 * DAY)
        linkings = [_intent(scene, user, b"over", DAY), _intent(scene, user, b"alive", 9 * DAY)]
        choices = [scene.choice(user, DAY), scene.choice(user, 9 * DAY)]
        async with ledger.begin() as tx:
            for session in (over, alive):
                await tx.sessions.add(session)
            for intent in linkings:
                await tx.link_intents.add(intent)
            for choice in choices:
                await tx.link_intents.offer(choice)
            for state, lifetime in ((b"over", DAY), (b"alive", 9 * DAY)):
                await tx.sso_rounds.add(
                    SsoRound(state_hash=state, browser_hash=b"b", return_to="/app", expires_at=now + lifetime)
                )
                assert await tx.sso_rounds.use_token(state, now + lifetime)
        clock.advance(5 * DAY)
        for before, gone in ((now + DAY, 0), (now + 2 * DAY, 1), (now + 5 * DAY, 0)):
            async with ledger.begin() as tx:
                assert await tx.leftovers.purge(Leftover.ENDED_SESSIONS, before, 10) == gone
                assert await tx.leftovers.purge(Leftover.ENDED_LINKINGS, before, 10) == gone
                assert await tx.leftovers.purge(Leftover.ENDED_CHOICES, before, 10) == gone
                assert await tx.leftovers.purge(Leftover.ENDED_SSO_ROUNDS, before, 10) == gone
                assert await tx.leftovers.purge(Leftover.USED_SSO_TOKENS, before, 10) == gone
        async with ledger.begin() as tx:
            assert await tx.sessions.by_token_hash(over.token_hash) is None
            assert await tx.sessions.by_token_hash(alive.token_hash) == alive
            assert await tx.link_intents.take(b"over") is None
            assert await tx.sso_rounds.take(b"over") is None
            assert await tx.sso_rounds.take(b"alive") is not None
            assert not await tx.sso_rounds.use_token(b"alive", now)
            assert await tx.link_intents.take(b"alive") == linkings[1]
            assert await tx.link_intents.offered(choices[0].id, choices[0].user_id) is None
            assert await tx.link_intents.offered(choices[1].id, choices[1].user_id) == choices[1]

    async def test_old_answers_and_workers_go(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene, first = Scene(ledger, clock), clock.now()
        user = await scene.user()
        content = await scene.content(user)
        for key in ("old", "new"):
            answer = IdempotentAnswer(
                user_id=user.id, key=key, request_hash="h", content_id=content.id, answer={}, created_at=clock.now()
            )
            async with ledger.begin() as tx:
                await tx.idempotency.add(answer)
                await tx.workers.beat(key)
            clock.advance(DAY)
        async with ledger.begin() as tx:
            for what in (Leftover.FIRST_ANSWERS, Leftover.SILENT_WORKERS):
                assert await tx.leftovers.purge(what, first, 10) == 0
                assert await tx.leftovers.purge(what, first + DAY / 2, 10) == 1
                assert await tx.leftovers.purge(what, first + DAY / 2, 10) == 0
            assert await tx.idempotency.get(user.id, "old") is None
            assert await tx.idempotency.get(user.id, "new") is not None
            assert (await tx.workers.stats()).last_poll_age_s == DAY.total_seconds()

    async def test_content_that_nobody_releases_is_as_old_as_its_time(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        await scene.content(await scene.user(), release_at=clock.now() + timedelta(minutes=1))
        async with ledger.begin() as tx:
            assert (await tx.workers.stats()).oldest_due_age_s is None
        clock.advance(timedelta(minutes=11))
        async with ledger.begin() as tx:
            stats = await tx.workers.stats(("facebook",))
            assert (stats.due, stats.oldest_due_age_s) == (0, 600)


def _event(scene: Scene, user_id: UUID) -> OutboxEvent:
    return OutboxEvent(
        id=scene.new_id(), kind=EventKind.CONTENT_SAVED, user_id=user_id, subject_id=scene.new_id(), created_at=scene.clock.now()
    )


def _session(scene: Scene, user: User, lifetime: timedelta) -> Session:
    now, family = scene.clock.now(), scene.new_id()
    return Session(
        id=scene.new_id(), user_id=user.id, family_id=family, token_hash=family.bytes, created_at=now, expires_at=now + lifetime
    )


def _intent(scene: Scene, user: User, state_hash: bytes, lifetime: timedelta) -> LinkIntent:
    return LinkIntent(
        state_hash=state_hash,
        user_id=user.id,
        session_id=scene.new_id(),
        platform="tiktok",
        app="main",
        redirect_uri="https://app.example/callback",
        expires_at=scene.clock.now() + lifetime,
    )

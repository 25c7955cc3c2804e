"""What users and workers share: turns in the line, breakers and quotas."""

import asyncio
from collections import Counter
from datetime import timedelta
from uuid import UUID

import pytest
from attrs import evolve

from distribution_core.domain.account import SocialAccount, User
from distribution_core.domain.breaker import Breaker, BreakerState
from distribution_core.domain.delivery import DeliveryStatus
from distribution_core.domain.quota import Window
from distribution_core.ports.ledger import Ledger
from distribution_core.ports.limiter import POLLING, BreakerKey, Standing, WindowKey
from distribution_core.ports.loads import Elsewhere, Load
from distribution_core.testing.ledger_contract.scene import LEASE, Scene
from distribution_core.testing.memory_clock import MemoryClock

_PAGES = BreakerKey(platform="facebook", app="pages")
_ACCOUNT = WindowKey(platform="tiktok", app="creator", name="inits", account="creator-1")
_APP = WindowKey(platform="linkedin", app="member", name="posts")
_BACKLOG = 60


async def _user_with_accounts(scene: Scene, number: int) -> tuple[User, list[SocialAccount]]:
    user = await scene.user()
    return user, [await scene.put(scene.new_account(user)) for _ in range(number)]


def _told(elsewhere: Elsewhere) -> tuple[list[Load], set[str]]:
    return list(elsewhere.loads), set(elsewhere.silent)


class SharingContract:
    pytestmark = pytest.mark.anyio

    async def test_ones_many_do_not_hold_back_anothers_one(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        many, _ = await _user_with_accounts(scene, _BACKLOG)
        await scene.release(await scene.content(many))
        clock.advance(timedelta(seconds=3))
        single, _ = await _user_with_accounts(scene, 1)
        (only,) = (await scene.release(await scene.content(single))).delivery_ids
        first = await scene.claim(limit=5)
        assert only in {each.id for each in first}
        assert len(first) == 5

    async def test_many_posts_are_as_many_as_one_to_many_accounts(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        many, _ = await _user_with_accounts(scene, 1)
        for _ in range(20):
            await scene.release(await scene.content(many))
        clock.advance(timedelta(seconds=1))
        single, _ = await _user_with_accounts(scene, 1)
        (only,) = (await scene.release(await scene.content(single))).delivery_ids
        assert only in {each.id for each in await scene.claim(limit=3)}

    async def test_two_who_have_many_share_alike(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        for _ in range(2):
            user, _ = await _user_with_accounts(scene, _BACKLOG)
            await scene.release(await scene.content(user))
        shares = Counter(each.user_id for each in await scene.claim(limit=20))
        assert sorted(shares.values()) == [10, 10]

    async def test_nobody_waits_for_a_turn_that_nobody_wants(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        user, _ = await _user_with_accounts(scene, _BACKLOG)
        made = (await scene.release(await scene.content(user))).delivery_ids
        claimed = [each.id for _ in range(3) for each in await scene.claim(limit=20)]
        assert claimed == list(made), "all at once, in the order of the queue"

    async def test_who_has_nothing_waiting_begins_anew(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        many, _ = await _user_with_accounts(scene, _BACKLOG)
        await scene.release(await scene.content(many))
        for each in await scene.claim():
            await scene.save(each, status=DeliveryStatus.FAILED, due_at=None, lease_owner=None, lease_until=None)
        again = set((await scene.release(await scene.content(many))).delivery_ids)
        other, _ = await _user_with_accounts(scene, _BACKLOG)
        await scene.release(await scene.content(other))
        assert sum(each.id in again for each in await scene.claim(limit=20)) == 10

    async def test_a_retry_keeps_its_place(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        many, _ = await _user_with_accounts(scene, _BACKLOG)
        await scene.release(await scene.content(many))
        for each in await scene.claim():
            await scene.save(each, status=DeliveryStatus.RETRIED, due_at=clock.now(), lease_owner=None, lease_until=None)
        clock.advance(timedelta(seconds=3))
        single, _ = await _user_with_accounts(scene, 1)
        (only,) = (await scene.release(await scene.content(single))).delivery_ids
        assert only in {each.id for each in await scene.claim(limit=5)}

    async def test_a_platform_takes_no_more_than_its_share(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        user = await scene.user()
        for platform in ("facebook", "tiktok"):
            for _ in range(10):
                await scene.put(scene.new_account(user, platform=platform))
        await scene.release(await scene.content(user))
        async with ledger.begin() as tx:
            claimed = await tx.deliveries.claim(
                "worker-1", limit=12, lease=LEASE, platforms=["facebook", "tiktok"], at_most={"facebook": 3}
            )
            rest = await tx.deliveries.claim(
                "worker-1", limit=50, lease=LEASE, platforms=["facebook", "tiktok"], at_most={"facebook": 0}
            )
        assert Counter(each.platform for each in claimed) == {"facebook": 3, "tiktok": 9}
        assert Counter(each.platform for each in rest) == {"tiktok": 1}

    async def test_a_breaker_is_kept_and_shared(self, ledger: Ledger, clock: MemoryClock) -> None:
        opened = Breaker(state=BreakerState.OPEN, opened=2, until=clock.now() + timedelta(seconds=30))
        async with ledger.begin() as tx:
            assert (await tx.limiter.hold([_PAGES], [])).breakers == {_PAGES: Breaker()}
            await tx.limiter.put(Standing(breakers={_PAGES: opened}))
        async with ledger.begin() as tx:
            assert (await tx.limiter.standing()).breakers == {_PAGES: opened}
            assert (await tx.limiter.hold([_PAGES], [])).breakers == {_PAGES: opened}

    async def test_a_window_is_kept_and_shared(self, ledger: Ledger, clock: MemoryClock) -> None:
        used = Window(recent=(clock.now() - timedelta(microseconds=1), clock.now()))
        daily = Window(day=clock.now(), used=7)
        async with ledger.begin() as tx:
            assert (await tx.limiter.hold([], [_ACCOUNT, _APP])).windows == {_ACCOUNT: Window(), _APP: Window()}
            await tx.limiter.put(Standing(windows={_ACCOUNT: used, _APP: daily}))
        async with ledger.begin() as tx:
            assert (await tx.limiter.standing()).windows == {_APP: daily}, "an account's only while it is blocked"
            assert (await tx.limiter.hold([], [_ACCOUNT])).windows == {_ACCOUNT: used}
            blocked = evolve(used, blocked_until=clock.now() + timedelta(seconds=5))
            await tx.limiter.put(Standing(windows={_ACCOUNT: blocked}))
        async with ledger.begin() as tx:
            assert (await tx.limiter.standing()).windows == {_APP: daily, _ACCOUNT: blocked}
        clock.advance(timedelta(seconds=5))
        async with ledger.begin() as tx:
            assert (await tx.limiter.standing()).windows == {_APP: daily}

    async def test_a_limit_is_shared_by_those_who_serve_its_platform(self, ledger: Ledger, clock: MemoryClock) -> None:
        async with ledger.begin() as tx:
            await tx.workers.beat("gone")
        clock.advance(POLLING)
        async with ledger.begin() as tx:
            await tx.workers.beat("one", ["facebook", "tiktok"])
            await tx.workers.beat("another", ["tiktok"])
            await tx.workers.beat("all")
            await tx.workers.beat("sweeper", [])
            standing = await tx.limiter.standing()
            assert [standing.serving(name) for name in ("facebook", "tiktok", "linkedin")] == [2, 3, 1]
            await tx.workers.beat("another", ["linkedin"])
            standing = await tx.limiter.standing()
            assert [standing.serving(name) for name in ("facebook", "tiktok", "linkedin")] == [2, 2, 2]

    async def test_what_others_have_under_way_is_known_while_they_poll(self, ledger: Ledger, clock: MemoryClock) -> None:
        tiktok = Load(key=BreakerKey(platform="tiktok", app="creator"), account_id=UUID(int=2), number=1)
        pages = Load(key=_PAGES, account_id=UUID(int=1), number=2)
        both = ("facebook", "tiktok")
        async with ledger.begin() as tx:
            await tx.workers.beat("one")
            await tx.loads.tell("one", both, [pages, tiktok])
            await tx.workers.beat("another", ["facebook"])
            await tx.loads.tell("another", ["facebook"], [pages])
            await tx.loads.tell("never seen", both, [tiktok])
        async with ledger.begin() as tx:
            assert _told(await tx.loads.of_others("another", both)) == ([pages, tiktok], set())
            assert _told(await tx.loads.of_others("another", ["tiktok"])) == ([tiktok], set())
            assert _told(await tx.loads.of_others("one", both)) == ([pages], set()), "it does not work for the other"
            await tx.loads.tell("another", ["facebook"], [])
            assert _told(await tx.loads.of_others("one", both)) == ([], set())
        clock.advance(POLLING)
        async with ledger.begin() as tx:
            assert _told(await tx.loads.of_others("another", both)) == ([], set())
            await tx.workers.beat("one")
            assert _told(await tx.loads.of_others("another", both)) == ([pages, tiktok], set())

    async def test_who_does_not_tell_is_known_to_be_silent(self, ledger: Ledger) -> None:
        async with ledger.begin() as tx:
            await tx.workers.beat("one", ["tiktok"])
            assert _told(await tx.loads.of_others("another", ["facebook", "tiktok"])) == ([], {"tiktok"})
            await tx.workers.beat("all")
            assert _told(await tx.loads.of_others("another", ["facebook", "tiktok"])) == ([], {"facebook", "tiktok"})
            await tx.loads.tell("one", ["tiktok"], [])
            await tx.loads.tell("all", ["facebook", "tiktok"], [])
            assert _told(await tx.loads.of_others("another", ["facebook", "tiktok"])) == ([], set())
            await tx.loads.tell("all", ["facebook"], [])
            assert _told(await tx.loads.of_others("another", ["facebook", "tiktok"])) == ([], {"tiktok"})

    async def test_two_never_take_the_same_room(self, ledger: Ledger) -> None:
        """Each takes one of two places if it sees one free."""
        taken: list[str] = []

        async def take(worker: str) -> None:
            async with ledger.begin() as tx:
                await tx.workers.beat(worker)
                if sum(load.number for load in (await tx.loads.of_others(worker, ["facebook"])).loads) < 2:
                    await tx.loads.tell(worker, ["facebook"], [Load(key=_PAGES, account_id=UUID(int=1), number=1)])
                    taken.append(worker)

        await asyncio.gather(*(take(f"worker-{number}") for number in range(8)))
        assert len(taken) == 2

    async def test_what_is_counted_at_the_same_time_adds_up(self, ledger: Ledger) -> None:
        async def count() -> None:
            async with ledger.begin() as tx:
                held = await tx.limiter.hold([_PAGES], [_APP])
                breaker, window = held.breakers[_PAGES], held.windows[_APP]
                await tx.limiter.put(
                    Standing(
                        breakers={_PAGES: evolve(breaker, bad=breaker.bad + 1)},
                        windows={_APP: evolve(window, used=window.used + 1)},
                    )
                )

        await asyncio.gather(*(count() for _ in range(12)))
        async with ledger.begin() as tx:
            held = await tx.limiter.hold([_PAGES], [_APP])
        assert (held.breakers[_PAGES].bad, held.windows[_APP].used) == (12, 12)

    async def test_what_is_held_back_is_given_back_for_later(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        account = await scene.account(await scene.user())
        deliveries = [await scene.delivery(account) for _ in range(3)]
        later = clock.now() + timedelta(seconds=30)
        async with ledger.begin() as tx:
            claimed = await tx.deliveries.claim("worker-1", limit=3, lease=LEASE)
            await tx.limiter.hold_back([evolve(each, due_at=later, wait_reason="rate_limited") for each in claimed[:2]])
        back = await scene.stored(deliveries[0])
        assert (back.due_at, back.wait_reason, back.lease_owner, back.lease_until) == (later, "rate_limited", None, None)
        assert (back.attempts, back.status) == (0, DeliveryStatus.PENDING)
        assert (await scene.stored(deliveries[2])).lease_owner == "worker-1"
        assert list(await scene.claim("worker-2")) == []
        clock.advance(timedelta(seconds=30))
        again = await scene.claim("worker-2")
        assert [(each.id, each.takeovers) for each in again] == [(each.id, 0) for each in deliveries[:2]]

"""Lists of content hold what is asked for and nothing else, in their order, page by page."""

from datetime import timedelta

import pytest
from attrs import evolve

from distribution_core.domain.content import Content
from distribution_core.domain.delivery import DeliveryStatus
from distribution_core.domain.outcome import Failure, FailureKind
from distribution_core.ports.ledger import Ledger
from distribution_core.ports.listing import ContentFilter, ContentState, Place
from distribution_core.testing.ledger_contract.scene import Scene
from distribution_core.testing.memory_clock import MemoryClock

ALL = ContentFilter()
HOUR = timedelta(hours=1)


def _made(content: Content) -> Place:
    return Place(at=content.created_at, id=content.id)


class ListingContract:
    pytestmark = pytest.mark.anyio

    async def test_content_is_listed_newest_first_by_pages(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        user = await scene.user()
        await scene.content(await scene.user())
        made = [await scene.content(user) for _ in range(3)]
        clock.advance(HOUR)
        made += [await scene.content(user) for _ in range(2)]
        newest_first = made[::-1]
        async with ledger.begin() as tx:
            assert list(await tx.listing.newest(user.id, ALL, 10)) == newest_first
            assert list(await tx.listing.newest(user.id, ALL, 2)) == newest_first[:2]
            assert list(await tx.listing.newest(user.id, ALL, 2, _made(newest_first[1]))) == newest_first[2:4]
            assert list(await tx.listing.newest(user.id, ALL, 2, Place(at=made[0].created_at, id=scene.new_id()))) == made[2:0:-1]
            late = ContentFilter(since=made[3].created_at)
            early = ContentFilter(until=made[3].created_at)
            assert list(await tx.listing.newest(user.id, late, 10)) == newest_first[:2]
            assert list(await tx.listing.newest(user.id, early, 10)) == newest_first[2:]

    async def test_what_waits_is_listed_in_the_order_of_its_release(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        user = await scene.user()
        await scene.account(user)
        last, first, second = [await scene.content(user, release_at=clock.now() + HOUR * hours) for hours in (9, 1, 5)]
        await scene.content(user, release_at=None)
        await scene.content(await scene.user(), release_at=clock.now() + HOUR)
        await scene.release(await scene.content(user))
        place = Place(at=clock.now() + HOUR, id=first.id)
        async with ledger.begin() as tx:
            assert list(await tx.listing.waiting(user.id, ALL, 10)) == [first, second, last]
            assert list(await tx.listing.waiting(user.id, ALL, 2)) == [first, second]
            assert list(await tx.listing.waiting(user.id, ALL, 2, place)) == [second, last]
            within = ContentFilter(since=clock.now() + HOUR * 5, until=clock.now() + HOUR * 9)
            assert list(await tx.listing.waiting(user.id, within, 10)) == [second]
            assert await tx.contents.save_unreleased(evolve(first, release_at=clock.now() + HOUR * 20), was=first)
            moved = [content.id for content in await tx.listing.waiting(user.id, ALL, 10, place)]
            assert moved == [second.id, last.id, first.id], "a place stays where it was"

    async def test_text_is_found_in_body_and_title_whatever_its_case(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        user = await scene.user()
        body = await scene.content(user, body="Fresh BREAD at 100% each_day")
        title = await scene.content(user, body="x", title="Élan, bread")
        other = await scene.content(user, body="Something else")

        async def found(text: str) -> list[Content]:
            async with ledger.begin() as tx:
                return list(await tx.listing.newest(user.id, ContentFilter(text=text), 10))

        assert await found("bread") == [title, body]
        assert await found("ÉLAN") == await found("Élan") == [title]
        assert await found("100%") == [body]
        assert await found("%") == [body]
        assert await found("each_day") == [body]
        assert await found("_") == [body]
        assert await found("\\") == []
        assert await found("else") == [other]

    async def test_states_before_release(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        user = await scene.user()
        await scene.account(user)
        now = clock.now()
        waiting = await scene.content(user)
        held = await scene.content(user, release_at=None, held_at=now)
        kept = await scene.content(user, release_at=None)
        taken_back = await scene.content(user, release_at=None, canceled_at=now)
        released = await scene.content(user)
        await scene.release(released)
        async with ledger.begin() as tx:
            for state, expected in (
                (ContentState.WAITING, waiting),
                (ContentState.HELD, held),
                (ContentState.KEPT, kept),
                (ContentState.TAKEN_BACK, taken_back),
            ):
                assert list(await tx.listing.newest(user.id, ContentFilter(state=state), 10)) == [expected], state
            found = await tx.listing.newest(user.id, ContentFilter(state=ContentState.PENDING), 10)
            assert [content.id for content in found] == [released.id]

    async def test_one_delivery_has_all_that_is_asked_of_it(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        user = await scene.user()
        page, film = await scene.account(user, platform="facebook"), await scene.account(user, platform="tiktok")
        content = await scene.content(user)
        await scene.release(content)
        async with ledger.begin() as tx:
            on_page, on_film = sorted(await tx.deliveries.of_contents([content.id]), key=lambda each: each.platform)
        unconfirmed = Failure(kind=FailureKind.UNCONFIRMED, message="Lost.")
        await scene.save(on_page, status=DeliveryStatus.SUCCESS, due_at=None, finished_at=clock.now())
        await scene.save(on_film, status=DeliveryStatus.FAILED, due_at=None, last_error=unconfirmed)
        other = await scene.content(user)

        async def is_found(**asked: object) -> bool:
            async with ledger.begin() as tx:
                listed = await tx.listing.newest(user.id, ContentFilter(**asked), 10)  # type: ignore[arg-type]
            assert other.id not in {each.id for each in listed}
            return content.id in {each.id for each in listed}

        assert await is_found(platform="facebook")
        assert await is_found(account_id=film.id)
        assert not await is_found(platform="facebook", account_id=film.id)
        assert not await is_found(platform="linkedin")
        assert await is_found(state=ContentState.SUCCESS, account_id=page.id)
        assert not await is_found(state=ContentState.SUCCESS, platform="tiktok")
        assert await is_found(state=ContentState.FAILED, platform="tiktok")
        assert await is_found(state=ContentState.UNCONFIRMED)
        assert not await is_found(state=ContentState.UNCONFIRMED, platform="facebook")
        assert not await is_found(state=ContentState.CANCELED)
        assert not await is_found(state=ContentState.WAITING, platform="facebook")

    async def test_the_last_post_of_each_account(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        user = await scene.user()
        busy, failing, idle = [await scene.account(user) for _ in range(3)]
        last = None
        for account, status in (
            (busy, DeliveryStatus.SUCCESS),
            (busy, DeliveryStatus.SUCCESS),
            (busy, DeliveryStatus.FAILED),
            (failing, DeliveryStatus.FAILED),
        ):
            clock.advance(HOUR)
            delivery = await scene.delivery(account)
            saved = await scene.save(delivery, status=status, due_at=None, finished_at=clock.now(), permalink="https://x.test/1")
            last = saved if status is DeliveryStatus.SUCCESS else last
        await scene.delivery(idle)
        async with ledger.begin() as tx:
            assert await tx.listing.last_posts([busy.id, failing.id, idle.id]) == {busy.id: last}
            assert await tx.listing.last_posts([]) == {}

    async def test_outcomes_are_shown_without_what_only_a_publisher_needs(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        account = await scene.account(await scene.user())
        made = [await scene.claimed(account) for _ in range(2)]
        first, second = [await scene.save(each, handles={"upload": "1"}) for each in made]
        async with ledger.begin() as tx:
            whole = await tx.deliveries.of_contents([second.content_id, first.content_id])
            found = await tx.listing.outcomes(account.user_id, [second.content_id, first.content_id])
            shown = found.deliveries
            assert [each.id for each in shown] == [each.id for each in whole]
            assert [each.status for each in shown] == [each.status for each in whole]
            assert all((each.handles, each.post, each.lease_until) == ({}, None, None) for each in shown)
            assert all(each.handles for each in whole)

    async def test_outcomes_name_whom_they_speak_of_and_who_was_left_out(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        user = await scene.user()
        off = [await scene.put(scene.new_account(user, is_active=False)) for _ in range(2)]
        on = await scene.account(user)
        stranger = await scene.account(await scene.user())
        contents = [await scene.content(user) for _ in range(2)]
        for content in contents:
            await scene.release(content)
        async with ledger.begin() as tx:
            kept = await tx.users.get(user.id)
            assert kept
            await tx.users.save(evolve(kept, time_zone="Europe/Paris"))
        async with ledger.begin() as tx:
            found = await tx.listing.outcomes(user.id, [content.id for content in contents])
            assert [each.social_account_id for each in found.deliveries] == [on.id, on.id]
            assert [(each.content_id, each.social_account_id) for each in found.exclusions] == [
                (content.id, account.id) for content in sorted(contents, key=lambda each: each.id) for account in off
            ]
            assert {each.id for each in found.accounts} == {on.id, *(each.id for each in off)}
            assert found.time_zone == "Europe/Paris"
            none = await tx.listing.outcomes(stranger.user_id, [content.id for content in contents])
            assert (list(none.deliveries), list(none.exclusions)) == ([], [])
            assert [each.id for each in none.accounts] == [stranger.id]
            assert none.time_zone is None

    async def test_what_a_platforms_call_may_be_about_is_found_over_all_users(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        ada, bob = await scene.account(await scene.user()), await scene.account(await scene.user())
        open_, failed, done, elsewhere = [await scene.delivery(account) for account in (ada, ada, ada, bob)]
        failed = await scene.save(failed, status=DeliveryStatus.FAILED, due_at=None, finished_at=clock.now())
        await scene.save(done, status=DeliveryStatus.SUCCESS, due_at=None, finished_at=clock.now())
        async with ledger.begin() as tx:
            found = await tx.noticed.unsettled("facebook", ada.external_account_id, 5)
            assert [each.id for each in found] == sorted([open_.id, failed.id], reverse=True)
            assert len(await tx.noticed.unsettled("facebook", ada.external_account_id, 1)) == 1
            assert [each.id for each in await tx.noticed.unsettled("facebook", bob.external_account_id, 5)] == [elsewhere.id]
            assert not await tx.noticed.unsettled("tiktok", ada.external_account_id, 5)

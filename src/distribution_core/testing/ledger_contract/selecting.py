"""Release: who carries a content, and why the others do not."""

import asyncio
from datetime import timedelta

import pytest
from attrs import evolve

from distribution_core.domain.account import AccountStatus
from distribution_core.domain.content import Content
from distribution_core.domain.delivery import Delivery, DeliveryStatus
from distribution_core.domain.ids import nth
from distribution_core.domain.selection import Exclusion, Selection
from distribution_core.ports.ledger import Ledger
from distribution_core.testing.ledger_contract.scene import Scene
from distribution_core.testing.memory_clock import MemoryClock


async def _deliveries(ledger: Ledger, content: Content) -> list[Delivery]:
    async with ledger.begin() as tx:
        return list(await tx.deliveries.of_contents([content.id]))


class SelectingContract:
    pytestmark = pytest.mark.anyio

    async def test_every_active_and_valid_account_gets_one_new_delivery(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        user, other = await scene.user(), await scene.user()
        accounts = [await scene.account(user, platform=name) for name in ("facebook", "facebook", "tiktok")]
        await scene.account(other)
        content = await scene.content(user, release_at=clock.now() + timedelta(seconds=10))
        clock.advance(timedelta(seconds=11))
        selection = await scene.release(content)
        assert selection.exclusions == ()
        made = {delivery.social_account_id: delivery for delivery in await _deliveries(ledger, content)}
        assert set(made) == {account.id for account in accounts}, "this user's, each once"
        assert set(selection.delivery_ids) == {delivery.id for delivery in made.values()}
        now = clock.now()
        for account in accounts:
            delivery = made[account.id]
            assert delivery == Delivery(
                id=delivery.id,
                content_id=content.id,
                social_account_id=account.id,
                user_id=user.id,
                platform=account.platform,
                due_at=now,
                opened_at=now,
                created_at=now,
                updated_at=now,
            )
        async with ledger.begin() as tx:
            assert await tx.contents.get(content.id) == evolve(content, selected_at=now)

    async def test_deliveries_have_ids_in_a_series_in_the_order_of_linking(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        user = await scene.user()
        linked = [await scene.account(user) for _ in range(20)]
        off = await scene.put(linked[0], is_active=False)
        content, first = await scene.content(user), scene.new_series()
        async with ledger.begin() as tx:
            selection = await tx.selections.select(content, blocked={}, now=tx.now, first_id=first)
        made = {each.social_account_id: each.id for each in await _deliveries(ledger, content)}
        assert off.id not in made
        in_order = sorted(linked[1:], key=lambda account: (account.linked_at, account.id))
        assert tuple(made[account.id] for account in in_order) == selection.delivery_ids
        assert selection.delivery_ids == tuple(nth(first, place) for place in range(19))

    async def test_every_other_linked_account_has_its_reason(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        user = await scene.user()
        off = await scene.account(user, is_active=False)
        expired = await scene.account(user, status=AccountStatus.EXPIRED)
        revoked = await scene.account(user, status=AccountStatus.REVOKED)
        broken = await scene.account(user, status=AccountStatus.ERROR, status_reason="The Page is restricted.")
        off_and_expired = await scene.account(user, is_active=False, status=AccountStatus.EXPIRED)
        silent = await scene.account(user, platform="tiktok")
        await scene.account(user, unlinked_at=clock.now())
        carries = await scene.account(user)
        content = await scene.content(user)
        needs_media = Exclusion(
            content_id=scene.new_id(), social_account_id=scene.new_id(), code="needs_media", reason="TikTok needs a picture."
        )
        selection = await scene.release(content, blocked={"tiktok": needs_media})
        (delivery,) = await _deliveries(ledger, content)
        assert delivery.social_account_id == carries.id
        codes = {each.social_account_id: each.code for each in selection.exclusions}
        assert codes == {
            off.id: "switched_off",
            expired.id: "expired",
            revoked.id: "revoked",
            broken.id: "account_error",
            off_and_expired.id: "switched_off",
            silent.id: "needs_media",
        }
        reasons = {each.social_account_id: each.reason for each in selection.exclusions}
        assert reasons[broken.id] == "The Page is restricted."
        assert reasons[silent.id] == "TikTok needs a picture."
        assert all(reasons.values())
        assert {each.content_id for each in selection.exclusions} == {content.id}, "the template's ids are replaced"
        async with ledger.begin() as tx:
            stored = (await tx.listing.outcomes(content.user_id, [content.id])).exclusions
            assert sorted(stored, key=lambda each: each.social_account_id) == sorted(
                selection.exclusions, key=lambda each: each.social_account_id
            )
            assert not (await tx.listing.outcomes(content.user_id, [scene.new_id()])).exclusions

    async def test_an_accounts_own_state_is_told_before_the_platforms(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        user = await scene.user()
        account = await scene.account(user, platform="tiktok", is_active=False)
        template = Exclusion(content_id=account.id, social_account_id=account.id, code="needs_media", reason="No.")
        selection = await scene.release(await scene.content(user), blocked={"tiktok": template})
        assert [each.code for each in selection.exclusions] == ["switched_off"]

    async def test_targets_limit_the_selection(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        user, other = await scene.user(), await scene.user()
        wanted, unwanted, off = (
            await scene.account(user),
            await scene.account(user),
            await scene.account(user, is_active=False),
        )
        foreign = await scene.account(other)
        content = await scene.content(user, targets=(wanted.id, off.id, foreign.id))
        selection = await scene.release(content)
        assert [delivery.social_account_id for delivery in await _deliveries(ledger, content)] == [wanted.id]
        codes = {each.social_account_id: each.code for each in selection.exclusions}
        assert codes == {unwanted.id: "not_targeted", off.id: "switched_off"}, "and never another user's account"

    async def test_nobody_to_carry_it_still_releases_it(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        user = await scene.user()
        without_accounts = await scene.content(user)
        assert await scene.release(without_accounts) == Selection()
        account = await scene.account(user)
        without_targets = await scene.content(user, targets=())
        selection = await scene.release(without_targets)
        assert selection.delivery_ids == ()
        assert [each.social_account_id for each in selection.exclusions] == [account.id]
        async with ledger.begin() as tx:
            for content in (without_accounts, without_targets):
                released = await tx.contents.get(content.id)
                assert released
                assert released.selected_at == clock.now()
            assert not await tx.contents.due(clock.now(), 10)

    async def test_repeated_selection_adds_nobody(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        user = await scene.user()
        await scene.account(user)
        off = await scene.account(user, is_active=False)
        content = await scene.content(user)
        await scene.release(content)
        before, released_at = await _deliveries(ledger, content), clock.now()
        clock.advance(timedelta(minutes=1))
        await scene.put(off, is_active=True)
        await scene.account(user)
        assert await scene.release(content) == Selection()
        assert await _deliveries(ledger, content) == before
        async with ledger.begin() as tx:
            kept = await tx.contents.get(content.id)
            assert kept
            assert kept.selected_at == released_at
            assert [each.code for each in (await tx.listing.outcomes(content.user_id, [content.id])).exclusions] == [
                "switched_off"
            ]

    async def test_concurrent_selections_make_each_delivery_once(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        user = await scene.user()
        accounts = [await scene.account(user) for _ in range(5)]
        content = await scene.content(user)
        selections = await asyncio.gather(*(scene.release(content) for _ in range(4)))
        assert sorted(len(selection.delivery_ids) for selection in selections) == [0, 0, 0, 5]
        made = await _deliveries(ledger, content)
        assert sorted(each.social_account_id for each in made) == sorted(account.id for account in accounts)

    async def test_content_edited_after_it_was_read_is_not_released(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        user = await scene.user()
        await scene.account(user)
        read = await scene.content(user)
        clock.advance(timedelta(seconds=1))
        edited = evolve(read, body="Changed", updated_at=clock.now())
        async with ledger.begin() as tx:
            assert await tx.contents.save_unreleased(edited, was=read)
        assert await scene.release(read) == Selection(), "it was judged by what it no longer says"
        async with ledger.begin() as tx:
            assert await tx.contents.get(read.id) == edited
        assert len((await scene.release(edited)).delivery_ids) == 1

    async def test_unknown_content_selects_nobody(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        user = await scene.user()
        await scene.account(user)
        content = scene.new_content(user)
        assert await scene.release(content) == Selection()
        assert await _deliveries(ledger, content) == []

    async def test_an_account_whose_day_is_used_up_is_left_out(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        user = await scene.user()
        spent, free = await scene.account(user), await scene.account(user)
        content = await scene.content(user)
        async with ledger.begin() as tx:
            first = scene.new_series()
            selection = await tx.selections.select(content, blocked={}, now=tx.now, first_id=first, spent={spent.id: "Enough."})
        (exclusion,) = selection.exclusions
        assert (exclusion.social_account_id, exclusion.code, exclusion.reason) == (spent.id, "over_quota", "Enough.")
        assert [each.social_account_id for each in await _deliveries(ledger, content)] == [free.id]

    async def test_what_an_account_has_taken_leaves_out_what_came_to_nothing(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        user = await scene.user()
        account, other = await scene.account(user), await scene.account(user)
        await scene.account(await scene.user())
        old = await scene.delivery(account)
        await scene.save(old, status=DeliveryStatus.SUCCESS, finished_at=clock.now(), external_post_id="old")
        clock.advance(timedelta(hours=24))
        since = clock.now()
        posted, _, failed, canceled = [await scene.delivery(account) for _ in range(4)]
        await scene.save(posted, status=DeliveryStatus.SUCCESS, finished_at=since, external_post_id="new")
        await scene.save(failed, status=DeliveryStatus.FAILED, finished_at=since)
        await scene.save(canceled, status=DeliveryStatus.CANCELED, finished_at=since)
        await scene.delivery(other)
        async with ledger.begin() as tx:
            platform, select = account.platform, tx.selections
            assert await select.spent_since(user.id, since, {platform: 1}) == {account.id: platform, other.id: platform}
            assert await select.spent_since(user.id, since, {platform: 2}) == {account.id: platform}
            assert await select.spent_since(user.id, since, {platform: 3}) == {}
            assert await select.spent_since(user.id, since, {"another": 1}) == {}

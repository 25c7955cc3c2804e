"""Contents, media assets and idempotency keys."""

import asyncio
from datetime import timedelta

import pytest
from attrs import evolve

from distribution_core.domain.content import Content, StoredMedia, Visibility
from distribution_core.ports.ledger import DuplicateError, IdempotentAnswer, Ledger
from distribution_core.testing.ledger_contract.scene import FILM, PICTURE, Scene
from distribution_core.testing.memory_clock import MemoryClock


class SavingContract:
    pytestmark = pytest.mark.anyio

    async def test_content_comes_back_whole(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        user = await scene.user()
        first = await scene.content(user)
        content = await scene.content(
            user,
            title="Grüße",
            body="日本語 \U0001f600\nsecond line",
            media=(PICTURE, FILM),
            visibility=Visibility.SCHEDULED,
            scheduled_at=clock.now() + timedelta(days=1, microseconds=1),
            release_at=clock.now() + timedelta(days=1, microseconds=1),
            options={"tiktok": {"privacy": "SELF_ONLY", "nested": {"list": [1, 2.5, None, True]}}},
            resend_of=first.id,
            targets=(scene.new_id(), scene.new_id()),
        )
        async with ledger.begin() as tx:
            assert await tx.contents.get(content.id) == content
            assert await tx.contents.get(first.id) == first

    async def test_no_targets_differ_from_an_empty_choice(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        user = await scene.user()
        everyone, nobody = await scene.content(user, targets=None), await scene.content(user, targets=())
        async with ledger.begin() as tx:
            found = await tx.contents.get(everyone.id), await tx.contents.get(nobody.id)
        assert [content.targets for content in found if content] == [None, ()]

    async def test_content_of_another_user_is_not_found(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        user, other = await scene.user(), await scene.user()
        content = await scene.content(user)
        async with ledger.begin() as tx:
            assert await tx.contents.get(content.id, user.id) == content
            assert await tx.contents.get(content.id, other.id) is None
            assert await tx.contents.get(scene.new_id()) is None

    async def test_content_can_be_replaced_until_its_release(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        user = await scene.user()
        content = await scene.content(user)
        changed = evolve(content, body="Changed", visibility=Visibility.PRIVATE, release_at=None, media=(PICTURE,))
        async with ledger.begin() as tx:
            assert await tx.contents.save_unreleased(changed, was=content)
        async with ledger.begin() as tx:
            assert await tx.contents.get(content.id) == changed
        await scene.release(changed)
        async with ledger.begin() as tx:
            assert not await tx.contents.save_unreleased(evolve(content, body="Too late"), was=content)
            released = await tx.contents.get(content.id)
            assert released == evolve(changed, selected_at=clock.now())
            unknown = scene.new_content(user)
            assert not await tx.contents.save_unreleased(unknown, was=unknown), "there is no such content"

    async def test_content_that_was_changed_meanwhile_is_not_replaced(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        content = await scene.content(await scene.user())
        clock.advance(timedelta(seconds=1))
        canceled = evolve(content, canceled_at=clock.now(), release_at=None, updated_at=clock.now())
        async with ledger.begin() as tx:
            assert await tx.contents.save_unreleased(canceled, was=content)
            assert not await tx.contents.save_unreleased(evolve(content, body="Edited"), was=content)
        async with ledger.begin() as tx:
            assert await tx.contents.get(content.id) == canceled
            assert not await tx.contents.due(clock.now() + timedelta(days=1), 10), "what was taken back never leaves"

    async def test_due_content_is_unselected_and_oldest_first(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        user, now = await scene.user(), clock.now()
        later = await scene.content(user, release_at=now + timedelta(seconds=20))
        sooner = await scene.content(user, release_at=now + timedelta(seconds=10))
        await scene.content(user, release_at=None, visibility=Visibility.PRIVATE)
        await scene.release(await scene.content(user, release_at=now))
        async with ledger.begin() as tx:
            assert list(await tx.contents.due(now + timedelta(seconds=10, microseconds=-1), 10)) == []
            assert list(await tx.contents.due(now + timedelta(seconds=10), 10)) == [sooner], "at its very moment"
            assert list(await tx.contents.due(now + timedelta(hours=1), 10)) == [sooner, later]
            assert list(await tx.contents.due(now + timedelta(hours=1), 1)) == [sooner]

    async def test_recent_content_is_the_users_newest_first_by_pages(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        user, other = await scene.user(), await scene.user()
        saved: list[Content] = []
        for hour in (1, 1, 2, 3, 3):  # two pairs of one moment: their ids order them
            saved.append(await scene.content(user, created_at=clock.now() + timedelta(hours=hour)))  # noqa: PERF401
        foreign = await scene.content(other)
        newest_first = saved[::-1]
        async with ledger.begin() as tx:
            assert list(await tx.contents.recent(user.id, 10)) == newest_first
            assert list(await tx.contents.recent(user.id, 2)) == newest_first[:2]
            assert list(await tx.contents.recent(user.id, 2, newest_first[1].id)) == newest_first[2:4]
            assert list(await tx.contents.recent(user.id, 2, newest_first[3].id)) == newest_first[4:]
            assert list(await tx.contents.recent(user.id, 2, newest_first[4].id)) == []
            assert list(await tx.contents.recent(user.id, 2, scene.new_id())) == [], "after nothing known comes nothing"
            assert list(await tx.contents.recent(other.id, 10)) == [foreign]

    async def test_media_are_found_by_owner_and_key(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        user, other = await scene.user(), await scene.user()
        picture = StoredMedia(user_id=user.id, asset=PICTURE, created_at=clock.now())
        film = StoredMedia(user_id=user.id, asset=FILM, created_at=clock.now())
        theirs = StoredMedia(user_id=other.id, asset=evolve(PICTURE, width=1), created_at=clock.now())
        async with ledger.begin() as tx:
            for media in (picture, film, theirs):
                await tx.media.add(media)
        async with ledger.begin() as tx:
            keys = [PICTURE.key, FILM.key, "media/unknown"]
            assert await tx.media.of_keys(user.id, keys) == {PICTURE.key: picture, FILM.key: film}
            assert await tx.media.of_keys(user.id, {FILM.key}) == {FILM.key: film}
            assert await tx.media.of_keys(other.id, keys) == {PICTURE.key: theirs}
            assert await tx.media.of_keys(user.id, []) == {}
            with pytest.raises(DuplicateError):
                await tx.media.add(picture)

    async def test_first_answer_to_a_key_stands(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        user, other = await scene.user(), await scene.user()
        content = await scene.content(user)
        answer = IdempotentAnswer(
            user_id=user.id,
            key="k",
            request_hash="ab" * 32,
            content_id=content.id,
            answer={"verdicts": [{"goes": True, "reason": None}], "text": "é"},
            created_at=clock.now(),
        )
        async with ledger.begin() as tx:
            assert await tx.idempotency.get(user.id, "k") is None
            await tx.idempotency.add(answer)
        async with ledger.begin() as tx:
            assert await tx.idempotency.get(user.id, "k") == answer
            assert await tx.idempotency.get(user.id, "K") is None
            assert await tx.idempotency.get(other.id, "k") is None, "keys are each user's own"
            with pytest.raises(DuplicateError):
                await tx.idempotency.add(evolve(answer, request_hash="cd" * 32))
        async with ledger.begin() as tx:
            assert await tx.idempotency.get(user.id, "k") == answer

    async def test_one_of_two_concurrent_requests_uses_a_key(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        user = await scene.user()

        async def create() -> Content:
            content = scene.new_content(user)
            async with ledger.begin() as tx:
                await tx.contents.add(content)
                await tx.idempotency.add(
                    IdempotentAnswer(
                        user_id=user.id, key="k", request_hash="x", content_id=content.id, answer={}, created_at=tx.now
                    )
                )
            return content

        ended = await asyncio.gather(create(), create(), create(), return_exceptions=True)
        (saved,) = [each for each in ended if isinstance(each, Content)]
        assert [type(each) for each in ended if each is not saved] == [DuplicateError, DuplicateError]
        async with ledger.begin() as tx:
            assert list(await tx.contents.recent(user.id, 10)) == [saved], "the refused requests left nothing"

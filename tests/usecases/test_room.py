"""Limits in number: each is refused in words that name it, and nothing is left behind."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from attrs import evolve
from PIL import Image

from distribution_core.domain.content import Visibility
from distribution_core.domain.errors import ConflictError, LinkRefusedError
from distribution_core.usecases.create_content import create_content, edit_content
from distribution_core.usecases.judge_content import Draft
from distribution_core.usecases.upload_media import upload_media
from tests.usecases.conftest import House

pytestmark = pytest.mark.anyio


def _limit(house: House, **limits: int) -> None:
    house.ctx = evolve(house.ctx, limits=evolve(house.ctx.limits, **limits))  # type: ignore[arg-type]


async def test_accounts_beyond_the_limit_are_not_linked_but_known_ones_are_renewed(house: House) -> None:
    _limit(house, accounts_max=2)
    await house.link("alpha", "ada", "one", "two")
    with pytest.raises(LinkRefusedError, match="would be 3 linked accounts; the limit is 2") as refused:
        await house.link("beta", "ada", "three")
    assert refused.value.code == "too_many_accounts"
    assert set(await house.accounts()) == {"one", "two"}
    await house.link("alpha", "ada", "one", "two")


async def test_posts_that_wait_are_counted_and_others_are_not(house: House) -> None:
    await house.link("alpha", "ada", "one")
    _limit(house, scheduled_max=1)
    later = house.clock.now() + timedelta(days=1)
    await house.save("first", scheduled_at=later)
    with pytest.raises(ConflictError, match="1 posts wait for their time") as refused:
        await house.save("second", scheduled_at=later)
    assert refused.value.code == "too_many_scheduled"
    unscheduled = await house.save("at once")
    with pytest.raises(ConflictError):
        await edit_content(house.ctx, house.user_id, unscheduled.content.id, {"scheduled_at": later})
    draft = Draft(body="kept", visibility=Visibility.PRIVATE)
    await create_content(house.ctx, house.user_id, draft)
    house.clock.advance(timedelta(days=2).total_seconds())
    await house.release("the first has gone by now")
    await house.save("there is room again", scheduled_at=house.clock.now() + timedelta(days=1))


async def test_media_are_counted_by_number_and_by_bytes(house: House, tmp_path: Path) -> None:
    picture = _picture(tmp_path)
    _limit(house, media_max=1)
    first = await upload_media(house.ctx, house.user_id, _stream(picture))
    with pytest.raises(ConflictError, match="SIMULCAST_MEDIA_MAX"):
        await upload_media(house.ctx, house.user_id, _stream(picture))
    _limit(house, media_max=9, media_bytes_max=first.asset.size_bytes + 1)
    with pytest.raises(ConflictError, match="SIMULCAST_MEDIA_BYTES_MAX"):
        await upload_media(house.ctx, house.user_id, _stream(picture))
    async with house.ctx.ledger.begin() as tx:
        held = await tx.holdings.of_user(house.user_id)
    assert (held.media, held.media_bytes) == (1, first.asset.size_bytes)


def _picture(folder: Path) -> bytes:
    path = folder / "picture.png"
    Image.new("RGB", (64, 64), "teal").save(path)
    return path.read_bytes()


async def _stream(content: bytes) -> AsyncIterator[bytes]:
    yield content

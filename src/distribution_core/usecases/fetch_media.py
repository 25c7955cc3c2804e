"""Media that is named by an address is fetched and kept before the content that names it is judged."""

from collections.abc import Sequence
from uuid import UUID

from attrs import evolve

from distribution_core.domain.errors import InvalidInputError, Problem
from distribution_core.usecases.context import Context
from distribution_core.usecases.judge_content import MediaRef
from distribution_core.usecases.upload_media import upload_media


def names_addresses(media: Sequence[MediaRef]) -> bool:
    return any("://" in ref.key for ref in media)


async def fetched(ctx: Context, user_id: UUID, media: Sequence[MediaRef]) -> tuple[MediaRef, ...]:
    """The same with a key in place of each address. Raises InvalidInputError."""
    if len(media) > ctx.limits.media_per_content_max:
        words = f"A post has at most {ctx.limits.media_per_content_max} pictures and videos."
        raise InvalidInputError(Problem(code="too_many_media", message=words, field="media_assets"))
    return tuple([await _kept(ctx, user_id, ref) if "://" in ref.key else ref for ref in media])


async def _kept(ctx: Context, user_id: UUID, ref: MediaRef) -> MediaRef:
    if ctx.fetcher is None:
        words = "Addresses are not fetched here; upload it to /media and give its key."
        raise InvalidInputError(Problem(code="media_url", message=words, field="media_assets"))
    stored = await upload_media(ctx, user_id, ctx.fetcher.stream(ref.key), alt_text=ref.alt_text)
    return evolve(ref, key=stored.asset.key)

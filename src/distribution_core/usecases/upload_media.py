"""Take a picture or video as a stream, look inside it, and keep it only if it is what it must be."""

from collections.abc import AsyncIterable
from uuid import UUID

from attrs import evolve

from distribution_core.domain.content import StoredMedia
from distribution_core.usecases.context import Context
from distribution_core.usecases.room import room_for_media


async def upload_media(ctx: Context, user_id: UUID, chunks: AsyncIterable[bytes], *, alt_text: str | None = None) -> StoredMedia:
    """Store and describe one upload. Raises InvalidInputError for corrupt or unsupported media, ConflictError where there is no
    room for more; nothing stays behind."""
    async with ctx.ledger.begin() as tx:
        room_for_media(ctx, await tx.holdings.of_user(user_id), 1)  # before a large file is sent in vain
    key = f"{user_id.hex}/{ctx.new_id().hex}"
    await ctx.media.put(key, chunks, "application/octet-stream")
    try:
        asset = await ctx.probe.describe(ctx.media, key)
        media = StoredMedia(user_id=user_id, asset=evolve(asset, key=key, alt_text=alt_text), created_at=ctx.clock.now())
        async with ctx.ledger.begin() as tx:
            room_for_media(ctx, await tx.holdings.hold(user_id), asset.size_bytes)
            await tx.media.add(media)
    except BaseException:
        await ctx.media.delete(key)
        raise
    return media

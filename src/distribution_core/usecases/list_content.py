"""Lists of a user's content as pages of them are asked for: filtered, newest first or by the time at which it leaves."""

from uuid import UUID

from attrs import frozen

from distribution_core.ports.listing import ContentFilter, Place
from distribution_core.usecases.activity import Activity, with_outcomes
from distribution_core.usecases.context import Context


@frozen(kw_only=True)
class ContentPage:
    """`next_after` continues the list; None at its end."""

    found: Activity
    next_after: Place | None


async def list_content(
    ctx: Context, user_id: UUID, which: ContentFilter, *, scheduled: bool = False, limit: int = 20, after: Place | None = None
) -> ContentPage:
    """A page of what `which` names. `scheduled`: only what is still to leave, next first; its times bound the release then."""
    limit = min(limit, ctx.limits.activity_page_max)
    async with ctx.ledger.begin() as tx:
        page = tx.listing.waiting if scheduled else tx.listing.newest
        found = await page(user_id, which, limit + 1, after)
        listed = await with_outcomes(tx, user_id, found[:limit])
    if len(found) <= limit:
        return ContentPage(found=listed, next_after=None)
    last = found[limit - 1]
    at = last.release_at if scheduled and last.release_at is not None else last.created_at
    return ContentPage(found=listed, next_after=Place(at=at, id=last.id))

"""What became of everything: content with its deliveries and the accounts that were left out, newest first."""

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from attrs import frozen

from distribution_core.domain.account import SocialAccount
from distribution_core.domain.content import Content
from distribution_core.domain.delivery import Attempt, Delivery
from distribution_core.domain.errors import NotFoundError
from distribution_core.domain.selection import Exclusion
from distribution_core.ports.ledger import Transaction
from distribution_core.usecases.context import Context


@frozen(kw_only=True)
class ContentActivity:
    """One content and its outcomes. `accounts` are the user's, for their names."""

    content: Content
    deliveries: tuple[Delivery, ...]
    exclusions: tuple[Exclusion, ...]


@frozen(kw_only=True)
class Activity:
    """A page of activity; `accounts` by id name who is spoken of, `time_zone` is where the user reads it."""

    items: tuple[ContentActivity, ...]
    accounts: dict[UUID, SocialAccount]
    time_zone: str | None = None


async def activity(ctx: Context, user_id: UUID, *, limit: int = 20, before: UUID | None = None) -> Activity:
    """A page of the user's content, newest first; `before` continues after the last one seen."""
    async with ctx.ledger.begin() as tx:
        contents = await tx.contents.recent(user_id, min(limit, ctx.limits.activity_page_max), before)
        return await with_outcomes(tx, user_id, contents)


async def content_activity(ctx: Context, user_id: UUID, content_id: UUID) -> Activity:
    """One content and its outcomes. Raises NotFoundError."""
    async with ctx.ledger.begin() as tx:
        content = await tx.contents.get(content_id, user_id)
        if content is None:
            raise NotFoundError("There is no such content.")
        return await with_outcomes(tx, user_id, [content])


async def delivery_history(ctx: Context, user_id: UUID, delivery_id: UUID) -> tuple[Delivery, Sequence[Attempt]]:
    """A delivery and its attempts, oldest first. Raises NotFoundError."""
    async with ctx.ledger.begin() as tx:
        delivery = await tx.deliveries.get(delivery_id, user_id)
        if delivery is None:
            raise NotFoundError("There is no such delivery.")
        return delivery, await tx.attempts.of_delivery(delivery_id)


async def with_outcomes(tx: Transaction, user_id: UUID, contents: Sequence[Content]) -> Activity:
    """A user's contents, in their order, and what became of each."""
    found = await tx.listing.outcomes(user_id, [content.id for content in contents])
    deliveries: dict[UUID, list[Delivery]] = defaultdict(list)
    exclusions: dict[UUID, list[Exclusion]] = defaultdict(list)
    for delivery in found.deliveries:
        deliveries[delivery.content_id].append(delivery)
    for exclusion in found.exclusions:
        exclusions[exclusion.content_id].append(exclusion)
    return Activity(
        time_zone=found.time_zone,
        items=tuple(
            ContentActivity(content=content, deliveries=tuple(deliveries[content.id]), exclusions=tuple(exclusions[content.id]))
            for content in contents
        ),
        accounts={account.id: account for account in found.accounts},
    )

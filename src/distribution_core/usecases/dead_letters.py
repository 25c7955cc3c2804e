"""What will not be tried again by itself: listed and counted with its reasons, for a person to decide about."""

from collections.abc import AsyncIterator, Mapping, Sequence
from uuid import UUID

from attrs import frozen

from distribution_core.domain.account import SocialAccount, User
from distribution_core.domain.content import Content
from distribution_core.domain.delivery import Delivery
from distribution_core.domain.errors import InvalidInputError, Problem
from distribution_core.ports.dead_letters import DeadLetterCount, DeadLetterFilter
from distribution_core.usecases.context import Context


@frozen(kw_only=True)
class DeadLetterPage:
    """Those made last first; `accounts` by id name who is spoken of, `contents` what was to be carried. `next_before`
    continues the list, None at its end."""

    deliveries: tuple[Delivery, ...]
    accounts: dict[UUID, SocialAccount]
    contents: Mapping[UUID, Content]
    next_before: UUID | None


def check_filter(ctx: Context, which: DeadLetterFilter) -> None:
    """A mistyped platform has no dead letters, which would be no answer. Raises InvalidInputError."""
    if which.platform is not None and which.platform not in ctx.platforms:
        words = f"There is no platform {which.platform!r}; there are: {', '.join(sorted(ctx.platforms))}."
        raise InvalidInputError(Problem(code="unknown_platform", message=words, field="platform"))


async def dead_letters(
    ctx: Context, user_id: UUID, which: DeadLetterFilter, *, limit: int = 20, before: UUID | None = None
) -> DeadLetterPage:
    """A page of the user's dead letters, unconfirmed ones among them; `before` continues after the last one seen.
    Raises InvalidInputError for a platform that is not installed."""
    check_filter(ctx, which)
    limit = min(limit, ctx.limits.activity_page_max)
    async with ctx.ledger.begin() as tx:
        found = await tx.dead_letters.page(user_id, which, limit, before)
        accounts = await tx.accounts.of_user(user_id) if found else ()
        contents = await tx.dead_letters.contents(user_id, {each.content_id for each in found}) if found else {}
    return DeadLetterPage(
        deliveries=tuple(found),
        accounts={account.id: account for account in accounts},
        contents=contents,
        next_before=found[-1].id if len(found) == limit else None,
    )


async def count_dead_letters(ctx: Context, user_id: UUID) -> Sequence[DeadLetterCount]:
    """How many there are, by platform and kind."""
    async with ctx.ledger.begin() as tx:
        return await tx.dead_letters.counts(user_id)


async def dead_letter_owners(ctx: Context) -> AsyncIterator[User]:
    """Everybody who has dead letters, for who operates the installation: read page by page, each page in a trip of its own."""
    last: UUID | None = None
    while True:
        async with ctx.ledger.begin() as tx:
            found = await tx.dead_letters.owners(ctx.limits.activity_page_max, last)
        for user in found:
            yield user
        if len(found) < ctx.limits.activity_page_max:
            return
        last = found[-1].id

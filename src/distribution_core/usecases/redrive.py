"""A person asks for another round of what failed: of one delivery, of many, or of all that a filter finds."""

from collections.abc import Collection, Iterator, Sequence
from typing import TypeVar
from uuid import UUID

from attrs import evolve, frozen

from distribution_core.domain.account import SocialAccount
from distribution_core.domain.audit import AuditAction
from distribution_core.domain.delivery import Delivery, DeliveryStatus, TransitionError
from distribution_core.domain.errors import ConflictError, InvalidInputError, NotFoundError, Problem
from distribution_core.domain.selection import left_out
from distribution_core.domain.settling import NEEDS_RECONNECT, redriven
from distribution_core.ports.dead_letters import DeadLetterFilter
from distribution_core.ports.ledger import Transaction
from distribution_core.usecases.context import Context
from distribution_core.usecases.dead_letters import check_filter
from distribution_core.usecases.settle import delivery_audit, record_change

T = TypeVar("T")


@frozen(kw_only=True)
class Redriven:
    """What was sent again, and what was not: each with why. `missing` are ids that name no dead letter. `next_before`
    continues where the most that one call does came to its end; None: all are done."""

    again: tuple[Delivery, ...] = ()
    skipped: tuple[tuple[Delivery, str], ...] = ()
    missing: tuple[UUID, ...] = ()
    next_before: UUID | None = None


async def redrive(ctx: Context, user_id: UUID, delivery_id: UUID) -> Delivery:
    """Send a failed delivery again. Raises NotFoundError, or ConflictError saying what stands in the way."""
    async with ctx.ledger.begin() as tx:
        delivery = await tx.deliveries.get(delivery_id, user_id)
        if delivery is None:
            raise NotFoundError("There is no such delivery.")
        account = await tx.accounts.get(delivery.social_account_id, user_id)
        again = await _redrive_in(ctx, tx, delivery, account)
    await ctx.doorbell.ring()
    return again


async def redrive_failed(ctx: Context, user_id: UUID, content_id: UUID) -> Redriven:
    """Send all failed deliveries of one content again; unconfirmed ones are left to their person. Raises NotFoundError."""
    async with ctx.ledger.begin() as tx:
        if await tx.contents.get(content_id, user_id) is None:
            raise NotFoundError("There is no such content.")
        failed = [each for each in await tx.deliveries.of_contents([content_id]) if each.status is DeliveryStatus.FAILED]
    done = Redriven()
    for some in _slices(failed, ctx.limits.batch_max):
        async with ctx.ledger.begin() as tx:
            done = _joined(done, await _redrive_each(ctx, tx, user_id, some))
    return await _rung(ctx, done)


async def redrive_chosen(ctx: Context, user_id: UUID, delivery_ids: Collection[UUID]) -> Redriven:
    """Send these dead letters again, but for unconfirmed ones. Raises InvalidInputError for more than one call does."""
    most = ctx.limits.redrive_max
    wanted = list(dict.fromkeys(delivery_ids))
    if len(wanted) > most:
        words = f"At most {most:,} deliveries are sent again at once."
        raise InvalidInputError(Problem(code="too_many", message=words, field="ids"))
    done = Redriven()
    for ids in _slices(wanted, ctx.limits.batch_max):
        async with ctx.ledger.begin() as tx:
            found = await tx.dead_letters.page(user_id, DeadLetterFilter(ids=ids), len(ids))
            done = _joined(done, await _redrive_each(ctx, tx, user_id, found))
        known = {delivery.id for delivery in found}
        done = evolve(done, missing=(*done.missing, *(each for each in ids if each not in known)))
    return await _rung(ctx, done)


async def redrive_all(ctx: Context, user_id: UUID, which: DeadLetterFilter, *, before: UUID | None = None) -> Redriven:
    """Send all dead letters that the filter finds again, those made last first, but for unconfirmed ones, which a person
    settles one by one. One call does so many; `before` continues after an earlier one.
    Raises InvalidInputError for a platform that is not installed."""
    check_filter(ctx, which)
    done, left, place = Redriven(), ctx.limits.redrive_max, before
    while left > 0:
        limit = min(left, ctx.limits.batch_max)
        async with ctx.ledger.begin() as tx:
            found = await tx.dead_letters.page(user_id, which, limit, place)
            done = _joined(done, await _redrive_each(ctx, tx, user_id, found))
        if len(found) < limit:
            return await _rung(ctx, done)
        left, place = left - limit, found[-1].id
    return await _rung(ctx, evolve(done, next_before=place))


async def _redrive_each(ctx: Context, tx: Transaction, user_id: UUID, failed: Sequence[Delivery]) -> Redriven:
    if not failed:
        return Redriven()
    accounts = {account.id: account for account in await tx.accounts.of_user(user_id)}
    again: list[Delivery] = []
    skipped: list[tuple[Delivery, str]] = []
    for delivery in failed:
        try:
            again.append(await _redrive_in(ctx, tx, delivery, accounts.get(delivery.social_account_id)))
        except ConflictError as no:
            skipped.append((delivery, str(no)))
    return Redriven(again=tuple(again), skipped=tuple(skipped))


async def _redrive_in(ctx: Context, tx: Transaction, delivery: Delivery, account: SocialAccount | None) -> Delivery:
    if delivery.is_unconfirmed:
        raise ConflictError("unconfirmed", "This may already be posted. Look at the platform, then say what you found.")
    if delivery.status is DeliveryStatus.RETRIED and delivery.wait_reason == NEEDS_RECONNECT:
        raise ConflictError("needs_reconnect", "This waits for its account. Reconnect the account and it goes by itself.")
    reason = left_out(account) if account else None
    if delivery.status is DeliveryStatus.FAILED and reason is not None:
        raise ConflictError(reason[0], reason[1])
    try:
        again = redriven(delivery, tx.now)
    except TransitionError:
        raise ConflictError("not_failed", f"This delivery is {delivery.status.value}; only a failed one is sent again.") from None
    if not await tx.deliveries.save(again, was=delivery):
        raise ConflictError("busy", "This delivery has just changed. Look again.")
    # Both rows keep why it had failed: the delivery itself forgets it when it succeeds.
    await tx.audit.add(delivery_audit(ctx, tx, again, AuditAction.POST_REDRIVEN))
    await record_change(ctx, tx, again, reason="redriven")
    return again


def _slices(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    return (items[start : start + size] for start in range(0, len(items), size))


def _joined(one: Redriven, other: Redriven) -> Redriven:
    return evolve(one, again=one.again + other.again, skipped=one.skipped + other.skipped)


async def _rung(ctx: Context, done: Redriven) -> Redriven:
    if done.again:
        await ctx.doorbell.ring()
    return done

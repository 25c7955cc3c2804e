"""Release: content -> deliveries, one for each account that is active and valid when its time has come."""

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from attrs import evolve

from distribution_core.domain.audit import AuditAction
from distribution_core.domain.content import Content, too_late
from distribution_core.domain.events import EventKind
from distribution_core.domain.selection import Exclusion, Selection
from distribution_core.ports.ledger import Transaction
from distribution_core.usecases.context import Context
from distribution_core.usecases.judge_content import judge_platform

_DAY = timedelta(hours=24)
_LISTED = 100  # of what an audit row names one by one


async def release_due(ctx: Context) -> int:
    """Select accounts for all content whose release has come, a transaction each; returns how many contents."""
    async with ctx.ledger.begin() as tx:
        due = await tx.contents.due(tx.now, ctx.limits.batch_max)
    for content in due:
        await select_accounts(ctx, content)
    return len(due)


async def select_accounts(ctx: Context, content: Content) -> Selection:
    """Release one content, or hold it where its schedule was missed by too much. Repeated, or too early because an edit
    moved its release, it does nothing."""
    async with ctx.ledger.begin() as tx:
        current = await tx.contents.get(content.id)
        if current is None or current.selected_at or current.release_at is None or current.release_at > tx.now:
            return Selection()
        late = too_late(current, tx.now, ctx.limits.schedule_late_max)
        if late is not None:
            await _hold(ctx, tx, current, late)
            return Selection()
        platforms = await tx.selections.platforms(content.user_id)
        selection = await tx.selections.select(
            current,
            blocked=_blocked(ctx, current, platforms),
            now=tx.now,
            first_id=ctx.new_series(),
            spent=await spent_accounts(ctx, tx, content.user_id, platforms),
        )
        await tx.outbox.add(ctx.event(EventKind.DELIVERIES_SELECTED, tx.now, current.user_id, current.id))
        await tx.audit.add(
            ctx.audit(
                AuditAction.SELECT_ACCOUNTS,
                tx.now,
                current.user_id,
                "content",
                current.id,
                made=selection.made,
                deliveries=[str(delivery_id) for delivery_id in selection.firsts(_LISTED)],
                left_out_number=len(selection.exclusions),
                left_out={str(item.social_account_id): item.code for item in selection.exclusions[:_LISTED]},
            )
        )
    return selection


async def _hold(ctx: Context, tx: Transaction, content: Content, why: str) -> None:
    """Keep what is too late for its person to decide about; an edit or a cancel that came meanwhile decides for itself."""
    held = evolve(content, held_at=tx.now, held_reason=why, release_at=None, updated_at=tx.now)
    if await tx.contents.save_unreleased(held, was=content):
        await tx.audit.add(ctx.audit(AuditAction.HOLD_CONTENT, tx.now, content.user_id, "content", content.id, reason=why))
        await tx.outbox.add(ctx.event(EventKind.CONTENT_SAVED, tx.now, content.user_id, content.id))


def _blocked(ctx: Context, content: Content, platforms: Collection[str]) -> dict[str, Exclusion]:
    """The platforms that don't take this content, with why."""
    found = {platform: judge_platform(ctx, content, platform).problems for platform in platforms}
    return {
        platform: Exclusion(
            content_id=content.id,
            social_account_id=content.id,
            code=problems[0].code,
            reason=" ".join(problem.message for problem in problems),
        )
        for platform, problems in found.items()
        if problems
    }


async def spent_accounts(ctx: Context, tx: Transaction, user_id: UUID, platforms: Collection[str]) -> dict[UUID, str]:
    """Accounts that have had as many posts within a day as their platform takes, with why."""
    installed = [ctx.platforms[platform] for platform in platforms if platform in ctx.platforms]
    most = {each.id: limit for each in installed if (limit := each.adapter.rules.posts_per_day) is not None}
    spent = await tx.selections.spent_since(user_id, tx.now - _DAY, most) if most else {}
    return {
        account_id: f"{ctx.platforms[platform].name} takes {most[platform]} posts a day on one account; this one has had them."
        for account_id, platform in spent.items()
    }

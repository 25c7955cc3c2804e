"""Release: content -> deliveries, one for each account that is active and valid when its time has come."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from attrs import evolve

from distribution_core.domain.account import SocialAccount
from distribution_core.domain.audit import AuditAction
from distribution_core.domain.content import Content, too_late
from distribution_core.domain.events import EventKind
from distribution_core.domain.selection import Exclusion, Selection
from distribution_core.ports.ledger import Transaction
from distribution_core.usecases.context import Context
from distribution_core.usecases.judge_content import platform_problems

_DAY = timedelta(hours=24)


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
        accounts = await tx.accounts.of_user(content.user_id)
        blocked = {}
        for platform_id in {account.platform for account in accounts}:
            problems = platform_problems(ctx, current, platform_id)
            if problems:
                blocked[platform_id] = Exclusion(
                    content_id=current.id,
                    social_account_id=current.id,
                    code=problems[0].code,
                    reason=" ".join(problem.message for problem in problems),
                )
        selection = await tx.selections.select(
            current,
            blocked=blocked,
            now=tx.now,
            new_ids=[ctx.new_id() for _ in accounts],
            spent=await _spent(ctx, tx, accounts),
        )
        await tx.outbox.add(ctx.event(EventKind.DELIVERIES_SELECTED, tx.now, current.user_id, current.id))
        await tx.audit.add(
            ctx.audit(
                AuditAction.SELECT_ACCOUNTS,
                tx.now,
                current.user_id,
                "content",
                current.id,
                deliveries=[str(delivery_id) for delivery_id in selection.delivery_ids],
                left_out={str(item.social_account_id): item.code for item in selection.exclusions},
            )
        )
    return selection


async def _hold(ctx: Context, tx: Transaction, content: Content, why: str) -> None:
    """Keep what is too late for its person to decide about; an edit or a cancel that came meanwhile decides for itself."""
    held = evolve(content, held_at=tx.now, held_reason=why, release_at=None, updated_at=tx.now)
    if await tx.contents.save_unreleased(held, was=content):
        await tx.audit.add(ctx.audit(AuditAction.HOLD_CONTENT, tx.now, content.user_id, "content", content.id, reason=why))
        await tx.outbox.add(ctx.event(EventKind.CONTENT_SAVED, tx.now, content.user_id, content.id))


async def _spent(ctx: Context, tx: Transaction, accounts: Sequence[SocialAccount]) -> dict[UUID, str]:
    """Accounts that have had as many posts within a day as their platform takes, with why."""
    limits = {
        account.id: (platform.adapter.rules.posts_per_day, platform.name)
        for account in accounts
        if (platform := ctx.platforms.get(account.platform)) is not None
    }
    if not any(limit for limit, _ in limits.values()):
        return {}
    taken = await tx.selections.taken_since(accounts[0].user_id, tx.now - _DAY)
    return {
        account_id: f"{name} takes {limit} posts a day on one account, and this one has had them."
        for account_id, (limit, name) in limits.items()
        if limit is not None and taken.get(account_id, 0) >= limit
    }

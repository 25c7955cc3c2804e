"""Release: content -> deliveries, one for each account that is active and valid when its time has come."""

from distribution_core.domain.audit import AuditAction
from distribution_core.domain.content import Content
from distribution_core.domain.events import EventKind
from distribution_core.domain.selection import Exclusion, Selection
from distribution_core.usecases.context import Context
from distribution_core.usecases.judge_content import platform_problems


async def release_due(ctx: Context) -> int:
    """Select accounts for all content whose release has come, a transaction each; returns how many contents."""
    async with ctx.ledger.begin() as tx:
        due = await tx.contents.due(tx.now, ctx.limits.batch_max)
    for content in due:
        await select_accounts(ctx, content)
    return len(due)


async def select_accounts(ctx: Context, content: Content) -> Selection:
    """Release one content. Repeated, or too early because an edit moved its release, it does nothing."""
    async with ctx.ledger.begin() as tx:
        current = await tx.contents.get(content.id)
        if current is None or current.selected_at or current.release_at is None or current.release_at > tx.now:
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
        selection = await tx.selections.select(current, blocked=blocked, now=tx.now, new_ids=[ctx.new_id() for _ in accounts])
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

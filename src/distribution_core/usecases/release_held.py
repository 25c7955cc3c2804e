"""A person sends what was held because its schedule had been missed."""

from uuid import UUID

from attrs import evolve

from distribution_core.domain.audit import AuditAction
from distribution_core.domain.content import Content, Visibility
from distribution_core.domain.errors import ConflictError, NotFoundError
from distribution_core.domain.events import EventKind
from distribution_core.usecases.context import Context


async def release_held(ctx: Context, user_id: UUID, content_id: UUID) -> Content:
    """Send held content now, with no further hold; only the audit log keeps its schedule.
    Raises NotFoundError, or ConflictError where it is not held."""
    async with ctx.ledger.begin() as tx:
        content = await tx.contents.get(content_id, user_id)
        if content is None:
            raise NotFoundError("There is no such content.")
        if content.selected_at is not None:
            raise ConflictError("released", "This has been sent out already.")
        if content.canceled_at is not None:
            raise ConflictError("canceled", "This was taken back. Save it anew to send it.")
        if content.held_at is None:
            raise ConflictError("not_held", "This is not held; only what was found too late to be sent by itself is.")
        # It has no schedule any more, by which it could be found late again.
        released = evolve(
            content,
            visibility=Visibility.PUBLIC,
            scheduled_at=None,
            release_at=tx.now,
            held_at=None,
            held_reason=None,
            updated_at=tx.now,
        )
        if not await tx.contents.save_unreleased(released, was=content):
            raise ConflictError("busy", "This has just changed. Look again.")
        missed = content.scheduled_at.isoformat() if content.scheduled_at else None
        await tx.audit.add(ctx.audit(AuditAction.RELEASE_CONTENT, tx.now, user_id, "content", content_id, scheduled_at=missed))
        await tx.outbox.add(ctx.event(EventKind.CONTENT_SAVED, tx.now, user_id, content_id))
    await ctx.doorbell.ring()
    return released

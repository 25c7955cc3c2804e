"""Publish under observation: a span around each attempt, and one event with all its facts when it ends."""

from distribution_core.domain.delivery import Delivery, DeliveryStatus, Phase
from distribution_core.domain.post import Post
from distribution_core.domain.settling import is_final
from distribution_core.ports.telemetry import Attempted
from distribution_core.usecases.context import Context
from distribution_core.usecases.outbound_state import Place
from distribution_core.usecases.publish_delivery import Claimed, publish


async def publish_observed(ctx: Context, worker: str, claimed: Claimed, place: Place | None = None) -> Delivery | None:
    """As `publish`, which it calls. Whatever happens is told of once; what `publish` raises is raised on. The trace is that
    of the request which saved the content."""
    delivery, attempt = claimed.delivery, claimed.attempt
    began = ctx.clock.monotonic()
    after, broke_off = None, True
    with ctx.telemetry.span(
        "publish",
        parent=claimed.surroundings.content.trace,
        delivery_id=delivery.id,
        content_id=delivery.content_id,
        attempt_id=attempt.id,
        platform=delivery.platform,
        worker=worker,
    ):
        try:
            after = await publish(ctx, worker, claimed, place)
            broke_off = False
        finally:
            ctx.telemetry.attempted(_facts(worker, claimed, after, ctx.clock.monotonic() - began, broke_off=broke_off))
    return after


def _facts(worker: str, claimed: Claimed, after: Delivery | None, took_s: float, *, broke_off: bool) -> Attempted:
    before, attempt = claimed.delivery, claimed.attempt
    now = after or before
    failure = after.last_error if after and after.status is not DeliveryStatus.SUCCESS else None
    wait = attempt.started_at - (before.due_at or attempt.started_at)
    return Attempted(
        delivery_id=before.id,
        content_id=before.content_id,
        attempt_id=attempt.id,
        account_id=before.social_account_id,
        user_id=before.user_id,
        platform=before.platform,
        kind=_kind(now.post),
        outcome="broke_off" if broke_off else _outcome(after),
        final=after is not None and is_final(after.status),
        failure_kind=failure.kind.value if failure else None,
        failure_code=failure.code if failure else None,
        attempt_number=attempt.number,
        fence=attempt.fence,
        phase=now.phase.value,
        queue_wait_s=round(max(wait.total_seconds(), 0.0), 6),
        publish_s=round(max(took_s, 0.0), 6),
        worker=worker,
    )


def _outcome(after: Delivery | None) -> str:
    if after is None:
        return "lease_lost"
    return "processing" if after.phase is Phase.PROCESSING else after.status.value


def _kind(post: Post | None) -> str | None:
    if post is None:
        return None
    if post.videos:
        return "video"
    if post.images:
        return "photo" if len(post.images) == 1 else "photos"
    return "link" if post.link else "text"

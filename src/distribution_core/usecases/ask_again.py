"""Ask the platform once more about what nobody could confirm: a person wants to know, or the platform itself has called. Only
proof that it is posted moves it; that nothing is found still proves nothing."""

from datetime import timedelta
from uuid import UUID

from distribution_core.domain.delivery import Delivery
from distribution_core.domain.errors import ConflictError, NotFoundError
from distribution_core.domain.outcome import Found
from distribution_core.domain.settling import after_finding
from distribution_core.ports.ledger import DuplicateError
from distribution_core.ports.notices import Notice
from distribution_core.usecases.asking import ask, publish_job
from distribution_core.usecases.context import Context
from distribution_core.usecases.credentials import Credential, credential_for
from distribution_core.usecases.rendered import Rendered
from distribution_core.usecases.sealed_handles import open_handles
from distribution_core.usecases.settle import moment_of, record_change

_LOOK_BACK = timedelta(days=2)
_LOOKED_AT_MAX = 200


async def ask_again(ctx: Context, user_id: UUID, delivery_id: UUID) -> Delivery:
    """The delivery as a success. Raises NotFoundError, or ConflictError where it is not unconfirmed or still can't be told."""
    async with ctx.ledger.begin() as tx:
        delivery = await tx.deliveries.get(delivery_id, user_id)
    if delivery is None:
        raise NotFoundError("There is no such delivery.")
    if not delivery.is_unconfirmed:
        raise ConflictError(
            "not_unconfirmed", f"This delivery is {delivery.status.value}; only an unconfirmed one is asked about."
        )
    proven = await _asked(ctx, delivery, worker=f"user-{user_id}-{ctx.randomness.token(4).hex()}")
    if proven is None:
        raise ConflictError("still_unknown", "The platform can't tell either. Look there, then say which it is.")
    return proven


async def heed(ctx: Context, platform_id: str, notice: Notice) -> int:
    """Ask about the unconfirmed deliveries that a platform's call is about; how many it proved. A repeat changes nothing."""
    async with ctx.ledger.begin() as tx:
        found = await tx.noticed.unsettled(platform_id, notice.external_account_id, _LOOKED_AT_MAX)
    about = [each for each in found if all(each.handles.get(name) == value for name, value in notice.handles.items())]
    proven = [await _asked(ctx, each, worker=f"notice-{ctx.new_id()}") for each in about if each.is_unconfirmed]
    await ctx.doorbell.ring(platform_id)
    return sum(each is not None for each in proven)


async def _asked(ctx: Context, delivery: Delivery, *, worker: str) -> Delivery | None:
    async with ctx.ledger.begin() as tx:
        account = await tx.accounts.get(delivery.social_account_id)
        grant = await tx.grants.get(account.grant_id) if account and account.grant_id else None
        others = await tx.commits.neighbours(delivery.id, (delivery.committing_at or tx.now) - _LOOK_BACK)
    post = delivery.post
    if account is None or grant is None or post is None:
        return None
    credential = await credential_for(ctx, account, worker=worker, grant=grant)
    if not isinstance(credential, Credential):
        return None
    adapter = ctx.platform(delivery.platform).adapter
    job = publish_job(delivery, account, Rendered.frozen(post, adapter.rules), credential, others.post_ids)
    handles = await open_handles(ctx, delivery, credential.grant)
    finding = await ask(ctx, adapter, job, handles)
    if not isinstance(finding, Found) or (finding.by_likeness and others.doubtful):
        return None
    try:
        async with ctx.ledger.begin() as tx:
            proven = after_finding(delivery, finding, moment_of(ctx, tx))
            if not await tx.deliveries.save(proven, was=delivery):
                return None
            await record_change(ctx, tx, proven, proof="asked again")
    except DuplicateError:
        return None  # another delivery holds that post: it is not this one's
    return proven

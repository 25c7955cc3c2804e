"""What an adapter is given for a delivery, and the question what became of it: the same for a worker and for who asks again."""

import asyncio
import logging
from collections.abc import Mapping
from typing import Any

from distribution_core.domain.account import SocialAccount
from distribution_core.domain.delivery import Delivery
from distribution_core.domain.outcome import CannotAsk, Finding, Unavailable
from distribution_core.ports.platform import PlatformAdapter, PublishJob
from distribution_core.usecases.context import Context
from distribution_core.usecases.credentials import Credential
from distribution_core.usecases.rendered import Rendered

log = logging.getLogger(__name__)


def publish_job(
    delivery: Delivery,
    account: SocialAccount,
    rendered: Rendered,
    credential: Credential,
    claimed_post_ids: frozenset[str] = frozenset(),
) -> PublishJob:
    return PublishJob(
        delivery_id=delivery.id,
        external_account_id=account.external_account_id,
        account_kind=account.kind,
        account_handle=account.handle,
        app=credential.grant.app,
        token=credential.token,
        scopes=account.scopes or credential.grant.scopes,
        post=rendered.post,
        fingerprint=rendered.fingerprint,
        committing_at=delivery.committing_at,
        claimed_post_ids=claimed_post_ids,
    )


async def ask(ctx: Context, adapter: PlatformAdapter, job: PublishJob, handles: Mapping[str, Any]) -> Finding:
    """What the platform knows of the job's post, within the time of a lease. It never raises: a fault is CannotAsk."""
    try:
        async with asyncio.timeout(ctx.limits.lease.total_seconds()):
            return await adapter.reconcile(job, handles)
    except TimeoutError:
        return CannotAsk(refusal=Unavailable(message="The platform did not answer in time.", code="timeout"))
    except Exception:
        log.exception("reconcile failed", extra={"delivery_id": str(job.delivery_id)})
        return CannotAsk(refusal=Unavailable(message="Something went wrong on our side while asking.", code="internal"))

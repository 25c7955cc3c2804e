"""A consent by which nothing was linked is taken back at the platform: nobody here has use for it."""

import logging

from distribution_core.ports.platform import Consent
from distribution_core.usecases.context import Context

log = logging.getLogger(__name__)


async def let_go(ctx: Context, platform_id: str, app: str, consent: Consent) -> None:
    """Best effort, once. Not where an account stands on a consent of the same person, here or with another user: platforms
    take back all that a person gave to an app."""
    async with ctx.ledger.begin() as tx:
        if await tx.accounts.linked_to_subject(platform_id, app, consent.subject_id):
            return
    try:
        done = await ctx.platform(platform_id).authorizer.revoke(app, consent.tokens, consent.subject_id)
    except Exception:
        log.exception("a consent by which nothing was linked could not be taken back", extra={"platform": platform_id})
    else:
        log.info("a consent by which nothing was linked was taken back", extra={"platform": platform_id, "confirmed": done})

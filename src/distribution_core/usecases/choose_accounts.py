"""After consent, a person chooses which of the accounts that it opens are linked. Until then it is kept sealed."""

import asyncio
import logging
from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from attrs import frozen

from distribution_core.domain.account import LinkChoice
from distribution_core.domain.errors import InvalidInputError, LinkRefusedError, NotFoundError, Problem
from distribution_core.domain.secret import Secret
from distribution_core.ports.platform import Consent, DiscoveredAccount
from distribution_core.ports.vault import Binding, VaultError, VaultUnavailableError
from distribution_core.usecases.context import Context
from distribution_core.usecases.let_go import let_go
from distribution_core.usecases.link_account import (
    CHOOSE,
    Declined,
    Linked,
    link_consent,
    take_consent,
    usable_accounts,
    usable_or_let_go,
)
from distribution_core.usecases.sealed_consent import consent_from, consent_text

log = logging.getLogger(__name__)


@frozen(kw_only=True)
class Candidate:
    """An account that may be chosen, unless there is a `problem`; `linked`: it is linked already, and stays so."""

    account: DiscoveredAccount
    linked: bool


@frozen(kw_only=True)
class Offer:
    """What one consent opens, to be chosen from until `expires_at`."""

    id: UUID
    platform: str
    app: str
    expires_at: datetime
    candidates: tuple[Candidate, ...]


async def answer_link(
    ctx: Context, user_id: UUID, session_id: UUID, platform_id: str, *, state: str, code: Secret | None, error: Declined | None
) -> Linked | Offer:
    """Take the platform's answer: an offer where the round trip was begun with `choose` and there is more than one account
    to choose from, one of them new; else all are linked. Raises LinkRefusedError, and then nothing has been linked."""
    intent, consent = await take_consent(ctx, user_id, session_id, platform_id, state=state, code=code, error=error)
    usable = await usable_or_let_go(ctx, intent, consent)
    before = await _linked_before(ctx, user_id, platform_id)
    if not state.startswith(CHOOSE) or len(usable) == 1 or {found.external_account_id for found in usable} <= before:
        return await link_consent(ctx, intent, consent, usable)
    choice_id, data_key = ctx.new_id(), await ctx.vault.new_data_key()
    sealed = await ctx.vault.seal(consent_text(consent, ctx.clock.now()), data_key, _binding(user_id, choice_id))
    async with ctx.ledger.begin() as tx:
        choice = LinkChoice(
            id=choice_id,
            user_id=user_id,
            session_id=session_id,
            platform=platform_id,
            app=intent.app,
            data_key=data_key,
            consent=sealed,
            expires_at=tx.now + ctx.limits.link_intent_lifetime,
        )
        await tx.link_intents.offer(choice)
    return await _offer(ctx, choice, consent)


async def link_candidates(ctx: Context, user_id: UUID, session_id: UUID, choice_id: UUID) -> Offer:
    """What there is to choose from. Raises NotFoundError, also for what was chosen or ended."""
    choice, consent = await _open(ctx, user_id, session_id, choice_id)
    return await _offer(ctx, choice, consent)


async def link_chosen(ctx: Context, user_id: UUID, session_id: UUID, choice_id: UUID, external_ids: Collection[str]) -> Linked:
    """Link these, and renew those that were linked before: they live by the same consent. Raises NotFoundError,
    InvalidInputError for what can't be chosen, or LinkRefusedError."""
    choice, consent = await _open(ctx, user_id, session_id, choice_id)
    usable = {found.external_account_id: found for found in usable_accounts(ctx.platform(choice.platform), consent)}
    wrong = sorted(set(external_ids) - usable.keys())
    if wrong or not external_ids:
        words = f"These can't be chosen: {', '.join(wrong)}." if wrong else "Choose one account at least."
        raise InvalidInputError(Problem(code="not_a_candidate", message=words, field="ids"))
    before = await _linked_before(ctx, choice.user_id, choice.platform)
    chosen = [found for found in usable.values() if found.external_account_id in {*external_ids, *before}]
    return await link_consent(ctx, choice, consent, chosen, spent=choice.id)


async def let_abandoned_go(ctx: Context, stop: asyncio.Event | None = None) -> None:
    """Consents whose person chose nothing in time: each by one worker, once."""
    async with ctx.ledger.begin() as tx:
        left = await tx.farewells.abandoned(ctx.limits.batch_max)
    for choice in left:
        if stop is not None and stop.is_set():
            return
        try:
            consent = await open_choice(ctx, choice)
        except VaultUnavailableError as error:
            log.warning("abandoned consents wait until keys can be had", extra={"why": str(error)})
            return
        except VaultError:
            continue  # what no key opens is of no use to anybody; it is purged
        async with ctx.ledger.begin() as tx:
            ours = await tx.link_intents.take_offered(choice.id, choice.user_id) is not None
        if ours:
            await let_go(ctx, choice.platform, choice.app, consent)


async def _open(ctx: Context, user_id: UUID, session_id: UUID, choice_id: UUID) -> tuple[LinkChoice, Consent]:
    async with ctx.ledger.begin() as tx:
        choice = await tx.link_intents.offered(choice_id, user_id)
        now = tx.now
    if choice is None or (choice.user_id, choice.session_id) != (user_id, session_id):
        raise NotFoundError("There is nothing to choose from here. Link the account again.")
    if choice.expires_at <= now:
        raise LinkRefusedError("choice_expired", "This took too long. Link the account again.")
    return choice, await open_choice(ctx, choice)


async def open_choice(ctx: Context, choice: LinkChoice) -> Consent:
    """What was consented to. Raises VaultError."""
    sealed = await ctx.vault.open(choice.consent, choice.data_key, _binding(choice.user_id, choice.id))
    return consent_from(sealed, ctx.clock.now())


async def _offer(ctx: Context, choice: LinkChoice, consent: Consent) -> Offer:
    before = await _linked_before(ctx, choice.user_id, choice.platform)
    return Offer(
        id=choice.id,
        platform=choice.platform,
        app=choice.app,
        expires_at=choice.expires_at,
        candidates=tuple(Candidate(account=found, linked=found.external_account_id in before) for found in consent.accounts),
    )


async def _linked_before(ctx: Context, user_id: UUID, platform: str) -> set[str]:
    async with ctx.ledger.begin() as tx:
        accounts = await tx.accounts.of_user(user_id, platform)
    return {account.external_account_id for account in accounts if account.is_linked}


def _binding(user_id: UUID, choice_id: UUID) -> Binding:
    return Binding(user_id=str(user_id), row_id=str(choice_id), purpose="link_choice")

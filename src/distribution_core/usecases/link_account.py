"""Link accounts by OAuth: one consent, any number of accounts, and nothing kept of a round trip that fails."""

from collections.abc import Sequence
from uuid import UUID

from attrs import evolve, frozen

from distribution_core.domain.account import AccountStatus, DataKey, Grant, LinkChoice, LinkIntent, SocialAccount
from distribution_core.domain.audit import AuditAction
from distribution_core.domain.errors import LinkRefusedError
from distribution_core.domain.secret import Secret
from distribution_core.ports.ledger import DuplicateError, Transaction
from distribution_core.ports.platform import Consent, DiscoveredAccount, LinkError, Platform
from distribution_core.ports.vault import Binding, VaultUnavailableError
from distribution_core.usecases.context import Context
from distribution_core.usecases.finish_unlink import end_if_left, revoke_ended
from distribution_core.usecases.let_go import let_go
from distribution_core.usecases.refresh_token import account_binding, seal_tokens
from distribution_core.usecases.room import NO_ROOM, room_for_accounts
from distribution_core.usecases.settle import record_change

# Facebook and RFC 6749, 4.1.2.1; LinkedIn (OAuth, authorization code flow).
_BY_PERSON = ("access_denied", "user_cancelled_login", "user_cancelled_authorize")
_WORDS_MAX = 300
CHOOSE = "choose."
"""How the state of a round trip begins whose accounts are chosen among afterwards; no other state holds a full stop."""


@frozen(kw_only=True)
class NotLinked:
    """An account that the consent named but that can't be posted to, and why."""

    display_name: str
    reason: str


@frozen(kw_only=True)
class Linked:
    """What one consent gave."""

    platform: str
    accounts: tuple[SocialAccount, ...]
    not_linked: tuple[NotLinked, ...] = ()


async def begin_link(
    ctx: Context,
    user_id: UUID,
    session_id: UUID,
    platform_id: str,
    *,
    app: str | None,
    redirect_uri: str,
    choose: bool = False,
) -> str:
    """The platform's consent URL. `choose`: its answer is for choose_accounts. Raises NotFoundError for an unknown platform,
    LinkRefusedError for its app."""
    authorizer = ctx.platform(platform_id).authorizer
    app = app or authorizer.default_app
    profile = authorizer.apps.get(app)
    if profile is None:
        raise LinkRefusedError("unknown_app", f"{platform_id} has no app {app!r}; it has: {', '.join(authorizer.apps)}.")
    state = f"{CHOOSE if choose else ''}{ctx.new_token()}"
    verifier = Secret(ctx.new_token() + ctx.new_token()) if profile.uses_pkce else None
    try:
        url = authorizer.authorize_url(app, redirect_uri, state, verifier)
    except LinkError as error:
        raise LinkRefusedError(error.code, str(error)) from None
    data_key = await _keys_or_refusal(ctx) if verifier else None
    state_hash = Secret(state).digest()
    sealed = await ctx.vault.seal(verifier, data_key, _verifier_binding(user_id, state_hash)) if verifier and data_key else None
    async with ctx.ledger.begin() as tx:
        await tx.link_intents.add(
            LinkIntent(
                state_hash=state_hash,
                user_id=user_id,
                session_id=session_id,
                platform=platform_id,
                app=app,
                redirect_uri=redirect_uri,
                data_key=data_key,
                code_verifier=sealed,
                expires_at=tx.now + ctx.limits.link_intent_lifetime,
            )
        )
    return url


@frozen(kw_only=True)
class Declined:
    """What a platform said in place of a code: its word, its sentence, and its kind where it gives one (TikTok: error_type)."""

    error: str
    description: str | None = None
    kind: str | None = None

    @property
    def by_person(self) -> bool:
        """Whether somebody pressed *cancel*; all else is between the platform and the app."""
        return self.error in _BY_PERSON and not self.kind

    @property
    def words(self) -> str:
        said = ": ".join(part for part in (self.error, self.kind, self.description) if part)
        text = "".join(character for character in " ".join(said.split()) if character.isprintable())[:_WORDS_MAX]
        return text if text.endswith((".", "!", "?")) else f"{text}."


async def finish_link(
    ctx: Context, user_id: UUID, session_id: UUID, platform_id: str, *, state: str, code: Secret | None, error: Declined | None
) -> Linked:
    """Take the platform's answer, and link every account that it opens. Raises LinkRefusedError, and then nothing has been
    linked."""
    intent, consent = await take_consent(ctx, user_id, session_id, platform_id, state=state, code=code, error=error)
    return await link_consent(ctx, intent, consent, await usable_or_let_go(ctx, intent, consent))


async def take_consent(
    ctx: Context, user_id: UUID, session_id: UUID, platform_id: str, *, state: str, code: Secret | None, error: Declined | None
) -> tuple[LinkIntent, Consent]:
    """The round trip that this answer ends, and what it gave. Raises LinkRefusedError."""
    await _keys_or_refusal(ctx)  # asked first: without keys a consent that is taken could not be kept
    intent = await _take_intent(ctx, user_id, session_id, platform_id, state)
    platform = ctx.platform(platform_id)
    if error is not None and not error.by_person:
        raise LinkRefusedError("platform_refused", f"{platform.name} refused to link: {error.words} Nothing was linked.")
    if error is not None or not code:
        raise LinkRefusedError(
            "consent_denied", f"{platform.name} gave no access, so nothing was linked. Try again and allow it."
        )
    verifier = None
    if intent.code_verifier is not None and intent.data_key is not None:
        binding = _verifier_binding(user_id, intent.state_hash)
        verifier = await ctx.vault.open(intent.code_verifier, intent.data_key, binding)
    try:
        return intent, await platform.authorizer.exchange(intent.app, code, intent.redirect_uri, verifier)
    except LinkError as failed:
        raise LinkRefusedError(failed.code, str(failed)) from None


async def _keys_or_refusal(ctx: Context) -> DataKey:
    try:
        return await ctx.vault.new_data_key()
    except VaultUnavailableError:
        raise LinkRefusedError(
            "keys_away", "Tokens can't be kept safe just now, so nothing was linked. Try again in some minutes."
        ) from None


def usable_accounts(platform: Platform, consent: Consent) -> list[DiscoveredAccount]:
    """Those that can be posted to. Raises LinkRefusedError where there is none."""
    usable = [found for found in consent.accounts if found.problem is None]
    if not usable:
        raise LinkRefusedError("no_accounts", _nothing_to_link(platform, _not_linked(consent)))
    return usable


async def usable_or_let_go(ctx: Context, intent: LinkIntent, consent: Consent) -> list[DiscoveredAccount]:
    """The same; where there is none, the consent is taken back as well."""
    try:
        return usable_accounts(ctx.platform(intent.platform), consent)
    except LinkRefusedError:
        await let_go(ctx, intent.platform, intent.app, consent)
        raise


async def link_consent(
    ctx: Context,
    intent: LinkIntent | LinkChoice,
    consent: Consent,
    chosen: Sequence[DiscoveredAccount],
    *,
    spent: UUID | None = None,
) -> Linked:
    """Link these accounts in one transaction; `spent` is the choice that this ends. Raises LinkRefusedError."""
    try:
        accounts, left = await _store(ctx, intent, consent, chosen, spent)
    except DuplicateError:
        raise LinkRefusedError("busy", "These accounts are just being linked by another answer. Look again.") from None
    except LinkRefusedError as refused:
        if refused.code == NO_ROOM and spent is None:
            await let_go(ctx, intent.platform, intent.app, consent)
        raise
    await revoke_ended(ctx, *left)
    await ctx.doorbell.ring()
    return Linked(platform=intent.platform, accounts=accounts, not_linked=_not_linked(consent))


def _not_linked(consent: Consent) -> tuple[NotLinked, ...]:
    return tuple(NotLinked(display_name=found.display_name, reason=found.problem) for found in consent.accounts if found.problem)


async def _take_intent(ctx: Context, user_id: UUID, session_id: UUID, platform_id: str, state: str) -> LinkIntent:
    async with ctx.ledger.begin() as tx:
        intent = await tx.link_intents.take(Secret(state).digest())
        now = tx.now
    words = "This answer belongs to no linking that you began here, or it was used before. Begin again."
    if intent is None or intent.user_id != user_id or intent.session_id != session_id or intent.platform != platform_id:
        raise LinkRefusedError("state_invalid", words)
    if intent.expires_at <= now:
        raise LinkRefusedError("state_expired", "This took too long. Begin again.")
    return intent


async def _store(
    ctx: Context,
    intent: LinkIntent | LinkChoice,
    consent: Consent,
    chosen: Sequence[DiscoveredAccount],
    spent: UUID | None,
) -> tuple[tuple[SocialAccount, ...], list[Grant | None]]:
    """The accounts, and the grants that they stood on before and that nobody stands on now."""
    user_id = intent.user_id
    fresh_key = await ctx.vault.new_data_key()
    async with ctx.ledger.begin() as tx:
        held = await tx.holdings.hold(user_id)
        if spent is not None and await tx.link_intents.take_offered(spent, user_id) is None:
            raise LinkRefusedError("busy", "This choice has been made already.")
        known = await tx.grants.find(user_id, intent.platform, intent.app, consent.subject_id)
        grant = await seal_tokens(
            ctx,
            known
            or Grant(
                id=ctx.new_id(),
                user_id=user_id,
                platform=intent.platform,
                app=intent.app,
                subject_id=consent.subject_id,
                data_key=fresh_key,
                access_token=b"",
                version=0,
                created_at=tx.now,
                updated_at=tx.now,
            ),
            consent.tokens,
        )
        if known is None:
            await tx.grants.add(grant)
        elif not await tx.grants.save(grant, spent_version=known.version):
            raise LinkRefusedError("busy", "This account was just being refreshed. Try again.")
        moving = {found.external_account_id for found in chosen}
        before = await tx.accounts.of_user(user_id, intent.platform)
        old_ids = {account.grant_id for account in before if account.external_account_id in moving} - {None, grant.id}
        old = [await tx.grants.get(grant_id, for_change=True) for grant_id in sorted(filter(None, old_ids))]
        known_accounts = await tx.accounts.of_user(user_id, intent.platform, for_change=True)
        existing = {account.external_account_id: account for account in known_accounts}
        linked = {account.external_account_id for account in known_accounts if account.is_linked}
        room_for_accounts(ctx, held, len(moving - linked))
        accounts = tuple([await _put(ctx, tx, grant, found, existing.get(found.external_account_id)) for found in chosen])
        return accounts, [await end_if_left(tx, each) for each in old if each is not None]


async def _put(
    ctx: Context, tx: Transaction, grant: Grant, found: DiscoveredAccount, known: SocialAccount | None
) -> SocialAccount:
    """Link, or link again: a known account keeps its id, its history and, while it was linked, its switch."""
    account = SocialAccount(
        id=known.id if known else ctx.new_id(),
        user_id=grant.user_id,
        grant_id=grant.id,
        platform=grant.platform,
        external_account_id=found.external_account_id,
        kind=found.kind,
        display_name=found.display_name,
        handle=found.handle,
        avatar_url=found.avatar_url,
        is_active=known.is_active if known and known.is_linked else ctx.new_accounts_active,
        status=AccountStatus.VALID,
        access_expires_at=grant.access_expires_at,
        scopes=grant.scopes,
        linked_at=known.linked_at if known and known.is_linked else tx.now,
        updated_at=tx.now,
    )
    if found.token:
        sealed = await ctx.vault.seal(found.token, grant.data_key, account_binding(account))
        expires = tx.now + found.token_lifetime if found.token_lifetime else None
        account = evolve(account, access_token=sealed, access_expires_at=expires)
    await tx.accounts.put(account)
    await tx.audit.add(
        ctx.audit(
            AuditAction.LINK_ACCOUNT,
            tx.now,
            grant.user_id,
            "account",
            account.id,
            platform=grant.platform,
            app=grant.app,
            again=known is not None,
        )
    )
    for delivery in await tx.commits.unpark(account.id, tx.now):
        await record_change(ctx, tx, delivery, reason="reconnected")
    return account


def _nothing_to_link(platform: Platform, not_linked: Sequence[NotLinked]) -> str:
    if not_linked:
        why = " ".join(f"{item.display_name}: {item.reason}" for item in not_linked)
        return f"Nothing could be linked. {why}"
    return f"{platform.name} named no account that can be posted to, so nothing was linked. {platform.help}".strip()


def _verifier_binding(user_id: UUID, state_hash: bytes) -> Binding:
    return Binding(user_id=str(user_id), row_id=state_hash.hex(), purpose="code_verifier")

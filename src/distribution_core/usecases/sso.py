"""Sign in as somebody whom an identity provider vouches for, and bind its subject to a user.

Who may sign in: the user whom this very subject is bound to. It is bound by somebody who is signed in already, or, where the
house trusts the provider's e-mails, at the first sign-in of a user with the same one. Nobody is created here.
"""

import hmac
from datetime import datetime
from uuid import UUID

from attrs import evolve, field, frozen

from distribution_core.domain.account import User
from distribution_core.domain.audit import AuditAction
from distribution_core.domain.errors import ConflictError, NotFoundError, SsoRefusedError
from distribution_core.domain.secret import Secret, token_text
from distribution_core.domain.sso import Identity, SsoRound
from distribution_core.ports.ledger import DuplicateError, Transaction
from distribution_core.usecases.context import Context
from distribution_core.usecases.sign_in import SignedIn, open_session

_METHOD = "sso"


@frozen(kw_only=True)
class Vouched:
    """An identity, and the token that said so. `token_hash` is of what is signed, `over_at` when it would count no more."""

    identity: Identity
    token_hash: bytes = field(repr=False)
    over_at: datetime


@frozen(kw_only=True)
class Begun:
    """A trip as its browser is sent on it. `browser` stays in that browser; nonce and verifier follow from it, and are stored
    nowhere."""

    state: Secret
    browser: Secret

    @property
    def nonce(self) -> Secret:
        return _derived(self.browser, self.state, "nonce")

    @property
    def code_verifier(self) -> Secret:
        return _derived(self.browser, self.state, "code verifier")


async def begin_round(ctx: Context, return_to: str, *, user_id: UUID | None = None, session_id: UUID | None = None) -> Begun:
    """Begin a trip to the provider: to sign in, or to link the user of a session."""
    begun = Begun(state=Secret(ctx.new_token()), browser=Secret(ctx.new_token()))
    async with ctx.ledger.begin() as tx:
        if user_id is not None:
            await _unbound(tx, user_id)
        await tx.sso_rounds.add(
            SsoRound(
                state_hash=begun.state.digest(),
                browser_hash=begun.browser.digest(),
                return_to=return_to,
                user_id=user_id,
                session_id=session_id,
                expires_at=tx.now + ctx.limits.sso_round_lifetime,
            )
        )
    return begun


async def end_round(ctx: Context, state: Secret, browser: Secret | None) -> SsoRound:
    """What was begun with this state, once. Raises SsoRefusedError for another browser's, an old one or none."""
    async with ctx.ledger.begin() as tx:
        begun = await tx.sso_rounds.take(state.digest())
        same = begun is not None and browser is not None and hmac.compare_digest(begun.browser_hash, browser.digest())
        if begun is not None and same and begun.expires_at > tx.now:
            return begun
    raise SsoRefusedError("state_invalid", "This sign-in was begun in another browser, or too long ago. Begin again.")


async def sign_in_by_sso(ctx: Context, vouched: Vouched, *, by_email: bool, device: str | None = None) -> SignedIn:
    """A session for whom the token names. `by_email`: somebody with no subject yet is found by a verified e-mail, and bound.
    Raises SsoRefusedError."""
    async with ctx.ledger.begin() as tx:
        refused = await _used(tx, vouched)
        user = None if refused else await _user_of(ctx, tx, vouched.identity, by_email=by_email)
        if user is not None:
            return await open_session(ctx, tx, user, device, method=_METHOD)
        if refused is None and not await tx.users.ids(1):
            refused = SsoRefusedError("setup_open", "Nobody is here yet. Create the master account first.")
        refused = refused or SsoRefusedError(
            "not_linked", "Nobody here is linked to this identity. Sign in with the password, then link it in Settings."
        )
        await _note_refusal(ctx, tx, refused)
    raise refused


async def link_by_sso(ctx: Context, begun: SsoRound, vouched: Vouched) -> None:
    """Bind the identity to the user who began this. Raises SsoRefusedError, NotFoundError."""
    if begun.user_id is None or begun.session_id is None:
        raise SsoRefusedError("state_invalid", "This was begun to sign in, not to link. Begin again.")
    try:
        async with ctx.ledger.begin() as tx:
            if not await tx.sessions.live({begun.session_id}, tx.now):
                raise SsoRefusedError("session_ended", "The session that began this has ended. Sign in, and link again.")
            user = await _unbound(tx, begun.user_id)
            refused = await _used(tx, vouched)
            if refused is None:
                await _bind(ctx, tx, user, vouched.identity)
    except DuplicateError:
        raise SsoRefusedError("taken", "This identity is linked to somebody else here.") from None
    if refused is not None:
        raise refused


async def unlink_sso(ctx: Context, user_id: UUID) -> None:
    """The identity signs in nobody any more. Raises ConflictError where it is the only way in."""
    async with ctx.ledger.begin() as tx:
        user = await _known(tx, user_id)
        if user.sso_subject is None:
            return
        if user.password_hash is None:
            raise ConflictError("only_way_in", "Without a password this identity is the only way to sign in.")
        await tx.users.save(evolve(user, sso_issuer=None, sso_subject=None))
        await tx.audit.add(ctx.audit(AuditAction.UNLINK_SSO, tx.now, user_id, "user", user_id, issuer=user.sso_issuer))


async def note_sso_failure(ctx: Context, refused: SsoRefusedError) -> None:
    """Write down a sign-in that was refused before anybody could be looked for."""
    async with ctx.ledger.begin() as tx:
        await _note_refusal(ctx, tx, refused)


async def _user_of(ctx: Context, tx: Transaction, identity: Identity, *, by_email: bool) -> User | None:
    user = await tx.users.find(sso=(identity.issuer, identity.subject))
    if user is not None or not (by_email and identity.email_verified and identity.email):
        return user
    named = await tx.users.find(email=identity.email)
    if named is None or named.sso_subject is not None:
        return None  # an e-mail that has passed to another person never takes over what a subject holds
    await _bind(ctx, tx, named, identity, by="email")
    return named


async def _bind(ctx: Context, tx: Transaction, user: User, identity: Identity, **detail: str) -> None:
    await tx.users.save(evolve(user, sso_issuer=identity.issuer, sso_subject=identity.subject))
    await tx.audit.add(ctx.audit(AuditAction.LINK_SSO, tx.now, user.id, "user", user.id, issuer=identity.issuer, **detail))


async def _used(tx: Transaction, vouched: Vouched) -> SsoRefusedError | None:
    if await tx.sso_rounds.use_token(vouched.token_hash, vouched.over_at):
        return None
    return SsoRefusedError("token_used", "This token was used before. Begin again.")


async def _note_refusal(ctx: Context, tx: Transaction, refused: SsoRefusedError) -> None:
    entry = ctx.audit(AuditAction.LOGIN_FAILED, tx.now, None, "user", ctx.new_id(), method=_METHOD, reason=refused.code)
    await tx.audit.add(entry)


async def _known(tx: Transaction, user_id: UUID) -> User:
    user = await tx.users.get(user_id)
    if user is None:
        raise NotFoundError("There is no such user.")
    return user


async def _unbound(tx: Transaction, user_id: UUID) -> User:
    user = await _known(tx, user_id)
    if user.sso_subject is not None:
        raise ConflictError("linked_already", "An identity is linked already. Take it off first.")
    return user


def _derived(browser: Secret, state: Secret, purpose: str) -> Secret:
    derived = hmac.digest(browser.reveal().encode(), f"{purpose}\n{state.reveal()}".encode(), "sha256")
    return Secret(token_text(derived))

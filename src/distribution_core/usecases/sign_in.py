"""Sign in by password, keep the session by rotating its refresh token, sign out on the server."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from uuid import UUID

from attrs import frozen

from distribution_core.domain.account import Session, SignIn, User
from distribution_core.domain.audit import AuditAction
from distribution_core.domain.errors import ConflictError, CredentialsError, InvalidInputError, NotFoundError, Problem
from distribution_core.domain.secret import Secret
from distribution_core.ports.ledger import DuplicateError, Transaction
from distribution_core.usecases.context import Context

PASSWORD_CHARS_MIN = 12
PASSWORD_CHARS_MAX = 1024
DEVICE_CHARS_MAX = 300


@frozen(kw_only=True)
class SignedIn:
    """A user with a session whose refresh token is shown this once."""

    user: User
    session: Session
    refresh_token: Secret


async def add_user(ctx: Context, email: str, password: Secret) -> User:
    """Create a master account. Raises InvalidInputError for the e-mail or password, ConflictError when it is taken."""
    email = usable_email(email, password)
    hashed = await ctx.passwords.hash(password)
    try:
        async with ctx.ledger.begin() as tx:
            user = User(id=ctx.new_id(), email=email, password_hash=hashed, created_at=tx.now)
            await tx.users.add(user)
    except DuplicateError:
        raise ConflictError("email_taken", "There is a user with this e-mail already.") from None
    return user


def usable_email(email: str, password: Secret) -> str:
    """The e-mail as it is kept. Raises InvalidInputError where it, or the password, can't be used to sign in."""
    email = email.strip()
    name, at, host = email.partition("@")
    if not (name and at and host) or len(email) > 254 or any(character.isspace() for character in email):
        raise InvalidInputError(Problem(code="email", message="That is no e-mail address.", field="email"))
    if not PASSWORD_CHARS_MIN <= len(password.reveal()) <= PASSWORD_CHARS_MAX:
        words = f"A password has {PASSWORD_CHARS_MIN} to {PASSWORD_CHARS_MAX} characters."
        raise InvalidInputError(Problem(code="password", message=words, field="password"))
    return email


async def sign_in(ctx: Context, email: str, password: Secret, *, device: str | None = None) -> SignedIn:
    """`device`: what the browser or program calls itself. Raises CredentialsError, after the same time whether the user or
    the password is wrong."""
    async with ctx.ledger.begin() as tx:
        user = await tx.users.find(email=email.strip())
    good = await ctx.passwords.verify(password, user.password_hash if user else None)
    async with ctx.ledger.begin() as tx:
        if user is None or not good:
            subject = user.id if user else ctx.new_id()
            await tx.audit.add(ctx.audit(AuditAction.LOGIN_FAILED, tx.now, user.id if user else None, "user", subject))
        else:
            return await open_session(ctx, tx, user, device, method="password")
    raise CredentialsError("The e-mail or the password is wrong.")


async def refresh_session(ctx: Context, refresh_token: Secret) -> SignedIn:
    """A new pair for an unused token. A used one ends the whole family: somebody holds a copy."""
    async with ctx.ledger.begin() as tx:
        session = await tx.sessions.by_token_hash(refresh_token.digest())
        user = await tx.users.get(session.user_id) if session else None
        if session is None or user is None or session.expires_at <= tx.now:
            raise CredentialsError("The session has ended. Sign in again.")
        if await tx.sessions.rotate(session.id, tx.now):
            return await _next_session(
                ctx, tx, user, session.family_id, session.device, began_at=session.began_at or session.created_at
            )
        await tx.sessions.revoke_family(session.family_id, tx.now)
        await tx.audit.add(ctx.audit(AuditAction.SESSION_REUSED, tx.now, user.id, "session", session.family_id))
    raise CredentialsError("The session has ended. Sign in again.")


async def sign_out(ctx: Context, user_id: UUID, family_id: UUID) -> None:
    """End the session on the server: neither of its tokens works afterwards."""
    async with ctx.ledger.begin() as tx:
        await tx.sessions.revoke_family(family_id, tx.now)
        await tx.audit.add(ctx.audit(AuditAction.LOGOUT, tx.now, user_id, "session", family_id))


async def signed_in_places(ctx: Context, user_id: UUID) -> Sequence[SignIn]:
    """Where the user is signed in, the place used last first."""
    async with ctx.ledger.begin() as tx:
        return await tx.sign_ins.of_user(user_id)


async def end_session(ctx: Context, user_id: UUID, family_id: UUID) -> None:
    """End one of the user's sessions, wherever it is. Raises NotFoundError for one that is not theirs, or has ended."""
    await _end(ctx, user_id, lambda each: each.family_id == family_id)


async def end_other_sessions(ctx: Context, user_id: UUID, family_id: UUID) -> int:
    """End all of the user's sessions but this one; how many those were."""
    try:
        return await _end(ctx, user_id, lambda each: each.family_id != family_id)
    except NotFoundError:
        return 0


async def _end(ctx: Context, user_id: UUID, chosen: Callable[[SignIn], bool]) -> int:
    async with ctx.ledger.begin() as tx:
        ending = [each.family_id for each in await tx.sign_ins.of_user(user_id) if chosen(each)]
        if not ending:
            raise NotFoundError("There is no such session.")
        for family_id in ending:
            await tx.sessions.revoke_family(family_id, tx.now)
            await tx.audit.add(ctx.audit(AuditAction.LOGOUT, tx.now, user_id, "session", family_id))
    return len(ending)


async def session_is_live(ctx: Context, family_id: UUID) -> bool:
    """Asked of the ledger anew for every request; requests that come at once are asked about at once."""
    return await ctx.sessions.ask(partial(_live, ctx), family_id, object())


async def _live(ctx: Context, family_ids: Sequence[UUID]) -> Sequence[bool]:
    async with ctx.ledger.begin() as tx:
        live = await tx.sessions.live(set(family_ids), tx.now)
    return [family_id in live for family_id in family_ids]


async def open_session(ctx: Context, tx: Transaction, user: User, device: str | None, *, method: str) -> SignedIn:
    """A session with ids of its own for somebody who has proved who they are, by `method`."""
    signed_in = await _next_session(ctx, tx, user, ctx.new_id(), device, began_at=tx.now)
    family_id = signed_in.session.family_id
    await tx.audit.add(ctx.audit(AuditAction.LOGIN, tx.now, user.id, "session", family_id, method=method))
    return signed_in


async def _next_session(
    ctx: Context, tx: Transaction, user: User, family_id: UUID, device: str | None, *, began_at: datetime
) -> SignedIn:
    token = Secret(ctx.new_token())
    session = Session(
        id=ctx.new_id(),
        user_id=user.id,
        family_id=family_id,
        token_hash=token.digest(),
        created_at=tx.now,
        expires_at=min(tx.now + ctx.limits.session_lifetime, began_at + ctx.limits.session_family_max),
        began_at=began_at,
        device=device[:DEVICE_CHARS_MAX] if device else None,
    )
    await tx.sessions.add(session)
    return SignedIn(user=user, session=session, refresh_token=token)

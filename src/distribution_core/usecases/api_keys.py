"""Keys for a user's programs: made once and shown once, listed, revoked, and read at each call."""

from collections.abc import Collection, Sequence
from datetime import timedelta
from uuid import UUID

from attrs import frozen

from distribution_core.domain.api_key import ApiKey, ApiScope
from distribution_core.domain.audit import AuditAction
from distribution_core.domain.errors import ConflictError, CredentialsError, InvalidInputError, NotFoundError, Problem
from distribution_core.domain.secret import Secret
from distribution_core.usecases.context import Context

BEGINS = "sck_"
KEYS_MAX = 50
LIFETIME_MAX = timedelta(days=366)
_NAME_CHARS_MAX = 100
_PREFIX_CHARS = len(BEGINS) + 6
# A write for every call would cost more than what it tells is worth.
_USE_TOLD_EVERY = timedelta(minutes=1)


@frozen(kw_only=True)
class NewApiKey:
    """`key` is shown this once."""

    row: ApiKey
    key: Secret


async def create_api_key(
    ctx: Context, user_id: UUID, *, name: str, scopes: Collection[ApiScope], lifetime: timedelta | None
) -> NewApiKey:
    """`lifetime` None: until it is revoked. Raises InvalidInputError, or ConflictError where there are too many."""
    name = " ".join(name.split())
    if not 1 <= len(name) <= _NAME_CHARS_MAX or not name.isprintable():
        words = f"A key's name has 1 to {_NAME_CHARS_MAX} characters, so that you know it again."
        raise InvalidInputError(Problem(code="name", message=words, field="name"))
    if not scopes:
        raise InvalidInputError(Problem(code="scopes", message="Say what the key may do: one scope at least.", field="scopes"))
    if lifetime is not None and not timedelta() < lifetime <= LIFETIME_MAX:
        words = f"A key that ends does so within {LIFETIME_MAX.days} days."
        raise InvalidInputError(Problem(code="lifetime", message=words, field="expires_in_days"))
    key = Secret(BEGINS + ctx.new_token())
    async with ctx.ledger.begin() as tx:
        if len(await tx.api_keys.of_user(user_id)) >= KEYS_MAX:
            raise ConflictError("too_many_keys", f"There are {KEYS_MAX} keys already. Revoke one that nothing uses.")
        row = ApiKey(
            id=ctx.new_id(),
            user_id=user_id,
            name=name,
            prefix=key.reveal()[:_PREFIX_CHARS],
            key_hash=key.digest(),
            scopes=tuple(sorted(set(scopes))),
            created_at=tx.now,
            expires_at=tx.now + lifetime if lifetime else None,
        )
        await tx.api_keys.add(row)
        scopes_told = [scope.value for scope in row.scopes]
        await tx.audit.add(ctx.audit(AuditAction.CREATE_API_KEY, tx.now, user_id, "api_key", row.id, scopes=scopes_told))
    return NewApiKey(row=row, key=key)


async def api_keys(ctx: Context, user_id: UUID) -> Sequence[ApiKey]:
    """Those that are not revoked, the newest first."""
    async with ctx.ledger.begin() as tx:
        return await tx.api_keys.of_user(user_id)


async def revoke_api_key(ctx: Context, user_id: UUID, key_id: UUID) -> None:
    """It works no more from now on. Raises NotFoundError."""
    async with ctx.ledger.begin() as tx:
        if not await tx.api_keys.revoke(user_id, key_id, tx.now):
            raise NotFoundError("There is no such key.")
        await tx.audit.add(ctx.audit(AuditAction.REVOKE_API_KEY, tx.now, user_id, "api_key", key_id))


async def read_api_key(ctx: Context, key: Secret) -> ApiKey:
    """Who a key stands for. Raises CredentialsError, in the same words for one that never was and one that is over."""
    async with ctx.ledger.begin() as tx:
        found = await tx.api_keys.by_hash(key.digest())
        if found is None or not found.is_good(tx.now):
            raise CredentialsError("This key is not good, or not any more.")
        if found.last_used_at is None or tx.now - found.last_used_at >= _USE_TOLD_EVERY:
            await tx.api_keys.note_use(found.id, tx.now)
    return found

"""The first user: while there is nobody, whoever runs the server may create one, and only one."""

from distribution_core.domain.account import User
from distribution_core.domain.audit import AuditAction
from distribution_core.domain.errors import ConflictError
from distribution_core.domain.secret import Secret
from distribution_core.usecases.context import Context
from distribution_core.usecases.sign_in import usable_email


async def setup_is_open(ctx: Context) -> bool:
    """Whether there is no user yet."""
    async with ctx.ledger.begin() as tx:
        return not await tx.users.ids(1)


async def create_first_user(ctx: Context, email: str, password: Secret) -> User:
    """The master account. Raises InvalidInputError for the e-mail or password, ConflictError where there is a user."""
    email = usable_email(email, password)
    done = ConflictError("setup_done", "This is set up already. Sign in.")
    if not await setup_is_open(ctx):
        raise done
    hashed = await ctx.passwords.hash(password)
    async with ctx.ledger.begin() as tx:
        user = User(id=ctx.new_id(), email=email, password_hash=hashed, created_at=tx.now)
        if not await tx.setup.add_first(user):
            raise done
        await tx.audit.add(ctx.audit(AuditAction.SET_UP, tx.now, user.id, "user", user.id))
    return user

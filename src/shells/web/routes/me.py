"""Who is signed in, and what they may set for themselves."""

from litestar import get, patch
from litestar.params import JSONBody

from distribution_core.domain.errors import CredentialsError
from distribution_core.usecases.change_settings import change_settings
from shells.web.security.tokens import Caller
from shells.web.shapes.users import UserOut, UserPatch
from shells.wiring import Product


@get("/me", summary="The signed-in user's settings")
async def show(caller: Caller, product: Product) -> UserOut:
    async with product.context.ledger.begin() as tx:
        user = await tx.users.get(caller.user_id)
    if user is None:
        raise CredentialsError("The session has ended. Sign in again.")
    return UserOut.of(user, product.context.limits.hold)


@patch("/me", summary="Change the signed-in user's settings")
async def change(data: JSONBody[UserPatch], caller: Caller, product: Product) -> UserOut:
    """`hold_seconds` is how long what is saved in the app waits for an *undo*, `time_zone` where times are read."""
    return UserOut.of(await change_settings(product.context, caller.user_id, data.changes()), product.context.limits.hold)

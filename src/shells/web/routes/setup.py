"""The first user, created by whoever can read what the server printed."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.exceptions import PermissionDeniedException
from litestar.params import JSONBody

from distribution_core.domain.errors import ConflictError
from distribution_core.domain.secret import Secret
from distribution_core.usecases.set_up import create_first_user, setup_is_open
from distribution_core.usecases.sign_in import sign_in
from shells.setup_token import is_setup_token
from shells.web.routes.auth import device_of, session_answer
from shells.web.security.guard import check_origin
from shells.web.security.permissions import Permission
from shells.web.security.tokens import AccessTokens
from shells.web.shapes.users import FirstUser, SessionOut, SetupOut
from shells.wiring import Product


@get("/setup", summary="Whether the first user is still to be created", permission=Permission.PUBLIC)
async def show(product: Product) -> Response[SetupOut]:
    return Response(SetupOut(open=await setup_is_open(product.context)), headers={"cache-control": "no-store"})


@post("/setup", status_code=201, summary="Create the first user, and sign in", permission=Permission.PROVEN)
async def create(
    data: JSONBody[FirstUser], request: Request[Any, Any, Any], product: Product, tokens: AccessTokens
) -> Response[SessionOut]:
    """`token` is the one that the server printed. 403 for another, 409 once there is a user."""
    check_origin(request, product)
    if not await setup_is_open(product.context):
        raise ConflictError("setup_done", "This is set up already. Sign in.")
    if not is_setup_token(product.settings, Secret(data.token)):
        raise PermissionDeniedException("That is not the token that the server printed at its start.")
    password = Secret(data.password)
    user = await create_first_user(product.context, data.email, password)
    answer = session_answer(await sign_in(product.context, user.email, password, device=device_of(request)), product, tokens)
    answer.status_code = 201
    return answer

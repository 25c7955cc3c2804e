"""Keys for programs, which only their person makes and revokes."""

from datetime import timedelta

from litestar import Response, delete, get, post
from litestar.params import FromPath, JSONBody

from distribution_core.usecases.api_keys import api_keys, create_api_key, revoke_api_key
from shells.web.routes.parsing import path_id
from shells.web.security.permissions import Permission
from shells.web.security.tokens import Caller
from shells.web.shapes.api_keys import ApiKeyIn, ApiKeyOut, ApiKeysOut, NewApiKeyOut
from shells.wiring import Product


@post("/me/api-keys", status_code=201, summary="Make a key for a program", permission=Permission.PERSON)
async def create(data: JSONBody[ApiKeyIn], caller: Caller, product: Product) -> Response[NewApiKeyOut]:
    """`key` is shown in this answer and never again. Send it as `Authorization: Bearer sck_...`."""
    lifetime = timedelta(days=data.expires_in_days) if data.expires_in_days is not None else None
    made = await create_api_key(product.context, caller.user_id, name=data.name, scopes=data.scopes, lifetime=lifetime)
    return Response(NewApiKeyOut(key=made.key.reveal(), api_key=ApiKeyOut.of(made.row)), headers={"cache-control": "no-store"})


@get("/me/api-keys", summary="The keys of your programs, newest first", permission=Permission.PERSON)
async def list_all(caller: Caller, product: Product) -> ApiKeysOut:
    return ApiKeysOut(api_keys=[ApiKeyOut.of(each) for each in await api_keys(product.context, caller.user_id)])


@delete("/me/api-keys/{key_id:str}", status_code=204, summary="Revoke a key", permission=Permission.PERSON)
async def revoke(key_id: FromPath[str], caller: Caller, product: Product) -> None:
    await revoke_api_key(product.context, caller.user_id, path_id(key_id, "key"))

"""Content: saved once, sent by itself."""

from typing import Annotated

from litestar import Response, get, patch, post
from litestar.params import FromPath, HeaderParameter, JSONBody

from distribution_core.usecases.activity import content_activity
from distribution_core.usecases.create_content import create_content, edit_content, resend_content
from shells.web.routes.deliveries import deliveries_of
from shells.web.routes.parsing import path_id
from shells.web.security.tokens import Caller
from shells.web.shapes import ContentIn, ContentOut, ContentPatch, DeliveriesOut, ResendIn, SavedOut
from shells.wiring import Product


@post("/content", status_code=201, summary="Save content; it goes by itself to every active account")
async def create(
    data: JSONBody[ContentIn],
    caller: Caller,
    product: Product,
    idempotency_key: Annotated[str | None, HeaderParameter(name="Idempotency-Key")] = None,
) -> Response[SavedOut]:
    """With an Idempotency-Key a repeated request gets the first answer and saves nothing."""
    saved = await create_content(product.context, caller.user_id, data.draft(), idempotency_key=idempotency_key)
    headers = {"location": f"/content/{saved.content.id}"}
    if saved.repeated:
        headers["idempotent-replayed"] = "true"
    return Response(SavedOut.of_saved(saved), status_code=201, headers=headers)


@get("/content/{content_id:str}", summary="One content")
async def show(content_id: FromPath[str], caller: Caller, product: Product) -> ContentOut:
    found = await content_activity(product.context, caller.user_id, path_id(content_id, "content"))
    return ContentOut.of(found.items[0].content)


@patch("/content/{content_id:str}", summary="Change content that has not been released yet")
async def edit(content_id: FromPath[str], data: JSONBody[ContentPatch], caller: Caller, product: Product) -> SavedOut:
    """The hold starts again. 409 once it has been released."""
    saved = await edit_content(product.context, caller.user_id, path_id(content_id, "content"), data.changes())
    return SavedOut.of_saved(saved)


@post("/content/{content_id:str}/resend", status_code=201, summary="Send a copy to the accounts on which this failed")
async def resend(content_id: FromPath[str], data: JSONBody[ResendIn | None], caller: Caller, product: Product) -> SavedOut:
    """What is sent in the body changes in the copy. 409 when nothing has failed."""
    changes = data.changes() if data else {}
    saved = await resend_content(product.context, caller.user_id, path_id(content_id, "content"), changes)
    return SavedOut.of_saved(saved)


@get("/content/{content_id:str}/deliveries", summary="What became of one content, account by account")
async def content_deliveries(content_id: FromPath[str], caller: Caller, product: Product) -> DeliveriesOut:
    return await deliveries_of(caller, product, path_id(content_id, "content"))

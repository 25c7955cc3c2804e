"""Content: saved once, sent by itself."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from litestar import Response, get, patch, post
from litestar.exceptions import PermissionDeniedException
from litestar.params import FromPath, FromQuery, HeaderParameter, JSONBody, QueryParameter

from distribution_core.ports.listing import ContentFilter, ContentState
from distribution_core.usecases.activity import content_activity
from distribution_core.usecases.cancel_content import cancel_content
from distribution_core.usecases.create_content import create_content, edit_content, resend_content
from distribution_core.usecases.fetch_media import names_addresses
from distribution_core.usecases.judge_content import MediaRef
from distribution_core.usecases.list_content import list_content
from distribution_core.usecases.preview_content import preview_content
from distribution_core.usecases.redrive import redrive_failed
from distribution_core.usecases.release_held import release_held
from shells.web.routes.deliveries import deliveries_of
from shells.web.routes.parsing import path_id, place_text, query_id, query_place, query_time
from shells.web.routes.showing import activity_items, shown_alone
from shells.web.security.permissions import Permission
from shells.web.security.tokens import Caller
from shells.web.shapes.content import ContentIn, ContentOut, ContentPatch, ResendIn, SavedOut
from shells.web.shapes.deliveries import (
    CanceledDelivery,
    CanceledOut,
    ContentListOut,
    ContentOrder,
    DeliveriesOut,
    RedrivenOut,
)
from shells.web.shapes.previews import PreviewOut
from shells.wiring import Product


@post(
    "/content",
    status_code=201,
    summary="Save content; it goes by itself to every active account",
    permission=Permission.CONTENT_WRITE,
)
async def create(
    data: JSONBody[ContentIn],
    caller: Caller,
    product: Product,
    idempotency_key: Annotated[str | None, HeaderParameter(name="Idempotency-Key")] = None,
) -> Response[SavedOut]:
    """With an Idempotency-Key a repeated request gets the first answer and saves nothing."""
    draft = data.draft()
    _may_fetch(caller, draft.media)
    saved = await create_content(product.context, caller.user_id, draft, idempotency_key=idempotency_key)
    headers = {"location": f"/content/{saved.content.id}"}
    if saved.repeated:
        headers["idempotent-replayed"] = "true"
    return Response(SavedOut.of_saved(saved), status_code=201, headers=headers)


@post(
    "/content/preview",
    status_code=200,
    summary="What would happen to a draft on each active account; nothing is saved",
    permission=Permission.CONTENT_READ,
)
async def preview(data: JSONBody[ContentIn], caller: Caller, product: Product) -> PreviewOut:
    """Takes what POST /content takes, finished or not, and judges it by the same rules."""
    return PreviewOut.of(await preview_content(product.context, caller.user_id, data.draft()))


@get("/content", summary="Content with its outcomes, filtered, page by page", permission=Permission.CONTENT_READ)
async def list_all(
    caller: Caller,
    product: Product,
    platform: Annotated[str | None, QueryParameter(max_length=32)] = None,
    account: FromQuery[str | None] = None,
    status: FromQuery[ContentState | None] = None,
    since: Annotated[datetime | None, QueryParameter(name="from")] = None,
    until: Annotated[datetime | None, QueryParameter(name="to")] = None,
    text: Annotated[str | None, QueryParameter(max_length=200)] = None,
    order: FromQuery[ContentOrder] = ContentOrder.NEWEST,
    limit: Annotated[int, QueryParameter(ge=1, le=100)] = 20,
    after: Annotated[str | None, QueryParameter(max_length=100)] = None,
) -> ContentListOut:
    """`order`: newest (first), or scheduled: only what is still to leave, next first. `from` and `to` (not itself) bound the
    time that the list goes by. `platform`, `account` and `status` are asked of one and the same delivery."""
    which = ContentFilter(
        platform=platform or None,
        account_id=query_id(account or None, "account"),
        state=status,
        since=query_time(since, "from"),
        until=query_time(until, "to"),
        text=text or None,
    )
    scheduled = order is ContentOrder.SCHEDULED
    page = await list_content(
        product.context, caller.user_id, which, scheduled=scheduled, limit=limit, after=query_place(after, "after")
    )
    return ContentListOut(items=activity_items(product, page.found), next_after=place_text(page.next_after))


@get("/content/{content_id:str}", summary="One content", permission=Permission.CONTENT_READ)
async def show(content_id: FromPath[str], caller: Caller, product: Product) -> ContentOut:
    found = await content_activity(product.context, caller.user_id, path_id(content_id, "content"))
    return ContentOut.of_read(found.items[0].content, found)


@patch("/content/{content_id:str}", summary="Change content that has not been released yet", permission=Permission.CONTENT_WRITE)
async def edit(content_id: FromPath[str], data: JSONBody[ContentPatch], caller: Caller, product: Product) -> SavedOut:
    """The hold starts again. 409 once it has been released."""
    changes = data.changes()
    _may_fetch(caller, changes.get("media", ()))
    saved = await edit_content(product.context, caller.user_id, path_id(content_id, "content"), changes)
    return SavedOut.of_saved(saved)


@post(
    "/content/{content_id:str}/resend",
    status_code=201,
    summary="Send a copy to the accounts on which this failed",
    permission=Permission.CONTENT_WRITE,
)
async def resend(content_id: FromPath[str], data: JSONBody[ResendIn | None], caller: Caller, product: Product) -> SavedOut:
    """What is sent in the body changes in the copy. 409 when nothing has failed."""
    changes = data.changes() if data else {}
    _may_fetch(caller, changes.get("media", ()))
    saved = await resend_content(product.context, caller.user_id, path_id(content_id, "content"), changes)
    return SavedOut.of_saved(saved)


@post("/content/{content_id:str}/cancel", status_code=200, summary="Take content back", permission=Permission.CONTENT_WRITE)
async def cancel(content_id: FromPath[str], caller: Caller, product: Product) -> CanceledOut:
    """Before its release nothing is sent at all; afterwards what is not yet being sent is stopped, and each delivery's
    answer says which it was."""
    canceled = await cancel_content(product.context, caller.user_id, path_id(content_id, "content"))
    return CanceledOut(
        content=ContentOut.of(canceled.content),
        nothing_sent=canceled.content.selected_at is None,
        deliveries=[
            CanceledDelivery(delivery=await shown_alone(product, delivery), outcome=outcome.value)
            for delivery, outcome in canceled.deliveries
        ],
    )


@post(
    "/content/{content_id:str}/release",
    status_code=202,
    summary="Send what was held because its schedule was missed",
    permission=Permission.CONTENT_WRITE,
)
async def release(content_id: FromPath[str], caller: Caller, product: Product) -> ContentOut:
    """It goes at once. 409 for what is not held."""
    return ContentOut.of(await release_held(product.context, caller.user_id, path_id(content_id, "content")))


@post(
    "/content/{content_id:str}/retry",
    status_code=202,
    summary="Send all failed deliveries of one content again",
    permission=Permission.CONTENT_WRITE,
)
async def retry_failed(content_id: FromPath[str], caller: Caller, product: Product) -> RedrivenOut:
    """Unconfirmed ones are skipped: they may already be posted, and are resolved one by one."""
    done = await redrive_failed(product.context, caller.user_id, path_id(content_id, "content"))
    return RedrivenOut(
        again=[delivery.id for delivery in done.again], skipped={str(delivery.id): why for delivery, why in done.skipped}
    )


@get(
    "/content/{content_id:str}/deliveries",
    summary="What became of one content, account by account",
    permission=Permission.CONTENT_READ,
)
async def content_deliveries(content_id: FromPath[str], caller: Caller, product: Product) -> DeliveriesOut:
    return await deliveries_of(caller, product, path_id(content_id, "content"))


def _may_fetch(caller: Caller, media: Sequence[MediaRef]) -> None:
    """Media by address is stored like an upload, and is as much to ask. Raises PermissionDeniedException."""
    if names_addresses(media) and not caller.may(Permission.MEDIA_WRITE.value):
        raise PermissionDeniedException(f"This key may not do that: it lacks the scope {Permission.MEDIA_WRITE.value}.")

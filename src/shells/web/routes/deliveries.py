"""Deliveries: one content on one account, and another try at it."""

from typing import Annotated
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from msgspec.structs import replace

from distribution_core.usecases.activity import Activity, ContentActivity, activity, content_activity, delivery_history
from distribution_core.usecases.ask_again import ask_again
from distribution_core.usecases.redrive import redrive
from distribution_core.usecases.resolve import resolve
from shells.web.routes.parsing import path_id, query_id
from shells.web.routes.showing import shown, shown_alone
from shells.web.security.permissions import Permission
from shells.web.security.tokens import Caller
from shells.web.shapes.deliveries import AttemptOut, DeliveriesOut, DeliveryOut, ResolveIn, ResolveOutcome, SkippedOut
from shells.wiring import Product


async def deliveries_of(caller: Caller, product: Product, content_id: UUID) -> DeliveriesOut:
    """The deliveries of one content, with the accounts that were left out."""
    return _listed(product, await content_activity(product.context, caller.user_id, content_id))


def _listed(product: Product, found: Activity, next_before: UUID | None = None) -> DeliveriesOut:
    items: tuple[ContentActivity, ...] = found.items
    return DeliveriesOut(
        deliveries=[
            shown(product, delivery, found.accounts.get(delivery.social_account_id))
            for item in items
            for delivery in item.deliveries
        ],
        skipped=[
            SkippedOut.of(exclusion, found.accounts.get(exclusion.social_account_id))
            for item in items
            for exclusion in item.exclusions
        ],
        next_before=next_before,
    )


@get("/deliveries", summary="Deliveries of one content, or of the most recent ones", permission=Permission.CONTENT_READ)
async def list_deliveries(
    caller: Caller,
    product: Product,
    content_id: FromQuery[str | None] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=100)] = 20,
    before: FromQuery[str | None] = None,
) -> DeliveriesOut:
    """Without `content_id`, those of `limit` contents, newest first; `before` goes on after `next_before`."""
    one = query_id(content_id, "content_id")
    if one is not None:
        return await deliveries_of(caller, product, one)
    found = await activity(product.context, caller.user_id, limit=limit, before=query_id(before, "before"))
    last = found.items[-1].content.id if len(found.items) == limit else None
    return _listed(product, found, last)


@get("/deliveries/{delivery_id:str}", summary="One delivery with its attempts", permission=Permission.CONTENT_READ)
async def show(delivery_id: FromPath[str], caller: Caller, product: Product) -> DeliveryOut:
    delivery, attempts = await delivery_history(product.context, caller.user_id, path_id(delivery_id, "delivery"))
    return replace(await shown_alone(product, delivery), history=[AttemptOut.of(attempt) for attempt in attempts])


@post(
    "/deliveries/{delivery_id:str}/retry",
    status_code=202,
    summary="Send a failed delivery again",
    permission=Permission.CONTENT_WRITE,
)
async def retry(delivery_id: FromPath[str], caller: Caller, product: Product) -> DeliveryOut:
    """409 for one that is not failed, or that is unconfirmed: it may already be posted."""
    delivery = await redrive(product.context, caller.user_id, path_id(delivery_id, "delivery"))
    return await shown_alone(product, delivery)


@post(
    "/deliveries/{delivery_id:str}/resolve",
    status_code=200,
    summary="Say whether an unconfirmed delivery is posted",
    permission=Permission.CONTENT_WRITE,
)
async def resolve_delivery(
    delivery_id: FromPath[str], data: JSONBody[ResolveIn], caller: Caller, product: Product
) -> DeliveryOut:
    """*posted* ends it as a success; *not_posted* sends it again. 409 for one that is not unconfirmed."""
    settled = await resolve(
        product.context,
        caller.user_id,
        path_id(delivery_id, "delivery"),
        posted=data.outcome is ResolveOutcome.POSTED,
        external_post_id=data.external_post_id,
    )
    return await shown_alone(product, settled)


@post(
    "/deliveries/{delivery_id:str}/ask",
    status_code=200,
    summary="Ask the platform again about an unconfirmed delivery",
    permission=Permission.CONTENT_WRITE,
)
async def ask(delivery_id: FromPath[str], caller: Caller, product: Product) -> DeliveryOut:
    """A success if it is there. 409 for one that is not unconfirmed, and where the platform can't tell: a person still can."""
    return await shown_alone(product, await ask_again(product.context, caller.user_id, path_id(delivery_id, "delivery")))

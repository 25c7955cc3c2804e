"""What became of everything, newest first."""

from typing import Annotated

from litestar import get
from litestar.params import FromQuery, QueryParameter

from distribution_core.usecases.activity import activity
from shells.web.routes.parsing import query_id
from shells.web.routes.showing import activity_items
from shells.web.security.permissions import Permission
from shells.web.security.tokens import Caller
from shells.web.shapes.deliveries import ActivityOut
from shells.wiring import Product


@get("/activity", summary="Content with its outcomes, newest first", permission=Permission.CONTENT_READ)
async def list_activity(
    caller: Caller,
    product: Product,
    limit: Annotated[int, QueryParameter(ge=1, le=100)] = 20,
    before: FromQuery[str | None] = None,
) -> ActivityOut:
    found = await activity(product.context, caller.user_id, limit=limit, before=query_id(before, "before"))
    items = activity_items(product, found)
    return ActivityOut(items=items, next_before=items[-1].content.id if len(items) == limit else None)

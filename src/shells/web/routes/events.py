"""Live changes as server-sent events."""

from typing import Annotated
from uuid import UUID

from litestar import get
from litestar.exceptions import TooManyRequestsException
from litestar.openapi import ResponseSpec
from litestar.params import HeaderParameter, QueryParameter
from litestar.types import ASGIApp

from distribution_core.usecases.sign_in import session_is_live
from shells.web.live import EventStream, LiveFeed, TooManyStreamsError
from shells.web.security.permissions import Permission
from shells.web.security.tokens import Caller
from shells.web.shapes.changes import ChangeOut
from shells.wiring import Product

_UNKNOWN = UUID(int=0)


@get(
    "/events",
    summary="Changes of your content, deliveries and accounts as they happen",
    media_type="text/event-stream",
    responses={
        200: ResponseSpec(
            data_container=ChangeOut,
            generate_examples=False,
            media_type="text/event-stream",
            description="Events named content, delivery, account and settings carry a change; `ready` begins, `beat` shows that "
            "the stream lives, and after `reset` there was more than is told: look at everything anew.",
        )
    },
    permission=Permission.PERSON,
)
async def events(
    caller: Caller,
    product: Product,
    live: LiveFeed,
    last_event_id: Annotated[str | None, HeaderParameter(name="Last-Event-ID")] = None,
    after: Annotated[str | None, QueryParameter(max_length=64)] = None,
) -> ASGIApp:
    """Resumes after Last-Event-ID, or `after` in the query; a change may be told twice, never lost. 429: too many streams."""
    try:
        listener = await live.open(caller.user_id, _position(last_event_id or after))
    except TooManyStreamsError:
        raise TooManyRequestsException("Too many pages listen already. Close one.", headers={"retry-after": "10"}) from None

    async def welcome() -> bool:
        return await session_is_live(product.context, caller.family_id)

    return EventStream(live, listener, welcome)


def _position(text: str | None) -> UUID | None:
    if not text:
        return None
    try:
        return UUID(text)
    except ValueError:
        return _UNKNOWN

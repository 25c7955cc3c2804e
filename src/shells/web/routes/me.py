"""Who is signed in, and what they may set for themselves."""

from litestar import Response, delete, get, patch
from litestar.params import FromPath, JSONBody

from distribution_core.domain.errors import CredentialsError
from distribution_core.usecases.change_settings import change_settings
from distribution_core.usecases.sign_in import end_other_sessions, end_session, signed_in_places
from shells.web.routes.parsing import path_id
from shells.web.security.cookies import ended_cookies
from shells.web.security.permissions import Permission
from shells.web.security.tokens import Caller
from shells.web.shapes.users import EndedOut, PlaceOut, PlacesOut, UserOut, UserPatch
from shells.wiring import Product


@get("/me", summary="The signed-in user's settings", permission=Permission.PERSON)
async def show(caller: Caller, product: Product) -> UserOut:
    async with product.context.ledger.begin() as tx:
        user = await tx.users.get(caller.user_id)
    if user is None:
        raise CredentialsError("The session has ended. Sign in again.")
    return UserOut.of(user, product.context.limits.hold)


@patch("/me", summary="Change the signed-in user's settings", permission=Permission.PERSON)
async def change(data: JSONBody[UserPatch], caller: Caller, product: Product) -> UserOut:
    """`hold_seconds` is how long what is saved in the app waits for an *undo*, `time_zone` where times are read."""
    return UserOut.of(await change_settings(product.context, caller.user_id, data.changes()), product.context.limits.hold)


@get("/me/sessions", summary="Where the signed-in user is signed in", permission=Permission.PERSON)
async def sessions(caller: Caller, product: Product) -> PlacesOut:
    places = await signed_in_places(product.context, caller.user_id)
    return PlacesOut(sessions=[PlaceOut.of(place, current=place.family_id == caller.family_id) for place in places])


@delete("/me/sessions/{session_id:str}", status_code=204, summary="End one session, wherever it is", permission=Permission.PERSON)
async def end(session_id: FromPath[str], caller: Caller, product: Product) -> Response[None]:
    """404 for one that has ended, or is somebody else's. Ending one's own signs out here."""
    ending = path_id(session_id, "session")
    await end_session(product.context, caller.user_id, ending)
    own = ending == caller.family_id
    return Response(None, status_code=204, cookies=ended_cookies(product.settings) if own else None)


@delete("/me/sessions", status_code=200, summary="End every session but this one", permission=Permission.PERSON)
async def end_others(caller: Caller, product: Product) -> EndedOut:
    return EndedOut(ended=await end_other_sessions(product.context, caller.user_id, caller.family_id))

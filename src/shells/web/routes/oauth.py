"""Linking accounts: out to the platform's consent page, and back."""

from typing import Annotated, Any
from urllib.parse import urlencode

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from litestar.response import Redirect

from distribution_core.domain.errors import LinkRefusedError
from distribution_core.domain.secret import Secret
from distribution_core.usecases.choose_accounts import Offer, answer_link, link_candidates, link_chosen
from distribution_core.usecases.link_account import CHOOSE, Declined, begin_link
from shells.platform_diagnosis import redirect_uri_of
from shells.web.pages import linked_page, refused_page, wants_html
from shells.web.routes.parsing import path_id
from shells.web.security.guard import check_origin
from shells.web.security.permissions import Permission
from shells.web.security.tokens import Caller
from shells.web.shapes.accounts import ChosenIn, LinkedOut, OfferOut
from shells.wiring import Product


@get(
    "/oauth/{platform:str}/authorize",
    status_code=302,
    summary="Begin linking: redirects to the platform's consent page",
    permission=Permission.PERSON,
)
async def authorize(
    platform: FromPath[str],
    request: Request[Any, Any, Any],
    caller: Caller,
    product: Product,
    app: FromQuery[str | None] = None,
    choose: FromQuery[bool] = False,
) -> Redirect:
    """`app` chooses a developer app profile, where a platform has several (LinkedIn: member, community). With `choose` the
    person says after consent which accounts to link, and the browser comes back to the app; else all are linked."""
    # Else a page elsewhere could link an account of its owner's, in a browser that is signed in there.
    check_origin(request, product)
    url = await begin_link(
        product.context,
        caller.user_id,
        caller.family_id,
        platform,
        app=app,
        redirect_uri=redirect_uri_of(product.settings, platform),
        choose=choose,
    )
    return Redirect(url, status_code=302, headers={"cache-control": "no-store"})


@get(
    "/oauth/{platform:str}/callback",
    summary="The platform's answer: links what the consent opened, or offers it",
    permission=Permission.PERSON,
)
async def callback(
    platform: FromPath[str],
    request: Request[Any, Any, Any],
    caller: Caller,
    product: Product,
    oauth_state: Annotated[str | None, QueryParameter(name="state")] = None,
    code: FromQuery[str | None] = None,
    error: Annotated[str | None, QueryParameter(max_length=200)] = None,
    error_description: Annotated[str | None, QueryParameter(max_length=2_000)] = None,
    error_type: Annotated[str | None, QueryParameter(max_length=200)] = None,
) -> Response[Any]:
    product.context.platform(platform)
    try:
        if not oauth_state:
            raise LinkRefusedError("state_invalid", "This answer carries no state, so it belongs to no linking begun here.")
        answered = await answer_link(
            product.context,
            caller.user_id,
            caller.family_id,
            platform,
            state=oauth_state,
            code=Secret(code) if code else None,
            error=Declined(error=error, description=error_description, kind=error_type) if error else None,
        )
    except LinkRefusedError as refused:
        if wants_html(request):
            return refused_page(product, platform, refused)
        raise
    from_app = wants_html(request) and oauth_state.startswith(CHOOSE)
    if isinstance(answered, Offer):
        if from_app:
            return _back_to_app(product, platform=platform, choose=answered.id.hex)
        return Response(OfferOut.of(answered), headers={"cache-control": "no-store"})
    if from_app:
        return _back_to_app(product, platform=platform, linked=len(answered.accounts))
    if wants_html(request):
        return linked_page(product, answered)
    return Response(LinkedOut.of(answered), headers={"cache-control": "no-store"})


@get(
    "/link-intents/{choice_id:str}/candidates",
    summary="The accounts that a consent opened, to choose from",
    permission=Permission.PERSON,
)
async def candidates(choice_id: FromPath[str], caller: Caller, product: Product) -> OfferOut:
    """For ten minutes after a consent that was begun with `choose`."""
    offer = await link_candidates(product.context, caller.user_id, caller.family_id, path_id(choice_id, "link intent"))
    return OfferOut.of(offer)


@post(
    "/link-intents/{choice_id:str}/accounts",
    status_code=201,
    summary="Link the accounts that were chosen",
    permission=Permission.PERSON,
)
async def choose_accounts(choice_id: FromPath[str], data: JSONBody[ChosenIn], caller: Caller, product: Product) -> LinkedOut:
    """Once. What was linked before by the same consent stays linked, whether it is named or not."""
    choice = path_id(choice_id, "link intent")
    return LinkedOut.of(await link_chosen(product.context, caller.user_id, caller.family_id, choice, data.ids))


def _back_to_app(product: Product, **query: str | int) -> Redirect:
    """The accounts page, which says what came of it: `choose` an id, or `linked` a number."""
    url = f"{product.settings.public_base_url}/app/accounts?{urlencode(query)}"
    return Redirect(url, status_code=303, headers={"cache-control": "no-store"})

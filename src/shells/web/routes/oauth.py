"""Linking accounts: out to the platform's consent page, and back."""

from typing import Annotated, Any

from litestar import Request, Response, get
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.response import Redirect

from distribution_core.domain.errors import LinkRefusedError
from distribution_core.domain.secret import Secret
from distribution_core.usecases.link_account import begin_link, finish_link
from shells.platform_diagnosis import redirect_uri_of
from shells.web.pages import linked_page, refused_page, wants_html
from shells.web.security.tokens import Caller
from shells.web.shapes.accounts import AccountOut, LinkedOut
from shells.wiring import Product


@get("/oauth/{platform:str}/authorize", status_code=302, summary="Begin linking: redirects to the platform's consent page")
async def authorize(platform: FromPath[str], caller: Caller, product: Product, app: FromQuery[str | None] = None) -> Redirect:
    """`app` chooses a developer app profile, where a platform has several (LinkedIn: member, community)."""
    url = await begin_link(
        product.context,
        caller.user_id,
        caller.family_id,
        platform,
        app=app,
        redirect_uri=redirect_uri_of(product.settings, platform),
    )
    return Redirect(url, status_code=302, headers={"cache-control": "no-store"})


@get("/oauth/{platform:str}/callback", summary="The platform's answer: links every account that the consent opened")
async def callback(
    platform: FromPath[str],
    request: Request[Any, Any, Any],
    caller: Caller,
    product: Product,
    oauth_state: Annotated[str | None, QueryParameter(name="state")] = None,
    code: FromQuery[str | None] = None,
    error: FromQuery[str | None] = None,
) -> Response[Any]:
    product.context.platform(platform)
    try:
        if not oauth_state:
            raise LinkRefusedError("state_invalid", "This answer carries no state, so it belongs to no linking begun here.")
        linked = await finish_link(
            product.context,
            caller.user_id,
            caller.family_id,
            platform,
            state=oauth_state,
            code=Secret(code) if code else None,
            error=error,
        )
    except LinkRefusedError as refused:
        if wants_html(request):
            return refused_page(product, platform, refused)
        raise
    if wants_html(request):
        return linked_page(product, linked)
    return Response(
        LinkedOut(
            platform=linked.platform,
            accounts=[AccountOut.of(account) for account in linked.accounts],
            not_linked=[{"display_name": item.display_name, "reason": item.reason} for item in linked.not_linked],
        ),
        headers={"cache-control": "no-store"},
    )

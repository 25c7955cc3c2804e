"""Sign-in by the identity provider: a browser goes there and comes back, and lands in the app in any case."""

import re
from typing import Annotated, Any
from urllib.parse import urlencode

from litestar import Request, Response, delete, get, post
from litestar.datastructures import Cookie
from litestar.params import QueryParameter
from litestar.response import Redirect

from distribution_core.domain.errors import (
    ConflictError,
    LedgerUnavailableError,
    NotFoundError,
    SsoRefusedError,
    SsoUnavailableError,
)
from distribution_core.domain.secret import Secret
from distribution_core.usecases.sso import (
    Begun,
    begin_round,
    end_round,
    link_by_sso,
    note_sso_failure,
    sign_in_by_sso,
    unlink_sso,
)
from shells.oidc.provider import OidcProvider
from shells.web.pages import wants_html
from shells.web.routes.auth import device_of, session_answer
from shells.web.security.cookies import host_cookie
from shells.web.security.permissions import Permission
from shells.web.security.rates import caller_address
from shells.web.security.throttle import Throttle
from shells.web.security.tokens import AccessTokens, Caller
from shells.web.shapes.users import SsoBegunOut
from shells.wiring import Product

HOME = "/app"
SETTINGS = "/app/settings"
_COOKIE = "simulcast_sso"
# A path of the app's own and its query; no dots in the path, no second slash, nothing that a browser could read as another place.
_OWN = re.compile(r"/app(?:/[A-Za-z0-9_-]+)*/?(?:\?[A-Za-z0-9_\-=&%+.*~]*)?")
_FRESH = {"cache-control": "no-store"}


@get("/auth/oidc/start", status_code=303, summary="Begin to sign in at the identity provider", permission=Permission.PUBLIC)
async def start(
    request: Request[Any, Any, Any],
    product: Product,
    throttle: Throttle,
    return_to: Annotated[str, QueryParameter(max_length=500)] = HOME,
) -> Response[Any]:
    """Redirects there. `return_to` is a path of the app, to which the browser comes back; any other is /app. 404 where no
    provider is set, 503 when it can't be asked (a browser is sent back to the app with `sso=unavailable`)."""
    provider = _provider(product)
    back = own_path(return_to)
    await throttle.begin_trip(caller_address(request, product.settings))
    try:
        return await _sent(product, provider, back)
    except SsoUnavailableError:
        if wants_html(request):
            return _landed(product, back, "unavailable")
        raise


@get("/auth/oidc/callback", status_code=303, summary="The identity provider's answer", permission=Permission.PROVEN)
async def callback(
    request: Request[Any, Any, Any],
    product: Product,
    tokens: AccessTokens,
    throttle: Throttle,
    oidc_state: Annotated[str, QueryParameter(name="state", max_length=200)] = "",
    code: Annotated[str, QueryParameter(max_length=4_000)] = "",
    error: Annotated[str, QueryParameter(max_length=200)] = "",
    answered_by: Annotated[str | None, QueryParameter(name="iss", max_length=500)] = None,
) -> Response[Any]:
    """Signs in, or links, and redirects into the app. A browser is redirected as well when that is refused, with `sso=` and
    why; a program gets the problem."""
    provider = _provider(product)
    attempt = await throttle.begin(None, caller_address(request, product.settings), None)
    held = request.cookies.get(host_cookie(product.settings, _COOKIE))
    browser = Secret(held) if held else None
    back = HOME
    try:
        begun = await end_round(product.context, Secret(oidc_state), browser)
        back = begun.return_to
        if error or not code or browser is None:
            raise _declined(error)
        sent = Begun(state=Secret(oidc_state), browser=browser)
        now = product.context.clock.now()
        vouched = await provider.exchange(Secret(code), sent, redirect_uri(product), answered_by, now)
        if begun.user_id is not None:
            await link_by_sso(product.context, begun, vouched)
            answer: Response[Any] = _landed(product, SETTINGS, "linked")
        else:
            by_email = provider.link_by_email
            signed_in = await sign_in_by_sso(product.context, vouched, by_email=by_email, device=device_of(request))
            answer = _landed(product, back, None)
            for cookie in session_answer(signed_in, product, tokens).cookies:
                answer.set_cookie(cookie)
            answer.set_cookie(throttle.device_cookie(product.settings, signed_in.user.email))
        await throttle.give_back(attempt)
    except LedgerUnavailableError:
        await throttle.give_back(attempt)
        raise
    except (SsoRefusedError, SsoUnavailableError, ConflictError, NotFoundError) as refused:
        if isinstance(refused, SsoRefusedError) and refused.code in _BEFORE_ANYBODY:
            await note_sso_failure(product.context, refused)
        if isinstance(refused, SsoUnavailableError):
            await throttle.give_back(attempt)
        if not wants_html(request):
            raise
        answer = _landed(product, back, "unavailable" if isinstance(refused, SsoUnavailableError) else _code_of(refused))
    answer.set_cookie(_cookie(product, ""))
    return answer


@post("/me/sso", status_code=200, summary="Begin to link the identity that shall sign in", permission=Permission.PERSON)
async def link(caller: Caller, product: Product) -> Response[SsoBegunOut]:
    """Answers where the browser goes. 409 where no provider is set, or an identity is linked already."""
    if product.sso is None:
        raise ConflictError("sso_not_configured", "No identity provider is set here.")
    begun = await begin_round(product.context, SETTINGS, user_id=caller.user_id, session_id=caller.family_id)
    url = await product.sso.authorize_url(begun, redirect_uri(product))
    return Response(SsoBegunOut(url=url), headers=_FRESH, cookies=[_cookie(product, begun.browser.reveal())])


@delete("/me/sso", status_code=204, summary="Take the linked identity off", permission=Permission.PERSON)
async def unlink(caller: Caller, product: Product) -> None:
    """409 for somebody who has no password."""
    await unlink_sso(product.context, caller.user_id)


def redirect_uri(product: Product) -> str:
    """What is registered at the provider, to the letter."""
    return f"{product.settings.public_base_url}/auth/oidc/callback"


def own_path(wanted: str) -> str:
    """Where the app sends somebody back to: a path of its own, never another site's."""
    return wanted if _OWN.fullmatch(wanted) else HOME


# What is refused here was written down by nobody yet.
_BEFORE_ANYBODY = frozenset({"state_invalid", "declined", "provider_error", "exchange_failed", "token_invalid"})


async def _sent(product: Product, provider: OidcProvider, back: str) -> Response[Any]:
    begun = await begin_round(product.context, back)
    url = await provider.authorize_url(begun, redirect_uri(product))
    answer: Response[Any] = Redirect(url, status_code=303, headers=_FRESH)
    answer.set_cookie(_cookie(product, begun.browser.reveal()))
    return answer


def _provider(product: Product) -> OidcProvider:
    if product.sso is None:
        raise NotFoundError("No identity provider is set here: sign in with e-mail and password.")
    return product.sso


def _declined(error: str) -> SsoRefusedError:
    if error == "access_denied":
        return SsoRefusedError("declined", "The sign-in was declined at the identity provider.")
    return SsoRefusedError("provider_error", "The identity provider signed nobody in. Begin again.")


def _code_of(refused: SsoRefusedError | ConflictError | NotFoundError) -> str:
    return "session_ended" if isinstance(refused, NotFoundError) else refused.code


def _landed(product: Product, path: str, outcome: str | None) -> Response[Any]:
    """The app, which says in words what came of it."""
    url = product.settings.public_base_url + path
    if outcome is not None:
        url += ("&" if "?" in path else "?") + urlencode({"sso": outcome})
    return Redirect(url, status_code=303, headers=_FRESH)


def _cookie(product: Product, value: str) -> Cookie:
    """Lax, because the provider sends the browser back from outside."""
    lifetime_s = int(product.context.limits.sso_round_lifetime.total_seconds()) if value else 0
    settings = product.settings
    name, secure = host_cookie(settings, _COOKIE), settings.secure_cookies
    return Cookie(key=name, value=value, max_age=lifetime_s, httponly=True, secure=secure, samesite="lax")

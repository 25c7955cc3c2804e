"""Sign in, keep the session, sign out."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.params import JSONBody

from distribution_core.domain.errors import (
    ConflictError,
    CredentialsError,
    InvalidInputError,
    LedgerUnavailableError,
    Problem,
    SsoRefusedError,
    SsoUnavailableError,
)
from distribution_core.domain.secret import Secret
from distribution_core.usecases.sign_in import SignedIn, refresh_session, sign_in, sign_out
from distribution_core.usecases.sso import note_sso_failure, sign_in_by_sso
from shells.web.security.cookies import cookie_names, ended_cookies, session_cookies
from shells.web.security.guard import check_origin
from shells.web.security.permissions import Permission
from shells.web.security.rates import caller_address
from shells.web.security.throttle import Throttle, device_cookie_name
from shells.web.security.tokens import AccessTokens, Caller
from shells.web.shapes.users import Login, SessionOut
from shells.wiring import Product


@post(
    "/auth/login",
    status_code=200,
    summary="Sign in with e-mail and password, or a provider's ID token",
    permission=Permission.PROVEN,
)
async def login(
    data: JSONBody[Login], request: Request[Any, Any, Any], product: Product, tokens: AccessTokens, throttle: Throttle
) -> Response[SessionOut]:
    """E-mail and password, or `sso_token`: an ID token of the configured provider for this installation, at most five minutes
    old, which counts once; with `sso_nonce` it must be the answer to that. Sets HTTP-only cookies; send the answered csrf_token
    as X-CSRF-Token with every write. 429 after many failures; a browser that has been signed in before has a measure of its
    own."""
    check_origin(request, product)
    address = caller_address(request, product.settings)
    known = request.cookies.get(device_cookie_name(product.settings))
    named = data.email if isinstance(data.email, str) else None
    attempt = await throttle.begin(named, address, known)
    try:
        if isinstance(data.sso_token, str):
            signed_in = await _by_token(data, request, product)
        elif named is not None and isinstance(data.password, str):
            signed_in = await sign_in(product.context, named, Secret(data.password), device=device_of(request))
        else:
            raise InvalidInputError(Problem(code="sign_in", message="Send e-mail and password, or an sso_token alone."))
    except (LedgerUnavailableError, SsoUnavailableError):
        await throttle.give_back(attempt)
        raise
    await throttle.give_back(attempt)
    answer = session_answer(signed_in, product, tokens)
    answer.set_cookie(throttle.device_cookie(product.settings, signed_in.user.email))
    return answer


async def _by_token(data: Login, request: Request[Any, Any, Any], product: Product) -> SignedIn:
    if product.sso is None:
        raise ConflictError("sso_not_configured", "No identity provider is set here.")
    if isinstance(data.email, str) or isinstance(data.password, str):
        raise InvalidInputError(Problem(code="sign_in", message="Send e-mail and password, or an sso_token alone."))
    nonce = Secret(data.sso_nonce) if isinstance(data.sso_nonce, str) else None
    try:
        vouched = await product.sso.read(Secret(str(data.sso_token)), product.context.clock.now(), nonce=nonce)
    except SsoRefusedError as refused:
        await note_sso_failure(product.context, refused)
        raise
    return await sign_in_by_sso(product.context, vouched, by_email=product.sso.link_by_email, device=device_of(request))


@post("/auth/refresh", status_code=200, summary="Exchange the refresh cookie for a fresh session", permission=Permission.PROVEN)
async def refresh(request: Request[Any, Any, Any], product: Product, tokens: AccessTokens) -> Response[SessionOut]:
    """A refresh token works once; one that is used again ends the whole session."""
    check_origin(request, product)
    token = request.cookies.get(cookie_names(product.settings).refresh)
    if not token:
        raise CredentialsError("There is no session to refresh. Sign in.")
    return session_answer(await refresh_session(product.context, Secret(token)), product, tokens)


@post("/auth/logout", status_code=204, summary="End the session on the server", permission=Permission.PERSON)
async def logout(caller: Caller, product: Product) -> Response[None]:
    await sign_out(product.context, caller.user_id, caller.family_id)
    return Response(None, status_code=204, cookies=ended_cookies(product.settings))


@get("/auth/session", summary="Who is signed in", permission=Permission.PERSON)
async def session(caller: Caller, product: Product, tokens: AccessTokens) -> SessionOut:
    async with product.context.ledger.begin() as tx:
        user = await tx.users.get(caller.user_id)
    if user is None:
        raise CredentialsError("The session has ended. Sign in again.")
    lifetime_s = int(tokens.lifetime.total_seconds())
    return SessionOut(user_id=user.id, email=user.email, csrf_token=tokens.csrf_token(caller.family_id), expires_in=lifetime_s)


def device_of(request: Request[Any, Any, Any]) -> str | None:
    """What the browser or program calls itself, without what no terminal should print."""
    named = "".join(character for character in request.headers.get("user-agent", "") if character.isprintable())
    return named or None


def session_answer(signed_in: SignedIn, product: Product, tokens: AccessTokens) -> Response[SessionOut]:
    """A fresh session, with its cookies."""
    caller = Caller(user_id=signed_in.user.id, family_id=signed_in.session.family_id)
    csrf = tokens.csrf_token(caller.family_id)
    body = SessionOut(
        user_id=signed_in.user.id, email=signed_in.user.email, csrf_token=csrf, expires_in=int(tokens.lifetime.total_seconds())
    )
    cookies = session_cookies(
        product.settings,
        access=tokens.issue(caller, product.context.clock.now()),
        refresh=signed_in.refresh_token.reveal(),
        csrf=csrf,
        refresh_lifetime=signed_in.session.expires_at - signed_in.session.created_at,
    )
    return Response(body, cookies=cookies, headers={"cache-control": "no-store"})

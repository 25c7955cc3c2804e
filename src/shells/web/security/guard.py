"""Lets a request through only with a live session, and a write only from our own pages."""

from typing import Any
from urllib.parse import urlsplit

from litestar import Request
from litestar.exceptions import PermissionDeniedException

from distribution_core.domain.errors import CredentialsError
from distribution_core.domain.secret import Secret
from distribution_core.usecases.api_keys import read_api_key
from distribution_core.usecases.sign_in import session_is_live
from shells.web.security.cookies import cookie_names
from shells.web.security.permissions import Permission
from shells.web.security.rates import Rates, parsed
from shells.web.security.tokens import AccessTokens, Caller
from shells.wiring import Product

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
CSRF_HEADER = "x-csrf-token"
RATE_HEADERS = "simulcast_rate_headers"


async def provide_caller(request: Request[Any, Any, Any], product: Product, tokens: AccessTokens, rates: Rates) -> Caller:
    """The signed-in user behind a request, or the program with a key of theirs, which no cookie that comes along adds to.
    Raises CredentialsError (401), or PermissionDeniedException (403) for a write that carries no proof of coming from us, and
    for what a key may not do."""
    caller = await _identified(request, product, tokens)
    settings = product.settings
    limit = settings.rate_reads if request.method in SAFE_METHODS else settings.rate_writes
    group = "reads" if request.method in SAFE_METHODS else "writes"
    if request.route_handler.opt["permission"] is Permission.MEDIA_WRITE:
        limit, group = settings.rate_uploads, "uploads"
    standing = await rates.take(parsed(limit), group, caller.user_id.hex)
    if standing is not None:
        request.scope["state"][RATE_HEADERS] = standing.headers
    return caller


async def _identified(request: Request[Any, Any, Any], product: Product, tokens: AccessTokens) -> Caller:
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return await _program(request, product, Secret(given.strip()))
    token = request.cookies.get(cookie_names(product.settings).access)
    if not token:
        raise CredentialsError("Sign in first.")
    caller = tokens.read(token, product.context.clock.now())
    if not await session_is_live(product.context, caller.family_id):
        raise CredentialsError("The session has ended. Sign in again.")
    if request.method not in SAFE_METHODS:
        check_origin(request, product)
        if not tokens.csrf_matches(caller.family_id, request.headers.get(CSRF_HEADER, "")):
            raise PermissionDeniedException(
                f"This write carries no valid {CSRF_HEADER} header; send the csrf_token that signing in answered."
            )
    return caller


async def _program(request: Request[Any, Any, Any], product: Product, given: Secret) -> Caller:
    key = await read_api_key(product.context, given)
    wanted: Permission = request.route_handler.opt["permission"]
    if not wanted.is_scope:
        raise PermissionDeniedException("A key can't do this: sign in as the person it belongs to.")
    if wanted.value not in key.scopes:
        raise PermissionDeniedException(f"This key may not do that: it lacks the scope {wanted.value}.")
    return Caller(user_id=key.user_id, family_id=key.id, scopes=frozenset(key.scopes))


def check_origin(request: Request[Any, Any, Any], product: Product) -> None:
    """Refuse a write that a browser says comes from another site. Programs send neither header."""
    site = request.headers.get("sec-fetch-site")
    if site is not None and site not in ("same-origin", "none"):
        raise PermissionDeniedException("This write comes from another site.")
    origin = request.headers.get("origin")
    if origin is None:
        return
    ours = urlsplit(product.settings.public_base_url)
    if origin not in (f"{ours.scheme}://{ours.netloc}", f"{ours.scheme}://{request.headers.get('host', '')}"):
        raise PermissionDeniedException("This write comes from another site.")

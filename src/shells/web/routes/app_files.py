"""The browser app: its built files, and what it has to know before anybody has signed in."""

import gzip
from datetime import timedelta
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from mimetypes import guess_type
from typing import Any
from urllib.parse import urlsplit

from litestar import Request, Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect

from shells.web.security.permissions import Permission
from shells.web.shapes.surroundings import PlatformFactsOut, SsoOut, SurroundingsOut
from shells.wiring import Product

_POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "connect-src": "'self'",
    "font-src": "'self'",
    "img-src": "'self' blob: https:",  # pictures of accounts stand at addresses that only the platforms know
    "media-src": "'self' blob:",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}
_COMMON = {"x-content-type-options": "nosniff", "referrer-policy": "same-origin"}
_PAGE = {**_COMMON, "cache-control": "no-cache", "cross-origin-opener-policy": "same-origin"}
_FOREVER = {**_COMMON, "cache-control": "public, max-age=31536000, immutable", "vary": "accept-encoding"}
_MISSING = "The app's files are not built: `make setup` builds them, and every wheel carries them."


@get("/", include_in_schema=False, permission=Permission.PUBLIC)
async def root() -> Redirect:
    return Redirect("/app")


@get(["/app", "/app/{path:path}"], include_in_schema=False, permission=Permission.PUBLIC)
async def page(product: Product, media_origin: str, path: str = "/") -> Response[bytes]:
    """The same page for every address of the app: which view it shows is decided in the browser."""
    policy = content_policy(product.settings.sandbox_url, media_origin)
    headers = {**_PAGE, "content-security-policy": policy}
    return Response(_file("index.html"), media_type="text/html; charset=utf-8", headers=headers)


@get("/app/assets/{name:str}", include_in_schema=False, permission=Permission.PUBLIC)
async def asset(name: FromPath[str], request: Request[Any, Any, Any]) -> Response[bytes]:
    """A file whose name holds the hash of what is in it, so that it may be kept for ever."""
    media_type = "text/javascript" if name.endswith(".js") else guess_type(name)[0] or "application/octet-stream"
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers = _FOREVER | {"content-encoding": "gzip"}
        return Response(_compressed(f"assets/{name}"), media_type=media_type, headers=headers)
    return Response(_file(f"assets/{name}"), media_type=media_type, headers=_FOREVER)


@get("/surroundings", summary="Where this runs and which platforms it knows; needs no sign-in", permission=Permission.PUBLIC)
async def surroundings(product: Product) -> SurroundingsOut:
    """Names, colours, ways to link, and how each platform counts text."""
    return SurroundingsOut(
        sandbox_url=product.settings.sandbox_url or None,
        sso=SsoOut(name=product.sso.name) if product.sso else None,
        platforms=[PlatformFactsOut.of(product.context.platforms[name]) for name in sorted(product.context.platforms)],
    )


def content_policy(sandbox_url: str, media_origin: str) -> str:
    """What the app may load and do: nothing inline, nothing from elsewhere but pictures (the sandbox's come over plain HTTP) and
    what was uploaded, from wherever its links lead."""
    rules = dict(_POLICY)
    for origin in filter(None, (sandbox_url, media_origin)):
        rules["img-src"] += f" {origin}"
    if media_origin:
        rules["media-src"] += f" {media_origin}"
    return "; ".join(f"{name} {value}" for name, value in rules.items())


async def find_media_origin(product: Product) -> str:
    """Where links to media lead: an object store that signs them itself, or the public address, which need not be ours."""
    parts = urlsplit(await product.context.media.public_url("origin", "image/png", timedelta(minutes=1)))
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""


@cache
def _built() -> Traversable:
    return files("shells.web").joinpath("spa", "dist")


@cache
def _file(name: str) -> bytes:
    """Bytes of a built file; only names that the build made are looked at. Raises NotFoundException."""
    folder = _built()
    for part in name.split("/")[:-1]:
        folder = folder.joinpath(part)
    wanted = name.rpartition("/")[2]
    try:
        found = next((item for item in folder.iterdir() if item.name == wanted), None)
    except (FileNotFoundError, NotADirectoryError):
        raise NotFoundException(_MISSING) from None
    if found is None:
        raise NotFoundException(_MISSING if name == "index.html" else "There is no such file.")
    return found.read_bytes()


@cache
def _compressed(name: str) -> bytes:
    return gzip.compress(_file(name), 9)

"""Where platforms call back about posts. Nobody is signed in: the platform's signature is the proof."""

from typing import Any

from litestar import Request, Response, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from distribution_core.ports.farewell import Farewell
from distribution_core.usecases.ask_again import heed
from distribution_core.usecases.farewell import deauthorized
from shells.web.security.permissions import Permission
from shells.wiring import Product


@post(
    "/platforms/{platform:str}/webhook",
    status_code=200,
    summary="A platform tells that something became of a post, or of a consent",
    permission=Permission.PROVEN,
)
async def webhook(platform: FromPath[str], request: Request[Any, Any, Any], product: Product) -> Response[None]:
    """It is a reason to ask the platform, and is answered when that is done: what it says of a post is not taken for proof. That
    a person has removed this app is."""
    reader = product.context.platform(platform).notices
    if reader is None:
        raise NotFoundException("This platform calls nobody back here.")
    notice = reader.read(dict(request.headers), await request.body(), product.context.clock.now())
    if isinstance(notice, Farewell):
        await deauthorized(product.context, platform, notice)
    elif notice is not None:
        await heed(product.context, platform, notice)
    return Response(None, status_code=200)

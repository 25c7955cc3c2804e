"""Where platforms pass on that a person leaves. Nobody is signed in: the platform's signature is the proof."""

from typing import Annotated

from litestar import get, post
from litestar.enums import RequestEncodingType
from litestar.exceptions import NotFoundException
from litestar.params import Body, FromPath

from distribution_core.ports.farewell import Farewell
from distribution_core.usecases.farewell import deauthorized, forget, forgotten_at
from shells.web.routes.parsing import path_id
from shells.web.security.permissions import Permission
from shells.web.shapes.farewells import DeauthorizedOut, DeletedOut, DeletionOut
from shells.wiring import Product

Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]


@post(
    "/platforms/{platform:str}/deauthorize",
    status_code=200,
    summary="A person has removed this app at the platform",
    permission=Permission.PROVEN,
)
async def deauthorize(platform: FromPath[str], data: Form, product: Product) -> DeauthorizedOut:
    """Called by the platform, with a signed form (Facebook: `signed_request`). Their accounts ask to be linked again."""
    farewell = _read(platform, data, product)
    return DeauthorizedOut(ended=await deauthorized(product.context, platform, farewell))


@post(
    "/platforms/{platform:str}/data-deletion",
    status_code=200,
    summary="A person wants to be forgotten here",
    permission=Permission.PROVEN,
)
async def delete_data(platform: FromPath[str], data: Form, product: Product) -> DeletionOut:
    """Called by the platform, with a signed form. Answers the address at which the person can look it up, and its code."""
    farewell = _read(platform, data, product)
    done = await forget(product.context, platform, farewell)
    url = f"{product.settings.public_base_url}/data-deletion/{done.code}"
    return DeletionOut(url=url, confirmation_code=str(done.code))


@get("/data-deletion/{code:str}", summary="What became of a request to be forgotten", permission=Permission.PUBLIC)
async def show_deletion(code: FromPath[str], product: Product) -> DeletedOut:
    return DeletedOut(done_at=await forgotten_at(product.context, path_id(code, "request")))


def _read(platform: str, form: dict[str, str], product: Product) -> Farewell:
    reader = product.context.platform(platform).farewells
    if reader is None:
        raise NotFoundException("This platform tells nothing of people who leave.")
    return reader.read(form)

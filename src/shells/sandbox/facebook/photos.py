"""Photos on a Page: by file or URL, published at once or kept for a post (Graph API Page photos reference)."""

import io
from typing import Any

import httpx
from attrs import define
from litestar.enums import HttpMethod
from litestar.handlers import HTTPRouteHandler
from PIL import Image

from shells.sandbox.facebook.bodies import Parameters
from shells.sandbox.facebook.errors import GraphError, GraphFaults, invalid_parameter
from shells.sandbox.facebook.gate import Gate
from shells.sandbox.facebook.store import Photo, Post, Store
from shells.sandbox.world import Endpoint, SandboxRequest, World

BYTES_MAX = 10 * 1024 * 1024
_FORMATS = {"JPEG": "image/jpeg", "PNG": "image/png", "GIF": "image/gif", "BMP": "image/bmp", "TIFF": "image/tiff"}


@define
class Photos:
    world: World
    gate: Gate
    store: Store

    def routes(self) -> list[HTTPRouteHandler]:
        endpoint = Endpoint(self.world, "facebook", GraphFaults())
        path = "/facebook/graph/{version:str}/{node:str}/photos"
        return [
            endpoint(
                HttpMethod.POST, path, "photos", self.gate.handler(self._create), account=lambda r: str(r.path_params["node"])
            )
        ]

    async def _create(self, parameters: Parameters, request: SandboxRequest) -> Any:
        page_id = str(request.path_params["node"])
        self.gate.page(parameters, page_id)
        if "attached_media" in parameters.values:
            raise GraphError(324, "(#324) Requires upload file")
        data = await self._bytes(parameters)
        published = parameters.flag("published", True)
        if parameters.flag("temporary", False) and published:
            raise invalid_parameter("temporary goes with published=false")
        photo = Photo(
            id=self.store.new_id(),
            page_id=page_id,
            digest=self.world.blobs.put(data, _mime(data)),
            caption=parameters.text("caption") or parameters.text("message") or "",
            alt_text=parameters.text("alt_text_custom"),
            created_at=self.world.clock.now(),
        )
        self.store.photos[photo.id] = photo
        if not published:
            return {"id": photo.id}
        post = self.store.add_post(
            Post(
                id=f"{page_id}_{self.store.new_id()}",
                page_id=page_id,
                message=photo.caption,
                link=None,
                photo_ids=(photo.id,),
                created_at=photo.created_at,
                hidden=False,
            )
        )
        return {"id": photo.id, "post_id": post.id}

    async def _bytes(self, parameters: Parameters) -> bytes:
        url = parameters.text("url")
        if parameters.files:
            _, data = next(iter(parameters.files.values()))
        elif url:
            try:
                async with httpx.AsyncClient(timeout=10, follow_redirects=True) as client:
                    answer = await client.get(url)
            except httpx.HTTPError:
                raise GraphError(324, "(#324) Missing or invalid image file") from None
            if answer.status_code != 200:
                raise GraphError(324, "(#324) Missing or invalid image file")
            data = answer.content
        else:
            raise GraphError(324, "(#324) Requires upload file")
        if len(data) > BYTES_MAX:
            raise GraphError(100, "Your photos couldn't be uploaded. Photos should be less than 4 MB.", subcode=1366046)
        return data


def _mime(data: bytes) -> str:
    """The type by content. Raises GraphError for what is no picture that Facebook takes."""
    try:
        with Image.open(io.BytesIO(data)) as image:
            image.verify()
            found = _FORMATS.get(image.format or "")
    except (OSError, ValueError, SyntaxError):
        found = None
    if found is None:
        raise GraphError(324, "(#324) Missing or invalid image file")
    return found

"""Photos on a Page: by file or URL, published at once or kept for a post (Graph API Page photos reference)."""

import io
from datetime import timedelta
from typing import Any

from attrs import define
from litestar.enums import HttpMethod
from PIL import Image

from shells.sandbox.facebook.bodies import Parameters
from shells.sandbox.facebook.calls import Asked, Call
from shells.sandbox.facebook.errors import GraphError, invalid_parameter
from shells.sandbox.facebook.feed import MESSAGE_MAX
from shells.sandbox.facebook.fetching import FetchFailedError, fetch
from shells.sandbox.facebook.gate import Gate
from shells.sandbox.facebook.moments import parse_schedule
from shells.sandbox.facebook.store import Photo, Post, Store
from shells.sandbox.facebook.switches import Switches
from shells.sandbox.world import World

BYTES_MAX = 10 * 1024 * 1024
_FORMATS = {"JPEG": "image/jpeg", "PNG": "image/png", "GIF": "image/gif", "BMP": "image/bmp", "TIFF": "image/tiff"}
_TOO_BIG = (
    "Can't Read Files",
    "Your photos couldn't be uploaded. Photos should be less than 4 MB and saved as JPG or PNG files.",
)
_PARAMETERS = frozenset(
    {
        "url", "caption", "message", "name", "alt_text_custom", "published", "temporary", "scheduled_publish_time", "source",
        "unpublished_content_type", "no_story", "place", "tags", "targeting", "feed_targeting", "backdated_time",
        "backdated_time_granularity", "allow_spherical_photo",
    }
)  # fmt: skip


@define
class Photos:
    world: World
    gate: Gate
    store: Store
    switches: Switches

    def calls(self) -> list[Call]:
        return [Call(method=HttpMethod.POST, path="{node}/photos", name="photos", answer=self._create)]

    async def _create(self, asked: Asked) -> Any:
        parameters, page_id = asked.parameters, asked.node
        self.gate.writer(parameters, page_id)
        if any(key.partition("[")[0] == "attached_media" for key in parameters.values):
            raise GraphError(324, "(#324) Requires upload file")
        parameters.refuse_unknown(_PARAMETERS)
        published, at = parameters.flag("published", True), parameters.text("scheduled_publish_time")
        temporary = parameters.flag("temporary", False)
        if (temporary or at is not None) and published:
            raise invalid_parameter("temporary and scheduled_publish_time go with published=false")
        if temporary and at is not None:
            raise invalid_parameter("A temporary photo takes no schedule of its own")
        caption = parameters.text("caption") or parameters.text("message") or parameters.text("name") or ""
        if len(caption) > MESSAGE_MAX:
            raise invalid_parameter("Param caption is too long")
        now = self.world.clock.now()
        scheduled = parse_schedule(at, now, longest=timedelta(days=30)) if at is not None else None
        data = await self._bytes(parameters)
        photo = Photo(
            id=self.store.new_id(),
            page_id=page_id,
            digest=self.world.blobs.put(data, _mime(data)),
            caption=caption,
            alt_text=parameters.text("alt_text_custom"),
            created_at=self.world.clock.now(),
            temporary=temporary,
        )
        self.store.photos[photo.id] = photo
        if not published and scheduled is None:
            return {"id": photo.id}
        post = self.store.add_post(
            Post(
                id=f"{page_id}_{self.store.new_id()}",
                page_id=page_id,
                message=caption,
                photo_ids=(photo.id,),
                created_at=photo.created_at,
                hidden=not published,
                scheduled_for=scheduled,
            )
        )
        return {"id": photo.id, "post_id": post.id} if published else {"id": photo.id}

    async def _bytes(self, parameters: Parameters) -> bytes:
        url = parameters.text("url")
        if parameters.files:
            _, data = next(iter(parameters.files.values()))
        elif url:
            try:
                data = await fetch(url, most_bytes=BYTES_MAX, switches=self.switches)
            except FetchFailedError as error:
                raise GraphError(324, f"(#324) Missing or invalid image file: {error}") from None
        else:
            raise GraphError(324, "(#324) Requires upload file")
        if len(data) > BYTES_MAX:
            raise GraphError(100, "(#100) Invalid parameter", subcode=1366046, told=_TOO_BIG)
        return data


def _mime(data: bytes) -> str:
    """The type by content. Raises GraphError for what is no picture that Facebook takes."""
    try:
        with Image.open(io.BytesIO(data)) as image:
            image.verify()
            found = _FORMATS.get(image.format or "")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        found = None
    if found is None:
        raise GraphError(324, "(#324) Missing or invalid image file")
    return found

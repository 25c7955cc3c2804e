"""The imitation's public web host: avatars, and post pages that lead to the timeline."""

import io
from typing import Annotated

from attrs import frozen
from litestar import Response, get
from litestar.exceptions import NotFoundException
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, QueryParameter
from litestar.response import Redirect
from PIL import Image

from shells.sandbox.tiktok.creators import CREATORS
from shells.sandbox.world import World

AVATAR_LIFE_S = 7200
_COLOURS = ("#fe2c55", "#25f4ee", "#8c7ae6", "#e1b12c", "#44bd32")


def avatar_url(world: World, open_id: str) -> str:
    """A picture address that works for two hours (Query Creator Info reference)."""
    return f"{world.base_url}/tiktok/www/avatar/{open_id}?x-expires={world.clock.epoch_s() + AVATAR_LIFE_S}"


@frozen
class PublicPages:
    world: World

    def routes(self) -> list[HTTPRouteHandler]:
        @get("/tiktok/www/avatar/{open_id:str}", include_in_schema=False)
        async def avatar(
            open_id: FromPath[str], expires: Annotated[str, QueryParameter(name="x-expires")] = ""
        ) -> Response[bytes]:
            if open_id not in CREATORS:
                raise NotFoundException("no such creator")
            if not expires.isdigit() or int(expires) <= self.world.clock.epoch_s():
                return Response(b"", status_code=403)
            out = io.BytesIO()
            Image.new("RGB", (100, 100), _COLOURS[list(CREATORS).index(open_id) % len(_COLOURS)]).save(out, "PNG")
            return Response(out.getvalue(), media_type="image/png")

        @get("/tiktok/www/{handle:str}/{kind:str}/{post_id:str}", include_in_schema=False)
        async def post(handle: FromPath[str], kind: FromPath[str], post_id: FromPath[str]) -> Redirect:
            found = self.world.posts.find("tiktok", post_id)
            if found is None or kind not in ("video", "photo") or f"@{CREATORS[found.account_id].username}" != handle:
                raise NotFoundException("no such post")
            return Redirect(f"/tiktok/timeline/{found.account_id}#{post_id}")

        return [avatar, post]

"""The older ugcPosts API, unversioned and with plain text (Share on LinkedIn)."""

from typing import Any

from attrs import define
from litestar import Response
from litestar.enums import HttpMethod
from litestar.handlers import HTTPRouteHandler

from shells.sandbox.linkedin.errors import LinkedInFaults, bad_request
from shells.sandbox.linkedin.gate import Gate, body_of, check_author
from shells.sandbox.linkedin.posts import COMMENTARY_MAX, Posts
from shells.sandbox.linkedin.tokens import Token
from shells.sandbox.posts import PostMedia
from shells.sandbox.world import Endpoint, SandboxRequest, World

_SHARE = "com.linkedin.ugc.ShareContent"
_VISIBILITY = "com.linkedin.ugc.MemberNetworkVisibility"
_CATEGORIES = ("NONE", "ARTICLE", "IMAGE", "VIDEO")


@define
class Legacy:
    world: World
    gate: Gate
    posts: Posts

    def routes(self) -> list[HTTPRouteHandler]:
        endpoint = Endpoint(self.world, "linkedin", LinkedInFaults())
        handler = self.gate.handler(self._create, versioned=False)
        return [endpoint(HttpMethod.POST, "/linkedin/api/v2/ugcPosts", "create", handler)]

    async def _create(self, request: SandboxRequest, token: Token) -> Any:
        body = await body_of(request)
        share = body.get("specificContent", {}).get(_SHARE)
        if body.get("lifecycleState") != "PUBLISHED" or not isinstance(share, dict):
            raise bad_request("MISSING_FIELD", "lifecycleState and specificContent are required")
        account_id = check_author(token, body.get("author"), "ugcPosts.CREATE.NO_VERSION")
        text = str(share.get("shareCommentary", {}).get("text", ""))
        category, media = share.get("shareMediaCategory"), share.get("media", [])
        if category not in _CATEGORIES or len(text) > COMMENTARY_MAX:
            raise bad_request("INVALID_VALUE_FOR_FIELD", "shareMediaCategory or shareCommentary is invalid")
        link = str(media[0].get("originalUrl")) if category == "ARTICLE" and media else None
        title = media[0].get("title", {}).get("text") if media else None
        shown = self._media(str(body["author"]), category, media)
        plain = {"author": body["author"], "commentary": text, "visibility": body.get("visibility", {}).get(_VISIBILITY)}
        stored = self.posts.add(token, plain, account_id, title, link, shown, plain=True)
        return Response({"id": stored.urn}, status_code=201, headers={"x-restli-id": stored.urn})

    def _media(self, author: str, category: str, media: list[dict[str, Any]]) -> tuple[PostMedia, ...]:
        if category not in ("IMAGE", "VIDEO"):
            return ()
        shown = []
        for item in media:
            asset = self.posts.assets.by_urn.get(str(item.get("media")))
            if asset is None or asset.owner != author:
                raise bad_request("INVALID_URN_ID", "Unknown media")
            if self.posts.assets.status(asset) != "AVAILABLE":
                raise bad_request("MEDIA_ASSET_WAITING_UPLOAD", "The media asset is not ready")
            alt = item.get("description", {}).get("text")
            shown.append(self.world.blobs.media(str(asset.digest), category.lower(), alt))
        return tuple(shown)

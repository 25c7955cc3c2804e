"""What apps may read: the user's own profile, and those of their posts that everyone can see."""

from typing import Any

from attrs import frozen
from litestar import Response
from litestar.enums import HttpMethod
from litestar.handlers import HTTPRouteHandler

from shells.sandbox.posts import VisiblePost
from shells.sandbox.tiktok.creators import CREATORS, PUBLIC
from shells.sandbox.tiktok.gate import Gate, documented
from shells.sandbox.tiktok.pictures import avatar_url
from shells.sandbox.tiktok.switches import Switches
from shells.sandbox.world import Endpoint, SandboxRequest, World

LIST_DEFAULT, LIST_MAX = 10, 20
CAPTION_MAX = 150
# Fields that the imitation fills; the documentation's others (counts of likes and the like) read as nought.
_COUNTS = ("like_count", "comment_count", "share_count", "view_count")
_VIDEO_FIELDS = {
    *("id", "create_time", "cover_image_url", "share_url", "video_description", "duration", "height", "width", "title"),
    *("embed_html", "embed_link", *_COUNTS),
}
_USER_SCOPES = {
    "user.info.basic": {"open_id", "union_id", "avatar_url", "avatar_url_100", "avatar_large_url", "display_name"},
    "user.info.profile": {"username", "bio_description", "profile_deep_link", "is_verified"},
    "user.info.stats": {"follower_count", "following_count", "likes_count", "video_count"},
}


@frozen
class Reading:
    """Routes /tiktok/api/v2/user/info/, /v2/video/list/ and /v2/video/query/."""

    world: World
    switches: Switches
    gate: Gate

    def routes(self) -> list[HTTPRouteHandler]:
        endpoint = Endpoint(self.world, "tiktok", self.gate.errors)
        base, owner = "/tiktok/api/v2", self.gate.owner
        return [
            endpoint(HttpMethod.GET, f"{base}/user/info/", "user_info", documented(self.user_info), account=owner),
            endpoint(HttpMethod.POST, f"{base}/video/list/", "video_list", documented(self.video_list), account=owner),
            endpoint(HttpMethod.POST, f"{base}/video/query/", "video_query", documented(self.video_query), account=owner),
        ]

    async def user_info(self, request: SandboxRequest) -> Response[Any]:
        """Get User Info: each field belongs to a scope."""
        token = self.gate.token(request, "user_info")
        wanted = self._fields(request, set().union(*_USER_SCOPES.values()))
        for scope, names in _USER_SCOPES.items():
            if wanted & names:
                self.gate.scope(token, scope)
        creator = CREATORS[token.authorization.open_id]
        avatar = avatar_url(self.world, creator.open_id)
        everything: dict[str, Any] = {
            "open_id": creator.open_id,
            "union_id": f"u-{creator.username}",
            "avatar_url": avatar,
            "avatar_url_100": avatar,
            "avatar_large_url": avatar,
            "display_name": creator.nickname,
            "username": creator.username,
            "bio_description": "",
            "profile_deep_link": f"{self.world.base_url}/tiktok/timeline/{creator.open_id}",
            "is_verified": False,
            "follower_count": 0,
            "following_count": 0,
            "likes_count": 0,
            "video_count": len(self._public(creator.open_id)),
        }
        return self.gate.errors.ok({"user": {name: value for name, value in everything.items() if name in wanted}})

    async def video_list(self, request: SandboxRequest) -> Response[Any]:
        """Newest first, before `cursor` (UTC milliseconds); public posts only."""
        token = self.gate.token(request, "video_list")
        self.gate.scope(token, "video.list")
        wanted = self._fields(request, _VIDEO_FIELDS)
        body = await self.gate.body(request)
        count = body.get("max_count", LIST_DEFAULT)
        cursor = body.get("cursor")
        if not isinstance(count, int) or isinstance(count, bool) or not 1 <= count <= LIST_MAX:
            raise self.gate.errors.invalid(f"max_count is 1 to {LIST_MAX}")
        if not isinstance(cursor, int | None) or isinstance(cursor, bool):
            raise self.gate.errors.invalid("cursor is a number of milliseconds")
        posts = [post for post in self._public(token.authorization.open_id) if not cursor or _epoch_ms(post) < cursor]
        page = posts[:count]
        return self.gate.errors.ok(
            {
                "videos": [self._video(post, wanted) for post in page],
                "cursor": _epoch_ms(page[-1]) if page else cursor or 0,
                "has_more": len(posts) > len(page),
            }
        )

    async def video_query(self, request: SandboxRequest) -> Response[Any]:
        """Up to twenty of the user's public posts by id; ids that are not among them are left out."""
        token = self.gate.token(request, "video_query")
        self.gate.scope(token, "video.list")
        wanted = self._fields(request, _VIDEO_FIELDS)
        filters = (await self.gate.body(request)).get("filters")
        ids = filters.get("video_ids") if isinstance(filters, dict) else None
        if not isinstance(ids, list) or not 1 <= len(ids) <= LIST_MAX or not all(isinstance(item, str) for item in ids):
            raise self.gate.errors.invalid(f"filters.video_ids holds 1 to {LIST_MAX} strings")
        found = [post for post in self._public(token.authorization.open_id) if post.post_id in ids]
        return self.gate.errors.ok({"videos": [self._video(post, wanted) for post in found]})

    def _fields(self, request: SandboxRequest, known: set[str]) -> set[str]:
        wanted = {name for name in request.query_params.get("fields", "").split(",") if name}
        if not wanted or not wanted <= known:
            raise self.gate.errors.invalid("fields is missing, or names a field that does not exist")
        return wanted

    def _public(self, open_id: str) -> list[VisiblePost]:
        posts = [post for post in self.world.posts.of("tiktok", open_id) if post.audience == PUBLIC]
        if not self.switches.list_photos:
            posts = [post for post in posts if post.kind == "video"]
        return sorted(posts, key=_epoch_ms, reverse=True)

    def _video(self, post: VisiblePost, wanted: set[str]) -> dict[str, Any]:
        caption = post.text[:CAPTION_MAX]
        everything: dict[str, Any] = {
            "id": post.post_id,
            "create_time": int(post.created_at.timestamp()),
            "cover_image_url": "",
            "share_url": f"{post.permalink}?utm_campaign=tt4d_open_api",
            "video_description": caption,
            "duration": 0,
            "height": 0,
            "width": 0,
            "title": (post.title or caption)[:CAPTION_MAX],
            "embed_html": "",
            "embed_link": post.permalink,
        } | dict.fromkeys(_COUNTS, 0)
        return {name: value for name, value in everything.items() if name in wanted}


def _epoch_ms(post: VisiblePost) -> int:
    return int(post.created_at.timestamp() * 1000)

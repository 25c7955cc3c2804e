"""Page posts: create (live, draft or scheduled), read, list, edit, publish, delete (Pages API posts guide)."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from attrs import define, evolve
from litestar.enums import HttpMethod
from litestar.handlers import HTTPRouteHandler

from shells.sandbox.facebook.bodies import Parameters
from shells.sandbox.facebook.errors import GraphError, GraphFaults, invalid_parameter, missing_object
from shells.sandbox.facebook.gate import Gate
from shells.sandbox.facebook.people import APP_ID, APP_NAME
from shells.sandbox.facebook.store import Post, Store
from shells.sandbox.facebook.switches import Switches
from shells.sandbox.facebook.videos import read_video
from shells.sandbox.world import Endpoint, SandboxRequest, World

MESSAGE_MAX = 63_206
PHOTOS_MAX = 10
_SCHEDULE_MIN, _SCHEDULE_MAX = timedelta(minutes=10), timedelta(days=30)
_FEED_PARAMETERS = frozenset(
    {
        "message", "link", "published", "scheduled_publish_time", "attached_media", "unpublished_content_type", "place", "tags",
        "targeting", "feed_targeting", "call_to_action", "picture", "name", "description", "thumbnail", "fields",
        "access_token", "appsecret_proof", "backdated_time",
    }
)  # fmt: skip


@define
class Feed:
    world: World
    gate: Gate
    store: Store
    switches: Switches

    def routes(self) -> list[HTTPRouteHandler]:
        endpoint = Endpoint(self.world, "facebook", GraphFaults())
        node = "/facebook/graph/{version:str}/{node:str}"
        handler = self.gate.handler
        return [
            endpoint(HttpMethod.POST, f"{node}/feed", "feed", handler(self._create), account=_page_of),
            endpoint(HttpMethod.GET, f"{node}/feed", "read_feed", handler(self._list), account=_page_of),
            endpoint(HttpMethod.GET, f"{node}/published_posts", "published_posts", handler(self._published), account=_page_of),
            endpoint(HttpMethod.GET, f"{node}/scheduled_posts", "scheduled_posts", handler(self._scheduled), account=_page_of),
            endpoint(HttpMethod.GET, node, "read", handler(self._read), account=_page_of),
            endpoint(HttpMethod.POST, node, "update", handler(self._update), account=_page_of),
            endpoint(HttpMethod.DELETE, node, "delete", handler(self._delete), account=_page_of),
        ]

    async def _create(self, parameters: Parameters, request: SandboxRequest) -> Any:
        page_id = str(request.path_params["node"])
        self.gate.page(parameters, page_id)
        unknown = {key.partition("[")[0] for key in parameters.values} - _FEED_PARAMETERS
        if unknown:
            raise invalid_parameter(f"Param {min(unknown)} is not supported")
        message, link = parameters.text("message") or "", parameters.text("link")
        photo_ids = self._attached(parameters, page_id)
        if not message and not link and not photo_ids:
            raise invalid_parameter("Missing message or attachment")
        if len(message) > MESSAGE_MAX:
            raise invalid_parameter("Param message is too long")
        if link is not None and urlsplit(link).scheme not in ("http", "https"):
            raise GraphError(100, "(#100) The link must be a valid URL", subcode=1609005)
        now = self.world.clock.now()
        scheduled = self._schedule(parameters, now)
        hidden = not parameters.flag("published", True)
        if not hidden:
            self._refuse_duplicate(page_id, message, link, photo_ids)
        post = self.store.add_post(
            Post(
                id=f"{page_id}_{self.store.new_id()}",
                page_id=page_id,
                message=message,
                link=link,
                photo_ids=photo_ids,
                created_at=now,
                hidden=hidden,
                scheduled_for=scheduled,
                readable_from=now + timedelta(seconds=self.switches.read_lag_seconds),
            )
        )
        wanted = parameters.text("fields")
        return self._row(post, wanted.split(",")) if wanted else {"id": post.id}

    def _attached(self, parameters: Parameters, page_id: str) -> tuple[str, ...]:
        ids = []
        for item in parameters.items("attached_media"):
            photo = self.store.photos.get(str(item.get("media_fbid", "")) if isinstance(item, dict) else "")
            if photo is None or photo.page_id != page_id:
                raise invalid_parameter("Invalid media_fbid in attached_media")
            if photo.post_id is not None:
                raise GraphError(100, "These photos were already posted.", subcode=1366051)
            if not self.store.photo_is_usable(photo):
                raise missing_object(photo.id, "post")
            ids.append(photo.id)
        if len(ids) > PHOTOS_MAX:
            raise invalid_parameter("Too many photos in attached_media")
        return tuple(ids)

    def _schedule(self, parameters: Parameters, now: datetime) -> datetime | None:
        value = parameters.text("scheduled_publish_time")
        if value is None:
            return None
        if parameters.flag("published", True):
            raise invalid_parameter("scheduled_publish_time goes with published=false")
        try:
            at = datetime.fromtimestamp(int(value), UTC) if value.isdigit() else datetime.fromisoformat(value)
        except ValueError:
            raise invalid_parameter("Param scheduled_publish_time must be a time") from None
        if not now + _SCHEDULE_MIN <= at <= now + _SCHEDULE_MAX:
            raise invalid_parameter("The specified scheduled publish time is invalid.")
        return at

    def _refuse_duplicate(self, page_id: str, message: str, link: str | None, photo_ids: tuple[str, ...]) -> None:
        if not self.switches.refuse_duplicates or photo_ids:
            return
        visible = [post for post in self.store.posts.values() if post.page_id == page_id and not post.hidden]
        if visible and (visible[-1].message, visible[-1].link, visible[-1].photo_ids) == (message, link, ()):
            raise GraphError(506, "(#506) Duplicate status message")

    async def _read(self, parameters: Parameters, request: SandboxRequest) -> Any:
        node = str(request.path_params["node"])
        token = self.gate.any(parameters)
        self.store.settle()
        wanted = (parameters.text("fields") or "id,message,created_time").split(",")
        if node in self.store.videos:
            return read_video(self.store, self.store.videos[node], token, wanted)
        if node in self.store.photos:
            photo = self.store.photos[node]
            row = {"id": photo.id, "page_story_id": photo.post_id, "name": photo.caption}
            return {key: value for key, value in row.items() if value is not None and (key in wanted or key == "id")}
        post = self.store.posts.get(node)
        late = post is not None and post.readable_from is not None and post.readable_from > self.world.clock.now()
        if post is None or late or token.page_id != post.page_id:
            raise missing_object(node)
        return self._row(post, wanted)

    async def _update(self, parameters: Parameters, request: SandboxRequest) -> Any:
        node = str(request.path_params["node"])
        post = self.store.posts.get(node)
        if post is None:
            raise missing_object(node, "post")
        self.gate.page(parameters, post.page_id)
        message = parameters.text("message")
        if message is not None:
            post = evolve(post, message=message)
            self.store.posts[node] = post
            self.world.posts.edit("facebook", node, message)
        if "is_published" in parameters.values:
            if not parameters.flag("is_published", False):
                raise invalid_parameter("A published post can't be hidden again")
            self.store.publish(post)
        return {"success": True}

    async def _delete(self, parameters: Parameters, request: SandboxRequest) -> Any:
        node = str(request.path_params["node"])
        post = self.store.posts.get(node)
        video = self.store.videos.get(node)
        page_id = post.page_id if post else video.page_id if video else None
        if page_id is None:
            raise missing_object(node, "delete")
        self.gate.page(parameters, page_id)
        if video is not None:
            del self.store.videos[node]
            self.store.remove(video.post_id or "")
        self.store.remove(node)
        return {"success": True}

    async def _list(self, parameters: Parameters, request: SandboxRequest) -> Any:
        return self._listing(parameters, request, lambda post: True)

    async def _published(self, parameters: Parameters, request: SandboxRequest) -> Any:
        return self._listing(parameters, request, lambda post: not post.hidden)

    async def _scheduled(self, parameters: Parameters, request: SandboxRequest) -> Any:
        return self._listing(parameters, request, lambda post: post.scheduled_for is not None)

    def _listing(self, parameters: Parameters, request: SandboxRequest, keep: Any) -> Any:
        page_id = str(request.path_params["node"])
        self.gate.page(parameters, page_id, scope="pages_read_engagement")
        self.store.settle()
        limit = parameters.number("limit") or 25
        if limit > 100:
            raise invalid_parameter("limit must be at most 100")
        now = self.world.clock.now()
        since, until = parameters.number("since"), parameters.number("until")
        found = [
            post
            for post in self.store.posts.values()
            if post.page_id == page_id
            and keep(post)
            and (post.readable_from is None or post.readable_from <= now)
            and (since is None or post.created_at.timestamp() >= since)
            and (until is None or post.created_at.timestamp() <= until)
        ]
        found.sort(key=lambda post: post.created_at, reverse=True)
        start = int(parameters.text("after") or 0)
        wanted = (parameters.text("fields") or "id,message,created_time").split(",")
        shown = found[start : start + limit]
        body: dict[str, Any] = {"data": [self._row(post, wanted) for post in shown]}
        if start + limit < len(found):
            after = str(start + limit)
            base = str(request.url).partition("?")[0]
            body["paging"] = {"cursors": {"after": after}, "next": f"{base}?limit={limit}&after={after}"}
        return body

    def _row(self, post: Post, wanted: list[str]) -> dict[str, Any]:
        row: dict[str, Any] = {
            "id": post.id,
            "message": post.message,
            "created_time": post.created_at.strftime("%Y-%m-%dT%H:%M:%S+0000"),
            "permalink_url": f"{self.world.base_url}/facebook/timeline/{post.page_id}#{post.id}",
            "is_published": not post.hidden,
            "application": {"id": APP_ID, "name": APP_NAME},
            "status_type": "added_photos" if post.photo_ids else "added_video" if post.video_id else "mobile_status_update",
        }
        if not post.message:
            del row["message"]
        return {key: value for key, value in row.items() if key in {name.strip() for name in wanted} or key == "id"}


def _page_of(request: SandboxRequest) -> str:
    return str(request.path_params["node"]).partition("_")[0]

"""Objects by their id: read, edit, publish and delete posts, photos and videos; read people and Pages."""

from datetime import timedelta
from typing import Any

from attrs import define
from litestar.enums import HttpMethod

from shells.sandbox.facebook.calls import Asked, Call
from shells.sandbox.facebook.errors import GraphError, invalid_parameter, missing_object, no_permission
from shells.sandbox.facebook.feed import MESSAGE_MAX
from shells.sandbox.facebook.fields import pick, wanted_fields
from shells.sandbox.facebook.gate import Gate
from shells.sandbox.facebook.moments import parse_schedule
from shells.sandbox.facebook.people import PAGES, page_row, person
from shells.sandbox.facebook.rows import photo_row, post_row, video_row
from shells.sandbox.facebook.store import Photo, Post, Store, Video
from shells.sandbox.facebook.tokens import TokenBook
from shells.sandbox.world import World

_POST_EDITS = frozenset({"message", "is_published", "scheduled_publish_time", "is_hidden", "is_pinned", "attached_media"})
_VIDEO_EDITS = frozenset({"description", "name", "title", "published", "scheduled_publish_time"})


@define
class Nodes:
    world: World
    gate: Gate
    store: Store
    tokens: TokenBook

    def calls(self) -> list[Call]:
        return [
            Call(method=HttpMethod.GET, path="{node}", name="read", answer=self._read),
            Call(method=HttpMethod.POST, path="{node}", name="update", answer=self._update),
            Call(method=HttpMethod.DELETE, path="{node}", name="delete", answer=self._delete),
        ]

    async def _read(self, asked: Asked) -> Any:
        token = self.gate.any(asked.parameters)
        node = asked.node
        if node == token.person_id and token.page_id is None:
            return self._person(asked)
        if node in PAGES:
            return self._page(asked)
        if (post := self.store.posts.get(node)) is not None:
            visible = self.gate.sees(asked.parameters, post.page_id, public=not post.hidden)
            if visible and self.store.readable(node, post.created_at):
                wanted = wanted_fields(asked.parameters, "PagePost", "id,message,created_time")
                return pick(post_row(self.store, post), wanted)
        elif (video := self.store.videos.get(node)) is not None:
            visible = self.gate.sees(asked.parameters, video.page_id, public=video.post_id is not None)
            if visible and self.store.readable(node, video.created_at):
                wanted = wanted_fields(asked.parameters, "Video", "id,description,updated_time")
                return pick(video_row(self.store, video), wanted)
        elif (photo := self.store.photo(node)) is not None:
            visible = self.gate.sees(asked.parameters, photo.page_id, public=photo.post_id is not None)
            if visible:
                return pick(photo_row(self.store, photo), wanted_fields(asked.parameters, "Photo", "id,name,created_time"))
        raise missing_object(node)

    def _person(self, asked: Asked) -> dict[str, Any]:
        who = person(asked.node)
        if who is None:
            raise missing_object(asked.node)
        first, _, last = who.name.partition(" ")
        row = {"id": who.id, "name": who.name, "first_name": first, "last_name": last}
        return pick(row, wanted_fields(asked.parameters, "User", "id,name"))

    def _page(self, asked: Asked) -> dict[str, Any]:
        token = self.gate.any(asked.parameters)
        page = PAGES[asked.node]
        wanted = wanted_fields(asked.parameters, "Page", "id,name")
        row: dict[str, Any] = page_row(page)
        if page.id in self.gate.grant(token).page_ids and token.page_id in (None, page.id):
            row["access_token"] = token.value if token.page_id else self.tokens.page_token(token, page.id).value
        else:
            row.pop("tasks")
        return pick(row, wanted)

    async def _update(self, asked: Asked) -> Any:
        if (video := self.store.videos.get(asked.node)) is not None:
            return self._update_video(asked, video)
        post = self.store.posts.get(asked.node)
        if post is None:
            raise missing_object(asked.node, "post")
        self.gate.writer(asked.parameters, post.page_id)
        if not post.by_app:
            raise no_permission("The post was not created by the application")
        asked.parameters.refuse_unknown(_POST_EDITS)
        message = asked.parameters.text("message")
        if message is not None and len(message) > MESSAGE_MAX:
            raise invalid_parameter("Param message is too long")
        publish = self._wants_publishing(asked, "is_published", post)
        at = asked.parameters.text("scheduled_publish_time")
        if at is not None and (publish or not post.hidden):
            raise invalid_parameter("A post that is published can't be scheduled")
        moment = parse_schedule(at, self.world.clock.now(), longest=timedelta(days=30)) if at is not None else None
        if message is not None:
            post = self.store.rewrite(post, message)
        if moment is not None:
            post = self.store.schedule(post, moment)
        if publish:
            self.store.publish(post)
        return {"success": True}

    def _update_video(self, asked: Asked, video: Video) -> Any:
        self.gate.writer(asked.parameters, video.page_id)
        asked.parameters.refuse_unknown(_VIDEO_EDITS)
        post = self.store.posts.get(video.post_id or "")
        if post is None:
            raise GraphError(100, "(#100) The video is not ready yet", transient=True)
        publish = self._wants_publishing(asked, "published", post)
        video.title = asked.parameters.text("name") or asked.parameters.text("title") or video.title
        if (words := asked.parameters.text("description")) is not None:
            video.description = words
            post = self.store.rewrite(post, words)
        if publish:
            self.store.publish(post)
        return {"success": True}

    def _wants_publishing(self, asked: Asked, name: str, post: Post) -> bool:
        """Whether the call shows a hidden post; showing one again changes nothing, hiding one again is not offered."""
        if name not in asked.parameters.values:
            return False
        wanted = asked.parameters.flag(name, False)
        if not wanted and not post.hidden:
            raise invalid_parameter("A published post can't be hidden again")
        return wanted

    async def _delete(self, asked: Asked) -> Any:
        node = asked.node
        self.gate.any(asked.parameters)
        owner = self.store.posts.get(node) or self.store.videos.get(node) or self.store.photo(node)
        if owner is None:
            raise missing_object(node, "delete")
        self.gate.writer(asked.parameters, owner.page_id)
        post_id = owner.post_id if not isinstance(owner, Post) else node
        post = self.store.posts.get(post_id or "")
        if isinstance(owner, Photo) and post is not None and len(post.photo_ids) > 1:
            raise missing_object(node, "delete")  # how one of several photos leaves its post is documented nowhere
        if post_id is not None:
            self.store.remove_post(post_id)
        self.store.videos.pop(node, None)
        self.store.photos.pop(node, None)
        return {"success": True}

"""A Page's lists of posts: feed, published, scheduled, and Reels."""

from collections.abc import Callable
from typing import Any

from attrs import define
from litestar.enums import HttpMethod

from shells.sandbox.facebook.calls import Asked, Call
from shells.sandbox.facebook.fields import pick, wanted_fields
from shells.sandbox.facebook.gate import Gate
from shells.sandbox.facebook.paging import cut, listed, window
from shells.sandbox.facebook.rows import post_row, video_row
from shells.sandbox.facebook.store import Post, Store
from shells.sandbox.facebook.switches import Switches


@define
class Listing:
    gate: Gate
    store: Store
    switches: Switches

    def calls(self) -> list[Call]:
        get = HttpMethod.GET
        return [
            Call(method=get, path="{node}/feed", name="read_feed", answer=self._feed),
            Call(method=get, path="{node}/published_posts", name="published_posts", answer=self._published),
            Call(method=get, path="{node}/posts", name="published_posts", answer=self._published),
            Call(method=get, path="{node}/scheduled_posts", name="scheduled_posts", answer=self._scheduled),
            Call(method=get, path="{node}/video_reels", name="read_reels", answer=self._reels),
        ]

    async def _feed(self, asked: Asked) -> Any:
        """Published and unpublished, without Reels (Page feed reference)."""
        self.gate.reader(asked.parameters, asked.node, all_content=True)
        return self._posts(asked, lambda post: True)

    async def _published(self, asked: Asked) -> Any:
        self.gate.reader(asked.parameters, asked.node)
        return self._posts(asked, lambda post: not post.hidden)

    async def _scheduled(self, asked: Asked) -> Any:
        self.gate.reader(asked.parameters, asked.node)
        return self._posts(asked, lambda post: post.scheduled_for is not None)

    async def _reels(self, asked: Asked) -> Any:
        self.gate.reader(asked.parameters, asked.node)
        wanted = wanted_fields(asked.parameters, "Video", "id,description,updated_time")
        within = window(asked.parameters)
        shown = {post.video_id for post in self.store.posts.values() if not post.hidden}
        reels = [
            video
            for video in self.store.videos.values()
            if video.reel and video.page_id == asked.node and video.id in shown and within(video.created_at)
        ]
        reels.sort(key=lambda video: video.created_at, reverse=True)
        cut_out, paging = cut(asked.parameters, reels, asked.url, thin=self.switches.thin_pages)
        return listed([pick(video_row(self.store, video), wanted) for video in cut_out], paging)

    def _posts(self, asked: Asked, keep: Callable[[Post], bool]) -> Any:
        wanted = wanted_fields(asked.parameters, "PagePost", "id,message,created_time")
        within = window(asked.parameters)
        found = [
            post
            for post in self.store.posts.values()
            if post.page_id == asked.node
            and keep(post)
            and not self._is_reel(post)
            and not self.store.lagging(post.created_at)
            and within(post.created_at)
        ]
        found.sort(key=lambda post: post.created_at, reverse=True)
        shown, paging = cut(asked.parameters, found, asked.url, thin=self.switches.thin_pages)
        return listed([pick(post_row(self.store, post), wanted) for post in shown], paging)

    def _is_reel(self, post: Post) -> bool:
        video = self.store.videos.get(post.video_id or "")
        return video is not None and video.reel

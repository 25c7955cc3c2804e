"""What Pages hold: photos, posts and videos, each visible or not; and when a post reaches the public."""

from datetime import datetime, timedelta
from typing import Any

from attrs import define, evolve, field, frozen

from shells.sandbox.posts import VisiblePost
from shells.sandbox.world import World

PHOTO_HOURS = 24
_EPOCH_ID = 10**15


@frozen(kw_only=True)
class Photo:
    id: str
    page_id: str
    digest: str
    caption: str
    alt_text: str | None
    created_at: datetime
    post_id: str | None = None


@frozen(kw_only=True)
class Post:
    """A Page post. `hidden`: a draft or scheduled, seen by the Page alone."""

    id: str
    page_id: str
    message: str
    link: str | None
    photo_ids: tuple[str, ...]
    created_at: datetime
    hidden: bool
    scheduled_for: datetime | None = None
    readable_from: datetime | None = None
    video_id: str | None = None


@define(kw_only=True)
class Video:
    """A video on its way: bytes first, then processing, then a post."""

    id: str
    page_id: str
    session_id: str
    size: int
    data: bytearray = field(factory=bytearray)
    title: str = ""
    description: str = ""
    published: bool = True
    finished_at: datetime | None = None
    ready_at: datetime | None = None
    failure: str | None = None
    post_id: str | None = None


@define
class Store:
    """Everything by id. Videos become visible when somebody looks after their processing time."""

    world: World
    photos: dict[str, Photo] = field(factory=dict)
    posts: dict[str, Post] = field(factory=dict)
    videos: dict[str, Video] = field(factory=dict)
    _next: int = _EPOCH_ID

    def new_id(self) -> str:
        self._next += 1 + self.world.random.randrange(1000)
        return str(self._next)

    def photo_is_usable(self, photo: Photo) -> bool:
        """Unpublished photos are deleted after about a day."""
        return photo.post_id is None and photo.created_at > self.world.clock.now() - timedelta(hours=PHOTO_HOURS)

    def add_post(self, post: Post) -> Post:
        self.posts[post.id] = post
        for photo_id in post.photo_ids:
            self.photos[photo_id] = evolve(self.photos[photo_id], post_id=post.id)
        if not post.hidden:
            self._show(post)
        return post

    def publish(self, post: Post) -> Post:
        """Show a hidden post; one that is visible stays as it is."""
        if not post.hidden:
            return post
        shown = evolve(post, hidden=False, scheduled_for=None, created_at=self.world.clock.now())
        self.posts[post.id] = shown
        self._show(shown)
        return shown

    def remove(self, post_id: str) -> None:
        self.posts.pop(post_id, None)
        self.world.posts.remove("facebook", post_id)

    def settle(self) -> None:
        """Let time have done what it does: scheduled posts appear, processed videos go live."""
        now = self.world.clock.now()
        for post in list(self.posts.values()):
            if post.hidden and post.scheduled_for is not None and post.scheduled_for <= now:
                self.publish(post)
        for video in self.videos.values():
            if video.ready_at is not None and video.ready_at <= now and video.failure is None and video.post_id is None:
                self._finish(video)

    def clear(self) -> None:
        self.photos.clear()
        self.posts.clear()
        self.videos.clear()

    def _finish(self, video: Video) -> None:
        digest = self.world.blobs.put(bytes(video.data), "video/mp4")
        video.data.clear()
        post = Post(
            id=f"{video.page_id}_{self.new_id()}",
            page_id=video.page_id,
            message=video.description,
            link=None,
            photo_ids=(),
            created_at=self.world.clock.now(),
            hidden=not video.published,
            video_id=video.id,
        )
        video.post_id = post.id
        self.posts[post.id] = post
        if video.published:
            self.world.posts.publish(
                self._visible(post, kind="video", title=video.title or None, media=(self.world.blobs.media(digest, "video"),))
            )

    def _show(self, post: Post) -> None:
        photos = [self.photos[photo_id] for photo_id in post.photo_ids]
        media = tuple(self.world.blobs.media(photo.digest, "image", photo.alt_text) for photo in photos)
        kind = "photo" if media else "link" if post.link else "text"
        self.world.posts.publish(self._visible(post, kind=kind, title=None, media=media))

    def _visible(self, post: Post, *, kind: str, title: str | None, media: Any) -> VisiblePost:
        return VisiblePost(
            platform="facebook",
            account_id=post.page_id,
            post_id=post.id,
            kind=kind,
            text=post.message,
            title=title,
            link=post.link,
            created_at=post.created_at,
            permalink=f"{self.world.base_url}/facebook/timeline/{post.page_id}#{post.id}",
            media=media,
        )

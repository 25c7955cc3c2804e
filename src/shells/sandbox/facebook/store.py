"""What Pages hold: photos, posts and videos, each visible or not; and when a post reaches the public."""

from datetime import datetime, timedelta

from attrs import define, evolve, field, frozen

from shells.sandbox.facebook.switches import Switches
from shells.sandbox.posts import PostMedia, VisiblePost
from shells.sandbox.world import World

PHOTO_HOURS = 24
_FIRST_ID = 10**16  # ids lie above 2^53, so that whoever keeps them as floats finds out


@frozen(kw_only=True)
class Photo:
    id: str
    page_id: str
    digest: str
    caption: str
    alt_text: str | None
    created_at: datetime
    temporary: bool = False
    post_id: str | None = None


@frozen(kw_only=True)
class Post:
    """A Page post. `hidden`: a draft or scheduled, seen by the Page alone; `by_app`: made through the API."""

    id: str
    page_id: str
    message: str
    created_at: datetime
    hidden: bool = False
    link: str | None = None
    photo_ids: tuple[str, ...] = ()
    video_id: str | None = None
    scheduled_for: datetime | None = None
    updated_at: datetime | None = None
    by_app: bool = True


@define(kw_only=True)
class Video:
    """A video or Reel on its way: bytes first, then processing, then a post."""

    id: str
    page_id: str
    created_at: datetime
    size: int
    session_id: str | None = None
    reel: bool = False
    data: bytearray = field(factory=bytearray)
    title: str = ""
    description: str = ""
    state: str = "PUBLISHED"
    scheduled_for: datetime | None = None
    ready_at: datetime | None = None
    digest: str | None = None
    failure: tuple[int, str] | None = None
    post_id: str | None = None

    @property
    def handed_in(self) -> bool:
        """The finishing call was taken: from here on only time and processing decide."""
        return self.ready_at is not None


@define
class Store:
    """Everything by id. `settle` lets due things happen, so it runs before anybody looks."""

    world: World
    switches: Switches
    photos: dict[str, Photo] = field(factory=dict)
    posts: dict[str, Post] = field(factory=dict)
    videos: dict[str, Video] = field(factory=dict)
    processing: set[str] = field(factory=set)
    _scheduled: set[str] = field(factory=set)
    _latest: dict[str, str] = field(factory=dict)
    _unread: dict[str, int] = field(factory=dict)
    _last_id: int = _FIRST_ID

    def new_id(self) -> str:
        self._last_id += 1 + self.world.random.randrange(1000)
        return str(self._last_id)

    def photo(self, photo_id: str) -> Photo | None:
        """A photo that still is: what was never posted is deleted after about a day."""
        photo = self.photos.get(photo_id)
        if photo and photo.post_id is None and photo.created_at <= self.world.clock.now() - timedelta(hours=PHOTO_HOURS):
            del self.photos[photo_id]
            return None
        return photo

    def readable(self, object_id: str, since: datetime) -> bool:
        """Whether a new object can be read back yet: replicas lag, by time or by a number of tries."""
        if self.lagging(since):
            return False
        left = self._unread.setdefault(object_id, self.switches.read_lag_polls)
        self._unread[object_id] = max(0, left - 1)
        return left == 0

    def lagging(self, since: datetime) -> bool:
        return since + timedelta(seconds=self.switches.read_lag_seconds) > self.world.clock.now()

    def add_post(self, post: Post) -> Post:
        self.posts[post.id] = post
        for photo_id in post.photo_ids:
            self.photos[photo_id] = evolve(self.photos[photo_id], post_id=post.id)
        if post.scheduled_for is not None:
            self._scheduled.add(post.id)
        if not post.hidden:
            self._show(post)
        return post

    def latest(self, page_id: str) -> Post | None:
        """The post that the Page showed last, unless it was deleted."""
        return self.posts.get(self._latest.get(page_id, ""))

    def schedule(self, post: Post, at: datetime) -> Post:
        """Give a hidden post the time at which it appears."""
        self.posts[post.id] = scheduled = evolve(post, scheduled_for=at)
        self._scheduled.add(post.id)
        return scheduled

    def publish(self, post: Post, at: datetime | None = None) -> Post:
        """Show a hidden post; one that is visible stays as it is."""
        if not post.hidden:
            return post
        shown = evolve(post, hidden=False, scheduled_for=None, created_at=at or self.world.clock.now())
        self.posts[post.id] = shown
        self._show(shown)
        return shown

    def rewrite(self, post: Post, message: str) -> Post:
        """Change the words, on the timeline too where they are there."""
        changed = evolve(post, message=message, updated_at=self.world.clock.now())
        self.posts[post.id] = changed
        self.world.posts.edit("facebook", post.id, message)
        return changed

    def remove_post(self, post_id: str) -> None:
        """Take a post away with the photos and the video that it shows."""
        post = self.posts.pop(post_id, None)
        self.world.posts.remove("facebook", post_id)
        for photo_id in post.photo_ids if post else ():
            self.photos.pop(photo_id, None)
        if post and post.video_id:
            self.videos.pop(post.video_id, None)

    def settle(self) -> None:
        """Let time have done what it does: processed videos become posts, scheduled posts appear."""
        now = self.world.clock.now()
        for video_id in list(self.processing):
            video = self.videos.get(video_id)
            if video is None or video.failure is not None or video.ready_at is None:
                self.processing.discard(video_id)
            elif video.ready_at <= now:
                self.processing.discard(video_id)
                self._processed(video, video.ready_at)
        for post_id in list(self._scheduled):
            post = self.posts.get(post_id)
            if post is None or not post.hidden or post.scheduled_for is None:
                self._scheduled.discard(post_id)
            elif post.scheduled_for <= now:
                self._scheduled.discard(post_id)
                self.publish(post, at=post.scheduled_for)

    def clear(self) -> None:
        self.photos.clear()
        self.posts.clear()
        self.videos.clear()
        self.processing.clear()
        self._scheduled.clear()
        self._latest.clear()
        self._unread.clear()

    def _processed(self, video: Video, at: datetime) -> None:
        video.digest = self.world.blobs.put(bytes(video.data), "video/mp4")
        video.data.clear()
        video.post_id = f"{video.page_id}_{self.new_id()}"
        self.add_post(
            Post(
                id=video.post_id,
                page_id=video.page_id,
                message=video.description,
                created_at=at,
                hidden=video.state != "PUBLISHED",
                scheduled_for=video.scheduled_for,
                video_id=video.id,
            )
        )

    def _show(self, post: Post) -> None:
        video = self.videos.get(post.video_id or "")
        photos = [self.photos[photo_id] for photo_id in post.photo_ids]
        media = tuple(self.world.blobs.media(photo.digest, "image", photo.alt_text) for photo in photos)
        kind = "photo" if media else "link" if post.link else "text"
        if video is not None and video.digest is not None:
            media, kind = (self.world.blobs.media(video.digest, "video"),), "reel" if video.reel else "video"
        self._latest[post.page_id] = post.id
        self.world.posts.publish(self._visible(post, kind, media, video.title if video else ""))

    def _visible(self, post: Post, kind: str, media: tuple[PostMedia, ...], title: str) -> VisiblePost:
        return VisiblePost(
            platform="facebook",
            account_id=post.page_id,
            post_id=post.id,
            kind=kind,
            text=post.message,
            title=title or None,
            link=post.link,
            created_at=post.created_at,
            permalink=self.permalink(post),
            media=media,
        )

    def permalink(self, post: Post) -> str:
        """Where the post stands on the imitation's timeline."""
        return f"{self.world.base_url}/facebook/timeline/{post.page_id}#{post.id}"

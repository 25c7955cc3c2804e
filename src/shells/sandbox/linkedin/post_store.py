"""Posts that exist: made once, named by their time, refused when the same was said a moment ago."""

from datetime import datetime, timedelta
from typing import Any

from attrs import define, field, frozen

from shells.sandbox.linkedin.assets import Assets
from shells.sandbox.linkedin.errors import LinkedInError, bad_request
from shells.sandbox.linkedin.little_text import Reading, read, read_back, written
from shells.sandbox.linkedin.post_content import PostContent
from shells.sandbox.linkedin.switches import Switches
from shells.sandbox.posts import VisiblePost
from shells.sandbox.world import World


@define(kw_only=True)
class StoredPost:
    """`body` as the Posts API tells it; `plain` words came by the older API and are no little text. A `hidden` post was
    taken and is shown to nobody."""

    urn: str
    body: dict[str, Any]
    content: PostContent
    created_at: datetime
    changed_at: datetime
    plain: bool = False
    hidden: bool = False
    edited: bool = False

    @property
    def author(self) -> str:
        return str(self.body["author"])

    @property
    def commentary(self) -> str:
        return str(self.body["commentary"])


@frozen(kw_only=True)
class _Said:
    """What an author said and showed, kept past the post's deletion."""

    author: str
    words: str
    shows: tuple[str, ...]
    urn: str
    at: datetime


@define
class PostStore:
    world: World
    switches: Switches
    assets: Assets
    by_urn: dict[str, StoredPost] = field(factory=dict)
    _said: list[_Said] = field(factory=list)

    def add(self, body: dict[str, Any], content: PostContent, *, plain: bool = False) -> StoredPost:
        """Make the post. Raises LinkedInError for media that are not ready, or an equal post of a moment ago."""
        if content.unready is not None and self.switches.early_post == "error":
            raise bad_request(content.unready, "The media asset is not ready")
        now = self.world.clock.now()
        said = _Said(
            author=str(body["author"]),
            words=self._reading(str(body["commentary"]), plain=plain).text,
            shows=(
                *(asset.urn for asset in content.assets),
                str(content.link),
                str(body.get("reshareContext")),
            ),
            urn=self.new_urn("ugcPost" if any(asset.kind == "video" for asset in content.assets) else "share", now),
            at=now,
        )
        self._refuse_duplicate(said)
        self._said.append(said)
        post = StoredPost(
            urn=said.urn,
            body=body,
            content=content,
            created_at=now,
            changed_at=now,
            plain=plain,
            hidden=content.unready is not None or body["distribution"]["feedDistribution"] == "NONE",
        )
        self.by_urn[post.urn] = post
        if not post.hidden:
            self.world.posts.publish(self._visible(post))
        return post

    def edit(self, post: StoredPost, changes: dict[str, Any]) -> None:
        post.body |= changes
        post.plain = post.plain and "commentary" not in changes
        post.edited, post.changed_at = True, self.world.clock.now()
        self.world.posts.edit("linkedin", post.urn, self._reading(post.commentary, plain=post.plain).text)

    def remove(self, urn: str) -> None:
        if self.by_urn.pop(urn, None) is not None:
            self.world.posts.remove("linkedin", urn)

    def clear(self) -> None:
        self.by_urn.clear()
        self._said.clear()

    def new_urn(self, kind: str, at: datetime) -> str:
        """Ids tell their time: milliseconds above, chance below."""
        return f"urn:li:{kind}:{(int(at.timestamp() * 1000) << 22) | self.world.random.getrandbits(22)}"

    def row(self, post: StoredPost) -> dict[str, Any]:
        """The post as the Posts API reads it back: cut where it was cut, hashtags as templates."""
        commentary = written(post.commentary) if post.plain else read_back(self._reading(post.commentary, plain=False).kept)
        created_ms = int(post.created_at.timestamp() * 1000)
        return post.body | {
            "id": post.urn,
            "commentary": commentary,
            "lifecycleState": self._state(post),
            "lifecycleStateInfo": {"isEditedByAuthor": post.edited},
            "createdAt": created_ms,
            "publishedAt": created_ms,
            "lastModifiedAt": int(post.changed_at.timestamp() * 1000),
        }

    def _state(self, post: StoredPost) -> str:
        """A post of unready media is requested while these are processed, and never comes to be."""
        if post.content.unready is None:
            return "PUBLISHED"
        settled = all(self.assets.status(asset) in ("AVAILABLE", "PROCESSING_FAILED") for asset in post.content.assets)
        return "PUBLISH_FAILED" if settled else "PUBLISH_REQUESTED"

    def _refuse_duplicate(self, said: _Said) -> None:
        since = said.at - timedelta(seconds=self.switches.duplicate_seconds)
        by_media = self.switches.duplicate_scope == "text_and_media" or not said.words
        for earlier in self._said:
            same = (earlier.author, earlier.words) == (said.author, said.words)
            if not same or earlier.at <= since or (by_media and earlier.shows != said.shows):
                continue
            urn = self.new_urn("share", said.at) if self.switches.ghost_duplicates else earlier.urn
            words = f"com.linkedin.content.common.exception.BadRequestResponseException: Content is a duplicate of {urn}"
            wrong = {"description": "Duplicate post is detected", "input": {}, "code": "DUPLICATE_POST"}
            details = {"errorDetailType": "com.linkedin.common.error.BadRequest", "errorDetails": {"inputErrors": [wrong]}}
            raise LinkedInError(422, words, details=details)

    def _reading(self, commentary: str, *, plain: bool) -> Reading:
        if plain:
            return Reading(commentary, commentary)
        switches = self.switches
        return read(commentary, cut_at_all=switches.cut_at_all_reserved, urls_keep_backslashes=switches.urls_keep_backslashes)

    def _visible(self, post: StoredPost) -> VisiblePost:
        kinds = {item.kind for item in post.content.media}
        named = next((kind for kind in ("video", "document") if kind in kinds), "photo" if kinds else None)
        return VisiblePost(
            platform="linkedin",
            account_id=post.author.rpartition(":")[2],
            post_id=post.urn,
            kind=named or ("link" if post.content.link else "text"),
            text=self._reading(post.commentary, plain=post.plain).text,
            title=post.content.title,
            link=post.content.link,
            audience=str(post.body["visibility"]),
            created_at=post.created_at,
            permalink=f"{self.world.base_url}/linkedin/www/feed/update/{post.urn}/",
            media=post.content.media,
        )

"""What the imitation platforms show to the public: the sandbox's only notion of *visible*."""

import hashlib
import io
from datetime import datetime
from typing import Any

from attrs import define, evolve, field, frozen
from PIL import Image


@frozen(kw_only=True)
class PostMedia:
    """One picture or video of a post. `dhash` (64-bit difference hash, hex) survives re-encoding."""

    kind: str
    mime: str
    sha256: str
    bytes: int
    alt_text: str | None = None
    dhash: str | None = None


@frozen(kw_only=True)
class VisiblePost:
    """A post on a timeline. `audience` is the platform's own word for who may see it."""

    platform: str
    account_id: str
    post_id: str
    kind: str
    text: str
    created_at: datetime
    permalink: str
    title: str | None = None
    link: str | None = None
    audience: str = "public"
    media: tuple[PostMedia, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return {
            "platform": self.platform,
            "account_id": self.account_id,
            "post_id": self.post_id,
            "kind": self.kind,
            "title": self.title,
            "text": self.text,
            "link": self.link,
            "audience": self.audience,
            "created_at": self.created_at.isoformat(),
            "permalink": self.permalink,
            "media": [
                {"kind": m.kind, "mime": m.mime, "sha256": m.sha256, "bytes": m.bytes, "alt_text": m.alt_text}
                | ({"dhash": m.dhash} if m.dhash else {})
                for m in self.media
            ],
        }


@define
class BlobStore:
    """Uploaded bytes by SHA-256, in memory: a sandbox forgets everything when it stops."""

    _blobs: dict[str, tuple[bytes, str]] = field(factory=dict)

    def put(self, data: bytes, mime: str) -> str:
        digest = hashlib.sha256(data).hexdigest()
        self._blobs[digest] = (data, mime)
        return digest

    def get(self, digest: str) -> tuple[bytes, str] | None:
        return self._blobs.get(digest)

    def media(self, digest: str, kind: str, alt_text: str | None = None) -> PostMedia:
        """The post media for stored bytes. Raises KeyError for a digest that was never put."""
        data, mime = self._blobs[digest]
        dhash = difference_hash(data) if kind == "image" else None
        return PostMedia(kind=kind, mime=mime, sha256=digest, bytes=len(data), alt_text=alt_text, dhash=dhash)

    def clear(self) -> None:
        self._blobs.clear()


@define
class PostBook:
    """Every visible post, newest last."""

    _posts: list[VisiblePost] = field(factory=list)

    def publish(self, post: VisiblePost) -> None:
        self._posts.append(post)

    def edit(self, platform: str, post_id: str, text: str) -> bool:
        for index, post in enumerate(self._posts):
            if post.platform == platform and post.post_id == post_id:
                self._posts[index] = evolve(post, text=text)
                return True
        return False

    def remove(self, platform: str, post_id: str) -> bool:
        before = len(self._posts)
        self._posts = [p for p in self._posts if not (p.platform == platform and p.post_id == post_id)]
        return len(self._posts) != before

    def find(self, platform: str, post_id: str) -> VisiblePost | None:
        return next((p for p in self._posts if p.platform == platform and p.post_id == post_id), None)

    def of(self, platform: str | None = None, account_id: str | None = None) -> list[VisiblePost]:
        return [p for p in self._posts if platform in (None, p.platform) and account_id in (None, p.account_id)]

    def clear(self) -> None:
        self._posts.clear()


def difference_hash(data: bytes) -> str | None:
    """The 64-bit difference hash of an image as 16 hex digits, or None if it is no image."""
    try:
        with Image.open(io.BytesIO(data)) as image:
            small = image.convert("L").resize((9, 8), Image.Resampling.LANCZOS)
    except (OSError, ValueError):
        return None
    pixels = small.tobytes()
    bits = 0
    for row in range(8):
        for column in range(8):
            left, right = pixels[row * 9 + column], pixels[row * 9 + column + 1]
            bits = (bits << 1) | (left > right)
    return f"{bits:016x}"

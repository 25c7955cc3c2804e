"""What one platform is asked to carry: content rendered for it, and how such a post is recognised later."""

import hashlib
import json
import re
import unicodedata
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from attrs import asdict, field, frozen

from distribution_core.domain.content import Content, MediaAsset, MediaKind

_URL = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)\]}]")
_COMPARED_CHARS = 64
_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)
SHARED_OPTIONS = ("text", "title", "link")
ACCOUNTS_OPTION = "accounts"


@frozen(kw_only=True)
class Post:
    """Content as one platform gets it. `options` holds the platform's own settings (a privacy level, say)."""

    text: str
    title: str | None = None
    link: str | None = None
    media: tuple[MediaAsset, ...] = ()
    options: Mapping[str, Any] = field(factory=dict)

    @property
    def images(self) -> tuple[MediaAsset, ...]:
        return tuple(item for item in self.media if item.kind is MediaKind.IMAGE) if self.media else ()

    @property
    def videos(self) -> tuple[MediaAsset, ...]:
        return tuple(item for item in self.media if item.kind is MediaKind.VIDEO) if self.media else ()


def render(content: Content, platform: str, account_id: UUID | None = None) -> Post:
    """The post for a platform: its own text, title or link where the user gave one, else the content's. What the user set for
    one account (`accounts` among the platform's options, by id) stands before what holds for all of the platform.

    Without media, the first URL in the text is the link that platforms make a card of.
    """
    own = content.options.get(platform, {})
    text = str(own["text"]) if own.get("text") is not None else content.body
    title = str(own["title"]) if own.get("title") is not None else content.title
    link = str(own["link"]) if own.get("link") else None
    if link is None and not content.media and "://" in text:
        found = _URL.search(text)
        link = found.group() if found else None
    options = {key: value for key, value in own.items() if key not in (*SHARED_OPTIONS, ACCOUNTS_OPTION)}
    if account_id is not None and ACCOUNTS_OPTION in own:
        options |= account_options(own).get(str(account_id), {})
    return Post(text=text, title=title, link=link, media=content.media, options=options)


def account_options(own: Mapping[str, Any]) -> Mapping[str, Mapping[str, Any]]:
    """What a platform's options set for single accounts, by id; of a wrong shape, which saving refuses, nothing."""
    found = own.get(ACCOUNTS_OPTION)
    if not isinstance(found, Mapping):
        return {}
    return {str(account_id): options for account_id, options in found.items() if isinstance(options, Mapping)}


def normalised(text: str) -> str:
    """Text as it is compared with what a platform reads back: composed (NFC) and with white space folded."""
    composed = text if text.isascii() else unicodedata.normalize("NFC", text)
    return " ".join(composed.split())


def fingerprint(post: Post) -> str:
    """A hash of what a look back at an account may go by: the beginning of the words. Equal for all posts that it could
    take for one another, so it leaves out media and links, and platforms that list cut captions see no more of them."""
    words = normalised(post.text) or normalised(post.title or "")
    return hashlib.sha256(words[:_COMPARED_CHARS].encode()).hexdigest()


def payload(post: Post) -> dict[str, Any]:
    """The post as plain data, whole: what is hashed when it is frozen."""
    return {
        "text": post.text,
        "title": post.title,
        "link": post.link,
        "media": [asdict(item) for item in post.media],
        "options": dict(post.options),
    }


def payload_hash(data: Mapping[str, Any]) -> str:
    """SHA-256 of a rendered payload in canonical JSON."""
    return hashlib.sha256(_CANONICAL.encode(data).encode()).hexdigest()

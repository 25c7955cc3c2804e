"""A post as the bytes that LinkedIn is sent: pure, so that a resend is the same to the byte."""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from adapters_platforms.linkedin.little_text import COMMENTARY_MAX, escape
from distribution_core.domain.outcome import Rejected
from distribution_core.domain.post import Post

ALT_TEXT_MAX = 4086
POSTS = "posts"
UGC = "ugc"
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def problem_of(post: Post, account_kind: str, *, urls_keep_underscores: bool) -> Rejected | None:
    """What the shared rules cannot see: a length after escaping, and a visibility that pages lack."""
    if len(escape(post.text, urls_keep_underscores=urls_keep_underscores)) > COMMENTARY_MAX:
        return Rejected(message=f"LinkedIn takes {COMMENTARY_MAX:,} characters, counting those that it wants escaped twice.")
    if post.images and post.videos:
        return Rejected(message="LinkedIn takes pictures or a video in one post, not both.")
    if account_kind == "organization" and post.options.get("visibility") == "CONNECTIONS":
        return Rejected(message="A LinkedIn Page has no connections: choose the visibility PUBLIC or LOGGED_IN.")
    return None


def render_post(post: Post, author: str, media_urns: Sequence[str], *, urls_keep_underscores: bool) -> bytes:
    """The body for POST /rest/posts (Learn, posts-api). `media_urns` in the order of `post.media`."""
    payload: dict[str, Any] = {
        "author": author,
        "commentary": escape(post.text, urls_keep_underscores=urls_keep_underscores),
        "visibility": str(post.options.get("visibility", "PUBLIC")),
        "distribution": {"feedDistribution": "MAIN_FEED", "targetEntities": [], "thirdPartyDistributionChannels": []},
        "lifecycleState": "PUBLISHED",
        "isReshareDisabledByAuthor": post.options.get("reshares") == "disabled",
    }
    content = _content(post, media_urns)
    if content:
        payload["content"] = content
    return _encoded(payload)


def _content(post: Post, media_urns: Sequence[str]) -> dict[str, Any]:
    if post.videos:
        return {"media": {"id": media_urns[0]} | ({"title": post.title} if post.title else {})}
    images = [
        {"id": urn} | ({"altText": item.alt_text[:ALT_TEXT_MAX]} if item.alt_text else {})
        for urn, item in zip(media_urns, post.images, strict=True)
    ]
    if len(images) == 1:
        return {"media": images[0]}
    if images:
        return {"multiImage": {"images": images}}
    if post.link:
        # LinkedIn fetches nothing from the address, and a card needs a title.
        return {"article": {"source": post.link, "title": link_title(post)}}
    return {}


def link_title(post: Post) -> str:
    """The title of a link's card: the post's, else the address's host."""
    return post.title or urlsplit(post.link or "").hostname or str(post.link)


def render_ugc(post: Post, author: str, media_urns: Sequence[str]) -> bytes:
    """The body for POST /v2/ugcPosts, whose text is plain (Learn, share-on-linkedin)."""
    share: dict[str, Any] = {"shareCommentary": {"text": post.text}, "shareMediaCategory": "NONE"}
    if media_urns:
        share["shareMediaCategory"] = "VIDEO" if post.videos else "IMAGE"
        share["media"] = [_ugc_media(post, urn, item.alt_text) for urn, item in zip(media_urns, post.media, strict=True)]
    elif post.link:
        share["shareMediaCategory"] = "ARTICLE"
        share["media"] = [{"status": "READY", "originalUrl": post.link, "title": {"text": link_title(post)}}]
    return _encoded(
        {
            "author": author,
            "lifecycleState": "PUBLISHED",
            "specificContent": {"com.linkedin.ugc.ShareContent": share},
            "visibility": {"com.linkedin.ugc.MemberNetworkVisibility": str(post.options.get("visibility", "PUBLIC"))},
        }
    )


def _ugc_media(post: Post, urn: str, alt_text: str | None) -> dict[str, Any]:
    media: dict[str, Any] = {"status": "READY", "media": urn}
    if post.title:
        media["title"] = {"text": post.title}
    if alt_text:
        media["description"] = {"text": alt_text[:ALT_TEXT_MAX]}
    return media


def _encoded(payload: Mapping[str, Any]) -> bytes:
    return _ENCODER.encode(payload).encode()

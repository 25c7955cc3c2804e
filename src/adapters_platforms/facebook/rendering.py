"""Content as the Graph API's parameters: pure, so that what is sent is known before it is sent."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from distribution_core.domain.post import Post


def feed_form(post: Post, photos: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """A Page post: words, a link or uploaded photos in their order (Page feed reference; Page photos, multi-photo posts)."""
    form: dict[str, str] = {}
    if post.text:
        form["message"] = post.text
    if post.link and not post.media:
        form["link"] = post.link
    for number, photo in enumerate(photos):
        form[f"attached_media[{number}]"] = json.dumps({"media_fbid": photo["id"]})
    return form


def photo_form(alt_text: str | None) -> dict[str, str]:
    """A photo that is kept for a post (Page photos reference)."""
    return {"published": "false"} | ({"alt_text_custom": alt_text} if alt_text else {})


def finish_form(post: Post, session: str) -> dict[str, str]:
    """The call that ends a video's upload and shows it (Page videos reference)."""
    form = {"upload_phase": "finish", "upload_session_id": session}
    if post.text:
        form["description"] = post.text
    if post.title:
        form["title"] = post.title
    return form

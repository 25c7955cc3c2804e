"""A post as TikTok's init calls take it (Direct Post and Photo Post references). Pure."""

from typing import Any

from adapters_platforms.tiktok.creators import Creator
from distribution_core.domain.outcome import Rejected
from distribution_core.domain.post import Post

VIDEO_CAPTION_MAX, PHOTO_TITLE_MAX, PHOTO_CAPTION_MAX = 2200, 90, 4000
PUBLIC, SELF_ONLY = "PUBLIC_TO_EVERYONE", "SELF_ONLY"
_COVER_MS_MAX = 2**31 - 1


class _OptionError(Exception):
    pass


def utf16_units(text: str) -> int:
    """Length as TikTok counts it: most emoji are two."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def caption(post: Post) -> str:
    """The text with the link that was set for TikTok at its end: TikTok has no link of its own."""
    text = post.text.strip() or ((post.title or "").strip() if post.videos else "")
    if post.link and post.link not in text:
        text = f"{text}\n{post.link}" if text else post.link
    return text


def render_video(post: Post, creator: Creator, default_privacy: str) -> dict[str, Any] | Rejected:
    """`post_info` of a video, or why this creator can't post it."""
    longest, video = creator.video_duration_ms_max, post.videos[0]
    if longest is not None and video.duration_ms is not None and video.duration_ms > longest:
        return Rejected(
            message=f"TikTok takes videos of up to {longest / 1000:g} s from this creator; this one has "
            f"{video.duration_ms / 1000:g} s.",
            code="duration_check_failed",
        )
    text = caption(post)
    try:
        info = {
            "title": _within(text, VIDEO_CAPTION_MAX, "text"),
            **_shared(post, creator, default_privacy),
            "disable_duet": _flag(post, "disable_duet") or creator.duet_disabled,
            "disable_stitch": _flag(post, "disable_stitch") or creator.stitch_disabled,
            "is_aigc": _flag(post, "is_aigc"),
        }
        cover = _number(post, "cover_timestamp_ms", _COVER_MS_MAX)
    except _OptionError as error:
        return Rejected(message=str(error), code="option_value")
    return info if cover is None else info | {"video_cover_timestamp_ms": cover}


def render_photos(post: Post, creator: Creator, default_privacy: str) -> dict[str, Any] | Rejected:
    """The body of a photo post's init without its addresses, or why this creator can't post it."""
    try:
        info = {
            "title": _within((post.title or "").strip(), PHOTO_TITLE_MAX, "title"),
            "description": _within(caption(post), PHOTO_CAPTION_MAX, "text"),
            **_shared(post, creator, default_privacy),
            "auto_add_music": _flag(post, "auto_add_music"),
        }
        cover = _number(post, "photo_cover_index", len(post.images) - 1) or 0
        aigc = _flag(post, "is_aigc")
    except _OptionError as error:
        return Rejected(message=str(error), code="option_value")
    return {
        "media_type": "PHOTO",
        "post_mode": "DIRECT_POST",
        "is_aigc": aigc,
        "post_info": info,
        "source_info": {"source": "PULL_FROM_URL", "photo_cover_index": cover},
    }


def _shared(post: Post, creator: Creator, default_privacy: str) -> dict[str, Any]:
    branded = _flag(post, "brand_content_toggle")
    level = _privacy(post, creator, default_privacy)
    if branded and level == SELF_ONLY:
        raise _OptionError("TikTok takes no branded content that only its creator can see; choose another privacy_level.")
    return {
        "privacy_level": level,
        "disable_comment": _flag(post, "disable_comment") or creator.comment_disabled,
        # The reference marks both as required; its examples leave them out.
        "brand_content_toggle": branded,
        "brand_organic_toggle": _flag(post, "brand_organic_toggle"),
    }


def _privacy(post: Post, creator: Creator, default: str) -> str:
    offered = ", ".join(creator.privacy_levels)
    level = str(post.options.get("privacy_level") or default)
    if not level:
        raise _OptionError(f"Say who may see this on TikTok: set privacy_level to one of {offered}.")
    if creator.privacy_levels and level not in creator.privacy_levels:
        raise _OptionError(f"TikTok does not offer {level} to this creator; set privacy_level to one of {offered}.")
    return level


def _flag(post: Post, name: str) -> bool:
    match post.options.get(name):
        case None | False | "false":
            return False
        case True | "true":
            return True
        case _:
            raise _OptionError(f"TikTok: {name} is true or false.")


def _number(post: Post, name: str, most: int) -> int | None:
    value = post.options.get(name)
    if value is None:
        return None
    text = str(value)
    if isinstance(value, bool) or not (text.isascii() and text.isdigit()) or int(text) > most:
        raise _OptionError(f"TikTok: {name} is a whole number from 0 to {most}.")
    return int(text)


def _within(text: str, most: int, what: str) -> str:
    used = utf16_units(text)
    if used > most:
        raise _OptionError(f"TikTok takes a {what} of {most:,} characters; with its link this one has {used:,}.")
    return text

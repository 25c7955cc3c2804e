"""Looks for a post among a creator's public ones (Video List reference): by caption and time, of which neither is proof alone."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from adapters_platforms.http import TransportError
from adapters_platforms.tiktok.api import TikTokApi
from adapters_platforms.tiktok.configuration import TikTokConfig
from adapters_platforms.tiktok.failures import Problem, before_commit
from adapters_platforms.tiktok.rendering import caption
from distribution_core.domain.outcome import CannotAsk, Found, Published, Unavailable
from distribution_core.domain.post import Post, normalised
from distribution_core.ports.platform import PublishJob

FIELDS = "id,create_time,title,video_description,share_url"
# Our clock against TikTok's, whose times are whole seconds.
_EARLY = timedelta(seconds=5)
# TikTok cuts captions at 150 characters, of which unit it does not say: what is shorter than half of it was not cut.
_CUT_FROM = 75
_PAGE = 20
_PAGES_MAX = 5


async def look_back(
    api: TikTokApi, config: TikTokConfig, job: PublishJob, sent_at: datetime, username: str
) -> Found | CannotAsk | None:
    """The one public post since `sent_at` that reads like the job's and that no delivery holds. None, or several, prove
    nothing."""
    if not normalised(caption(job.post)) and not normalised(job.post.title or ""):
        return None
    earliest = sent_at - _EARLY
    body: dict[str, Any] = {"max_count": _PAGE}
    alike: list[Mapping[str, Any]] = []
    for _ in range(_PAGES_MAX):
        try:
            data = await api.post("/v2/video/list/", job.token, body, params={"fields": FIELDS})
        except TransportError as error:
            return CannotAsk(refusal=Unavailable(message=str(error)))
        if isinstance(data, Problem):
            return CannotAsk(refusal=before_commit(data, config))
        listed = data.get("videos")
        videos = [item for item in listed if isinstance(item, dict)] if isinstance(listed, list) else []
        times = [created for item in videos if (created := created_at(item)) is not None]
        for item in videos:
            created, post_id = created_at(item), str(item.get("id") or "")
            if created is None or created < earliest or not post_id or post_id in job.claimed_post_ids:
                continue
            if reads_like(item, job.post):
                alike.append(item)
        cursor = data.get("cursor")
        if not data.get("has_more") or not isinstance(cursor, int) or not times or min(times) < earliest:
            break
        body = {"max_count": _PAGE, "cursor": cursor}
    if len(alike) != 1:
        return None
    publication = Published(external_post_id=str(alike[0]["id"]), permalink=_permalink(config, alike[0], username))
    return Found(publication=publication, by_likeness=True)


def reads_like(item: Mapping[str, Any], post: Post) -> bool:
    """Whether a listed post shows our caption, or as much of it as TikTok lists. A photo post without text is known by
    its title."""
    wanted = normalised(caption(post)) or normalised(post.title or "")
    for name in ("video_description", "title"):
        shown = item.get(name)
        seen = normalised(shown) if isinstance(shown, str) else ""
        if seen and (seen == wanted or (len(seen) >= _CUT_FROM and wanted.startswith(seen))):
            return True
    return False


def created_at(item: Mapping[str, Any]) -> datetime | None:
    """`create_time` is in seconds, unlike the list's cursor."""
    seconds = item.get("create_time")
    if isinstance(seconds, int) and not isinstance(seconds, bool) and 0 < seconds < 10**11:
        return datetime.fromtimestamp(seconds, UTC)
    return None


def _permalink(config: TikTokConfig, item: Mapping[str, Any], username: str) -> str | None:
    url = item.get("share_url")
    if isinstance(url, str) and urlsplit(url).scheme in ("http", "https"):
        return urlsplit(url)._replace(query="", fragment="").geturl()
    return f"{config.www}/@{username}/video/{item['id']}" if username else None

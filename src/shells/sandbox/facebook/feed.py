"""Creating Page posts: live, as a draft, or scheduled (Page feed reference, Pages API posts guide)."""

import ipaddress
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from attrs import define
from litestar.enums import HttpMethod

from shells.sandbox.facebook.bodies import Parameters
from shells.sandbox.facebook.calls import Asked, Call
from shells.sandbox.facebook.errors import GraphError, invalid_parameter, missing_object
from shells.sandbox.facebook.fields import pick, wanted_fields
from shells.sandbox.facebook.gate import Gate
from shells.sandbox.facebook.moments import parse_schedule
from shells.sandbox.facebook.rows import post_row
from shells.sandbox.facebook.store import Photo, Post, Store
from shells.sandbox.facebook.switches import Switches
from shells.sandbox.world import World

MESSAGE_MAX = 63_206  # integrators' constant; Meta's pages name none
PHOTOS_MAX = 10  # undocumented; integrators' cap
SCHEDULE_MAX = timedelta(days=30)  # the posts guide; the reference says 75 days
UNPUBLISHED_TYPES = {
    "SCHEDULED",
    "SCHEDULED_RECURRING",
    "DRAFT",
    "ADS_POST",
    "INLINE_CREATED",
    "PUBLISHED",
    "REVIEWABLE_BRANDED_CONTENT",
}
_OWNED_LINK = ("picture", "name", "description", "thumbnail")
_PARAMETERS = frozenset(
    {
        "message", "link", "published", "scheduled_publish_time", "attached_media", "unpublished_content_type", "place", "tags",
        "targeting", "feed_targeting", "call_to_action", "backdated_time", "backdated_time_granularity", "child_attachments",
        "multi_share_end_card", "multi_share_optimized", "og_action_type_id", "og_icon_id", "og_object_id", "privacy",
        *_OWNED_LINK,
    }
)  # fmt: skip


@define
class Feed:
    world: World
    gate: Gate
    store: Store
    switches: Switches

    def calls(self) -> list[Call]:
        return [Call(method=HttpMethod.POST, path="{node}/feed", name="feed", answer=self._create)]

    async def _create(self, asked: Asked) -> Any:
        parameters, page_id = asked.parameters, asked.node
        self.gate.writer(parameters, page_id)
        parameters.refuse_unknown(_PARAMETERS)
        wanted = wanted_fields(parameters, "PagePost", "id")
        message, link = parameters.text("message") or "", parameters.text("link")
        scheduled = _schedule(parameters, self.world.clock.now())
        photos = self._attached(parameters, page_id, scheduled)
        if not message.strip() and not link and not photos:
            raise invalid_parameter("Missing message or attachment")
        if len(message) > MESSAGE_MAX:
            raise invalid_parameter("Param message is too long")
        if link is not None:
            _check_link(link)
        _check_rest(parameters)
        hidden = not parameters.flag("published", True)
        if not hidden and not photos:
            self._refuse_duplicate(page_id, message, link)
        post = self.store.add_post(
            Post(
                id=f"{page_id}_{self.store.new_id()}",
                page_id=page_id,
                message=message,
                link=link,
                photo_ids=tuple(photo.id for photo in photos),
                created_at=self.world.clock.now(),
                hidden=hidden,
                scheduled_for=scheduled,
            )
        )
        return pick(post_row(self.store, post), wanted)

    def _attached(self, parameters: Parameters, page_id: str, scheduled: datetime | None) -> list[Photo]:
        photos: list[Photo] = []
        for item in parameters.items("attached_media"):
            photo_id = str(item.get("media_fbid", "")) if isinstance(item, dict) else ""
            photo = self.store.photo(photo_id)
            if not photo_id.isdecimal():
                raise invalid_parameter("Invalid media_fbid in attached_media")
            if photo is None or photo.page_id != page_id:
                raise missing_object(photo_id, "post")
            if photo.post_id is not None or photo in photos:
                raise GraphError(100, "(#100) These photos were already posted.", subcode=1366051)
            if scheduled is not None and not photo.temporary:
                raise invalid_parameter("Photos of a scheduled post are uploaded with temporary=true")
            photos.append(photo)
        if len(photos) > PHOTOS_MAX:
            raise invalid_parameter("Too many photos in attached_media")
        return photos

    def _refuse_duplicate(self, page_id: str, message: str, link: str | None) -> None:
        latest = self.store.latest(page_id)
        if latest is None or not self.switches.refuse_duplicates or latest.photo_ids or latest.video_id:
            return
        if (latest.message, latest.link) == (message, link):
            told = ("Duplicate Status Update", "This status update is identical to the last one you posted.")
            raise GraphError(506, "(#506) Duplicate status message", told=told)


def _schedule(parameters: Parameters, now: datetime) -> datetime | None:
    """When the post is to appear by itself. Raises GraphError where the three parameters contradict each other."""
    value, kind = parameters.text("scheduled_publish_time"), parameters.text("unpublished_content_type")
    published = parameters.flag("published", True)
    if kind is not None and kind not in UNPUBLISHED_TYPES:
        raise invalid_parameter(f"Param unpublished_content_type must be one of {{{', '.join(sorted(UNPUBLISHED_TYPES))}}}")
    if kind in ("SCHEDULED", "DRAFT") and published:
        raise invalid_parameter("unpublished_content_type goes with published=false")
    if value is None:
        if kind == "SCHEDULED":
            raise invalid_parameter("You must specify a scheduled publish time")
        return None
    if published or kind == "DRAFT":
        raise invalid_parameter("You cannot specify a scheduled publish time on a published post")
    return parse_schedule(value, now, longest=SCHEDULE_MAX)


def _check_link(link: str) -> None:
    """Raises GraphError for what Facebook could not look at: the imitation fetches no links, so it judges the host."""
    try:
        parts = urlsplit(link)
        host = (parts.hostname or "").rstrip(".").lower()
    except ValueError:
        parts, host = urlsplit(""), ""
    if parts.scheme not in ("http", "https") or not host:
        raise GraphError(100, "(#100) The link must be a valid URL", subcode=1609005)
    if host == "facebook.com" or host.endswith(".facebook.com"):
        raise GraphError(100, "(#100) Links to facebook.com can't be posted", subcode=1609008)
    if host == "localhost" or host.endswith((".invalid", ".localhost")) or _is_inner(host):
        raise GraphError(100, "(#100) The link could not be scraped", subcode=1609005)


def _is_inner(host: str) -> bool:
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return False


def _check_rest(parameters: Parameters) -> None:
    if "tags" in parameters.values and "place" not in parameters.values:
        raise invalid_parameter("Param tags needs place")
    if any(name in parameters.values or name in parameters.files for name in _OWNED_LINK):
        words = "Only owners of the URL have the ability to specify the picture, name, thumbnail or description params."
        raise invalid_parameter(words)

"""What the user saved, and when it may leave."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from attrs import field, frozen

from distribution_core.domain.risk import Risk


class MediaKind(StrEnum):
    IMAGE = "image"
    VIDEO = "video"


@frozen(kw_only=True)
class MediaAsset:
    """An uploaded picture or video, known by content. Width and height in pixels, `duration_ms` of a video."""

    key: str
    kind: MediaKind
    mime: str
    size_bytes: int
    sha256: str
    width: int
    height: int
    duration_ms: int | None = None
    alt_text: str | None = None


@frozen(kw_only=True)
class StoredMedia:
    """A media asset and whose it is."""

    user_id: UUID
    asset: MediaAsset
    created_at: datetime


class Visibility(StrEnum):
    """`private` content is kept and sent nowhere."""

    PUBLIC = "public"
    PRIVATE = "private"
    SCHEDULED = "scheduled"


@frozen(kw_only=True)
class Content:
    """One thing to say. Immutable once `selected_at` is set, which is the moment of its release.

    `release_at` is when it leaves (None: never), at the earliest `hold` after it was saved; `canceled_at` when it was
    taken back; `held_at` when it was found too late to be sent by itself, `held_reason` says how late;
    `probed_at` when the accounts of a scheduled one were last asked whether it could go, `risks` what they answered.
    `options` holds what the user set for a platform, by its id.
    `trace` is the traceparent (W3C) of the request that saved it: what is done for it later continues that trace.
    `targets`, where set, limits it to these social accounts: a resend goes only to those that failed.
    """

    id: UUID
    user_id: UUID
    title: str | None = None
    body: str = ""
    media: tuple[MediaAsset, ...] = ()
    visibility: Visibility = Visibility.PUBLIC
    scheduled_at: datetime | None = None
    release_at: datetime | None = None
    hold: timedelta = timedelta()
    options: Mapping[str, Mapping[str, Any]] = field(factory=dict)
    resend_of: UUID | None = None
    targets: tuple[UUID, ...] | None = None
    created_at: datetime
    updated_at: datetime
    selected_at: datetime | None = None
    canceled_at: datetime | None = None
    held_at: datetime | None = None
    held_reason: str | None = None
    probed_at: datetime | None = None
    risks: tuple[Risk, ...] = ()
    trace: str | None = None


def release_time(visibility: Visibility, scheduled_at: datetime | None, now: datetime, hold: timedelta) -> datetime | None:
    """When content saved at `now` leaves: the later of the hold's end and its schedule; None for private."""
    match visibility:
        case Visibility.PRIVATE:
            return None
        case Visibility.SCHEDULED if scheduled_at is not None:
            return max(now + hold, scheduled_at)
        case _:
            return now + hold


def too_late(content: Content, now: datetime, late_max: timedelta) -> str | None:
    """Why a scheduled content that should have left long ago is not sent by itself any more; None while it may be.
    What has no schedule is meant for as soon as can be, whenever that is."""
    if content.visibility is not Visibility.SCHEDULED or content.release_at is None or now - content.release_at <= late_max:
        return None
    return (
        f"Nothing was running when this was due, and it was found {words_for(now - content.release_at)} late, "
        f"which is more than {words_for(late_max)}. Release it to send it now, give it another time, or cancel it."
    )


def missed_words(scheduled_at: datetime, late: timedelta, late_max: timedelta) -> str:
    """The same of a post whose accounts had been chosen in time, and that was then sent by nobody."""
    return (
        f"This was to go out on {scheduled_at:%Y-%m-%d at %H:%M} UTC. Nothing ran that could send it, and it was found "
        f"{words_for(late)} late, which is more than {words_for(late_max)}. Try it again to send it now."
    )


def words_for(duration: timedelta) -> str:
    """A duration in its largest whole unit, as people say it: "3 days", "1 hour"."""
    seconds = int(duration.total_seconds())
    for unit, size in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= size:
            return f"{seconds // size} {unit}{'s' if seconds // size > 1 else ''}"
    return f"{seconds} second{'' if seconds == 1 else 's'}"

"""What the user saved, and when it may leave."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from attrs import field, frozen


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
    taken back. `options` holds what the user set for a platform, by its id.
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


def release_time(visibility: Visibility, scheduled_at: datetime | None, now: datetime, hold: timedelta) -> datetime | None:
    """When content saved at `now` leaves: the later of the hold's end and its schedule; None for private."""
    match visibility:
        case Visibility.PRIVATE:
            return None
        case Visibility.SCHEDULED if scheduled_at is not None:
            return max(now + hold, scheduled_at)
        case _:
            return now + hold

"""What happens to a video once its bytes are in: checks, processing, schedule. Shared by /videos and /video_reels."""

import re
from datetime import datetime, timedelta

from shells.sandbox.facebook.bodies import Parameters
from shells.sandbox.facebook.errors import invalid_parameter
from shells.sandbox.facebook.moments import parse_schedule
from shells.sandbox.facebook.store import Store, Video
from shells.sandbox.world import SandboxRequest, processing_failure

BYTES_MAX = 10 * 1024**3
FILE_ENDINGS = (
    ".3g2", ".3gp", ".3gpp", ".asf", ".avi", ".dat", ".divx", ".dv", ".f4v", ".flv", ".gif", ".m2ts", ".m4v", ".mkv", ".mod",
    ".mov", ".mp4", ".mpe", ".mpeg", ".mpeg4", ".mpg", ".mts", ".nsv", ".ogm", ".ogv", ".qt", ".tod", ".ts", ".vob", ".wmv",
    ".webm",
)  # fmt: skip
FORMAT_REFUSED = (352, "The video file you selected is in a format that we don't support.")
_CODED = re.compile(r"^(\d+):\s*(.*)$")


def asked_state(parameters: Parameters, now: datetime, *, longest: timedelta) -> tuple[str, datetime | None]:
    """PUBLISHED, DRAFT or SCHEDULED with its time, from `published` and `scheduled_publish_time`. Raises GraphError."""
    at = parameters.text("scheduled_publish_time")
    published = parameters.flag("published", True)
    if at is None:
        return ("PUBLISHED" if published else "DRAFT"), None
    if published:
        raise invalid_parameter("scheduled_publish_time goes with published=false")
    return "SCHEDULED", parse_schedule(at, now, longest=longest)


def hand_in(store: Store, video: Video, request: SandboxRequest, *, failure: tuple[int, str] | None = None) -> None:
    """Start the processing, which ends in error for bytes that are no video and where a fault was planted.
    A planted reason may begin with an error code: "1363128: too long"."""
    store.processing.add(video.id)
    video.ready_at = store.world.clock.now() + timedelta(seconds=store.switches.processing_seconds)
    video.failure = failure or (None if looks_like_video(bytes(video.data[:12])) else FORMAT_REFUSED)
    planted = processing_failure(request)
    if planted is not None:
        coded = _CODED.match(planted)
        video.failure = (int(coded[1]), coded[2]) if coded else (6001, planted or "There was a problem processing your video.")


def looks_like_video(head: bytes) -> bool:
    """By the first bytes of the containers that people upload: MP4 and QuickTime, Matroska, AVI, MPEG, Ogg, FLV."""
    return (
        head[4:8] in (b"ftyp", b"moov", b"mdat")
        or head[:4] in (b"\x1aE\xdf\xa3", b"RIFF", b"OggS", b"\x00\x00\x01\xba", b"\x00\x00\x01\xb3")
        or head[:3] == b"FLV"
    )

"""What TikTok finds wrong with media once it has the bytes: the `fail_reason` words of the status reference."""

import io

import av
from attrs import frozen
from PIL import Image

SIDE_PX_MIN, SIDE_PX_MAX = 360, 4096
FPS_MIN, FPS_MAX = 23, 60
DURATION_S_MIN = 3.0  # not in TikTok's pages; seen by integrators
PHOTO_BYTES_MAX = 20 * 1024 * 1024
PHOTO_SHORT_SIDE_PX_MAX, PHOTO_LONG_SIDE_PX_MAX = 1080, 1920
VIDEO_CODECS = {"h264", "hevc", "vp8", "vp9"}
PHOTO_MIMES = {"JPEG": "image/jpeg", "WEBP": "image/webp"}
_SLACK = 0.05  # containers round frame rates and durations


@frozen
class CheckFailed:
    """The media is refused with this `fail_reason`."""

    reason: str


def check_video(data: bytes, duration_s_max: int) -> str | CheckFailed:
    """The MIME type of a video that TikTok takes, judged by its content, or why it does not."""
    mime = _container_mime(data)
    if mime is None:
        return CheckFailed("file_format_check_failed")
    try:
        with av.open(io.BytesIO(data), mode="r") as container:
            stream = container.streams.video[0]
            next(container.decode(stream))
            codec = stream.codec_context.codec.canonical_name
            width, height = stream.codec_context.width, stream.codec_context.height
            fps = float(stream.average_rate or 0)
            duration_s = (container.duration or 0) / av.time_base
    except (av.FFmpegError, OSError, IndexError, StopIteration, ValueError):
        return CheckFailed("file_format_check_failed")
    if codec not in VIDEO_CODECS:
        return CheckFailed("file_format_check_failed")
    if not DURATION_S_MIN - _SLACK <= duration_s <= duration_s_max + _SLACK:
        return CheckFailed("duration_check_failed")
    if not FPS_MIN - _SLACK <= fps <= FPS_MAX + _SLACK:
        return CheckFailed("frame_rate_check_failed")
    if min(width, height) < SIDE_PX_MIN or max(width, height) > SIDE_PX_MAX:
        return CheckFailed("picture_size_check_failed")
    return mime


def check_photo(data: bytes) -> str | CheckFailed:
    """The MIME type of a photo that TikTok takes (JPEG or WebP, 20 MB, 1080 x 1920), or why it does not."""
    try:
        with Image.open(io.BytesIO(data)) as image:
            image.load()
            mime, size = PHOTO_MIMES.get(image.format or ""), image.size
    except (OSError, ValueError, Image.DecompressionBombError):
        return CheckFailed("file_format_check_failed")
    if mime is None:
        return CheckFailed("file_format_check_failed")
    if len(data) > PHOTO_BYTES_MAX or min(size) > PHOTO_SHORT_SIDE_PX_MAX or max(size) > PHOTO_LONG_SIDE_PX_MAX:
        return CheckFailed("picture_size_check_failed")
    return mime


def _container_mime(data: bytes) -> str | None:
    if data[4:8] == b"ftyp":
        return "video/quicktime" if data[8:12] == b"qt  " else "video/mp4"
    if data[:4] == b"\x1a\x45\xdf\xa3" and b"webm" in data[:64]:
        return "video/webm"
    return None

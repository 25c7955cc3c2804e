"""What a Reel must be: MP4, 9:16, from 540 x 960 up, 24 to 60 frames, 3 to 90 seconds (Reels publishing guide)."""

import io

import av

from shells.sandbox.facebook.video_intake import FORMAT_REFUSED

_ASPECT, _RESOLUTION, _DURATION, _FPS = 1363040, 1363127, 1363128, 1363129
_SLACK = 0.05  # containers round frame rates and durations


def reel_failure(data: bytes) -> tuple[int, str] | None:
    """Code and words of the first demand that the video does not meet, or None."""
    try:
        with av.open(io.BytesIO(data), mode="r") as container:
            stream = container.streams.video[0]
            width, height = stream.codec_context.width, stream.codec_context.height
            fps = float(stream.average_rate or 0)
            seconds = (container.duration or 0) / av.time_base
            mp4 = "mp4" in container.format.name
    except (av.FFmpegError, OSError, IndexError, ValueError):
        return FORMAT_REFUSED
    if not mp4 or not width or not height:
        return FORMAT_REFUSED
    if abs(width / height - 9 / 16) > 0.01:
        return _ASPECT, "The video's aspect ratio is not supported: 9:16 is needed."
    if width < 540 or height < 960:
        return _RESOLUTION, "The video's resolution is too low: at least 540 x 960 is needed."
    if not 3 - _SLACK <= seconds <= 90 + _SLACK:
        return _DURATION, "The video's duration is not from 3 to 90 seconds."
    if not 24 - _SLACK <= fps <= 60 + _SLACK:
        return _FPS, "The video's frame rate is not from 24 to 60 frames per second."
    return None

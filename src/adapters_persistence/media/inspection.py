"""What a file is by its content. Runs in a process of its own: hostile media must not take the product with it.

Usage: python -m adapters_persistence.media.inspection FILE [--keep-metadata]; prints one JSON object.
"""

import hashlib
import json
import resource
import struct
import sys
import warnings
from pathlib import Path
from typing import Any

import av
import av.error
import av.stream
from PIL import Image, UnidentifiedImageError

from adapters_persistence.media.containers import container_of
from adapters_persistence.media.stripping import DamagedError, strip

MEMORY_BYTES_MAX = 2 * 1024**3
CPU_SECONDS_MAX = 60
# Stripped it is smaller; one that is encoded anew may grow.
WRITTEN_BYTES_SPARE = 256 * 1024**2
FILES_MAX = 64
PIXELS_MAX = 100_000_000
_IMAGES = {
    "JPEG": "image/jpeg",
    "PNG": "image/png",
    "GIF": "image/gif",
    "WEBP": "image/webp",
    "BMP": "image/bmp",
    "TIFF": "image/tiff",
}
# A JPEG with further pictures behind the first, as phones make them. Pillow's JPEG reader finds it; it has no reader.
_SEVERAL_JPEGS = "MPO"


class NotMediaError(ValueError):
    """The file is no picture or video that can be taken."""


def inspect(path: Path, *, keep: bool = True) -> dict[str, Any]:
    """Kind, MIME type, size, hash, pixels and duration of a file; `keep` False: after what tells where and with what it was
    made has been taken out of it, and `stripped` says whether there was any. Raises NotMediaError in words."""
    found = _image(path) or _video(path)
    if found is None:
        raise NotMediaError("this is no picture (JPEG, PNG, GIF, WebP, BMP, TIFF) and no video (MP4, MOV, WebM)")
    if not keep:
        try:
            stripped = strip(path, found["mime"])
        except (DamagedError, OSError, struct.error, SyntaxError):
            raise NotMediaError("this file is damaged: its parts do not add up") from None
        found = (_image(path) or _video(path) or found) | {"stripped": stripped}
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return found | {"size_bytes": path.stat().st_size, "sha256": digest}


def _image(path: Path) -> dict[str, Any] | None:
    Image.MAX_IMAGE_PIXELS = PIXELS_MAX
    try:
        with Image.open(path, formats=tuple(_IMAGES)) as image:
            found = "JPEG" if image.format == _SEVERAL_JPEGS else image.format
            if found not in _IMAGES:
                return None
            mime, (width, height) = _IMAGES[found], image.size
            image.load()
    except UnidentifiedImageError:
        return None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise NotMediaError(f"this picture has more than {PIXELS_MAX // 1_000_000} megapixels") from None
    except (OSError, ValueError, SyntaxError):
        raise NotMediaError("this picture is damaged: it can't be read to its end") from None
    return {"kind": "image", "mime": mime, "width": width, "height": height, "duration_ms": None}


def _video(path: Path) -> dict[str, Any] | None:
    container = container_of(path)
    if container is None:
        return None
    if container.cut_off:
        raise NotMediaError("this video is damaged: its end is missing")
    try:
        with av.open(str(path), format=container.demuxer, metadata_errors="ignore") as opened:
            # A song's cover is stored as a video of one frame.
            moving = [stream for stream in opened.streams.video if not stream.disposition & av.stream.Disposition.attached_pic]
            if not moving:
                return None
            frame = next(opened.decode(moving[0]), None)
            if frame is None:
                raise NotMediaError("this video has no picture in it")
            duration_ms = int(opened.duration / 1000) if opened.duration else None
    except NotMediaError:
        raise
    except (av.error.FFmpegError, OSError, ValueError):
        raise NotMediaError("this video is damaged: it can't be decoded") from None
    size = {"width": frame.width, "height": frame.height}
    return {"kind": "video", "mime": container.mime, **size, "duration_ms": duration_ms}


def main() -> int:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES_MAX, MEMORY_BYTES_MAX))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS_MAX, CPU_SECONDS_MAX))
    path = Path(sys.argv[1])
    written = 2 * path.stat().st_size + WRITTEN_BYTES_SPARE
    resource.setrlimit(resource.RLIMIT_FSIZE, (written, written))
    resource.setrlimit(resource.RLIMIT_NOFILE, (FILES_MAX, FILES_MAX))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    try:
        answer = inspect(path, keep="--keep-metadata" in sys.argv[2:])
    except NotMediaError as error:
        answer = {"error": str(error)}
    sys.stdout.write(json.dumps(answer))
    return 0


if __name__ == "__main__":
    sys.exit(main())

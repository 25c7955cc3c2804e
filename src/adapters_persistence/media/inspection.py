"""What a file is by its content. Runs in a process of its own: hostile media must not take the product with it.

Usage: python -m adapters_persistence.media.inspection FILE; prints one JSON object.
"""

import hashlib
import json
import resource
import sys
import warnings
from pathlib import Path
from typing import Any

import av
import av.error
from PIL import Image, UnidentifiedImageError

MEMORY_BYTES_MAX = 2 * 1024**3
CPU_SECONDS_MAX = 60
PIXELS_MAX = 100_000_000
_IMAGES = {
    "JPEG": "image/jpeg",
    "PNG": "image/png",
    "GIF": "image/gif",
    "WEBP": "image/webp",
    "BMP": "image/bmp",
    "TIFF": "image/tiff",
}
_VIDEOS = {"mp4": "video/mp4", "mov": "video/quicktime", "webm": "video/webm"}


class NotMediaError(ValueError):
    """The file is no picture or video that can be taken."""


def inspect(path: Path) -> dict[str, Any]:
    """Kind, MIME type, size, hash, pixels and duration of a file. Raises NotMediaError in words."""
    found = _image(path) or _video(path)
    if found is None:
        raise NotMediaError("this is no picture (JPEG, PNG, GIF, WebP, BMP, TIFF) and no video (MP4, MOV, WebM)")
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return found | {"size_bytes": path.stat().st_size, "sha256": digest}


def _image(path: Path) -> dict[str, Any] | None:
    Image.MAX_IMAGE_PIXELS = PIXELS_MAX
    try:
        with Image.open(path) as image:
            if image.format not in _IMAGES:
                return None
            mime, (width, height) = _IMAGES[image.format], image.size
            image.load()
    except UnidentifiedImageError:
        return None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise NotMediaError(f"this picture has more than {PIXELS_MAX // 1_000_000} megapixels") from None
    except (OSError, ValueError, SyntaxError):
        raise NotMediaError("this picture is damaged: it can't be read to its end") from None
    return {"kind": "image", "mime": mime, "width": width, "height": height, "duration_ms": None}


def _video(path: Path) -> dict[str, Any] | None:
    try:
        with av.open(str(path), metadata_errors="ignore") as container:
            mime = _video_mime(container.format.name, path)
            if mime is None or not container.streams.video:
                return None
            stream = container.streams.video[0]
            frame = next(container.decode(stream), None)
            if frame is None:
                raise NotMediaError("this video has no picture in it")
            duration_ms = int(container.duration / 1000) if container.duration else None
            return {"kind": "video", "mime": mime, "width": frame.width, "height": frame.height, "duration_ms": duration_ms}
    except av.error.InvalidDataError:
        return None
    except (av.error.FFmpegError, OSError, ValueError) as error:
        if isinstance(error, NotMediaError):
            raise
        raise NotMediaError("this video is damaged: it can't be decoded") from None


def _video_mime(format_names: str, path: Path) -> str | None:
    names = set(format_names.split(","))
    if "mp4" in names:
        # One demuxer reads both; the file's own brand tells QuickTime from MP4 (ISO 14496-12, ftyp box).
        with path.open("rb") as file:
            return _VIDEOS["mov"] if file.read(12)[8:12] == b"qt  " else _VIDEOS["mp4"]
    return _VIDEOS["webm"] if "webm" in names else None


def main() -> int:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES_MAX, MEMORY_BYTES_MAX))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS_MAX, CPU_SECONDS_MAX))
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    try:
        answer = inspect(Path(sys.argv[1]))
    except NotMediaError as error:
        answer = {"error": str(error)}
    sys.stdout.write(json.dumps(answer))
    return 0


if __name__ == "__main__":
    sys.exit(main())

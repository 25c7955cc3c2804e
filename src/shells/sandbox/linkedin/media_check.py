"""Why uploaded media fail in processing: formats and limits of the Images, Videos and Documents APIs."""

import io
import re

from PIL import Image

from shells.sandbox.linkedin.switches import Switches

_PIXELS_MAX = 36_152_320
_GIF_FRAMES_MAX = 250
_VIDEO_BYTES_MAX = 500_000_000
_VIDEO_SECONDS_MAX = 1800
_DOCUMENT_BYTES_MAX = 100_000_000
_PAGES_MAX = 300
_PDF_PAGE = re.compile(rb"/Type\s*/Page(?![A-Za-z])")
_SIGNATURES = (
    (b"%PDF", "application/pdf"),
    (b"\x89PNG", "image/png"),
    (b"\xff\xd8", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"PK\x03\x04", "application/vnd.openxmlformats-officedocument"),
    (b"\xd0\xcf\x11\xe0", "application/msword"),
)


def mime_of(data: bytes) -> str:
    """The type that the first bytes tell."""
    if is_mp4(data):
        return "video/mp4"
    return next((mime for signature, mime in _SIGNATURES if data.startswith(signature)), "application/octet-stream")


def is_mp4(data: bytes) -> bool:
    return data[4:8] == b"ftyp"


def image_failure(data: bytes) -> str | None:
    """JPG, PNG, or GIF of at most 250 frames, of fewer than 36,152,320 pixels."""
    try:
        with Image.open(io.BytesIO(data)) as image:
            if image.format not in ("JPEG", "PNG", "GIF"):
                return "UNSUPPORTED_IMAGE_FORMAT"
            if image.width * image.height >= _PIXELS_MAX:
                return "IMAGE_TOO_LARGE"
            if getattr(image, "n_frames", 1) > _GIF_FRAMES_MAX:
                return "TOO_MANY_FRAMES"
            image.load()
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        return "UNREADABLE_IMAGE"
    return None


def video_failure(data: bytes, switches: Switches) -> str | None:
    """MP4 of 3 s to 30 min and 75 KB to 500 MB."""
    if not is_mp4(data):
        return "UNSUPPORTED_VIDEO_FORMAT"
    if not switches.video_bytes_min <= len(data) <= _VIDEO_BYTES_MAX:
        return "INVALID_VIDEO_SIZE"
    seconds = _mp4_seconds(data)
    if seconds is None:
        return "UNREADABLE_VIDEO"
    # A fragmented film keeps its length elsewhere and says 0 here.
    if seconds and not switches.video_seconds_min <= seconds <= _VIDEO_SECONDS_MAX:
        return "INVALID_VIDEO_DURATION"
    return None


def document_failure(data: bytes) -> str | None:
    """PDF, PPT(X) or DOC(X) of at most 100 MB and 300 pages (counted in PDFs only)."""
    if not data.startswith((b"%PDF", b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        return "UNSUPPORTED_DOCUMENT_FORMAT"
    if len(data) > _DOCUMENT_BYTES_MAX:
        return "DOCUMENT_TOO_LARGE"
    return "TOO_MANY_PAGES" if len(_PDF_PAGE.findall(data)) > _PAGES_MAX else None


def _mp4_seconds(data: bytes) -> float | None:
    """The length that an MP4's movie header tells, None without one (ISO/IEC 14496-12, 8.2.2)."""
    moov = _box(data, b"moov")
    header = _box(moov, b"mvhd") if moov is not None else None
    if header is None or len(header) < 20:
        return None
    if header[0] == 1:
        if len(header) < 32:
            return None
        scale, length = int.from_bytes(header[20:24]), int.from_bytes(header[24:32])
    else:
        scale, length = int.from_bytes(header[12:16]), int.from_bytes(header[16:20])
    return length / scale if scale else None


def _box(data: bytes, name: bytes) -> bytes | None:
    """The content of the first box of that name at this level."""
    at = 0
    while at + 8 <= len(data):
        size, head = int.from_bytes(data[at : at + 4]), 8
        if size == 1:
            size, head = int.from_bytes(data[at + 8 : at + 16]), 16
        elif size == 0:
            size = len(data) - at
        if size < head:
            return None
        if data[at + 4 : at + 8] == name:
            return data[at + head : at + size]
        at += size
    return None

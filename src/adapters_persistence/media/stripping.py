"""Takes out of a picture or video what tells where and with what it was made. Pixels and sound stay bit for bit; only a JPEG
that leans on its metadata to stand upright is encoded anew."""

import struct
from collections.abc import Iterator
from pathlib import Path

from PIL import Image, ImageOps

_UPRIGHT = 1
_ORIENTATION = 0x0112
_REENCODED_QUALITY = 95
# JPEG: Exif and XMP, IPTC, comments. The colour profile (APP2) and Adobe's colour transform (APP14) are how it looks.
_JPEG_DROPPED = frozenset({0xE1, 0xED, 0xFE})
_JPEG_BARE = frozenset({0x01, *range(0xD0, 0xD8)})
_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PNG_DROPPED = frozenset({b"tEXt", b"zTXt", b"iTXt", b"eXIf", b"tIME"})
_WEBP_DROPPED = frozenset({b"EXIF", b"XMP "})
_WEBP_FLAGS_DROPPED = 0x0C
# TIFF: XMP, IPTC, Exif, GPS, who made it, with what, and when.
_TIFF_DROPPED = frozenset({700, 33723, 34665, 34853, 270, 271, 272, 305, 306, 315})
# MP4 and QuickTime: boxes that hold others on the way to what tells of a place, and the words by which that is known.
_BOXES = frozenset({b"moov", b"trak", b"mdia", b"minf"})
_TOLD_IN = frozenset({b"udta", b"meta", b"uuid"})
_PLACES = (b"\xa9xyz", b"loci", b"com.apple.quicktime.location", b"<x:xmpmeta", b"GPSLatitude", b"exif:GPS")
_BOX_READ_MAX = 8 * 1024 * 1024


class DamagedError(ValueError):
    """The file's parts do not add up."""


def strip(path: Path, mime: str) -> bool:
    """Rewrite the file without its metadata; whether there was any. Raises DamagedError."""
    if mime == "image/jpeg":
        return _jpeg(path)
    if mime == "image/png":
        return _rewritten(path, b"".join(_png(path.read_bytes())))
    if mime == "image/webp":
        return _rewritten(path, _webp(path.read_bytes()))
    if mime in ("image/tiff", "image/gif"):
        return _saved_anew(path, mime)
    if mime in ("video/mp4", "video/quicktime"):
        return _movie(path)
    return False


def _rewritten(path: Path, data: bytes) -> bool:
    if data == path.read_bytes():
        return False
    path.write_bytes(data)
    return True


def _jpeg(path: Path) -> bool:
    with Image.open(path, formats=("JPEG",)) as image:
        turned = image.getexif().get(_ORIENTATION, _UPRIGHT) != _UPRIGHT
        if turned:
            upright = ImageOps.exif_transpose(image)
            profile = image.info.get("icc_profile")
            upright.info.pop("exif", None)
            upright.save(path, "JPEG", quality=_REENCODED_QUALITY, subsampling=0, icc_profile=profile)
    return _rewritten(path, b"".join(_jpeg_parts(path.read_bytes()))) or turned


def _jpeg_parts(data: bytes) -> Iterator[bytes]:
    """Marker by marker up to the scan; what follows the picture's end (further pictures of a phone) goes, too."""
    if data[:2] != b"\xff\xd8":
        raise DamagedError("this is no JPEG")
    yield data[:2]
    at = 2
    while True:
        if at + 2 > len(data) or data[at] != 0xFF:
            raise DamagedError("this JPEG's parts do not add up")
        marker = data[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        if marker == 0xD9:
            yield data[at : at + 2]
            return
        if marker in _JPEG_BARE:
            yield data[at : at + 2]
            at += 2
            continue
        if at + 4 > len(data):
            raise DamagedError("this JPEG's parts do not add up")
        (length,) = struct.unpack(">H", data[at + 2 : at + 4])
        if marker == 0xDA:
            end = _scan_end(data, at + 2 + length)
            yield data[at:end]
            at = end
            continue
        if marker not in _JPEG_DROPPED and not (marker == 0xE2 and data[at + 4 : at + 8] == b"MPF\x00"):
            yield data[at : at + 2 + length]
        at += 2 + length


def _scan_end(data: bytes, at: int) -> int:
    """Where the next marker stands: in a scan 0xFF is followed by 0x00, or by the number of a restart."""
    while True:
        at = data.find(b"\xff", at)
        if at < 0 or at + 1 >= len(data):
            raise DamagedError("this JPEG has no end")
        if data[at + 1] != 0x00 and not 0xD0 <= data[at + 1] <= 0xD7 and data[at + 1] != 0xFF:
            return at
        at += 1 if data[at + 1] == 0xFF else 2


def _png(data: bytes) -> Iterator[bytes]:
    if not data.startswith(_PNG_SIGNATURE):
        raise DamagedError("this is no PNG")
    yield _PNG_SIGNATURE
    at = len(_PNG_SIGNATURE)
    while at < len(data):
        if at + 12 > len(data):
            raise DamagedError("this PNG's parts do not add up")
        (length,) = struct.unpack(">I", data[at : at + 4])
        kind, end = data[at + 4 : at + 8], at + 12 + length
        if end > len(data):
            raise DamagedError("this PNG's parts do not add up")
        if kind not in _PNG_DROPPED:
            yield data[at:end]
        if kind == b"IEND":
            return
        at = end


def _webp(data: bytes) -> bytes:
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP":
        raise DamagedError("this is no WebP")
    parts, at = [], 12
    while at + 8 <= len(data):
        kind = data[at : at + 4]
        (length,) = struct.unpack("<I", data[at + 4 : at + 8])
        end = at + 8 + length + length % 2
        part = bytearray(data[at:end])
        if kind == b"VP8X":
            part[8] &= ~_WEBP_FLAGS_DROPPED & 0xFF
        if kind not in _WEBP_DROPPED:
            parts.append(bytes(part))
        at = end
    body = b"WEBP" + b"".join(parts)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _saved_anew(path: Path, mime: str) -> bool:
    """GIF and TIFF keep such things among all else; without any they stay as they are."""
    kind = mime.partition("/")[2].upper()
    with Image.open(path, formats=(kind,)) as image:
        if mime == "image/gif":
            if not ({"comment", "xmp"} & image.info.keys()):
                return False
            image.info.pop("comment", None)
            image.info.pop("xmp", None)
            image.save(path, "GIF", save_all=True, comment=b"")
            return True
        if not set(image.tag_v2) & _TIFF_DROPPED:  # type: ignore[attr-defined]
            return False
        upright = ImageOps.exif_transpose(image)
        clean = Image.new(upright.mode, upright.size)
        clean.paste(upright)
        clean.save(path, "TIFF", compression="tiff_lzw", icc_profile=image.info.get("icc_profile"))
        return True


def _movie(path: Path) -> bool:
    """A box that tells of a place becomes free space of the same size, so that nothing moves."""
    found = False
    with path.open("r+b") as file:
        size = file.seek(0, 2)
        waiting = [(0, size)]
        while waiting:
            at, end = waiting.pop()
            while at + 8 <= end:
                file.seek(at)
                length, kind = struct.unpack(">I4s", file.read(8))
                head = 8
                if length == 1:
                    (length,) = struct.unpack(">Q", file.read(8))
                    head = 16
                elif length == 0:
                    length = end - at
                if length < head or at + length > end:
                    break
                if kind in _BOXES:
                    waiting.append((at + head, at + length))
                elif kind in _TOLD_IN and length <= _BOX_READ_MAX:
                    told = file.read(length - head)
                    if any(word in told for word in _PLACES):
                        file.seek(at + 4)
                        file.write(b"free" + (b"" if head == 8 else struct.pack(">Q", length)) + bytes(length - head))
                        found = True
                at += length
    return found

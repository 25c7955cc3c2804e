"""Takes out of a picture or video what tells where and with what it was made. Pixels and sound stay bit for bit; only a JPEG
that leans on its metadata to stand upright is encoded anew."""

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from PIL import Image, ImageOps

_UPRIGHT = 1
_ORIENTATION = 0x0112
_REENCODED_QUALITY = 95
# What stays is what a picture can't be shown right without; all else goes, known or not. JPEG (ITU T.81, table B.1): frames,
# tables, restarts; of applications' segments JFIF's own, the colour profile and Adobe's colour transform. A thumbnail
# (JFXX) may show what was cut away.
_JPEG_KEPT = frozenset({*range(0xC0, 0xD0), *range(0xDB, 0xE0)})
_JPEG_APPS_KEPT = {0xE0: b"JFIF\x00", 0xE2: b"ICC_PROFILE\x00", 0xEE: b"Adobe"}
_JPEG_BARE = frozenset({0x01, *range(0xD0, 0xD8)})
_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PNG_KEPT = frozenset(
    {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"cHRM", b"gAMA", b"iCCP", b"sBIT", b"sRGB", b"cICP", b"mDCV", b"cLLI"}
    | {b"bKGD", b"hIST", b"pHYs", b"acTL", b"fcTL", b"fdAT"}
)
_WEBP_KEPT = frozenset({b"VP8 ", b"VP8L", b"VP8X", b"ANIM", b"ANMF", b"ALPH", b"ICCP"})
_WEBP_FLAGS_DROPPED = 0x0C
# TIFF: XMP, IPTC, Exif, GPS, who made it, with what, and when.
_TIFF_DROPPED = frozenset({700, 33723, 34665, 34853, 270, 271, 272, 305, 306, 315})
# MP4 and QuickTime: boxes that hold others on the way to what tells of a place, and the words by which that is known. A track of
# timed facts (positions, sensors) is known by its handler (ISO 14496-12, 8.4.3; Apple's and GoPro's "meta").
_BOXES = frozenset({b"moov", b"trak", b"mdia", b"minf"})
_TOLD_IN = frozenset({b"udta", b"meta", b"uuid"})
_PLACES = (b"\xa9xyz", b"loci", b"com.apple.quicktime.location", b"<x:xmpmeta", b"GPSLatitude", b"exif:GPS")
_BOX_READ_MAX = 8 * 1024 * 1024
_SEEN_AND_HEARD = frozenset({b"vide", b"soun", b"text", b"sbtl", b"subt", b"clcp", b"tmcd"})
_ZEROES = bytes(1024 * 1024)


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
        app = _JPEG_APPS_KEPT.get(marker)
        if marker in _JPEG_KEPT or (app is not None and data.startswith(app, at + 4)):
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
        if kind in _PNG_KEPT:
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
        if kind in _WEBP_KEPT:
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
    """A box that tells of a place becomes free space of the same size, so that nothing moves; so does the head of a track that
    is neither seen nor heard."""
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
                if _tells(file, kind, at + head, at + length):
                    _free(file, at, head, length)
                    found = True
                elif kind in _BOXES:
                    waiting.append((at + head, at + length))
                at += length
    return found


def _tells(file: BinaryIO, kind: bytes, at: int, end: int) -> bool:
    if kind == b"trak":
        return _handler(file, at, end) not in _SEEN_AND_HEARD
    if kind not in _TOLD_IN:
        return False
    file.seek(at)
    told = file.read(min(end - at, _BOX_READ_MAX))
    return end - at > _BOX_READ_MAX or any(word in told for word in _PLACES)


def _handler(file: BinaryIO, at: int, end: int) -> bytes:
    """Of what kind a track is; `vide` for one that doesn't say, which is then left alone."""
    for wanted in (b"mdia", b"hdlr"):
        while True:
            file.seek(at)
            told = file.read(8)
            if len(told) < 8 or at + 8 > end:
                return b"vide"
            length, kind = struct.unpack(">I4s", told)
            if kind == wanted:
                at += 8
                break
            if length < 8:
                return b"vide"
            at += length
    file.seek(at + 8)
    return file.read(4)


def _free(file: BinaryIO, at: int, head: int, length: int) -> None:
    file.seek(at + 4)
    file.write(b"free" + (b"" if head == 8 else struct.pack(">Q", length)))
    left = length - head
    while left > 0:
        left -= file.write(_ZEROES[: min(left, len(_ZEROES))])

"""What a video's container says of itself, read without a demuxer: a stranger's file reaches only the demuxer of the
kind that it is, and one that was cut off is noticed, which a demuxer forgives."""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from attrs import frozen

# ISO 14496-12 boxes. Files older than the ftyp box are QuickTime's and start with one of the others.
_OLD_QUICKTIME = {b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"}
_STILLS = {b"avif", b"avis", b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
_NEEDED = {b"moov", b"mdat"}
# RFC 8794 (EBML) and RFC 9559 (Matroska) element ids.
_EBML, _DOC_TYPE, _SEGMENT = b"\x1a\x45\xdf\xa3", b"\x42\x82", b"\x18\x53\x80\x67"


@frozen
class Container:
    """`demuxer` is FFmpeg's name for what reads it. `cut_off`: the file ends before its container does."""

    demuxer: str
    mime: str
    cut_off: bool


def container_of(path: Path) -> Container | None:
    """The container of an MP4, MOV or WebM file; None for anything else, also for stills in the same boxes (HEIC, AVIF)."""
    with path.open("rb") as file:
        head, size = file.read(12), path.stat().st_size
        if head[:4] == _EBML:
            return _webm(file, size)
        kind, brand = head[4:8], head[8:12]
        if kind == b"ftyp":
            if brand in _STILLS:
                return None
            mime = "video/quicktime" if brand == b"qt  " else "video/mp4"
        elif kind in _OLD_QUICKTIME:
            mime = "video/quicktime"
        else:
            return None
        return Container("mov", mime, any(kind in _NEEDED and end > size for kind, end in _boxes(file, size)))


def _boxes(file: BinaryIO, size: int) -> Iterator[tuple[bytes, int]]:
    """(kind, where it ends) of each outermost box. What is no box ends the walk: some cameras pad their files."""
    start = 0
    while start + 8 <= size:
        file.seek(start)
        head = file.read(16)
        length, kind = int.from_bytes(head[:4]), head[4:8]
        if length == 1:
            length = int.from_bytes(head[8:16])
        elif length == 0:
            length = size - start
        if length < 8:
            return
        start += length
        yield kind, start


def _webm(file: BinaryIO, size: int) -> Container | None:
    file.seek(len(_EBML))
    length = _vint(file)
    if length is None or length > 1024:
        return None
    header = file.read(length)
    rest = header.partition(_DOC_TYPE)[2]
    if not rest or rest[1 : 1 + (rest[0] & 0x7F)].rstrip(b"\0") != b"webm":
        return None
    if file.read(len(_SEGMENT)) != _SEGMENT:
        return Container("matroska", "video/webm", cut_off=True)
    # A segment of unknown length is a recording made live: nothing says where it should end.
    length = _vint(file)
    return Container("matroska", "video/webm", cut_off=length is not None and file.tell() + length > size)


def _vint(file: BinaryIO) -> int | None:
    """An EBML length: the first byte's leading zeros say how many bytes follow. None: unknown, or no length at all."""
    first = file.read(1)
    if not first or first == b"\0":
        return None
    follow = 8 - first[0].bit_length()
    rest = file.read(follow)
    value = int.from_bytes(bytes([first[0] & (0x7F >> follow)]) + rest)
    return None if len(rest) < follow or value == (1 << (7 * (follow + 1))) - 1 else value

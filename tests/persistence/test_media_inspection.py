"""What a file is by its bytes: real media are told apart, damaged and hostile ones refused in words."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from adapters_persistence.media.inspection import NotMediaError, inspect
from tests.persistence.media_files import FRAMES, HEIGHT, RATE, WIDTH, picture, png_of, png_with_text_bomb, song, video

NEITHER = "no picture .* and no video"
LAYOUTS: dict[str, tuple[str, dict[str, str], str]] = {
    "mp4": ("mp4", {}, "video/mp4"),
    "mp4, index first": ("mp4", {"movflags": "faststart"}, "video/mp4"),
    "mp4 in fragments": ("mp4", {"movflags": "frag_keyframe+empty_moov"}, "video/mp4"),
    "mov": ("mov", {}, "video/quicktime"),
    "webm": ("webm", {"codec": "libvpx"}, "video/webm"),
}


def look(folder: Path, data: bytes) -> dict[str, Any]:
    path = folder / "media"
    path.write_bytes(data)
    return inspect(path)


def made(folder: Path, layout: str) -> bytes:
    container, flags, _ = LAYOUTS[layout]
    return video(folder, container, **flags)


@pytest.mark.parametrize(
    ("kind", "mime"),
    [
        ("PNG", "image/png"),
        ("JPEG", "image/jpeg"),
        ("MPO", "image/jpeg"),
        ("GIF", "image/gif"),
        ("WEBP", "image/webp"),
        ("BMP", "image/bmp"),
        ("TIFF", "image/tiff"),
    ],
)
def test_a_picture(tmp_path: Path, kind: str, mime: str) -> None:
    data = picture(kind)
    digest = hashlib.sha256(data).hexdigest()
    size = {"width": WIDTH, "height": HEIGHT, "size_bytes": len(data)}
    assert look(tmp_path, data) == {"kind": "image", "mime": mime, "duration_ms": None, "sha256": digest, **size}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_video(tmp_path: Path, layout: str) -> None:
    data = made(tmp_path, layout)
    found = look(tmp_path, data)
    assert (found["kind"], found["mime"]) == ("video", LAYOUTS[layout][2])
    assert (found["width"], found["height"], found["duration_ms"]) == (WIDTH, HEIGHT, FRAMES * 1000 // RATE)
    assert found["sha256"] == hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF"])
@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
def test_half_a_picture_is_damaged(tmp_path: Path, kind: str) -> None:
    data = picture(kind)
    with pytest.raises(NotMediaError, match="damaged: it can't be read to its end"):
        look(tmp_path, data[: len(data) // 2])


# The last bytes of a fragmented MP4 are an index of fragments, which no picture needs.
@pytest.mark.parametrize(
    ("layout", "kept"),
    [(layout, kept) for layout in LAYOUTS for kept in (0.5, 0.9, 0.9999) if (layout, kept) != ("mp4 in fragments", 0.9999)],
)
def test_a_video_whose_end_is_missing_is_damaged(tmp_path: Path, layout: str, kept: float) -> None:
    """Also where the index comes first, and a player would show the beginning without complaint."""
    data = made(tmp_path, layout)
    cut = data[: min(int(len(data) * kept), len(data) - 1)]
    with pytest.raises(NotMediaError, match="damaged: its end is missing"):
        look(tmp_path, cut)


def test_a_video_of_noise_behind_a_sound_index_is_damaged(tmp_path: Path) -> None:
    data = made(tmp_path, "mp4, index first")
    start = data.index(b"mdat") + 4
    with pytest.raises(NotMediaError, match="damaged: it can't be decoded"):
        look(tmp_path, data[:start] + bytes(len(data) - start))


@pytest.mark.parametrize("padding", [b"\0" * 5, b"\0" * 400, b"\0\0\0\x10free" + bytes(8), b"\0\0\0\x01free" + bytes(8)])
def test_a_video_with_padding_behind_its_end_is_whole(tmp_path: Path, padding: bytes) -> None:
    assert look(tmp_path, made(tmp_path, "mp4") + padding)["duration_ms"] == 1000


def test_a_live_recording_of_unknown_length_is_whole(tmp_path: Path) -> None:
    """As browsers record: the WebM segment says no length."""
    data = video(tmp_path, "webm", codec="libvpx", live="1")
    assert look(tmp_path, data)["mime"] == "video/webm"


def test_a_bit_changed_in_a_pictures_pixels_is_noticed(tmp_path: Path) -> None:
    data = bytearray(picture("PNG"))
    data[len(data) // 2] ^= 1
    with pytest.raises(NotMediaError, match="damaged"):
        look(tmp_path, bytes(data))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0",
        b"just words " * 50,
        b"<html><script>alert(1)</script></html>",
        b"GIF89a<script>alert(1)</script>" + b" " * 100,
        b'<svg xmlns="http://www.w3.org/2000/svg"/>',
        b"%PDF-1.4\n" * 10,
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\n",
        b"PK\x03\x04" + bytes(100),
        b"ID3\x03\0" + bytes(200),
        b"MZ" + bytes(200),
        b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(100),
        b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nhttp://127.0.0.1:9/a.ts\n#EXT-X-ENDLIST\n",
        b"\x1a\x45\xdf\xa3",
        b"\x1a\x45\xdf\xa3\x82\x42\x82",
        b"\x1a\x45\xdf\xa3\x01\xff\xff\xff\xff\xff\xff\xfe" + bytes(100),
    ],
)
def test_what_is_neither_picture_nor_video_is_called_so(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(NotMediaError, match=NEITHER):
        look(tmp_path, data)


def test_a_still_in_a_videos_container_is_no_video(tmp_path: Path) -> None:
    """AVIF and HEIC are ISO boxes like MP4, and FFmpeg decodes them as a video of one frame."""
    with pytest.raises(NotMediaError, match=NEITHER):
        look(tmp_path, picture("AVIF"))


@pytest.mark.parametrize("cover", [False, True])
def test_a_song_is_no_video(tmp_path: Path, cover: bool) -> None:
    with pytest.raises(NotMediaError, match=NEITHER):
        look(tmp_path, song(cover=cover))


@pytest.mark.parametrize(("container", "codec"), [("matroska", "mpeg4"), ("avi", "mpeg4"), ("mpegts", "mpeg2video")])
def test_a_video_of_another_container_is_not_taken(tmp_path: Path, container: str, codec: str) -> None:
    with pytest.raises(NotMediaError, match=NEITHER):
        look(tmp_path, video(tmp_path, container, codec))


@pytest.mark.filterwarnings("error::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize(("width", "height"), [(10_001, 10_000), (20_001, 10_000), (50_000, 50_000)])
def test_a_decompression_bomb_is_refused_by_its_header(tmp_path: Path, width: int, height: int) -> None:
    data = png_of(width, height)
    assert len(data) < 1_000_000
    with pytest.raises(NotMediaError, match="more than 100 megapixels"):
        look(tmp_path, data)


def test_a_picture_just_below_the_limit_is_taken(tmp_path: Path) -> None:
    assert look(tmp_path, png_of(9_999, 10_000))["width"] == 9_999


def test_a_comment_that_unpacks_to_much_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotMediaError, match="damaged"):
        look(tmp_path, png_with_text_bomb())


def test_a_list_of_files_opens_none_of_them(tmp_path: Path) -> None:
    """FFmpeg would follow it to the file beside: a pipe without a writer, on which it would hang for ever."""
    (tmp_path / "media").write_text("ffconcat version 1.0\nfile beside\n")
    os.mkfifo(tmp_path / "beside")
    command = [sys.executable, "-m", "adapters_persistence.media.inspection", str(tmp_path / "media")]
    environment = {"PYTHONPATH": os.pathsep.join(sys.path)}
    answer = subprocess.run(command, capture_output=True, text=True, timeout=30, env=environment, check=True)
    assert "and no video" in answer.stdout

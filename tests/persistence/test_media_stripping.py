"""What tells where a picture was taken goes; how it looks stays."""

import struct
from contextlib import suppress
from functools import cache
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from zlib import crc32

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from adapters_persistence.media.inspection import NotMediaError, inspect
from adapters_persistence.media.stripping import strip
from tests.persistence.media_files import picture, video

PLACE = b"48.8584 North, at home"
MIMES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp", "TIFF": "image/tiff", "GIF": "image/gif"}


@cache
def telling(kind: str, orientation: int = 1) -> bytes:
    """A picture that tells its place in every way that its format has."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010E] = PLACE.decode()
    exif.get_ifd(0x8825)[29] = PLACE.decode()
    out = BytesIO()
    image = Image.effect_noise((64, 48), 50).convert("P" if kind == "GIF" else "RGB")
    if kind == "PNG":
        words = PngImagePlugin.PngInfo()
        words.add_text("Location", PLACE.decode())
        words.add_itxt("XML:com.adobe.xmp", f"<x:xmpmeta>{PLACE.decode()}</x:xmpmeta>")
        image.save(out, kind, exif=exif, pnginfo=words)
    elif kind == "GIF":
        image.save(out, kind, comment=PLACE)
    elif kind == "TIFF":
        image.save(out, kind, exif=exif, description=PLACE.decode())
    else:
        image.save(out, kind, exif=exif, comment=PLACE, xmp=b"<x:xmpmeta>" + PLACE + b"</x:xmpmeta>", quality=90)
    return out.getvalue()


def pixels(data: bytes) -> bytes:
    with Image.open(BytesIO(data)) as image:
        return image.convert("RGB").tobytes()


@pytest.mark.parametrize("kind", MIMES)
def test_a_picture_tells_no_place_any_more_and_looks_the_same(tmp_path: Path, kind: str) -> None:
    path, data = tmp_path / "picture", telling(kind)
    assert PLACE in data
    path.write_bytes(data)
    assert strip(path, MIMES[kind])
    after = path.read_bytes()
    assert PLACE not in after
    assert b"xmpmeta" not in after
    assert pixels(after) == pixels(data)
    assert not strip(path, MIMES[kind]), "there is nothing left"


@pytest.mark.parametrize("kind", [*MIMES, "BMP"])
def test_one_that_tells_nothing_stays_bit_for_bit(tmp_path: Path, kind: str) -> None:
    path, data = tmp_path / "picture", picture(kind)
    path.write_bytes(data)
    assert not strip(path, MIMES.get(kind, "image/bmp"))
    assert path.read_bytes() == data


def test_a_picture_that_leans_on_its_metadata_stands_upright_without(tmp_path: Path) -> None:
    path = tmp_path / "picture"
    path.write_bytes(telling("JPEG", orientation=6))
    found = inspect(path, keep=False)
    assert (found["width"], found["height"], found["stripped"]) == (48, 64, True)
    assert PLACE not in path.read_bytes()


def test_of_a_phones_several_pictures_the_first_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "picture"
    path.write_bytes(picture("MPO"))
    assert inspect(path, keep=False)["mime"] == "image/jpeg"
    assert path.read_bytes().count(b"\xff\xd8\xff") == 1


def test_a_progressive_picture_survives(tmp_path: Path) -> None:
    path, out = tmp_path / "picture", BytesIO()
    Image.effect_noise((200, 150), 50).convert("RGB").save(out, "JPEG", progressive=True, comment=PLACE, quality=80)
    path.write_bytes(out.getvalue())
    assert strip(path, "image/jpeg")
    assert pixels(path.read_bytes()) == pixels(out.getvalue())


def box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(body), kind) + body


def test_a_films_place_becomes_free_space_and_nothing_moves(tmp_path: Path) -> None:
    data = video(tmp_path, "mp4")
    at = data.index(b"moov") - 4
    (length,) = struct.unpack(">I", data[at : at + 4])
    told = box(b"udta", box(b"\xa9xyz", PLACE))
    moov = data[at : at + length] + told
    path = tmp_path / "film.mp4"
    path.write_bytes(data[:at] + struct.pack(">I", len(moov)) + moov[4:] + data[at + length :])
    before = inspect(path)
    assert strip(path, "video/mp4")
    after = path.read_bytes()
    assert PLACE not in after
    assert len(after) == before["size_bytes"]
    found = inspect(path)
    same = ("width", "height", "duration_ms", "mime", "size_bytes")
    assert {name: found[name] for name in same} == {name: before[name] for name in same}
    assert not strip(path, "video/mp4")


def test_a_film_that_tells_no_place_stays_bit_for_bit(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    data = video(tmp_path, "mp4")
    path.write_bytes(data)
    assert not strip(path, "video/mp4")
    assert path.read_bytes() == data


def test_a_track_of_positions_is_no_track_any_more(tmp_path: Path) -> None:
    data = video(tmp_path, "mp4")
    at = data.index(b"moov") - 4
    (length,) = struct.unpack(">I", data[at : at + 4])
    track = box(
        b"trak", box(b"tkhd", bytes(84)) + box(b"mdia", box(b"mdhd", bytes(24)) + box(b"hdlr", bytes(8) + b"meta" + PLACE))
    )
    moov = data[at : at + length] + track
    path = tmp_path / "film.mp4"
    path.write_bytes(data[:at] + struct.pack(">I", len(moov)) + moov[4:] + data[at + length :])
    assert strip(path, "video/mp4")
    after = path.read_bytes()
    assert PLACE not in after
    assert after.count(b"trak") == data.count(b"trak")
    assert inspect(path)["duration_ms"] == inspect_whole(tmp_path, data)["duration_ms"]


def inspect_whole(folder: Path, data: bytes) -> dict[str, object]:
    path = folder / "whole.mp4"
    path.write_bytes(data)
    return dict(inspect(path))


@pytest.mark.parametrize(
    ("kind", "part"),
    [
        ("JPEG", b"\xff\xe5" + struct.pack(">H", 2 + len(PLACE)) + PLACE),
        ("JPEG", b"\xff\xe0" + struct.pack(">H", 7 + len(PLACE)) + b"JFXX\x00" + PLACE),
        ("JPEG", b"\xff\xe2" + struct.pack(">H", 2 + len(PLACE)) + PLACE),
        ("PNG", struct.pack(">I", len(PLACE)) + b"prVt" + PLACE + struct.pack(">I", crc32(b"prVt" + PLACE))),
        ("WEBP", b"wHen" + struct.pack("<I", len(PLACE)) + PLACE + bytes(len(PLACE) % 2)),
    ],
    ids=["unknown segment", "thumbnail", "no profile", "unknown chunk", "unknown part"],
)
def test_a_part_that_nobody_knows_goes(tmp_path: Path, kind: str, part: bytes) -> None:
    data = picture(kind)
    # Behind what a file of the kind begins with: JPEG's start, PNG's signature and header, WebP's first part's place.
    at = {"JPEG": 2, "PNG": 33, "WEBP": len(data)}[kind]
    changed = data[:at] + part + data[at:]
    if kind == "WEBP":
        changed = changed[:4] + struct.pack("<I", len(changed) - 8) + changed[8:]
    path = tmp_path / "picture"
    path.write_bytes(changed)
    assert strip(path, MIMES[kind])
    assert PLACE not in path.read_bytes()
    assert pixels(path.read_bytes()) == pixels(data)


@pytest.mark.filterwarnings("ignore::UserWarning")  # what Pillow thinks of damaged metadata
@settings(deadline=None, max_examples=60)
@given(data=st.data(), kind=st.sampled_from(sorted(MIMES)))
def test_a_damaged_file_is_refused_in_words_or_survives(data: st.DataObject, kind: str) -> None:
    whole = telling(kind)
    at = data.draw(st.integers(0, len(whole) - 1))
    change = data.draw(st.binary(min_size=0, max_size=4))
    with TemporaryDirectory() as folder, suppress(NotMediaError):
        path = Path(folder) / "picture"
        path.write_bytes(whole[:at] + change + whole[at + len(change) + data.draw(st.integers(0, 9)) :])
        assert inspect(path, keep=False)["kind"] == "image"

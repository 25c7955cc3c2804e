"""Bytes by key on a real folder: streamed in and out, whole or not at all, and never outside."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from adapters_persistence.media.object_store import MediaUrlError, ObjectMediaStore
from adapters_persistence.media.signing import UrlSigner
from distribution_core.domain.errors import NotFoundError
from distribution_core.testing.memory_clock import MemoryClock

pytestmark = pytest.mark.anyio

SIGNER = UrlSigner(bytes(32), "https://simulcast.test")
BIG_CHUNK = bytes(range(256)) * 16_000  # 4 MB: three of them are more than one part of an upload


async def chunks(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


async def breaking_off(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part
    raise ConnectionResetError("the client went away")


async def whole(store: ObjectMediaStore, key: str) -> bytes:
    return b"".join([chunk async for chunk in store.stream(key)])


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir())


def weight(folder: Path) -> int:
    return sum((folder / name).stat().st_size for name in files(folder))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "media"


@pytest.fixture
def store(folder: Path) -> ObjectMediaStore:
    return ObjectMediaStore.open(folder.as_uri(), SIGNER, MemoryClock())


@pytest.mark.parametrize("parts", [(), (b"",), (b"a",), (b"ab", b"", b"cde"), (BIG_CHUNK, BIG_CHUNK, BIG_CHUNK, b"end")])
async def test_what_is_put_in_pieces_streams_out_whole(store: ObjectMediaStore, parts: tuple[bytes, ...]) -> None:
    await store.put("user/file", chunks(*parts), "image/png")
    assert await whole(store, "user/file") == b"".join(parts)


async def test_a_large_file_streams_out_in_pieces(store: ObjectMediaStore) -> None:
    await store.put("user/file", chunks(BIG_CHUNK, BIG_CHUNK, BIG_CHUNK), "video/mp4")
    sizes = [len(chunk) async for chunk in store.stream("user/file")]
    assert len(sizes) > 1
    assert max(sizes) < 3 * len(BIG_CHUNK)


@pytest.mark.parametrize(("start", "length", "found"), [(0, 3, b"012"), (4, 2, b"45"), (8, 100, b"89"), (9, 1, b"9")])
async def test_a_range_is_read(store: ObjectMediaStore, start: int, length: int, found: bytes) -> None:
    await store.put("user/file", chunks(b"01234", b"56789"), "image/png")
    assert await store.read("user/file", start, length) == found


async def test_a_second_put_replaces_the_first(store: ObjectMediaStore, folder: Path) -> None:
    await store.put("user/file", chunks(b"a longer first"), "image/png")
    await store.put("user/file", chunks(b"second"), "image/png")
    assert await whole(store, "user/file") == b"second"
    assert files(folder) == ["user/file"]


async def test_what_is_deleted_is_gone_and_deleting_twice_is_no_error(store: ObjectMediaStore, folder: Path) -> None:
    await store.put("user/file", chunks(b"x"), "image/png")
    await store.put("user/other", chunks(b"y"), "image/png")
    await store.delete("user/file")
    await store.delete("user/file")
    assert files(folder) == ["user/other"]
    with pytest.raises(NotFoundError):
        await store.read("user/file", 0, 1)
    with pytest.raises(NotFoundError):
        await whole(store, "user/file")


@pytest.mark.parametrize("sent", [(), (b"a few bytes",), (BIG_CHUNK, BIG_CHUNK, BIG_CHUNK)])
async def test_an_upload_that_breaks_off_leaves_nothing(store: ObjectMediaStore, folder: Path, sent: tuple[bytes, ...]) -> None:
    with pytest.raises(ConnectionResetError):
        await store.put("user/file", breaking_off(*sent), "image/png")
    assert files(folder) == []
    with pytest.raises(NotFoundError):
        await whole(store, "user/file")


async def test_a_replacement_that_breaks_off_leaves_what_was_there(store: ObjectMediaStore, folder: Path) -> None:
    await store.put("user/file", chunks(b"before"), "image/png")
    with pytest.raises(ConnectionResetError):
        await store.put("user/file", breaking_off(BIG_CHUNK, BIG_CHUNK, BIG_CHUNK), "image/png")
    assert await whole(store, "user/file") == b"before"
    assert files(folder) == ["user/file"]


async def test_nothing_shows_before_the_last_byte_is_there(store: ObjectMediaStore) -> None:
    halfway, go_on = asyncio.Event(), asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        for _ in range(3):
            yield BIG_CHUNK
        halfway.set()
        await go_on.wait()
        yield b"end"

    putting = asyncio.create_task(store.put("user/file", slow(), "video/mp4"))
    await halfway.wait()
    with pytest.raises(NotFoundError):
        await store.read("user/file", 0, 1)
    go_on.set()
    await putting
    assert await whole(store, "user/file") == BIG_CHUNK * 3 + b"end"


async def test_an_upload_goes_to_disk_as_it_comes(store: ObjectMediaStore, folder: Path) -> None:
    """A video of gigabytes must not be gathered in memory first: obstore holds at most twelve parts of 5 MB."""
    on_disk = 0

    async def watched() -> AsyncIterator[bytes]:
        nonlocal on_disk
        for _ in range(25):
            on_disk = weight(folder)
            yield BIG_CHUNK

    await store.put("user/file", watched(), "video/mp4")
    assert on_disk > 5 * len(BIG_CHUNK)


async def test_several_uploads_at_once_do_not_mix(store: ObjectMediaStore) -> None:
    await asyncio.gather(
        *(store.put(f"user/{n}", chunks(*[bytes([n]) * 1_000_000] * 6), "image/png") for n in range(4)),
    )
    for n in range(4):
        assert await whole(store, f"user/{n}") == bytes([n]) * 6_000_000


TRICKS = [
    "../outside",
    "user/../../outside",
    "user/..",
    "..",
    ".",
    "",
    "/etc/passwd",
    "user//file",
    "user/./file",
    "user/",
    "/",
    ".hidden",
    "user/.hidden",
    "user\\..\\outside",
    "user/%2e%2e/outside",
    "user/file\n",
    "user/fi\x00le",
    "user/file#1",
    "User/File",
    "file:///etc/passwd",
    "user/\u2025/outside",
    "\ud800",
    "a" * 201,
]


@pytest.mark.parametrize("key", TRICKS)
async def test_a_key_that_plays_tricks_names_nothing(store: ObjectMediaStore, folder: Path, key: str) -> None:
    (folder.parent / "outside").write_bytes(b"secret")
    with pytest.raises(NotFoundError):
        await store.put(key, chunks(b"x"), "image/png")
    with pytest.raises(NotFoundError):
        await store.read(key, 0, 1)
    with pytest.raises(NotFoundError):
        await whole(store, key)
    with pytest.raises(NotFoundError):
        await store.delete(key)
    with pytest.raises(NotFoundError):
        await store.public_url(key, "image/png", timedelta(hours=1))
    assert files(folder.parent) == ["outside"]
    assert (folder.parent / "outside").read_bytes() == b"secret"


@pytest.mark.parametrize("key", ["a", "0f/1e", "doctor/0f", "user/file.jpg", "user/a-b_c.1", "a" * 200])
async def test_plain_keys_are_taken(store: ObjectMediaStore, key: str) -> None:
    await store.put(key, chunks(b"x"), "image/png")
    assert await whole(store, key) == b"x"


async def test_a_public_url_is_signed_from_the_clock(store: ObjectMediaStore) -> None:
    url = urlsplit(await store.public_url("user/file", "image/png", timedelta(hours=1)))
    asked = {name: values[0] for name, values in parse_qs(url.query).items()}
    assert int(asked["expires"]) == (MemoryClock().now() + timedelta(hours=1)).timestamp()
    SIGNER.check("user/file", asked["type"], int(asked["expires"]), asked["signature"], MemoryClock().now())


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("", "can't be opened"),
        ("media", "can't be opened"),
        ("file:media", "absolute folder"),
        ("gopher://example", "can't be opened"),
        ("file:///dev/null/media", "can't be opened"),
    ],
)
def test_a_url_that_names_no_store_is_refused_in_words(url: str, words: str) -> None:
    with pytest.raises(MediaUrlError, match=words):
        ObjectMediaStore.open(url, SIGNER, MemoryClock())


@pytest.mark.parametrize("url", ["gopher://name:hush-hush@example/bucket", "gopher://bucket?token=hush-hush"])
def test_a_refused_url_does_not_repeat_credentials_that_stand_in_it(url: str) -> None:
    with pytest.raises(MediaUrlError, match="gopher") as refused:
        ObjectMediaStore.open(url, SIGNER, MemoryClock())
    assert "hush-hush" not in str(refused.value)


def test_a_refusal_is_one_line_with_the_drivers_reason() -> None:
    with pytest.raises(MediaUrlError) as refused:
        ObjectMediaStore.open("gopher://example", SIGNER, MemoryClock())
    assert len(str(refused.value).splitlines()) == 1
    assert str(refused.value).count("gopher://example") == 1


async def test_a_folder_with_a_space_in_its_name(tmp_path: Path) -> None:
    folder = tmp_path / "my media"
    store = ObjectMediaStore.open(folder.as_uri(), SIGNER, MemoryClock())
    await store.put("user/file", chunks(b"x"), "image/png")
    assert files(folder) == ["user/file"]

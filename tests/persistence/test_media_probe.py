"""The probe as the product runs it: a child process with limits, over a store of real files."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from adapters_persistence.media.object_store import ObjectMediaStore
from adapters_persistence.media.probe import ProcessProbe
from adapters_persistence.media.signing import UrlSigner
from distribution_core.domain.content import MediaKind
from distribution_core.domain.errors import InvalidInputError, NotFoundError
from distribution_core.testing.memory_clock import MemoryClock
from tests.persistence.media_files import HEIGHT, WIDTH, picture, png_of, video

pytestmark = pytest.mark.anyio


@pytest.fixture
def store(tmp_path: Path) -> ObjectMediaStore:
    return ObjectMediaStore.open((tmp_path / "media").as_uri(), UrlSigner(bytes(32), "https://x.test"), MemoryClock())


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the probe makes its private copies."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def at_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Has the child run a program of ours first: its interpreter imports `sitecustomize` by itself."""

    def run_first(program: str) -> None:
        folder = tmp_path / "site"
        folder.mkdir()
        (folder / "sitecustomize.py").write_text(program)
        monkeypatch.syspath_prepend(folder)

    return run_first


def left_in(folder: Path) -> list[Path]:
    return list(folder.iterdir())


async def put(store: ObjectMediaStore, key: str, data: bytes) -> None:
    async def halves() -> AsyncIterator[bytes]:
        yield data[: len(data) // 2]
        yield data[len(data) // 2 :]

    await store.put(key, halves(), "application/octet-stream")


@pytest.mark.parametrize(
    ("key", "kind", "mime"),
    [
        ("user/holiday.mp4", "PNG", "image/png"),
        ("user/picture.png", "JPEG", "image/jpeg"),
        ("user/page.html", "GIF", "image/gif"),
    ],
)
async def test_a_name_says_nothing_the_bytes_do(store: ObjectMediaStore, scratch: Path, key: str, kind: str, mime: str) -> None:
    data = picture(kind)
    await put(store, key, data)
    asset = await ProcessProbe().describe(store, key)
    assert (asset.key, asset.kind, asset.mime, asset.size_bytes) == (key, MediaKind.IMAGE, mime, len(data))
    assert (asset.width, asset.height, asset.duration_ms) == (WIDTH, HEIGHT, None)
    assert left_in(scratch) == []


async def test_a_video_by_the_name_of_a_picture(store: ObjectMediaStore, tmp_path: Path) -> None:
    await put(store, "user/picture.jpg", video(tmp_path, "mp4"))
    asset = await ProcessProbe().describe(store, "user/picture.jpg")
    assert (asset.kind, asset.mime, asset.duration_ms) == (MediaKind.VIDEO, "video/mp4", 1000)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"<html>", "no picture"),
        (picture("JPEG")[:-100], "damaged"),
        (png_of(20_001, 10_000), "megapixels"),
        (png_of(12_000, 10_000), "megapixels"),
    ],
    ids=["no media", "cut off", "bomb", "smaller bomb"],
)
async def test_what_is_unusable_is_refused_in_words_about_the_file(
    store: ObjectMediaStore, scratch: Path, data: bytes, words: str
) -> None:
    await put(store, "user/file.png", data)
    with pytest.raises(InvalidInputError, match=words) as refused:
        await ProcessProbe().describe(store, "user/file.png")
    (problem,) = refused.value.problems
    assert (problem.code, problem.field) == ("media_unusable", "file")
    assert str(scratch) not in problem.message
    assert left_in(scratch) == []


async def test_looking_takes_no_longer_than_it_may_and_leaves_no_process(
    store: ObjectMediaStore, scratch: Path, at_start: Callable[[str], None]
) -> None:
    at_start("import signal; signal.pause()")
    before = _children()
    await put(store, "user/file.png", picture("PNG"))
    with pytest.raises(InvalidInputError, match="took too long"):
        await ProcessProbe(timeout_s=0.2).describe(store, "user/file.png")
    assert _children() <= before
    assert left_in(scratch) == []


async def test_an_upload_given_up_while_it_is_looked_at_leaves_no_process(
    store: ObjectMediaStore, scratch: Path, at_start: Callable[[str], None]
) -> None:
    at_start("import signal; signal.pause()")
    before = _children()
    await put(store, "user/file.png", picture("PNG"))
    looking = asyncio.create_task(ProcessProbe().describe(store, "user/file.png"))
    while _children() <= before:  # noqa: ASYNC110 - the system says of a new process only that it is there
        await asyncio.sleep(0)
    looking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await looking
    assert _children() <= before
    assert left_in(scratch) == []


async def test_unknown_media_is_not_found(store: ObjectMediaStore, scratch: Path) -> None:
    with pytest.raises(NotFoundError):
        await ProcessProbe().describe(store, "user/nothing")
    assert left_in(scratch) == []


async def test_the_child_gets_none_of_our_secrets_and_its_limits(
    store: ObjectMediaStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_start: Callable[[str], None]
) -> None:
    at_start(
        "import atexit, os, pathlib, resource\n"
        "def tell():\n"
        f"    path = pathlib.Path({str(tmp_path / 'told')!r})\n"
        "    limits = [resource.getrlimit(kind)[0] for kind in (resource.RLIMIT_AS, resource.RLIMIT_CPU)]\n"
        "    path.write_text(f'{sorted(os.environ)} {limits}')\n"
        "atexit.register(tell)\n"
    )
    monkeypatch.setenv("SIMULCAST_KEY", "hush")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hush")
    await put(store, "user/file.png", picture("PNG"))
    await ProcessProbe().describe(store, "user/file.png")
    told = _read(tmp_path / "told")
    names = set(told.partition("]")[0].strip("[").replace("'", "").split(", "))
    assert names <= {"PATH", "PYTHONPATH", "LC_CTYPE"}
    assert told.endswith(f"[{2 * 1024**3}, 60]")


async def test_a_child_that_breaks_is_a_refusal(store: ObjectMediaStore, scratch: Path, at_start: Callable[[str], None]) -> None:
    """What kills a decoder (no memory, no time, a fault of its own) ends the child and not the product."""
    at_start("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)")
    await put(store, "user/file.png", picture("PNG"))
    with pytest.raises(InvalidInputError, match="can't be read as a picture or video"):
        await ProcessProbe().describe(store, "user/file.png")
    assert left_in(scratch) == []


def _read(path: Path) -> str:
    return path.read_text("utf-8")


def _children() -> set[str]:
    """Children of this process, dead ones that nobody has waited for among them."""
    return {pid for task in Path("/proc/self/task").iterdir() for pid in (task / "children").read_text().split()}

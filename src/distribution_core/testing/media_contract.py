"""What every media store promises, as tests. A store's own tests inherit `MediaContract` and give it a fixture `store`."""

from collections.abc import AsyncIterator

import pytest

from distribution_core.domain.errors import NotFoundError
from distribution_core.ports.media import MediaStore

_KEY = "0190c3f2/picture-1"
_CHUNK = bytes(range(256)) * 4096  # 1 MiB


async def _chunks(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


async def _broken_off(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk
    raise ConnectionResetError("the sender is gone")


async def _all(store: MediaStore, key: str) -> bytes:
    return b"".join([chunk async for chunk in store.stream(key)])


class MediaContract:
    pytestmark = pytest.mark.anyio

    @pytest.mark.parametrize(
        "chunks", [[], [b""], [b"one"], [b"one", b"", b"two"], [_CHUNK] * 24], ids=lambda chunks: f"{len(chunks)}"
    )
    async def test_what_is_put_comes_back(self, store: MediaStore, chunks: list[bytes]) -> None:
        await store.put(_KEY, _chunks(*chunks), "image/png")
        assert await _all(store, _KEY) == b"".join(chunks)

    async def test_any_part_can_be_read(self, store: MediaStore) -> None:
        await store.put(_KEY, _chunks(b"0123", b"456789"), "image/png")
        assert await store.read(_KEY, 0, 10) == b"0123456789"
        assert await store.read(_KEY, 3, 2) == b"34"
        assert await store.read(_KEY, 9, 1) == b"9"
        assert await store.read(_KEY, 4, 0) == b""

    async def test_past_the_end_there_is_nothing(self, store: MediaStore) -> None:
        await store.put(_KEY, _chunks(b"0123456789"), "image/png")
        assert await store.read(_KEY, 8, 100) == b"89"
        assert await store.read(_KEY, 10, 1) == b""
        assert await store.read(_KEY, 1000, 5) == b""
        await store.put(_KEY, _chunks(), "image/png")
        assert await store.read(_KEY, 0, 1) == b""

    async def test_a_second_put_replaces_the_first(self, store: MediaStore) -> None:
        await store.put(_KEY, _chunks(b"the first and longer one"), "image/png")
        await store.put(_KEY, _chunks(b"second"), "image/png")
        assert await _all(store, _KEY) == b"second"

    @pytest.mark.parametrize("chunks", [[], [b"a few bytes"], [_CHUNK] * 24], ids=["none", "few", "many"])
    async def test_a_put_that_breaks_off_leaves_nothing(self, store: MediaStore, chunks: list[bytes]) -> None:
        with pytest.raises(ConnectionResetError):
            await store.put(_KEY, _broken_off(*chunks), "image/png")
        with pytest.raises(NotFoundError):
            await store.read(_KEY, 0, 1)
        await store.put(_KEY, _chunks(b"whole"), "image/png")
        with pytest.raises(ConnectionResetError):
            await store.put(_KEY, _broken_off(*chunks), "image/png")
        assert await _all(store, _KEY) == b"whole", "what was there before stays"

    async def test_what_is_deleted_is_gone_and_deleting_again_is_no_error(self, store: MediaStore) -> None:
        await store.put(_KEY, _chunks(b"x"), "image/png")
        await store.delete(_KEY)
        await store.delete(_KEY)
        with pytest.raises(NotFoundError):
            await _all(store, _KEY)

    async def test_an_unknown_key_is_not_found(self, store: MediaStore) -> None:
        for length in (0, 1):
            with pytest.raises(NotFoundError):
                await store.read("never/put", 0, length)
        with pytest.raises(NotFoundError):
            await _all(store, "never/put")

"""A media store in memory."""

from collections.abc import AsyncIterable, AsyncIterator
from datetime import timedelta

from attrs import define, field

from distribution_core.domain.errors import NotFoundError
from distribution_core.ports.media import MediaStore


@define
class MemoryMediaStore:
    """Bytes in a dict. `url_prefix` is what its public URLs start with."""

    url_prefix: str = "https://media.test"
    _objects: dict[str, bytes] = field(factory=dict)

    async def put(self, key: str, chunks: AsyncIterable[bytes], mime: str) -> None:
        self._objects[key] = b"".join([chunk async for chunk in chunks])

    async def read(self, key: str, start: int, length: int) -> bytes:
        return self._object(key)[start : start + length]

    async def stream(self, key: str) -> AsyncIterator[bytes]:
        yield self._object(key)

    async def delete(self, key: str) -> None:
        self._objects.pop(key, None)

    async def public_url(self, key: str, mime: str, valid_for: timedelta) -> str:
        self._object(key)
        return f"{self.url_prefix}/{key}"

    def _object(self, key: str) -> bytes:
        if key not in self._objects:
            raise NotFoundError(f"no media {key}")
        return self._objects[key]


_: type[MediaStore] = MemoryMediaStore

"""Where uploaded bytes live, and what looks inside them."""

from collections.abc import AsyncIterable, AsyncIterator
from datetime import timedelta
from typing import Protocol

from distribution_core.domain.content import MediaAsset


class MediaStore(Protocol):
    """Bytes by key. Unknown keys raise NotFoundError."""

    async def put(self, key: str, chunks: AsyncIterable[bytes], mime: str) -> None:
        """Store a stream; nothing stays behind if it breaks off."""
        ...

    async def read(self, key: str, start: int, length: int) -> bytes:
        """`length` bytes from `start`; fewer where the object ends, none past it."""
        ...

    def stream(self, key: str) -> AsyncIterator[bytes]: ...
    async def delete(self, key: str) -> None:
        """Forget the bytes. Deleting what is not there is no error."""
        ...

    async def public_url(self, key: str, mime: str, valid_for: timedelta) -> str:
        """A signed URL for platforms that pull: under the public base URL, or the store's own where it is set to sign."""
        ...


class MediaProbe(Protocol):
    """Looks at stored bytes by their content, never by their name."""

    async def describe(self, store: MediaStore, key: str) -> MediaAsset:
        """The asset as its bytes show it. Raises InvalidInputError for corrupt or unsupported media."""
        ...

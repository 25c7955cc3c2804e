"""Media in any store that obstore speaks: files, S3, Google Cloud Storage, Azure Blob."""

import re
from collections.abc import AsyncIterable, AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Self
from urllib.parse import unquote, urlsplit

from attrs import define
from obstore.exceptions import BaseError, GenericError
from obstore.exceptions import NotFoundError as MissingError
from obstore.store import LocalStore, ObjectStore, from_url

from adapters_persistence.media.signing import UrlSigner
from distribution_core.domain.errors import NotFoundError
from distribution_core.ports.clock import Clock
from distribution_core.ports.media import MediaStore

_KEY = re.compile(r"[0-9a-z][0-9a-z._-]*(/[0-9a-z][0-9a-z._-]*)*")
_KEY_LENGTH_MAX = 200


class MediaUrlError(ValueError):
    """The media URL can't be used; the message says what to set."""


@define
class ObjectMediaStore:
    """Bytes by key. A put that breaks off leaves nothing: files are renamed into place, uploads aborted."""

    _store: ObjectStore
    _signer: UrlSigner
    _clock: Clock

    @classmethod
    def open(cls, url: str, signer: UrlSigner, clock: Clock) -> Self:
        """A store from `file:///folder`, `s3://bucket`, `gs://bucket` or `az://container`. Raises MediaUrlError."""
        parts = urlsplit(url)
        try:
            if parts.scheme == "file":
                folder = Path(unquote(parts.path))
                if not folder.is_absolute():
                    raise MediaUrlError("a file media URL names an absolute folder: file:///var/lib/simulcast/media")
                folder.mkdir(parents=True, exist_ok=True)
                return cls(LocalStore(prefix=folder), signer, clock)
            return cls(from_url(url), signer, clock)
        except (BaseError, OSError, ValueError) as error:
            raise MediaUrlError(f"the media store {parts.scheme}://… can't be opened{_said(error, url)}") from None

    async def put(self, key: str, chunks: AsyncIterable[bytes], mime: str) -> None:
        await self._store.put_async(_checked(key), chunks)

    async def read(self, key: str, start: int, length: int) -> bytes:
        try:
            if length > 0:
                return bytes(await self._store.get_range_async(_checked(key), start=start, length=length))
            await self._store.head_async(_checked(key))
        except (MissingError, FileNotFoundError):
            raise NotFoundError("There is no such media.") from None
        except GenericError:
            # Stores name a range past the end in words of their own only.
            if start < (await self._store.head_async(key))["size"]:
                raise
        return b""

    async def stream(self, key: str) -> AsyncIterator[bytes]:
        try:
            answer = await self._store.get_async(_checked(key))
        except (MissingError, FileNotFoundError):
            raise NotFoundError("There is no such media.") from None
        async for chunk in answer.stream():
            yield bytes(chunk)

    async def delete(self, key: str) -> None:
        try:
            await self._store.delete_async(_checked(key))
        except (MissingError, FileNotFoundError):
            return

    async def public_url(self, key: str, mime: str, valid_for: timedelta) -> str:
        return self._signer.sign(_checked(key), mime, self._clock.now(), valid_for)


def _said(error: Exception, url: str) -> str:
    """The first line of a driver's words, which may repeat the URL: left out where that can hold credentials."""
    return "" if "@" in url or "?" in url else f": {str(error).partition(chr(10))[0]}"


def _checked(key: str) -> str:
    if len(key) > _KEY_LENGTH_MAX or not _KEY.fullmatch(key):
        raise NotFoundError("There is no such media.")
    return key


_: type[MediaStore] = ObjectMediaStore

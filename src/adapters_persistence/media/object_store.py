"""Media in any store that obstore speaks: files, S3, Google Cloud Storage, Azure Blob."""

import os
import re
from collections.abc import AsyncIterable, AsyncIterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Self, cast
from urllib.parse import unquote, urlsplit

from attrs import define, field
from obstore import sign_async
from obstore.exceptions import BaseError, GenericError
from obstore.exceptions import NotFoundError as MissingError
from obstore.store import LocalStore, MemoryStore, ObjectStore, from_url

from adapters_persistence.media.heads import GENERIC, type_by_head, with_head
from adapters_persistence.media.signing import UrlSigner
from distribution_core.domain.errors import NotFoundError
from distribution_core.ports.clock import Clock
from distribution_core.ports.media import MediaStore

if TYPE_CHECKING:
    from obstore.store import AzureStore, ClientConfig, GCSStore, RetryConfig, S3Store

_KEY = re.compile(r"[0-9a-z][0-9a-z._-]*(/[0-9a-z][0-9a-z._-]*)*")
_KEY_LENGTH_MAX = 200
_PARTS_AT_ONCE = 4  # parts of 5 MiB that one upload may hold in memory
Links = Literal["own", "store"]
# A store that is out is told of within half a minute, not after three.
_RETRIES: "RetryConfig" = {"max_retries": 3, "retry_timeout": timedelta(seconds=30)}


class MediaUrlError(ValueError):
    """The media URL can't be used; the message says what to set."""


@define
class ObjectMediaStore:
    """Bytes by key. A put that breaks off leaves nothing: files are renamed into place, uploads aborted."""

    # Not shown: obstore's Azure store panics when it is, and what a store holds is secret anyway.
    _store: ObjectStore = field(repr=False)
    _signer: UrlSigner
    _clock: Clock
    _links: Links = "own"

    @classmethod
    def open(cls, url: str, signer: UrlSigner, clock: Clock, *, links: Links = "own") -> Self:
        """A store from `file:///folder`, `s3://bucket`, `gs://bucket` or `az://container`, each with a path after it where
        only that is to be used. Keys and endpoints come from the environment, by the store's own names (AWS_ACCESS_KEY_ID,
        AZURE_STORAGE_ACCOUNT_KEY, GOOGLE_APPLICATION_CREDENTIALS ...). `links`: who signs and serves what platforms pull,
        the web shell (*own*) or the store. Raises MediaUrlError."""
        parts = urlsplit(url)
        if parts.username or parts.password or parts.query or parts.fragment:
            raise MediaUrlError(
                f"the media URL {parts.scheme}://… holds more than an address: keys are given by the environment,"
                " under the store's own names"
            )
        if links == "store" and parts.scheme == "file":
            raise MediaUrlError("a folder can't sign links of its own: set media_links to own")
        try:
            if parts.scheme == "file":
                folder = Path(unquote(parts.path))
                if not folder.is_absolute():
                    raise MediaUrlError("a file media URL names an absolute folder: file:///var/lib/simulcast/media")
                folder.mkdir(parents=True, exist_ok=True)
                return cls(LocalStore(prefix=folder), signer, clock)
            return cls(from_url(url, client_options=_client_options(os.environ), retry_config=_RETRIES), signer, clock, links)
        except (BaseError, OSError, ValueError) as error:
            raise MediaUrlError(f"the media store {parts.scheme}://… can't be opened{_said(error, url)}") from None

    @classmethod
    def forgetful(cls, signer: UrlSigner, clock: Clock) -> Self:
        """One that keeps nothing beyond its process."""
        return cls(MemoryStore(), signer, clock)

    async def put(self, key: str, chunks: AsyncIterable[bytes], mime: str) -> None:
        if isinstance(self._store, LocalStore):  # a folder keeps no type
            await self._store.put_async(_checked(key), chunks)
            return
        if mime == GENERIC:
            # What was not looked into yet is kept under the type that it starts with: links that the store signs serve it so.
            head, chunks = await with_head(chunks)
            mime = type_by_head(head)
        await self._store.put_async(_checked(key), chunks, attributes={"Content-Type": mime}, max_concurrency=_PARTS_AT_ONCE)

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
        if self._links == "store":
            signing = cast("S3Store | GCSStore | AzureStore", self._store)
            return str(await sign_async(signing, "GET", _checked(key), valid_for))
        return self._signer.sign(_checked(key), mime, self._clock.now(), valid_for)


def _client_options(environment: Mapping[str, str]) -> "ClientConfig":
    """Limits of one call, which covers its whole body, a long video's too. Options that are given take the place of all those
    from the environment, so that the leave to go without TLS has to be handed on."""
    plain = any(environment.get(f"{store}_ALLOW_HTTP", "").lower() in ("true", "1") for store in ("AWS", "AZURE", "GOOGLE"))
    return {"connect_timeout": timedelta(seconds=5), "timeout": timedelta(minutes=10), "allow_http": plain}


def _said(error: Exception, url: str) -> str:
    """The first line of a driver's words, which may repeat the URL: left out where that can hold credentials."""
    return "" if "@" in url or "?" in url else f": {str(error).partition(chr(10))[0]}"


def _checked(key: str) -> str:
    if len(key) > _KEY_LENGTH_MAX or not _KEY.fullmatch(key):
        raise NotFoundError("There is no such media.")
    return key


_: type[MediaStore] = ObjectMediaStore

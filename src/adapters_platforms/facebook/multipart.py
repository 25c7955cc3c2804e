"""A form with one file whose bytes come from the media store as they are sent, so that no chunk is held whole."""

import secrets
from collections.abc import AsyncIterator, Mapping

from attrs import field, frozen

from distribution_core.ports.media import MediaStore

_PIECE_BYTES = 1024 * 1024


@frozen(kw_only=True)
class FilePart:
    """`size` bytes of a stored object from `start`, as a file of a form. `name`, `filename` and `mime` are our own words."""

    media: MediaStore
    key: str
    start: int
    size: int
    name: str
    filename: str
    mime: str


@frozen(kw_only=True)
class StreamedForm:
    """multipart/form-data (RFC 7578) of known length. The values may hold a token, so they stay out of its repr."""

    fields: Mapping[str, str] = field(repr=False)
    file: FilePart
    boundary: str = field(factory=lambda: f"simulcast{secrets.token_hex(16)}")

    @property
    def headers(self) -> dict[str, str]:
        size = len(self._head()) + self.file.size + len(self._tail())
        return {"content-type": f"multipart/form-data; boundary={self.boundary}", "content-length": str(size)}

    async def body(self) -> AsyncIterator[bytes]:
        yield self._head()
        position, end = self.file.start, self.file.start + self.file.size
        while position < end:
            piece = await self.file.media.read(self.file.key, position, min(_PIECE_BYTES, end - position))
            if not piece:
                return  # the promised length is not reached, so the platform refuses what it got
            position += len(piece)
            yield piece
        yield self._tail()

    def _head(self) -> bytes:
        lines = "".join(
            f'--{self.boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in self.fields.items()
        )
        part = self.file
        lines += (
            f'--{self.boundary}\r\nContent-Disposition: form-data; name="{part.name}"; filename="{part.filename}"\r\n'
            f"Content-Type: {part.mime}\r\n\r\n"
        )
        return lines.encode()

    def _tail(self) -> bytes:
        return f"\r\n--{self.boundary}--\r\n".encode()

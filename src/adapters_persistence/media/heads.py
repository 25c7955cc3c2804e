"""What the first bytes of a file say that it is: the type that a store serves it under, before it has been looked into."""

from collections.abc import AsyncIterable, AsyncIterator

GENERIC = "application/octet-stream"
_HEAD = 12
_STARTS = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF8", "image/gif"),
    (b"\x1a\x45\xdf\xa3", "video/webm"),
)


def type_by_head(head: bytes) -> str:
    """The media type of a file that starts so; GENERIC where it starts like nothing that is known."""
    for start, mime in _STARTS:
        if head.startswith(start):
            return mime
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if head[4:8] == b"ftyp":
        return "video/quicktime" if head[8:12] == b"qt  " else "video/mp4"
    return GENERIC


async def with_head(chunks: AsyncIterable[bytes]) -> tuple[bytes, AsyncIterator[bytes]]:
    """The first bytes of a stream, and the whole stream again."""
    rest, head = aiter(chunks), b""
    while len(head) < _HEAD:
        chunk = await anext(rest, None)
        if chunk is None:
            break
        head += chunk

    async def whole() -> AsyncIterator[bytes]:
        yield head
        async for chunk in rest:
            yield chunk

    return head[:_HEAD], whole()

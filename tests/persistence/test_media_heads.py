"""A file's type by its first bytes, and the stream that they were taken from."""

from collections.abc import AsyncIterator

import pytest

from adapters_persistence.media.heads import GENERIC, type_by_head, with_head

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("head", "mime"),
    [
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\r", "image/png"),
        (b"GIF89a", "image/gif"),
        (b"RIFF\0\0\0\0WEBP", "image/webp"),
        (b"RIFF\0\0\0\0WAVE", GENERIC),
        (b"\0\0\0\x20ftypisom", "video/mp4"),
        (b"\0\0\0\x14ftypqt  ", "video/quicktime"),
        (b"\x1a\x45\xdf\xa3", "video/webm"),
        (b"<html>", GENERIC),
        (b"", GENERIC),
    ],
)
def test_a_type_by_its_first_bytes(head: bytes, mime: str) -> None:
    assert type_by_head(head) == mime


@pytest.mark.parametrize("parts", [(), (b"",), (b"a",), (b"ab", b"", b"c" * 9, b"defghij", b"end"), (b"x" * 1000,)])
async def test_nothing_of_the_stream_is_lost(parts: tuple[bytes, ...]) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for part in parts:
            yield part

    head, whole = await with_head(chunks())
    assert head == b"".join(parts)[:12]
    assert b"".join([chunk async for chunk in whole]) == b"".join(parts)

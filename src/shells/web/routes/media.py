"""Media in, as a stream; and out again by signed, expiring URLs for platforms that pull."""

from collections.abc import AsyncIterator
from typing import Annotated, Any

from litestar import Request, get, post
from litestar.exceptions import ClientException, HTTPException, PermissionDeniedException
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.response import Stream
from multipart import MultipartError, MultipartSegment, PushMultipartParser, parse_options_header

from adapters_persistence.media.signing import SignatureError
from distribution_core.usecases.upload_media import upload_media
from shells.web.security.tokens import Caller
from shells.web.shapes.content import MediaOut
from shells.wiring import Product


@post("/media", status_code=201, request_max_body_size=None, summary="Upload a picture or video")
async def upload(
    request: Request[Any, Any, Any],
    caller: Caller,
    product: Product,
    alt_text: Annotated[str | None, QueryParameter(max_length=2000)] = None,
) -> MediaOut:
    """The body is the file itself, or a multipart form with one file. What it is, is read from its bytes."""
    limit = product.settings.upload_bytes_max
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    chunks = _limited(request.stream(), limit)
    if kind == "multipart/form-data":
        chunks = _first_file(chunks, options.get("boundary", ""), limit)
    media = await upload_media(product.context, caller.user_id, chunks, alt_text=alt_text)
    return MediaOut.of(media.asset)


@get("/media/{key:path}", include_in_schema=False)
async def fetch(
    key: FromPath[str],
    product: Product,
    mime: Annotated[str, QueryParameter(name="type")],
    expires: FromQuery[int],
    signature: FromQuery[str],
) -> Stream:
    """Stored bytes for whoever holds a signed link. Sandboxed, so that a hostile file is no page of ours."""
    key = key.removeprefix("/")
    try:
        product.signer.check(key, mime, expires, signature, product.context.clock.now())
    except SignatureError as error:
        raise PermissionDeniedException(str(error).capitalize()) from None
    await product.context.media.read(key, 0, 1)  # a stream finds out that nothing is there when it has already said 200
    return Stream(
        product.context.media.stream(key),
        media_type=mime,
        headers={
            "x-content-type-options": "nosniff",
            "content-security-policy": "sandbox; default-src 'none'",
            "cache-control": "private, max-age=300",
        },
    )


async def _limited(chunks: AsyncIterator[bytes], limit: int) -> AsyncIterator[bytes]:
    total = 0
    async for chunk in chunks:
        total += len(chunk)
        if total > limit:
            raise HTTPException(status_code=413, detail=f"The file is larger than {limit:,} bytes; nothing was kept.")
        yield chunk
    if total == 0:
        raise ClientException("The upload is empty; send the file as the body, or as a multipart form.")


async def _first_file(chunks: AsyncIterator[bytes], boundary: str, limit: int) -> AsyncIterator[bytes]:
    """The bytes of the first file in a multipart form."""
    found = False
    taking = False
    try:
        with PushMultipartParser(boundary, max_segment_size=limit) as parser:
            async for chunk in chunks:
                for part in parser.parse(chunk):
                    if isinstance(part, MultipartSegment):
                        taking = not found and part.filename is not None
                        found = found or taking
                    elif part is None:
                        taking = False
                    elif taking:
                        yield bytes(part)
    except (MultipartError, ValueError) as error:
        raise ClientException(f"The multipart form can't be read: {error}") from None
    if not found:
        raise ClientException("The form holds no file.")

"""Media in, as a stream; and out again by signed, expiring URLs for platforms that pull."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Annotated, Any

from litestar import Request, get, post
from litestar.exceptions import ClientException, HTTPException, PermissionDeniedException
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.response import Redirect, Stream
from multipart import MultipartError, MultipartSegment, PushMultipartParser, parse_options_header

from adapters_persistence.media.signing import SignatureError
from distribution_core.domain.errors import NotFoundError
from distribution_core.usecases.upload_media import upload_media
from shells.web.security.guard import provide_caller
from shells.web.security.permissions import Permission
from shells.web.security.rates import Rates
from shells.web.security.tokens import AccessTokens, Caller
from shells.web.shapes.content import ListedMediaOut, MediaListOut, MediaOut
from shells.wiring import Product

SHOWN_FOR = timedelta(hours=1)


@post(
    "/media", status_code=201, request_max_body_size=None, summary="Upload a picture or video", permission=Permission.MEDIA_WRITE
)
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


@get("/media", summary="Uploaded media by their keys, with links to show them", permission=Permission.MEDIA_READ)
async def list_media(
    caller: Caller,
    product: Product,
    key: Annotated[list[str], QueryParameter(min_items=1, max_items=100)],
) -> MediaListOut:
    """In the order of asking; what is not there, or not yours, is left out. Links end at `expires_at`."""
    async with product.context.ledger.begin() as tx:
        stored = await tx.media.of_keys(caller.user_id, set(key))
    found = [stored[each].asset for each in dict.fromkeys(key) if each in stored]
    expires_at = product.context.clock.now() + SHOWN_FOR
    return MediaListOut(
        media=[
            ListedMediaOut.of_shown(asset, await product.context.media.public_url(asset.key, asset.mime, SHOWN_FOR), expires_at)
            for asset in found
        ]
    )


@get(
    "/media/{key:path}",
    summary="An uploaded picture or video, for its user or whoever holds a signed link",
    permission=Permission.PROVEN,
)
async def fetch(
    key: FromPath[str],
    request: Request[Any, Any, Any],
    product: Product,
    tokens: AccessTokens,
    rates: Rates,
    mime: Annotated[str | None, QueryParameter(name="type")] = None,
    expires: FromQuery[int | None] = None,
    signature: FromQuery[str | None] = None,
) -> Redirect | Stream:
    """Without a signature it is the user's own, and the answer leads to a signed link. What is served is sandboxed, so that a
    hostile file is no page of ours."""
    key = key.removeprefix("/")
    if mime is None or expires is None or signature is None:
        return await _to_signed(key, await provide_caller(request, product, tokens, rates), product)
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


async def _to_signed(key: str, caller: Caller, product: Product) -> Redirect:
    async with product.context.ledger.begin() as tx:
        stored = (await tx.media.of_keys(caller.user_id, {key})).get(key)
    if stored is None:
        raise NotFoundError("There is no such media.")
    url = await product.context.media.public_url(key, stored.asset.mime, SHOWN_FOR)
    # A browser may go by it again until shortly before the link ends.
    kept_s = int(SHOWN_FOR.total_seconds()) // 2
    return Redirect(url, status_code=307, headers={"cache-control": f"private, max-age={kept_s}"})


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

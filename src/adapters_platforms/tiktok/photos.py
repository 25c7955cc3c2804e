"""Pictures as TikTok takes them: JPEG within 1080 x 1920, made once and stored for TikTok to fetch (Photo Post reference)."""

import asyncio
import io
from collections.abc import AsyncIterator

from PIL import Image, ImageOps

from distribution_core.domain.content import MediaAsset
from distribution_core.domain.errors import NotFoundError
from distribution_core.domain.outcome import Rejected
from distribution_core.ports.media import MediaStore
from distribution_core.ports.platform import Journal

MIME = "image/jpeg"
SHORT_SIDE_PX_MAX, LONG_SIDE_PX_MAX = 1080, 1920
_QUALITY = 90
_JPEG_START = b"\xff\xd8\xff"


def to_jpeg(data: bytes) -> bytes:
    """The picture upright, on white where it was transparent, its first frame where it moves, and without EXIF.
    The same bytes give the same JPEG. Raises OSError or ValueError for what cannot be read."""
    with Image.open(io.BytesIO(data)) as opened:
        opened.seek(0)
        image = ImageOps.exif_transpose(opened)
        colours = opened.info.get("icc_profile") if opened.mode == "RGB" else None
        image = _opaque(image)
        image = image.resize(fitted(*image.size), Image.Resampling.LANCZOS) if fitted(*image.size) != image.size else image
        out = io.BytesIO()
        image.save(out, "JPEG", quality=_QUALITY, exif=b"", icc_profile=colours)
    return out.getvalue()


def fitted(width: int, height: int) -> tuple[int, int]:
    """The largest size of the same shape that TikTok takes, never larger than it was."""
    short, long = sorted((width, height))
    if short <= SHORT_SIDE_PX_MAX and long <= LONG_SIDE_PX_MAX:
        return width, height
    scale = min(SHORT_SIDE_PX_MAX / short, LONG_SIDE_PX_MAX / long)
    return max(1, int(width * scale)), max(1, int(height * scale))


def derived_key(image: MediaAsset) -> str:
    """Where the JPEG of a picture lies: named by its content, so that all deliveries share it."""
    return f"derived/tiktok/{image.sha256}-{LONG_SIDE_PX_MAX}-q{_QUALITY}.jpg"


async def put_photos(media: MediaStore, journal: Journal, images: tuple[MediaAsset, ...]) -> list[str] | Rejected:
    """The keys of the pictures' JPEGs, in order; those in the journal are not made again."""
    keys = [str(key) for key in journal.handles.get("photos") or ()]
    for number, image in enumerate(images[len(keys) :], start=len(keys) + 1):
        key = derived_key(image)
        if not await _is_there(media, key):
            try:
                original = await media.read(image.key, 0, image.size_bytes)
                converted = await asyncio.to_thread(to_jpeg, original)
            except NotFoundError:
                return Rejected(message=f"Picture {number} of this post is no longer stored.", code="media_gone")
            except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
                return Rejected(
                    message=f"Picture {number} cannot be made a JPEG, which TikTok asks for.", code="media_unreadable"
                )
            await media.put(key, _once(converted), MIME)
        keys.append(key)
        await journal.record(photos=keys)
    return keys


async def _is_there(media: MediaStore, key: str) -> bool:
    try:
        return await media.read(key, 0, len(_JPEG_START)) == _JPEG_START
    except NotFoundError:
        return False


def _opaque(image: Image.Image) -> Image.Image:
    if image.mode in ("I;16", "I;16L", "I;16B", "I"):
        # Pillow cuts sixteen bits off at 255 instead of scaling them.
        return image.convert("I").point(lambda value: value * (1 / 257)).convert("L").convert("RGB")
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        white = Image.new("RGBA", layer.size, "white")
        return Image.alpha_composite(white, layer).convert("RGB")
    return image.convert("RGB")


async def _once(data: bytes) -> AsyncIterator[bytes]:
    yield data

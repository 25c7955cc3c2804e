"""Reading `post_info` and `source_info`: each field's type, length and allowed values."""

from typing import Any
from urllib.parse import urlsplit

from attrs import frozen

from shells.sandbox.tiktok.chunks import ChunkPlan, ChunkPlanError, plan_chunks
from shells.sandbox.tiktok.creators import PRIVACY_LEVELS
from shells.sandbox.tiktok.errors import ApiErrors
from shells.sandbox.tiktok.switches import Switches, is_loopback

VIDEO_TITLE_MAX, PHOTO_TITLE_MAX, DESCRIPTION_MAX = 2200, 90, 4000
PHOTOS_MAX = 35
_EMPTY = "The request post info is empty or incorrect"
_INT32_MAX = 2**31 - 1


def utf16_units(text: str) -> int:
    """How TikTok counts: in UTF-16 code units, so most emoji are two."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


@frozen
class InfoReader:
    """Typed reads of a request body. Every method raises RefusedError in the platform's words."""

    switches: Switches
    errors: ApiErrors

    def section(self, body: dict[str, Any], name: str) -> dict[str, Any]:
        value = body.get(name)
        if not isinstance(value, dict) or not value:
            raise self.errors.invalid(_EMPTY if name == "post_info" else "The request source info is empty or incorrect")
        return value

    def flag(self, section: dict[str, Any], name: str) -> bool:
        value = section.get(name)
        if not isinstance(value, bool | None):
            raise self.errors.invalid(f"{name} is not a boolean")
        return bool(value)

    def flags(self, section: dict[str, Any], *names: str) -> None:
        for name in names:
            self.flag(section, name)

    def integer(self, section: dict[str, Any], name: str) -> int:
        value = section.get(name)
        if not isinstance(value, int) or isinstance(value, bool):
            raise self.errors.invalid(f"{name} is missing or not a number")
        return value

    def text(self, section: dict[str, Any], name: str, units_max: int) -> str:
        value = section.get(name)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise self.errors.invalid(f"{name} is not a string")
        if utf16_units(value) > units_max:
            raise self.errors.invalid(f"The {name} is too long: at most {units_max} UTF-16 characters")
        return value

    def privacy(self, section: dict[str, Any]) -> str:
        value = section.get("privacy_level")
        if value not in PRIVACY_LEVELS:
            raise self.errors.invalid(_EMPTY)
        return str(value)

    def cover_timestamp(self, section: dict[str, Any]) -> None:
        """A time outside the video silently means its first frame; only the type is checked."""
        value = section.get("video_cover_timestamp_ms")
        if value is not None and (isinstance(value, bool) or not isinstance(value, int) or abs(value) > _INT32_MAX):
            raise self.errors.invalid("video_cover_timestamp_ms is not a 32-bit number")

    def chunk_plan(self, source: dict[str, Any]) -> ChunkPlan:
        size, chunk, count = (self.integer(source, name) for name in ("video_size", "chunk_size", "total_chunk_count"))
        try:
            return plan_chunks(size, chunk, count)
        except ChunkPlanError as error:
            raise self.errors.invalid(str(error)) from None

    def photo_urls(self, source: dict[str, Any]) -> tuple[str, ...]:
        images = source.get("photo_images")
        if not isinstance(images, list) or not 1 <= len(images) <= PHOTOS_MAX:
            raise self.errors.invalid(f"photo_images holds 1 to {PHOTOS_MAX} URLs")
        cover = self.integer(source, "photo_cover_index")
        if not 0 <= cover < len(images):
            raise self.errors.invalid("photo_cover_index is out of range")
        return tuple(self.pull_url(url) for url in images)

    def pull_url(self, url: object) -> str:
        """A URL that TikTok would fetch: https, no address for a host, below a verified domain or prefix. The switch
        `allow_loopback_pull` lets this machine's own URLs through, which TikTok itself never could reach."""
        if not isinstance(url, str):
            raise self.errors.invalid("The media URL is missing or not a string")
        try:
            parts = urlsplit(url)
            host = parts.hostname or ""
        except ValueError:
            raise self.errors.invalid("The media URL is malformed") from None
        if parts.scheme not in ("http", "https") or not host:
            raise self.errors.invalid("The media URL is malformed")
        if self.switches.allow_loopback_pull and is_loopback(host):
            return url
        if (
            parts.scheme != "https"
            or _is_address(host)
            or not any(_owns(mark, url, host) for mark in self.switches.verified_urls)
        ):
            raise self.errors.refuse(
                "url_ownership_unverified",
                "Please review our URL ownership verification rules at "
                "https://developers.tiktok.com/doc/content-posting-api-media-transfer-guide#pull_from_url",
            )
        return url


def _is_address(host: str) -> bool:
    return ":" in host or host.replace(".", "").isdigit()


def _owns(mark: str, url: str, host: str) -> bool:
    """A verified prefix is matched as it stands; a verified domain covers its subdomains."""
    if mark.startswith("https://"):
        return mark.endswith("/") and url.startswith(mark)
    return host == mark or host.endswith(f".{mark}")

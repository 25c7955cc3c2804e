"""The `content` of a post: one media, several images, or an article; each checked against its author."""

from typing import Any

from attrs import frozen

from shells.sandbox.linkedin.assets import Asset, Assets
from shells.sandbox.linkedin.errors import LinkedInError, bad_request
from shells.sandbox.posts import PostMedia
from shells.sandbox.world import World

_VARIANTS = ("media", "multiImage", "article")
_ALT_MAX = 4086


@frozen(kw_only=True)
class PostContent:
    """`unready` is the error code of media that can't be shown yet."""

    title: str | None = None
    link: str | None = None
    media: tuple[PostMedia, ...] = ()
    unready: str | None = None

    @property
    def is_empty(self) -> bool:
        return not self.media and not self.link and self.unready is None


def read_content(content: Any, author: str, assets: Assets, world: World) -> PostContent:
    """Raises LinkedInError for anything but one well-formed variant whose media belong to the author."""
    if content is None:
        return PostContent()
    if not isinstance(content, dict) or len(content) != 1 or next(iter(content)) not in _VARIANTS:
        raise bad_request("INVALID_VALUE_FOR_FIELD", f"content holds exactly one of {', '.join(_VARIANTS)}")
    variant, value = next(iter(content.items()))
    if not isinstance(value, dict):
        raise bad_request("INVALID_VALUE_FOR_FIELD", f"content.{variant} must be an object")
    if variant == "article":
        return _article(value, author, assets, world)
    if variant == "multiImage":
        images = value.get("images")
        if not isinstance(images, list) or not 2 <= len(images) <= 20:
            raise bad_request("INVALID_VALUE_FOR_FIELD", "multiImage takes 2 to 20 images")
        items = images
    else:
        items = [value]
    found = [_asset(item, author, assets) for item in items]
    if variant == "multiImage" and any(asset.kind != "image" for asset in found):
        raise bad_request("INVALID_URN_TYPE", "multiImage takes images only")
    if any(asset.kind == "document" for asset in found) and not value.get("title"):
        raise bad_request("MISSING_FIELD", "A document needs a title")
    unready = _unready(found, assets)
    if unready is not None:
        return PostContent(unready=unready)
    media = tuple(_shown(asset, item, world) for asset, item in zip(found, items, strict=True))
    return PostContent(title=value.get("title"), media=media)


def _article(value: dict[str, Any], author: str, assets: Assets, world: World) -> PostContent:
    source = value.get("source")
    if not isinstance(source, str) or not source.startswith(("http://", "https://")):
        raise bad_request("INVALID_VALUE_FOR_FIELD", "content.article.source must be a URL")
    if not value.get("title"):
        raise bad_request("MISSING_FIELD", "content.article.title is required")
    if "thumbnail" in value:
        _asset({"id": value["thumbnail"]}, author, assets)
    return PostContent(title=str(value["title"]), link=source)


def _asset(item: Any, author: str, assets: Assets) -> Asset:
    urn = item.get("id") if isinstance(item, dict) else None
    asset = assets.by_urn.get(str(urn))
    if asset is None:
        raise bad_request("INVALID_URN_ID", f"Unknown media {urn}")
    if asset.owner != author:
        raise LinkedInError(403, "The media belongs to another owner", code="ACCESS_DENIED", service=100)
    if len(str(item.get("altText", ""))) > _ALT_MAX:
        raise bad_request("FIELD_LENGTH_TOO_LONG", "altText is too long")
    return asset


def _unready(found: list[Asset], assets: Assets) -> str | None:
    statuses = {assets.status(asset) for asset in found}
    if "PROCESSING_FAILED" in statuses:
        return "MEDIA_ASSET_PROCESSING_FAILED"
    return "MEDIA_ASSET_WAITING_UPLOAD" if statuses - {"AVAILABLE"} else None


def _shown(asset: Asset, item: dict[str, Any], world: World) -> PostMedia:
    kind = "video" if asset.kind == "video" else "image"
    return world.blobs.media(str(asset.digest), kind, item.get("altText"))

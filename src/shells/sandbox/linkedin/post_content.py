"""The `content` of a post: one media, several images, or an article; each checked against its author."""

from typing import Any

from attrs import field, frozen

from shells.sandbox.linkedin.assets import Asset, Assets
from shells.sandbox.linkedin.errors import LinkedInError, bad_request, not_in_schema
from shells.sandbox.linkedin.restli import Schema, record_problems
from shells.sandbox.posts import PostMedia

_MEDIA: Schema = {"id!": str, "altText": str, "title": str}
_SCHEMAS: dict[str, Schema] = {
    "media": _MEDIA,
    "multiImage": {"images!": list, "altText": str},
    "article": {"source!": str, "title": str, "description": str, "thumbnail": str, "thumbnailAltText": str},
}
_ALT_MAX = 4086


@frozen(kw_only=True)
class PostContent:
    """What a post shows beside its words. `assets` are what it is made of; `unready` is the error code of those that
    can't be shown yet."""

    title: str | None = None
    link: str | None = None
    media: tuple[PostMedia, ...] = ()
    assets: tuple[Asset, ...] = field(default=(), repr=False)
    unready: str | None = None

    @property
    def is_empty(self) -> bool:
        return not self.assets and not self.link


def read_content(content: dict[str, Any] | None, author: str, assets: Assets) -> PostContent:
    """Raises LinkedInError for anything but one well-formed variant whose media belong to the author."""
    if content is None:
        return PostContent()
    problems = record_problems(content, dict.fromkeys(_SCHEMAS, dict), "/content")
    if not problems and len(content) != 1:
        problems = [f"/content :: DataMap should have exactly one entry for a union type, not {len(content)}"]
    for name, value in content.items():
        if not problems:
            problems = record_problems(value, _SCHEMAS[name], f"/content/{name}")
    items = content.get("multiImage", {}).get("images", []) if not problems else []
    for number, item in enumerate(items):
        known = isinstance(item, dict)
        path = f"/content/multiImage/images/{number}"
        problems += record_problems(item, _MEDIA, path) if known else [f"{path} :: cannot be coerced to record"]
    if problems:
        raise not_in_schema(problems)
    if "article" in content:
        return _article(content["article"], author, assets)
    if "multiImage" in content:
        if not 2 <= len(items) <= 20:
            raise bad_request("INVALID_VALUE_FOR_FIELD", "multiImage takes 2 to 20 images", field="content/multiImage/images")
        return _media(items, author, assets, ("image",), None)
    return _media([content["media"]], author, assets, ("image", "video", "document"), content["media"].get("title"))


def owned_asset(urn: str, author: str, assets: Assets, kinds: tuple[str, ...]) -> Asset:
    """Raises LinkedInError for another type of URN, an unknown one, or another owner's."""
    kind = urn.split(":")[2] if urn.count(":") == 3 and urn.startswith("urn:li:") else ""
    if kind not in kinds:
        raise bad_request("INVALID_URN_TYPE", f"{urn} is not of a type that is allowed here: {', '.join(kinds)}")
    asset = assets.by_urn.get(urn)
    if asset is None:
        raise bad_request("INVALID_URN_ID", f"Invalid urn id: {urn}")
    if asset.owner != author:
        raise LinkedInError(400, "One or more of the assets is not owned by the author. All assets must be owned by the author")
    return asset


def unready_code(found: list[Asset], assets: Assets) -> str | None:
    """The error code for media that are not all there, None when they are."""
    statuses = {assets.status(asset) for asset in found}
    if "PROCESSING_FAILED" in statuses:
        return "MEDIA_ASSET_PROCESSING_FAILED"
    return "MEDIA_ASSET_WAITING_UPLOAD" if statuses - {"AVAILABLE"} else None


def shown(asset: Asset, assets: Assets, alt_text: str | None) -> PostMedia:
    """An available asset as a timeline shows it."""
    return assets.world.blobs.media(str(asset.digest), asset.kind, alt_text)


def _article(value: dict[str, Any], author: str, assets: Assets) -> PostContent:
    if not value["source"].startswith(("http://", "https://")):
        raise bad_request("INVALID_VALUE_FOR_FIELD", "source must be a URL", field="content/article/source")
    if not value.get("title"):
        # Nothing is fetched from the address, so there is nothing else to call it.
        raise bad_request("MISSING_FIELD", "title is required", field="content/article/title")
    pictures = [owned_asset(value["thumbnail"], author, assets, ("image",))] if "thumbnail" in value else []
    return PostContent(title=value["title"], link=value["source"], assets=tuple(pictures), unready=unready_code(pictures, assets))


def _media(items: list[dict[str, Any]], author: str, assets: Assets, kinds: tuple[str, ...], title: str | None) -> PostContent:
    found = [owned_asset(item["id"], author, assets, kinds) for item in items]
    if any(len(item.get("altText", "")) > _ALT_MAX for item in items):
        raise bad_request("FIELD_LENGTH_TOO_LONG", f"The length of altText exceeds {_ALT_MAX}", field="content")
    if found[0].kind == "document" and not title:
        raise bad_request("MISSING_FIELD", "A document needs a title", field="content/media/title")
    unready = unready_code(found, assets)
    media = () if unready else tuple(shown(asset, assets, item.get("altText")) for asset, item in zip(found, items, strict=True))
    return PostContent(title=title, media=media, assets=tuple(found), unready=unready)

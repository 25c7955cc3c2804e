"""Media for the older ugcPosts: one asset per picture or video, sent whole (Learn, share-on-linkedin)."""

from typing import Any

from adapters_platforms.http import TransportError
from adapters_platforms.linkedin.failures import lost_before_commit
from adapters_platforms.linkedin.uploading import Upload
from distribution_core.domain.content import MediaAsset, MediaKind
from distribution_core.domain.outcome import Refusal, Unavailable

_MECHANISM = "com.linkedin.digitalmedia.uploading.MediaUploadHttpRequest"


async def put_assets(upload: Upload, media: tuple[MediaAsset, ...]) -> list[str] | Refusal:
    """The URNs of the assets, in order; those that the journal holds as uploaded are not sent again."""
    urns: list[str] = []
    for index, asset in enumerate(media):
        handle = upload.journal.handles.get(f"asset_{index}")
        if not (isinstance(handle, dict) and handle.get("uploaded")):
            fresh = await _put_asset(upload, f"asset_{index}", asset)
            if not isinstance(fresh, dict):
                return fresh
            handle = fresh
        urns.append(str(handle["urn"]))
    return urns


async def _put_asset(upload: Upload, key: str, asset: MediaAsset) -> dict[str, Any] | Refusal:
    recipe = "feedshare-video" if asset.kind is MediaKind.VIDEO else "feedshare-image"
    request = {
        "recipes": [f"urn:li:digitalmediaRecipe:{recipe}"],
        "owner": upload.author,
        "serviceRelationships": [{"relationshipType": "OWNER", "identifier": "urn:li:userGeneratedContent"}],
    }
    data = await upload.ask("POST", "/v2/assets?action=registerUpload", {"registerUploadRequest": request})
    if not isinstance(data, dict):
        return data
    try:
        mechanism = data["value"]["uploadMechanism"][_MECHANISM]
        url, urn = str(mechanism["uploadUrl"]), str(data["value"]["asset"])
    except (KeyError, TypeError):
        return Unavailable(message="LinkedIn registered an upload without saying where.")
    await upload.journal.record(**{key: {"urn": urn}})
    content = upload.media.stream(asset.key)
    try:
        answer = await upload.api.upload(url, content, size_bytes=asset.size_bytes, mime=asset.mime, token=upload.job.token)
    except TransportError as error:
        return lost_before_commit(error)
    if not answer.ok:
        return upload.refusal(answer)
    handle = {"urn": urn, "uploaded": True}
    await upload.journal.record(**{key: handle, "uploaded_at_ms": int(upload.now().timestamp() * 1000)})
    return handle

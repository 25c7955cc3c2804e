"""A video up to LinkedIn in parts, each part's ETag journalled as it comes (Learn, videos-api)."""

import json
from typing import Any

from attrs import field, frozen

from adapters_platforms.http import TransportError
from adapters_platforms.linkedin.failures import lost_before_commit
from adapters_platforms.linkedin.uploading import Upload
from adapters_platforms.linkedin.waiting import AVAILABLE, PROCESSING, upload_state
from distribution_core.domain.content import MediaAsset
from distribution_core.domain.outcome import Refusal, Unavailable
from distribution_core.domain.secret import Secret

_MARGIN_MS = 60_000


@frozen(kw_only=True)
class Part:
    """Where bytes `first` to `last` (inclusive) go. The URL is a key to the upload."""

    url: str = field(repr=False)
    first: int
    last: int


async def put_video(upload: Upload, video: MediaAsset) -> str | Refusal:
    """The URN of the video, uploaded and finalized; what the journal holds of it is not sent again, whoever sent it. The
    parts' addresses are journalled as one secret, `video_parts`: they need no token."""
    handles = upload.journal.handles
    handle, etags = handles.get("video"), list(handles.get("video_etags") or ())
    if isinstance(handle, dict) and len(etags) == handle["parts"]:
        if not handles.get("video_finalized") and (problem := await _finalize_again(upload, handle, etags)):
            return problem
        return str(handle["urn"])
    parts = _opened(handles.get("video_parts"))
    if not isinstance(handle, dict) or parts is None or _expired(upload, handle):
        opened = await _initialize(upload, video)
        if not isinstance(opened, tuple):
            return opened
        handle, parts, etags = *opened, []
        await upload.journal.record(video=handle, video_etags=None, video_parts=_sealable(parts))
    for part in parts[len(etags) :]:
        etag = await _put_part(upload, video, part)
        if not isinstance(etag, str):
            if isinstance(etag, Unavailable) and etag.stale:
                await upload.journal.record(video_parts=None)
            return etag
        etags.append(etag)
        await upload.journal.record(video_etags=list(etags))
    problem = await _finalize(upload, handle, etags)
    return problem or str(handle["urn"])


def _sealable(parts: tuple[Part, ...]) -> Secret:
    return Secret(json.dumps([[part.url, part.first, part.last] for part in parts]))


def _opened(journalled: object) -> tuple[Part, ...] | None:
    """None also where the secret did not open: the account was linked anew, or an earlier release kept no addresses."""
    if not isinstance(journalled, Secret):
        return None
    return tuple(Part(url=url, first=first, last=last) for url, first, last in json.loads(journalled.reveal()))


async def _initialize(upload: Upload, video: MediaAsset) -> tuple[dict[str, Any], tuple[Part, ...]] | Refusal:
    request = {
        "owner": upload.author,
        "fileSizeBytes": video.size_bytes,
        "uploadCaptions": False,
        "uploadThumbnail": False,
    }
    data = await upload.ask("POST", "/rest/videos?action=initializeUpload", {"initializeUploadRequest": request})
    if not isinstance(data, dict):
        return data
    try:
        value = data["value"]
        parts = tuple(
            Part(url=str(item["uploadUrl"]), first=int(item["firstByte"]), last=int(item["lastByte"]))
            for item in value["uploadInstructions"]
        )
        handle = {
            "urn": str(value["video"]),
            "upload_token": str(value.get("uploadToken") or ""),
            "expires_at_ms": value.get("uploadUrlsExpireAt"),
            "parts": len(parts),
        }
    except (KeyError, TypeError, ValueError, AttributeError):
        return Unavailable(message="LinkedIn opened a video upload in a form that is not known.")
    ends = [0, *(part.last + 1 for part in parts)]
    if [part.first for part in parts] != ends[:-1] or ends[-1] != video.size_bytes:
        return Unavailable(message="LinkedIn's upload instructions do not cover the video.")
    return handle, parts


async def _put_part(upload: Upload, video: MediaAsset, part: Part) -> str | Refusal:
    """The part's ETag. No token: these URLs are signed, and a token would be one too many."""
    content = await upload.media.read(video.key, part.first, part.last - part.first + 1)
    try:
        answer = await upload.api.upload(part.url, content, size_bytes=len(content))
    except TransportError as error:
        return lost_before_commit(error)
    if answer.status in (400, 401, 403, 404, 410):
        return Unavailable(message=f"LinkedIn no longer takes this upload (HTTP {answer.status}).", stale=True)
    if not answer.ok:
        return upload.refusal(answer)
    etag = str(answer.headers.get("etag", "")).removeprefix("W/").strip('"')
    return etag or Unavailable(message="LinkedIn took a part of the video without an ETag.")


async def _finalize_again(upload: Upload, handle: dict[str, Any], etags: list[str]) -> Refusal | None:
    """For a finalize whose answer was lost: a video that is under way needs no second one."""
    state = await upload_state(upload, str(handle["urn"]))
    if state in (PROCESSING, AVAILABLE):
        await _finalized(upload)
        return None
    return await _finalize(upload, handle, etags) if isinstance(state, str) else state


async def _finalize(upload: Upload, handle: dict[str, Any], etags: list[str]) -> Refusal | None:
    """Part ids in the order of the instructions, and the upload token as it was given."""
    request = {"video": handle["urn"], "uploadToken": handle["upload_token"], "uploadedPartIds": etags}
    answer = await upload.call("POST", "/rest/videos?action=finalizeUpload", {"finalizeUploadRequest": request})
    if isinstance(answer, Unavailable):
        return answer
    if not answer.ok:
        return upload.refusal(answer)
    await _finalized(upload)
    return None


async def _finalized(upload: Upload) -> None:
    await upload.journal.record(video_finalized=True, video_parts=None, uploaded_at_ms=int(upload.now().timestamp() * 1000))


def _expired(upload: Upload, handle: dict[str, Any]) -> bool:
    expires_at_ms = handle.get("expires_at_ms")
    return isinstance(expires_at_ms, int) and expires_at_ms - _MARGIN_MS < upload.now().timestamp() * 1000

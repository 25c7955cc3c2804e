"""The wait until LinkedIn lets a post name an upload. A post that comes too early may stay invisible for ever."""

import asyncio
from datetime import timedelta

from adapters_platforms.linkedin.uploading import Upload
from adapters_platforms.linkedin.urns import in_url, urn_id
from distribution_core.domain.outcome import Refusal, Rejected, Throttled, Unavailable

AVAILABLE = "AVAILABLE"
WAITING_UPLOAD = "WAITING_UPLOAD"
PROCESSING = "PROCESSING"
PROCESSING_FAILED = "PROCESSING_FAILED"
UNREADABLE = "UNREADABLE"

_PATHS = {
    "image": "/rest/images/{urn}",
    "video": "/rest/videos/{urn}",
    "digitalmediaAsset": "/v2/assets/{id}",
}


async def upload_state(upload: Upload, urn: str) -> str | Refusal:
    """LinkedIn's word for an upload's state, UNREADABLE where the token may not ask, or why it couldn't be asked."""
    path = _PATHS[urn.split(":")[2]].format(urn=in_url(urn), id=in_url(urn_id(urn)))
    answer = await upload.call("GET", path)
    if isinstance(answer, Unavailable):
        return answer
    if answer.status == 403:
        return UNREADABLE
    if answer.status == 404:
        return Unavailable(message="LinkedIn no longer knows an upload.", code="NOT_FOUND", stale=True)
    if not answer.ok:
        return upload.refusal(answer)
    data = answer.json_object()
    if (status := data.get("status")) in (AVAILABLE, WAITING_UPLOAD, PROCESSING):
        return str(status)
    recipes = data.get("recipes")
    found = [str(item.get("status")) for item in recipes if isinstance(item, dict)] if isinstance(recipes, list) else []
    if found and "_FAILED" not in "".join(found):
        return AVAILABLE if set(found) == {AVAILABLE} else PROCESSING
    if status == PROCESSING_FAILED or found:
        reason = data.get("processingFailureReason")
        words = f": {reason[:200]}" if isinstance(reason, str) and reason else "."
        return Rejected(message=f"LinkedIn could not process the picture or video{words}", code=PROCESSING_FAILED)
    return PROCESSING


async def wait_until_available(upload: Upload, urns: list[str]) -> Refusal | None:
    """None once every upload may be posted. Looks a few times, then gives the delivery's place back with a wait."""
    left = list(urns)
    if upload.job.account_kind == "member" and not any(":video:" in urn for urn in urns):
        # A member's token may read a video's state, but not a picture's: there is nothing to ask.
        left = []
        await asyncio.sleep(upload.config.member_image_wait_s)
    for look in range(upload.config.poll_count):
        if look and left:
            await asyncio.sleep(upload.config.poll_interval_s)
        for urn in tuple(left):
            state = await upload_state(upload, urn)
            if state == UNREADABLE:
                await asyncio.sleep(upload.config.member_image_wait_s)
                left.remove(urn)
            elif state == AVAILABLE:
                left.remove(urn)
            elif not isinstance(state, str):
                if isinstance(state, Rejected):
                    # Spent: whoever redrives this delivery must upload afresh.
                    await upload.journal.record(**dict.fromkeys(upload.journal.handles))
                return state
    if not left:
        return None
    uploaded_at_ms = upload.journal.handles.get("uploaded_at_ms")
    now_ms = int(upload.now().timestamp() * 1000)
    if isinstance(uploaded_at_ms, int) and now_ms - uploaded_at_ms >= upload.config.processing_limit_s * 1000:
        return Unavailable(message="LinkedIn has been processing the upload for longer than it should.", code=PROCESSING)
    wait = timedelta(seconds=upload.config.processing_wait_s)
    said = "LinkedIn is still processing the upload; nothing is posted yet."
    return Throttled(message=said, code=PROCESSING, wait=wait, scope=None)

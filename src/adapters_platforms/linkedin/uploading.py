"""Media up to LinkedIn, before anything is visible: one delivery's uploads, and its pictures (Learn, images-api)."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from attrs import frozen

from adapters_platforms.http import Answer, TransportError
from adapters_platforms.linkedin.api import LinkedInApi
from adapters_platforms.linkedin.configuration import LinkedInConfig
from adapters_platforms.linkedin.failures import before_commit, lost_before_commit, read_problem
from adapters_platforms.linkedin.throttling import Throttling
from distribution_core.domain.content import MediaAsset
from distribution_core.domain.outcome import Refusal, Unavailable
from distribution_core.ports.media import MediaStore
from distribution_core.ports.platform import Journal, PublishJob


@frozen(kw_only=True)
class Upload:
    """What all kinds of upload of one delivery share. `author` owns them: LinkedIn wants the post's own author."""

    api: LinkedInApi
    config: LinkedInConfig
    media: MediaStore
    throttling: Throttling
    now: Callable[[], datetime]
    job: PublishJob
    journal: Journal
    author: str

    async def ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any] | Refusal:
        """A call whose effect nobody sees: its JSON object, or what its failure means."""
        answer = await self.call(method, path, body)
        if isinstance(answer, Unavailable):
            return answer
        return answer.json_object() if answer.ok else self.refusal(answer)

    async def call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Answer | Unavailable:
        """The same with the answer as it is."""
        encoded = json.dumps(body).encode() if body is not None else None
        rest_method = "ACTION" if "?action=" in path else None
        try:
            return await self.api.call(method, path, self.job.token, body=encoded, rest_method=rest_method)
        except TransportError as error:
            return lost_before_commit(error)

    def refusal(self, answer: Answer) -> Refusal:
        return before_commit(read_problem(answer), self.throttling, self.job.external_account_id)


async def put_images(upload: Upload, images: tuple[MediaAsset, ...]) -> list[str] | Refusal:
    """The URNs of the pictures, in order; those that the journal holds as uploaded are not sent again."""
    urns: list[str] = []
    for index, image in enumerate(images):
        handle = upload.journal.handles.get(f"image_{index}")
        if not (isinstance(handle, dict) and handle.get("uploaded")):
            # An upload URL is a key to the upload and stays out of the journal: without it, a fresh URN costs less.
            fresh = await _put_image(upload, f"image_{index}", image)
            if not isinstance(fresh, dict):
                return fresh
            handle = fresh
        urns.append(str(handle["urn"]))
    return urns


async def _put_image(upload: Upload, key: str, image: MediaAsset) -> dict[str, Any] | Refusal:
    data = await upload.ask("POST", "/rest/images?action=initializeUpload", {"initializeUploadRequest": {"owner": upload.author}})
    if not isinstance(data, dict):
        return data
    value = data.get("value")
    url, urn = (value.get("uploadUrl"), value.get("image")) if isinstance(value, dict) else (None, None)
    if not isinstance(url, str) or not isinstance(urn, str):
        return Unavailable(message="LinkedIn opened an upload without saying where.")
    handle = {"urn": urn, "expires_at_ms": value.get("uploadUrlExpiresAt") if isinstance(value, dict) else None}
    await upload.journal.record(**{key: handle})
    content = await upload.media.read(image.key, 0, image.size_bytes)
    try:
        answer = await upload.api.upload(url, content, size_bytes=len(content), mime=image.mime, token=upload.job.token)
    except TransportError as error:
        return lost_before_commit(error)
    if not answer.ok:
        return upload.refusal(answer)
    handle = {**handle, "uploaded": True}
    await upload.journal.record(**{key: handle, "uploaded_at_ms": int(upload.now().timestamp() * 1000)})
    return handle

"""Publishes to Pages: everything hidden first, then the one call that shows it (Pages API posts, photos, videos)."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from attrs import frozen

from adapters_platforms.facebook.api import READ_S, UPLOAD_BYTES_PER_S, GraphApi
from adapters_platforms.facebook.configuration import FacebookConfig
from adapters_platforms.facebook.failures import after_commit, before_commit, read_problem
from adapters_platforms.facebook.reconciling import Reconciler
from adapters_platforms.facebook.videos import VideoUpload, finish_form
from adapters_platforms.http import Answer, TransportError
from distribution_core.domain.content import MediaAsset
from distribution_core.domain.outcome import (
    Finding,
    Outcome,
    Processing,
    Published,
    Ready,
    Refusal,
    Unavailable,
    Unconfirmed,
)
from distribution_core.domain.rules import PlatformRules
from distribution_core.ports.media import MediaStore
from distribution_core.ports.platform import Journal, PlatformAdapter, PublishJob, Timing

_FIRST_POLL = timedelta(seconds=3)
_EXTENSIONS = {"image/jpeg": "jpg", "image/png": "png", "image/gif": "gif", "image/bmp": "bmp", "image/tiff": "tiff"}


@frozen(kw_only=True)
class FacebookAdapter:
    """Journal: `photos` (id and time of each upload), `draft` (the hidden post), `video` (id, session, offset)."""

    rules: PlatformRules
    config: FacebookConfig
    api: GraphApi
    media: MediaStore
    reconciler: Reconciler
    uploads: VideoUpload
    now: Callable[[], datetime]

    def timing(self, job: PublishJob) -> Timing:
        return Timing(
            commit_deadline=timedelta(seconds=self.config.commit_deadline_s), settle=timedelta(seconds=self.config.read_lag_s)
        )

    async def prepare(self, job: PublishJob, journal: Journal) -> Ready | Refusal:
        if job.post.videos:
            return await self.uploads.prepare(job, journal)
        refusal = await self._upload_photos(job, journal)
        if refusal is not None:
            return refusal
        if not self.config.drafts or journal.handles.get("draft"):
            return Ready()
        answer = await self._write(
            f"{job.external_account_id}/feed", job, {**_feed_form(job, journal.handles), "published": "false"}
        )
        if isinstance(answer, Unavailable):
            return answer
        draft = answer.json_object().get("id")
        if not answer.ok or not isinstance(draft, str):
            return before_commit(read_problem(answer), self.config.policy_wait_s)
        await journal.record(draft=draft)
        return Ready()

    async def commit(self, job: PublishJob, handles: Mapping[str, Any]) -> Outcome:
        page = job.external_account_id
        if job.post.videos:
            path, form = f"{page}/videos", finish_form(job, handles)
        elif self.config.drafts:
            path, form = str(handles["draft"]), {"is_published": "true"}
        else:
            path, form = f"{page}/feed", _feed_form(job, handles)
        try:
            answer = await self.api.write(
                path, job.token, form, timeout_s=self.config.commit_deadline_s, video_host=bool(job.post.videos)
            )
        except TransportError as error:
            return Unconfirmed(message=str(error), code="lost") if error.sent else Unavailable(message=str(error))
        if not answer.ok:
            return after_commit(read_problem(answer), self.config.policy_wait_s)
        return self._answered(job, handles, answer)

    async def reconcile(self, job: PublishJob, handles: Mapping[str, Any]) -> Finding:
        if job.post.videos:
            return await self.reconciler.video(job, handles)
        if self.config.drafts or handles.get("draft"):
            return await self.reconciler.draft(job, handles)
        return await self.reconciler.look_back(job)

    def _answered(self, job: PublishJob, handles: Mapping[str, Any], answer: Answer) -> Outcome:
        data = answer.json_object()
        if job.post.videos:
            if data.get("success") is True:
                return Processing(poll_after=_FIRST_POLL, handles={"finished": True})
        elif self.config.drafts:
            if data.get("success") is True:
                return Published(external_post_id=str(handles["draft"]), permalink=f"{self.config.www}/{handles['draft']}")
        elif isinstance(data.get("id"), str):
            return Published(external_post_id=data["id"], permalink=f"{self.config.www}/{data['id']}")
        return Unconfirmed(message="Facebook's answer can't be understood.", code=f"http {answer.status}")

    async def _upload_photos(self, job: PublishJob, journal: Journal) -> Refusal | None:
        oldest = self.now() - timedelta(hours=self.config.photo_hours)
        photos: list[dict[str, str]] = list(journal.handles.get("photos", []))
        if any(datetime.fromisoformat(photo["at"]) < oldest for photo in photos):
            # Facebook deletes unpublished photos after a day, and a draft that names them is dead with them.
            photos = []
            await journal.record(photos=None, draft=None)
        for asset in job.post.images[len(photos) :]:
            answer = await self._photo(job, asset)
            if isinstance(answer, Unavailable):
                return answer
            photo_id = answer.json_object().get("id")
            if not answer.ok or not isinstance(photo_id, str):
                return before_commit(read_problem(answer), self.config.policy_wait_s)
            photos = [*photos, {"id": photo_id, "at": self.now().isoformat()}]
            await journal.record(photos=photos)
        return None

    async def _photo(self, job: PublishJob, asset: MediaAsset) -> Answer | Unavailable:
        data = await self.media.read(asset.key, 0, asset.size_bytes)
        form = {"published": "false"}
        if asset.alt_text:
            form["alt_text_custom"] = asset.alt_text
        name = f"photo.{_EXTENSIONS.get(asset.mime, 'jpg')}"
        files = {"source": (name, data, asset.mime)}
        return await self._write(f"{job.external_account_id}/photos", job, form, files=files, size=len(data))

    async def _write(
        self,
        path: str,
        job: PublishJob,
        form: Mapping[str, str],
        *,
        files: Mapping[str, tuple[str, bytes, str]] | None = None,
        size: int = 0,
    ) -> Answer | Unavailable:
        try:
            return await self.api.write(path, job.token, form, files=files, timeout_s=READ_S + size / UPLOAD_BYTES_PER_S)
        except TransportError as error:
            return Unavailable(message=str(error))


def _feed_form(job: PublishJob, handles: Mapping[str, Any]) -> dict[str, str]:
    """The post's parameters: attached_media carries the uploaded photos in order (Page photos, multi-photo posts)."""
    form: dict[str, str] = {}
    if job.post.text:
        form["message"] = job.post.text
    if job.post.link and not job.post.media:
        form["link"] = job.post.link
    for number, photo in enumerate(handles.get("photos", [])):
        form[f"attached_media[{number}]"] = json.dumps({"media_fbid": photo["id"]})
    return form


_: type[PlatformAdapter] = FacebookAdapter

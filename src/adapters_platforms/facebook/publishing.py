"""Publishes to Pages: everything hidden first, then the one call that shows it (Pages API posts, photos, videos)."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from attrs import frozen

from adapters_platforms.facebook.api import UPLOAD_BYTES_PER_S, GraphApi
from adapters_platforms.facebook.configuration import FacebookConfig
from adapters_platforms.facebook.failures import after_commit, before_commit, read_problem
from adapters_platforms.facebook.multipart import FilePart
from adapters_platforms.facebook.reconciling import Reconciler
from adapters_platforms.facebook.rendering import feed_form, finish_form, photo_form
from adapters_platforms.facebook.videos import VideoUpload
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

_POST_FIELDS = "id,permalink_url"
_FIRST_POLL = timedelta(seconds=3)
_EXTENSIONS = {"image/jpeg": "jpg", "image/png": "png", "image/gif": "gif", "image/bmp": "bmp", "image/tiff": "tiff"}


@frozen(kw_only=True)
class FacebookAdapter:
    """Journal: `photos` (id and time of each upload), `draft` (the hidden post) with `permalink`, `video` (see videos.py).

    What the journal holds decides the way, not the setting: that may have changed since."""

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
        form = {**feed_form(job.post, journal.handles.get("photos", ())), "published": "false"}
        if self.config.unpublished_content_type:
            form["unpublished_content_type"] = self.config.unpublished_content_type
        answer = await self._write(f"{job.external_account_id}/feed", job, form, fields=_POST_FIELDS)
        if isinstance(answer, Unavailable):
            return answer
        data = answer.json_object()
        draft = data.get("id")
        if not answer.ok or not isinstance(draft, str) or not draft:
            return before_commit(read_problem(answer), self.config.policy_wait_s)
        await journal.record(draft=draft, permalink=_permalink(data))
        return Ready()

    async def commit(self, job: PublishJob, handles: Mapping[str, Any]) -> Outcome:
        page, draft, fields = job.external_account_id, handles.get("draft"), None
        if job.post.videos:
            path, form = f"{page}/videos", finish_form(job.post, str(handles["video"]["session"]))
        elif draft:
            path, form = str(draft), {"is_published": "true"}
        else:
            path, form, fields = f"{page}/feed", feed_form(job.post, handles.get("photos", ())), _POST_FIELDS
        try:
            answer = await self.api.write(
                path,
                job.token,
                form,
                fields=fields,
                timeout_s=self.config.commit_deadline_s,
                video_host=bool(job.post.videos),
            )
        except TransportError as error:
            return Unconfirmed(message=str(error), code="lost") if error.sent else Unavailable(message=str(error))
        if not answer.ok:
            return after_commit(read_problem(answer), self.config.policy_wait_s, again=job.committing_at is not None)
        return self._answered(job, handles, answer)

    async def reconcile(self, job: PublishJob, handles: Mapping[str, Any]) -> Finding:
        if job.post.videos:
            return await self.reconciler.video(job, handles)
        if handles.get("draft"):
            return await self.reconciler.draft(job, handles)
        return await self.reconciler.look_back(job)

    def _answered(self, job: PublishJob, handles: Mapping[str, Any], answer: Answer) -> Outcome:
        data = answer.json_object()
        if job.post.videos:
            if data.get("success") is True:
                return Processing(poll_after=_FIRST_POLL, handles={"finished": True})
        elif draft := handles.get("draft"):
            if data.get("success") is True:
                link = handles.get("permalink") or f"{self.config.www}/{draft}"
                return Published(external_post_id=str(draft), permalink=str(link))
        elif isinstance(data.get("id"), str) and data["id"]:
            return Published(external_post_id=data["id"], permalink=_permalink(data) or f"{self.config.www}/{data['id']}")
        return Unconfirmed(message="Facebook's answer can't be understood.", code=f"http {answer.status}")

    async def _upload_photos(self, job: PublishJob, journal: Journal) -> Refusal | None:
        oldest = self.now() - timedelta(hours=self.config.photo_hours)
        photos: list[dict[str, str]] = list(journal.handles.get("photos", []))
        if job.committing_at is None and any(datetime.fromisoformat(photo["at"]) < oldest for photo in photos):
            # Facebook deletes unpublished photos after a day, and a draft that names them may be dead with them.
            # One that may have been published already is kept: a new one beside it could be a second post.
            photos = []
            await journal.record(photos=None, draft=None, permalink=None)
        for asset in job.post.images[len(photos) :]:
            answer = await self._photo(job, asset)
            if isinstance(answer, Unavailable):
                return answer
            photo_id = answer.json_object().get("id")
            if not answer.ok or not isinstance(photo_id, str) or not photo_id:
                return before_commit(read_problem(answer), self.config.policy_wait_s)
            photos = [*photos, {"id": photo_id, "at": self.now().isoformat()}]
            await journal.record(photos=photos)
        return None

    async def _photo(self, job: PublishJob, asset: MediaAsset) -> Answer | Unavailable:
        part = FilePart(
            media=self.media,
            key=asset.key,
            start=0,
            size=asset.size_bytes,
            name="source",
            filename=f"photo.{_EXTENSIONS.get(asset.mime, 'jpg')}",
            mime=asset.mime,
        )
        return await self._write(f"{job.external_account_id}/photos", job, photo_form(asset.alt_text), part=part)

    async def _write(
        self,
        path: str,
        job: PublishJob,
        form: Mapping[str, str],
        *,
        part: FilePart | None = None,
        fields: str | None = None,
    ) -> Answer | Unavailable:
        timeout_s = self.config.call_timeout_s + (part.size if part else 0) / UPLOAD_BYTES_PER_S
        try:
            return await self.api.write(path, job.token, form, part=part, fields=fields, timeout_s=timeout_s)
        except TransportError as error:
            return Unavailable(message=str(error))


def _permalink(data: Mapping[str, Any]) -> str | None:
    link = data.get("permalink_url")
    return link if isinstance(link, str) and link.startswith(("https://", "http://")) else None


_: type[PlatformAdapter] = FacebookAdapter

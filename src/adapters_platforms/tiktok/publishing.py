"""Publishes to TikTok: a video's last chunk is what publishes it; a pull is published by its init (Content Posting API)."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from attrs import frozen

from adapters_platforms.http import TransportError
from adapters_platforms.tiktok.api import TikTokApi
from adapters_platforms.tiktok.configuration import TikTokConfig
from adapters_platforms.tiktok.creators import Creator, ask_creator
from adapters_platforms.tiktok.failures import after_commit, read_upload_problem
from adapters_platforms.tiktok.photos import MIME, put_photos
from adapters_platforms.tiktok.reconciling import Reconciler
from adapters_platforms.tiktok.rendering import render_photos, render_video
from adapters_platforms.tiktok.uploading import Uploader
from distribution_core.domain.content import MediaAsset
from distribution_core.domain.errors import NotFoundError
from distribution_core.domain.outcome import Finding, Outcome, Ready, Refusal, Rejected, Unavailable, Unconfirmed
from distribution_core.domain.rules import PlatformRules
from distribution_core.ports.media import MediaStore
from distribution_core.ports.platform import Journal, PlatformAdapter, PublishJob, Timing

_CREATED = 201
# A pull ends within an hour (media transfer guide), and may begin late.
_PULL_VALID = timedelta(hours=2)
_PATHS = {"photos": "/v2/post/publish/content/init/", "url": "/v2/post/publish/video/init/"}


@frozen(kw_only=True)
class TikTokAdapter:
    """Handles in the journal: `kind` (file, url, photos), `username`, `privacy_level`; for an upload what Uploader says; for
    a pull `photos` (keys of the JPEGs), `init` (the rendered body without addresses) and `ready_at`."""

    rules: PlatformRules
    config: TikTokConfig
    api: TikTokApi
    media: MediaStore
    uploader: Uploader
    reconciler: Reconciler
    now: Callable[[], datetime]

    def timing(self, job: PublishJob) -> Timing:
        """The last chunk carries the video's end, or all of it; a pull carries addresses only, and shows up late."""
        if job.post.videos and self.config.video_source == "file":
            seconds = self.uploader.seconds_for(self.uploader.plan(job.post.videos[0]).last_bytes)
            return Timing(commit_deadline=timedelta(seconds=seconds), settle=timedelta(seconds=5))
        return Timing(
            commit_deadline=timedelta(seconds=self.config.commit_deadline_s), settle=timedelta(seconds=self.config.read_lag_s)
        )

    async def prepare(self, job: PublishJob, journal: Journal) -> Ready | Refusal:
        handles, post = journal.handles, job.post
        if handles.get("short_since"):
            # The last chunk was sent once already: only the same upload may be ended, never another one begun.
            return Ready()
        if not post.videos and not post.images:
            return Rejected(message="TikTok takes no post without a picture or video.", code="needs_media")
        if post.videos and handles.get("kind", self.config.video_source) == "file":
            return await self._prepare_upload(job, journal)
        return await self._prepare_pull(job, journal)

    async def commit(self, job: PublishJob, handles: Mapping[str, Any]) -> Outcome:
        """One PUT of the last chunk, or one init of a pull. Neither takes an idempotency key."""
        if handles.get("kind") == "file":
            return await self._put_last(job, handles)
        return await self._init_pull(job, handles)

    async def reconcile(self, job: PublishJob, handles: Mapping[str, Any]) -> Finding:
        return await self.reconciler.ask(job, handles)

    async def _prepare_upload(self, job: PublishJob, journal: Journal) -> Ready | Refusal:
        needed = self.timing(job).commit_deadline
        url = self.uploader.address(journal.handles, needed)
        if url is None:
            creator = await ask_creator(self.api, self.config, job.token)
            if not isinstance(creator, Creator):
                return creator
            info = render_video(job.post, creator, self.config.default_privacy_level)
            if isinstance(info, Rejected):
                return info
            if gone := await self._gone(job.post.videos[0]):
                return gone
            await journal.record(kind="file", username=creator.username, privacy_level=info["privacy_level"])
            if refusal := await self.uploader.open(job, journal, info):
                return refusal
            url = self.uploader.address(journal.handles, needed)
            if url is None:
                return Unavailable(message="TikTok's upload address did not last.", stale=True)
        return await self.uploader.put_all_but_last(job, journal, url) or Ready()

    async def _prepare_pull(self, job: PublishJob, journal: Journal) -> Ready | Refusal:
        creator = await ask_creator(self.api, self.config, job.token)
        if not isinstance(creator, Creator):
            return creator
        post, privacy = job.post, self.config.default_privacy_level
        if post.videos:
            info = render_video(post, creator, privacy)
            init = info if isinstance(info, Rejected) else {"post_info": info, "source_info": {"source": "PULL_FROM_URL"}}
        else:
            init = render_photos(post, creator, privacy)
        if isinstance(init, Rejected):
            return init
        kind = "url" if post.videos else "photos"
        level = init["post_info"]["privacy_level"]
        await journal.record(kind=kind, username=creator.username, privacy_level=level, init=init)
        if post.videos:
            if gone := await self._gone(post.videos[0]):
                return gone
        else:
            keys = await put_photos(self.media, journal, post.images)
            if isinstance(keys, Rejected):
                return keys
        await journal.record(ready_at=self.now().isoformat())
        return Ready()

    async def _gone(self, video: MediaAsset) -> Rejected | None:
        """Said before the commit, which could only say that it does not know."""
        try:
            await self.media.read(video.key, 0, 1)
        except NotFoundError:
            return Rejected(message="The video of this post is no longer stored.", code="media_gone")
        return None

    async def _put_last(self, job: PublishJob, handles: Mapping[str, Any]) -> Outcome:
        again = bool(handles.get("short_since"))
        url = self.uploader.address(handles)
        if url is None:
            if again:
                return Unconfirmed(message="The upload cannot be ended from here; TikTok is asked again what it has.")
            return Unavailable(message="The upload's address is not known any more; it starts afresh.", stale=True)
        try:
            answer = await self.uploader.put_last(job, handles, url)
        except TransportError as error:
            return Unconfirmed(message=str(error)) if error.sent or again else Unavailable(message=str(error))
        if answer.status == _CREATED:
            return self.reconciler.processing({}, accepted=True)
        problem = read_upload_problem(answer)
        # After an earlier sending, no refusal proves anything: the first one may be what closed the upload.
        return Unconfirmed(message=problem.message, code=problem.code) if again else after_commit(problem, self.config)

    async def _init_pull(self, job: PublishJob, handles: Mapping[str, Any]) -> Outcome:
        kind, init = str(handles.get("kind")), handles.get("init")
        if kind not in _PATHS or not isinstance(init, dict):
            return Unavailable(message="The rendered post is not known any more.", stale=True)
        try:
            source = await self._addresses(job, handles)
        except NotFoundError:
            return Rejected(message="The media of this post is no longer stored.", code="media_gone")
        body = {**init, "source_info": {**init["source_info"], **source}}
        try:
            data = await self.api.post(_PATHS[kind], job.token, body, timeout_s=self.config.commit_deadline_s)
        except TransportError as error:
            return Unconfirmed(message=str(error)) if error.sent else Unavailable(message=str(error))
        if not isinstance(data, dict):
            return after_commit(data, self.config)
        publish_id = data.get("publish_id")
        if not isinstance(publish_id, str) or not publish_id:
            return Unconfirmed(message="TikTok took the post without naming it.")
        return self.reconciler.processing({}, publish_id=publish_id)

    async def _addresses(self, job: PublishJob, handles: Mapping[str, Any]) -> dict[str, Any]:
        if job.post.videos:
            video = job.post.videos[0]
            return {"video_url": await self.media.public_url(video.key, video.mime, _PULL_VALID)}
        keys = [str(key) for key in handles.get("photos") or ()]
        return {"photo_images": [await self.media.public_url(key, MIME, _PULL_VALID) for key in keys]}


_: type[PlatformAdapter] = TikTokAdapter

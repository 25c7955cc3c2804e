"""What happens to a job after its last byte or its pull: download, checks, publication, moderation."""

import asyncio
from datetime import timedelta

import httpx
from attrs import define, field

from shells.sandbox.posts import PostMedia, VisiblePost
from shells.sandbox.tiktok.background import Background
from shells.sandbox.tiktok.chunks import VIDEO_MAX_BYTES
from shells.sandbox.tiktok.creators import CREATORS, PUBLIC
from shells.sandbox.tiktok.jobs import JobBook, PublishJob, Status
from shells.sandbox.tiktok.media_check import PHOTO_BYTES_MAX, CheckFailed, check_photo, check_video
from shells.sandbox.tiktok.switches import Switches
from shells.sandbox.tiktok.webhooks import WebhookSender
from shells.sandbox.world import World

_PULL_TIMEOUT_S = 60


class _PullFailedError(Exception):
    pass


@define
class Lifecycle:
    """Runs each job to its end exactly once, by the sandbox's clock."""

    world: World
    switches: Switches
    jobs: JobBook
    background: Background
    webhooks: WebhookSender
    _running: dict[str, "asyncio.Task[None]"] = field(factory=dict)

    def begin(self, job: PublishJob) -> None:
        """All bytes are here, or TikTok begins to pull: from now on nothing more is needed from the app."""
        job.started_at = self.world.clock.now()
        task = self.background.start(self._run(job))
        self._running[job.publish_id] = task
        task.add_done_callback(lambda _: self._running.pop(job.publish_id, None))

    def cancel(self, job: PublishJob) -> bool:
        """Stop a pull that is not over; False when it cannot be stopped any more."""
        task = self._running.get(job.publish_id)
        if not job.pull_urls or job.over or task is None:
            return False
        task.cancel()
        self._fail(job, "publish_cancelled")
        return True

    async def _run(self, job: PublishJob) -> None:
        try:
            files = await self._pull(job) if job.pull_urls else [_uploaded(job)]
        except _PullFailedError:
            self._fail(job, "photo_pull_failed" if job.kind == "photo" else "video_pull_failed")
            return
        ready_at = self.world.clock.now() + timedelta(seconds=self.switches.processing_seconds)
        verdict = await asyncio.to_thread(self._examine, job, files)
        await self.background.until(ready_at)
        if job.authorization.removed:
            self._fail(job, "auth_removed")
        elif job.planted_failure is not None:
            self._fail(job, job.planted_failure)
        elif isinstance(verdict, CheckFailed):
            self._fail(job, verdict.reason)
        elif job.inbox:
            job.status = Status.SEND_TO_USER_INBOX
            self.webhooks.publishing("post.publish.inbox_delivered", job.open_id, job.publish_id, inbox=True)
        else:
            await self._publish(job, verdict)

    async def _publish(self, job: PublishJob, media: tuple[PostMedia, ...]) -> None:
        """Complete at once; open to the public, and with an id that the API tells, only after moderation."""
        job.status = Status.PUBLISH_COMPLETE
        self.webhooks.publishing("post.publish.complete", job.open_id, job.publish_id, inbox=False)
        if job.audience != PUBLIC:
            self._show(job, self.jobs.new_post_id(), media)
            return
        await self.background.until(self.world.clock.now() + timedelta(seconds=self.switches.moderation_seconds))
        job.post_id = self.jobs.new_post_id()
        self._show(job, job.post_id, media)
        self.webhooks.publishing(
            "post.publish.publicly_available", job.open_id, job.publish_id, inbox=False, post_id=str(job.post_id)
        )

    def _show(self, job: PublishJob, post_id: int, media: tuple[PostMedia, ...]) -> None:
        username = CREATORS[job.open_id].username
        self.world.posts.publish(
            VisiblePost(
                platform="tiktok",
                account_id=job.open_id,
                post_id=str(post_id),
                kind=job.kind,
                title=job.title,
                text=job.text,
                created_at=self.world.clock.now(),
                permalink=f"{self.world.base_url}/tiktok/www/@{username}/{job.kind}/{post_id}",
                audience=job.audience,
                media=media,
            )
        )

    def _fail(self, job: PublishJob, reason: str) -> None:
        job.status, job.fail_reason = Status.FAILED, reason
        self.webhooks.publishing("post.publish.failed", job.open_id, job.publish_id, inbox=job.inbox, reason=reason)

    def _examine(self, job: PublishJob, files: list[bytes]) -> tuple[PostMedia, ...] | CheckFailed:
        found: list[PostMedia] = []
        for data in files:
            longest = CREATORS[job.open_id].video_duration_max_s
            mime = check_photo(data) if job.kind == "photo" else check_video(data, longest)
            if isinstance(mime, CheckFailed):
                return mime
            digest = self.world.blobs.put(data, mime)
            found.append(self.world.blobs.media(digest, "image" if job.kind == "photo" else "video"))
        return tuple(found)

    async def _pull(self, job: PublishJob) -> list[bytes]:
        """Fetch the URLs, without following a redirect (media transfer guide)."""
        limit = PHOTO_BYTES_MAX if job.kind == "photo" else VIDEO_MAX_BYTES
        async with httpx.AsyncClient(timeout=_PULL_TIMEOUT_S, follow_redirects=False, trust_env=False) as client:
            files: list[bytes] = []
            for url in job.pull_urls:
                try:
                    files.append(await _fetch(client, url, limit, job))
                except (httpx.HTTPError, OSError, RuntimeError) as error:
                    raise _PullFailedError from error
            return files


async def _fetch(client: httpx.AsyncClient, url: str, limit: int, job: PublishJob) -> bytes:
    data = bytearray()
    async with client.stream("GET", url) as response:
        if response.status_code != 200:
            raise _PullFailedError
        async for part in response.aiter_bytes():
            data += part
            job.downloaded_bytes += len(part)
            if len(data) > limit:
                raise _PullFailedError
    return bytes(data)


def _uploaded(job: PublishJob) -> bytes:
    if job.upload is None:
        raise ValueError("a job without URLs has an upload")
    data, job.upload.received = bytes(job.upload.received), bytearray()
    return data

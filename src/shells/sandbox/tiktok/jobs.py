"""What one init starts: a publish job with its handle, its upload and what became of it."""

import secrets
from datetime import datetime, timedelta
from enum import StrEnum
from random import Random

from attrs import define, field

from shells.sandbox.clock import SandboxClock
from shells.sandbox.tiktok.chunks import ChunkPlan
from shells.sandbox.tiktok.tokens import Authorization

UPLOAD_LIFE = timedelta(hours=1)
DAY = timedelta(hours=24)


class Status(StrEnum):
    """`status` of the Get Post Status reference."""

    PROCESSING_UPLOAD = "PROCESSING_UPLOAD"
    PROCESSING_DOWNLOAD = "PROCESSING_DOWNLOAD"
    SEND_TO_USER_INBOX = "SEND_TO_USER_INBOX"
    PUBLISH_COMPLETE = "PUBLISH_COMPLETE"
    FAILED = "FAILED"


@define(kw_only=True)
class Upload:
    """An upload URL and the bytes that came through it so far."""

    upload_id: str
    token: str
    plan: ChunkPlan
    expires_at: datetime
    received: bytearray = field(factory=bytearray, repr=False)
    received_bytes: int = 0

    @property
    def complete(self) -> bool:
        return self.received_bytes == self.plan.video_bytes


@define(kw_only=True)
class PublishJob:
    """`planted_failure` is the fail_reason that a fault asked for. `started_at`: all bytes here, or the pull begun."""

    publish_id: str
    authorization: Authorization
    kind: str
    inbox: bool
    status: Status
    created_at: datetime
    text: str = ""
    title: str | None = None
    audience: str = ""
    upload: Upload | None = None
    pull_urls: tuple[str, ...] = ()
    started_at: datetime | None = None
    downloaded_bytes: int = 0
    planted_failure: str | None = None
    fail_reason: str | None = None
    post_id: int | None = None

    @property
    def open_id(self) -> str:
        return self.authorization.open_id

    @property
    def over(self) -> bool:
        return self.status in (Status.FAILED, Status.PUBLISH_COMPLETE, Status.SEND_TO_USER_INBOX)


@define
class JobBook:
    """Every job by publish_id and by upload_id, and the counts that daily caps ask for."""

    clock: SandboxClock
    random: Random
    _jobs: dict[str, PublishJob] = field(factory=dict)
    _uploads: dict[str, PublishJob] = field(factory=dict)

    def new_publish_id(self, prefix: str) -> str:
        return f"{prefix}v2-1.{self.random.randrange(10**18, 10**19)}"

    def new_upload(self, plan: ChunkPlan) -> Upload:
        return Upload(
            upload_id=str(self.random.randrange(10**18, 10**19)),
            token=secrets.token_urlsafe(24),
            plan=plan,
            expires_at=self.clock.now() + UPLOAD_LIFE,
        )

    def new_post_id(self) -> int:
        """Nineteen digits with the time in their upper half, odd, so that a reader with doubles rounds it and is caught."""
        return (self.clock.epoch_s() << 32) | self.random.getrandbits(32) | 1

    def add(self, job: PublishJob) -> None:
        self._jobs[job.publish_id] = job
        if job.upload is not None:
            self._uploads[job.upload.upload_id] = job

    def get(self, publish_id: str) -> PublishJob | None:
        return self._jobs.get(publish_id)

    def of_upload(self, upload_id: str) -> PublishJob | None:
        return self._uploads.get(upload_id)

    def of_post(self, post_id: str) -> PublishJob | None:
        return next((job for job in self._jobs.values() if str(job.post_id) == post_id), None)

    def posts_today(self, open_id: str) -> int:
        """Direct posts of a creator in the last 24 hours that did not fail."""
        since = self.clock.now() - DAY
        return sum(
            job.open_id == open_id and not job.inbox and job.fail_reason is None
            for job in self._jobs.values()
            if job.started_at is not None and job.started_at > since
        )

    def pending_shares(self, open_id: str) -> int:
        """Drafts of the last 24 hours; an upload that never finished holds its place until its URL expires."""
        now = self.clock.now()
        return sum(
            job.open_id == open_id and job.fail_reason is None and (job.started_at is not None or _uploading(job, now))
            for job in self._jobs.values()
            if job.inbox and job.created_at > now - DAY
        )

    def posters_today(self) -> set[str]:
        since = self.clock.now() - DAY
        return {job.open_id for job in self._jobs.values() if job.created_at > since and not job.inbox}

    def clear(self) -> None:
        self._jobs.clear()
        self._uploads.clear()


def _uploading(job: PublishJob, now: datetime) -> bool:
    return job.upload is not None and job.upload.expires_at > now

"""What became of a commit whose answer was lost, and of a video that is processing."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from attrs import frozen

from adapters_platforms.facebook.api import GraphApi
from adapters_platforms.facebook.configuration import FacebookConfig
from adapters_platforms.facebook.failures import Class, before_commit, read_problem
from adapters_platforms.http import Answer, TransportError
from distribution_core.domain.outcome import (
    Absent,
    CannotAsk,
    Finding,
    Found,
    Processing,
    Published,
    Refuted,
    Rejected,
    Unavailable,
    Unknown,
)
from distribution_core.domain.post import normalised
from distribution_core.ports.platform import PublishJob

_POLL = timedelta(seconds=5)
_SLOW_POLL = timedelta(seconds=60)
_SLOW_AFTER = timedelta(minutes=5)
_CLOCK_SKEW = timedelta(seconds=5)
_NOT_FINISHED = ("uploading", "upload_complete")
_SPENT = ("upload_failed", "expired")
_PHOTOS = "added_photos"
_LATE = timedelta(minutes=5)


@frozen(kw_only=True)
class Reconciler:
    """By handle for drafts and videos; by words, time and app for posts that went out in one call."""

    config: FacebookConfig
    api: GraphApi
    client_id: str | None
    now: Callable[[], datetime]

    async def draft(self, job: PublishJob, handles: Mapping[str, Any]) -> Finding:
        """The journalled post: published, or hidden, in which case publishing that id again can't make a second one."""
        draft = str(handles["draft"])
        data = await self._read(draft, job, fields="id,is_published,permalink_url")
        if not isinstance(data, dict):
            if isinstance(data, CannotAsk):
                return data
            return Unknown(message="Facebook no longer shows the post that was being published. Look at the Page.")
        match data.get("is_published"):
            case True:
                return Found(publication=self._publication(draft, data))
            case False:
                return Absent()
            case _:
                return Unknown(message="Facebook does not say whether the post is published. Look at the Page.")

    async def video(self, job: PublishJob, handles: Mapping[str, Any]) -> Finding:
        """The journalled video: live, failed, still processing; or never finished, so that finishing it again is safe."""
        video_id = str(handles["video"]["id"])
        data = await self._read(video_id, job, fields="status,post_id,permalink_url,published")
        if isinstance(data, CannotAsk):
            return data
        if data is None:
            # A fresh video can be unreadable for a while.
            return CannotAsk(refusal=Unavailable(message="Facebook does not show the video yet."))
        status = data.get("status")
        status = status if isinstance(status, dict) else {}
        word, phase = status.get("video_status"), status.get("publishing_phase")
        told = phase.get("publish_status") if isinstance(phase, dict) else None
        # `published` alone may stand for what was asked, so it can deny that a video is live but not show it.
        if told == "published" or (told is None and word == "ready" and data.get("published") is not False):
            return Found(publication=self._publication(str(data.get("post_id") or video_id), data))
        if word in _SPENT:
            words = f"The upload came to nothing: {_reason(status)}"
            return Refuted(refusal=Unavailable(message=words, code=str(word), stale=True))
        if "error" in (word, told):
            return Refuted(refusal=Rejected(message=f"Facebook could not use the video: {_reason(status)}", code="error"))
        if word in _NOT_FINISHED and not handles.get("finished"):
            return Absent()
        waited = self.now() - (job.committing_at or self.now())
        return Processing(poll_after=_SLOW_POLL if waited > _SLOW_AFTER else _POLL)

    async def look_back(self, job: PublishJob) -> Finding:
        """A post with these words, made by our app since the call began, that no other delivery holds. One alone is ours;
        none proves nothing."""
        if job.committing_at is None:
            return Unknown(message="It is not known when this post was sent.")
        began = job.committing_at - _CLOCK_SKEW
        fields = "id,message,created_time,permalink_url,application,is_published,status_type"
        edge = f"{job.external_account_id}/published_posts"
        data = await self._read(edge, job, fields=fields, limit="100", since=str(int(began.timestamp())))
        if isinstance(data, CannotAsk):
            return data
        rows = data.get("data") if data is not None else None
        ours = [row for row in rows if self._is_ours(row, job, began)] if isinstance(rows, list) else []
        if len(ours) == 1:
            return Found(publication=self._publication(str(ours[0]["id"]), ours[0]), by_likeness=True)
        return Unknown(
            message="Facebook's answer was lost, and the Page's posts do not tell whether it is there. Look at the Page."
        )

    def _is_ours(self, row: Any, job: PublishJob, began: datetime) -> bool:
        if not isinstance(row, dict) or not row.get("id") or str(row["id"]) in job.claimed_post_ids:
            return False
        application = row.get("application")
        if not isinstance(application, dict) or str(application.get("id")) != self.client_id:
            return False
        kind = row.get("status_type")
        if kind is not None and (kind == _PHOTOS) != bool(job.post.images):
            return False
        try:
            created = datetime.strptime(str(row.get("created_time")), "%Y-%m-%dT%H:%M:%S%z")
        except ValueError:
            return False
        ended = began + timedelta(seconds=self.config.commit_deadline_s) + _LATE
        same = normalised(str(row.get("message") or "")) == normalised(job.post.text)
        return same and began.replace(microsecond=0) <= created <= ended and row.get("is_published") is not False

    def _publication(self, post_id: str, data: Mapping[str, Any]) -> Published:
        link = data.get("permalink_url")
        if isinstance(link, str) and link.startswith("/"):
            link = f"{self.config.www}{link}"
        return Published(external_post_id=post_id, permalink=link if isinstance(link, str) else f"{self.config.www}/{post_id}")

    async def _read(self, path: str, job: PublishJob, **params: str) -> dict[str, Any] | CannotAsk | None:
        """The node; None when Facebook says that there is none to see."""
        try:
            answer: Answer = await self.api.read(path, job.token, **params)
        except TransportError as error:
            return CannotAsk(refusal=Unavailable(message=str(error)))
        if answer.ok:
            return answer.json_object()
        problem = read_problem(answer)
        if problem.meaning is Class.MISSING:
            return None
        return CannotAsk(refusal=before_commit(problem, self.config.policy_wait_s))


def _reason(status: Mapping[str, Any]) -> str:
    """Why processing failed: `error` in the guide, `errors` in the spec."""
    for phase in ("processing_phase", "uploading_phase", "publishing_phase"):
        part = status.get(phase)
        if not isinstance(part, dict):
            continue
        found = part.get("errors") or part.get("error")
        first = found[0] if isinstance(found, list) and found else found
        if isinstance(first, dict) and first.get("message"):
            return str(first["message"])[:300]
    return "no reason was given"

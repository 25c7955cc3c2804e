"""What became of a TikTok post: by its publish_id, and where not even that arrived, by the creator's public posts."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from attrs import frozen

from adapters_platforms.http import TransportError
from adapters_platforms.tiktok.api import TikTokApi
from adapters_platforms.tiktok.configuration import TikTokConfig
from adapters_platforms.tiktok.failures import Class, Problem, after_failure, before_commit
from adapters_platforms.tiktok.looking_back import look_back
from adapters_platforms.tiktok.rendering import PUBLIC
from adapters_platforms.tiktok.uploading import Uploader
from distribution_core.domain.outcome import (
    Absent,
    CannotAsk,
    Finding,
    Found,
    Processing,
    Published,
    Refuted,
    Unavailable,
    Unknown,
)
from distribution_core.ports.platform import PublishJob

_POLLS_MAX = 30


@frozen(kw_only=True)
class Reconciler:
    """Handles read: `publish_id`, `kind`, `accepted`, `privacy_level`, `username`, `ready_at`. Handles that its own answers
    bring: `polls`, `complete_since`, `short_since` (since when TikTok reports the last chunk as missing)."""

    config: TikTokConfig
    api: TikTokApi
    uploader: Uploader
    now: Callable[[], datetime]

    async def ask(self, job: PublishJob, handles: Mapping[str, Any]) -> Finding:
        publish_id = handles.get("publish_id")
        if not isinstance(publish_id, str):
            return await self._look_back(job, handles)
        try:
            data = await self.api.post("/v2/post/publish/status/fetch/", job.token, {"publish_id": publish_id})
        except TransportError as error:
            return CannotAsk(refusal=Unavailable(message=str(error)))
        if isinstance(data, Problem):
            if data.meaning is Class.GONE and handles.get("complete_since"):
                return Found(publication=Published(external_post_id=publish_id))
            if data.meaning is Class.GONE:
                return Unknown(message="TikTok does not know this post any more; look at the profile.")
            return CannotAsk(refusal=before_commit(data, self.config))
        match data.get("status"):
            case "PUBLISH_COMPLETE":
                return self._complete(job, handles, publish_id, data)
            case "FAILED":
                return Refuted(refusal=after_failure(data.get("fail_reason"), self.config))
            case "PROCESSING_UPLOAD" if self._is_short(job, handles, data):
                return self._short(handles)
            case _:
                # SEND_TO_USER_INBOX too: TikTok says that a delivered draft may still become a post.
                return self.processing(handles)

    def processing(self, handles: Mapping[str, Any], **more: Any) -> Processing:
        """Ask again, each time after twice as long."""
        polls = int(handles.get("polls", 0))
        wait = min(self.config.poll_first_s * 2 ** min(polls, _POLLS_MAX), self.config.poll_longest_s)
        return Processing(poll_after=timedelta(seconds=wait), handles={"polls": polls + 1, **more})

    def _complete(self, job: PublishJob, handles: Mapping[str, Any], publish_id: str, data: Mapping[str, Any]) -> Finding:
        """Published. Its id comes after moderation and for public posts only: ids are 19 digits, kept as text."""
        ids = post_ids(data)
        if ids:
            # One publish_id may carry several posts; another delivery's is never adopted while there is a choice.
            free = [post_id for post_id in ids if post_id not in job.claimed_post_ids]
            return self._found(job, handles, (free or ids)[0])
        since = handles.get("complete_since")
        began = datetime.fromisoformat(since) if isinstance(since, str) else self.now()
        waited = self.now() - began
        if handles.get("privacy_level") == PUBLIC and waited < timedelta(seconds=self.config.post_id_wait_s):
            return self.processing(handles, complete_since=began.isoformat())
        return Found(publication=Published(external_post_id=publish_id))

    def _is_short(self, job: PublishJob, handles: Mapping[str, Any], data: Mapping[str, Any]) -> bool:
        """Whether TikTok misses bytes of an upload whose end it has not acknowledged to us."""
        uploaded = data.get("uploaded_bytes")
        if handles.get("kind") != "file" or handles.get("accepted") or not isinstance(uploaded, int):
            return False
        return bool(job.post.videos) and uploaded < job.post.videos[0].size_bytes

    def _short(self, handles: Mapping[str, Any]) -> Finding:
        """The last chunk seems not to have arrived. Putting the same bytes into the same upload can make one post at most,
        since a publish_id is published once; a new upload could make a second one and is never begun here."""
        now = self.now()
        noted = handles.get("short_since")
        since = datetime.fromisoformat(noted) if isinstance(noted, str) else now
        rest = timedelta(seconds=self.config.last_chunk_wait_s) - (now - since)
        if not isinstance(noted, str) or rest > timedelta():
            return Processing(poll_after=max(rest, timedelta()), handles={"short_since": since.isoformat()})
        if self.config.resend_lost_chunk and self.uploader.address(handles) is not None:
            return Absent()
        if now - since < timedelta(seconds=self.config.last_chunk_patience_s):
            return self.processing(handles)
        return Unknown(message="TikTok did not acknowledge the end of the video; look at the profile.")

    async def _look_back(self, job: PublishJob, handles: Mapping[str, Any]) -> Finding:
        """For a pull whose answer was lost, and with it the publish_id. TikTok lists public posts only."""
        unknown = Unknown(message="TikTok's answer was lost, and it does not list this post; look at the profile.")
        sent_at = job.committing_at
        ready_at = handles.get("ready_at")
        if isinstance(ready_at, str):
            ready = datetime.fromisoformat(ready_at)
            sent_at = max(sent_at, ready) if sent_at else ready
        listed = handles.get("privacy_level") == PUBLIC and "video.list" in job.scopes
        if sent_at is None or not listed:
            return unknown
        found = await look_back(self.api, self.config, job, sent_at, str(handles.get("username") or job.account_handle or ""))
        if found is not None:
            return found
        if self.now() - sent_at < timedelta(seconds=self.config.look_back_s):
            return self.processing(handles)
        return unknown

    def _found(self, job: PublishJob, handles: Mapping[str, Any], post_id: str) -> Found:
        username = handles.get("username") or job.account_handle
        link = f"{self.config.www}/@{username}/video/{post_id}" if username else None
        return Found(publication=Published(external_post_id=post_id, permalink=link))


def post_ids(data: Mapping[str, Any]) -> list[str]:
    """The ids in a status, which TikTok sends as numbers under a misspelt name (Get Post Status reference)."""
    found = data.get("publicaly_available_post_id") or data.get("publicly_available_post_id")
    items = found if isinstance(found, list) else [found]
    whole = [item for item in items if isinstance(item, int | str) and not isinstance(item, bool)]
    return [str(item) for item in whole if str(item).isdigit() and int(item) > 0]

"""A video on its way to a Page: a session whose id is journalled, bytes in chunks, and an end that shows it."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from attrs import frozen

from adapters_platforms.facebook.api import UPLOAD_BYTES_PER_S, GraphApi
from adapters_platforms.facebook.configuration import FacebookConfig
from adapters_platforms.facebook.failures import Class, before_commit, read_problem
from adapters_platforms.facebook.multipart import FilePart
from adapters_platforms.http import Answer, TransportError
from distribution_core.domain.content import MediaAsset
from distribution_core.domain.outcome import Ready, Refusal, Unavailable
from distribution_core.ports.media import MediaStore
from distribution_core.ports.platform import Journal, PublishJob

_STUCK_MAX = 5


@frozen(kw_only=True)
class VideoUpload:
    """start and transfer of the chunked upload (Page videos). The journal's `video`: id, session, offset, end, since."""

    config: FacebookConfig
    api: GraphApi
    media: MediaStore
    now: Callable[[], datetime]

    async def prepare(self, job: PublishJob, journal: Journal) -> Ready | Refusal:
        asset = job.post.videos[0]
        video: dict[str, Any] = dict(journal.handles.get("video") or {})
        if not video or self._ended(job, video):
            started = await self._start(job, asset)
            if not isinstance(started, dict):
                return started
            video = started
            await journal.record(video=video)
        stuck = 0
        while video["offset"] < asset.size_bytes:
            answer = await self._transfer(job, asset, video)
            if isinstance(answer, Unavailable):
                return answer
            moved = _offsets(answer.json_object())
            if not answer.ok:
                problem = read_problem(answer)
                if problem.meaning is not Class.OFFSET:
                    return before_commit(problem, self.config.policy_wait_s)
                moved = _offsets(problem.data)
            if moved is None:
                return Unavailable(message="Facebook did not say where the upload stands.")
            stuck = 0 if moved[0] > video["offset"] else stuck + 1
            if stuck > _STUCK_MAX:
                return Unavailable(message="The upload is out of step with Facebook's.")
            video = {**video, "offset": moved[0], "end": moved[1]}
            await journal.record(video=video)
        return Ready()

    def _ended(self, job: PublishJob, video: Mapping[str, Any]) -> bool:
        """Sessions end after a time that Meta does not name. One whose end was asked for stays what is asked about."""
        since = video.get("since")
        if job.committing_at is not None or not isinstance(since, str):
            return False
        return self.now() - datetime.fromisoformat(since) > timedelta(hours=self.config.video_session_hours)

    async def _start(self, job: PublishJob, asset: MediaAsset) -> dict[str, Any] | Refusal:
        since = self.now().isoformat()
        answer = await self._write(job, {"upload_phase": "start", "file_size": str(asset.size_bytes)})
        if isinstance(answer, Unavailable):
            return answer
        data = answer.json_object()
        moved = _offsets(data)
        if not answer.ok or moved is None or not data.get("video_id") or not data.get("upload_session_id"):
            return before_commit(read_problem(answer), self.config.policy_wait_s)
        return {
            "id": str(data["video_id"]),
            "session": str(data["upload_session_id"]),
            "offset": moved[0],
            "end": moved[1],
            "since": since,
        }

    async def _transfer(self, job: PublishJob, asset: MediaAsset, video: Mapping[str, Any]) -> Answer | Unavailable:
        """The bytes that Facebook asks for next."""
        start = int(video["offset"])
        size = min(int(video["end"]), asset.size_bytes) - start
        if size <= 0:
            size = asset.size_bytes - start
        if self.config.video_chunk_bytes:
            size = min(size, self.config.video_chunk_bytes)
        chunk = FilePart(
            media=self.media,
            key=asset.key,
            start=start,
            size=size,
            name="video_file_chunk",
            # A proper extension: Facebook judges by it (error 352).
            filename="video.mov" if asset.mime == "video/quicktime" else "video.mp4",
            mime=asset.mime,
        )
        form = {"upload_phase": "transfer", "upload_session_id": str(video["session"]), "start_offset": str(start)}
        return await self._write(job, form, chunk)

    async def _write(self, job: PublishJob, form: Mapping[str, str], chunk: FilePart | None = None) -> Answer | Unavailable:
        path = f"{job.external_account_id}/videos"
        timeout_s = self.config.call_timeout_s + (chunk.size if chunk else 0) / UPLOAD_BYTES_PER_S
        try:
            return await self.api.write(path, job.token, form, part=chunk, timeout_s=timeout_s, video_host=True)
        except TransportError as error:
            return Unavailable(message=str(error))


def _offsets(data: Mapping[str, Any]) -> tuple[int, int] | None:
    """start_offset and end_offset, which come as decimal strings."""
    try:
        return int(data["start_offset"]), int(data["end_offset"])
    except (KeyError, TypeError, ValueError):
        return None

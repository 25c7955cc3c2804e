"""A video on its way to a Page: a session whose id is journalled, bytes in chunks, and an end that shows it."""

from collections.abc import Mapping
from typing import Any

from attrs import frozen

from adapters_platforms.facebook.api import READ_S, UPLOAD_BYTES_PER_S, GraphApi
from adapters_platforms.facebook.configuration import FacebookConfig
from adapters_platforms.facebook.failures import Class, before_commit, read_problem
from adapters_platforms.http import Answer, TransportError
from distribution_core.domain.content import MediaAsset
from distribution_core.domain.outcome import Ready, Refusal, Unavailable
from distribution_core.ports.media import MediaStore
from distribution_core.ports.platform import Journal, PublishJob

_RESUMES_MAX = 5
_CHUNK_BYTES_MAX = 16 * 1024 * 1024


@frozen(kw_only=True)
class VideoUpload:
    """start and transfer of the chunked upload (Page videos). The journal's `video` holds id, session and offset."""

    config: FacebookConfig
    api: GraphApi
    media: MediaStore

    async def prepare(self, job: PublishJob, journal: Journal) -> Ready | Refusal:
        asset = job.post.videos[0]
        video: dict[str, Any] = dict(journal.handles.get("video") or {})
        if not video:
            started = await self._start(job, asset)
            if not isinstance(started, dict):
                return started
            video = started
            await journal.record(video=video)
        resumes = 0
        while video["offset"] < asset.size_bytes:
            answer = await self._transfer(job, asset, video)
            if isinstance(answer, Unavailable):
                return answer
            offsets = answer.json_object()
            if not answer.ok:
                problem = read_problem(answer)
                resumes += 1
                if problem.meaning is not Class.OFFSET or resumes > _RESUMES_MAX:
                    return before_commit(problem, self.config.policy_wait_s)
                offsets = dict(problem.data)
            moved = _offsets(offsets)
            if moved is None:
                return Unavailable(message="Facebook did not say where the upload stands.")
            video = {**video, "offset": moved[0], "end": moved[1]}
            await journal.record(video=video)
        return Ready()

    async def _start(self, job: PublishJob, asset: MediaAsset) -> dict[str, Any] | Refusal:
        answer = await self._write(job, {"upload_phase": "start", "file_size": str(asset.size_bytes)})
        if isinstance(answer, Unavailable):
            return answer
        data = answer.json_object()
        moved = _offsets(data)
        if not answer.ok or moved is None or "video_id" not in data or "upload_session_id" not in data:
            return before_commit(read_problem(answer), self.config.policy_wait_s)
        return {"id": str(data["video_id"]), "session": str(data["upload_session_id"]), "offset": moved[0], "end": moved[1]}

    async def _transfer(self, job: PublishJob, asset: MediaAsset, video: Mapping[str, Any]) -> Answer | Unavailable:
        start = int(video["offset"])
        end = min(int(video["end"]), start + _CHUNK_BYTES_MAX, asset.size_bytes)
        if end <= start:
            end = min(start + _CHUNK_BYTES_MAX, asset.size_bytes)
        chunk = await self.media.read(asset.key, start, end - start)
        # A proper extension in the part's name: Facebook judges by it (error 352).
        name = "video.mov" if asset.mime == "video/quicktime" else "video.mp4"
        form = {"upload_phase": "transfer", "upload_session_id": str(video["session"]), "start_offset": str(start)}
        return await self._write(job, form, files={"video_file_chunk": (name, chunk, asset.mime)}, size=len(chunk))

    async def _write(
        self,
        job: PublishJob,
        form: Mapping[str, str],
        *,
        files: Mapping[str, tuple[str, bytes, str]] | None = None,
        size: int = 0,
    ) -> Answer | Unavailable:
        path = f"{job.external_account_id}/videos"
        timeout_s = READ_S + size / UPLOAD_BYTES_PER_S
        try:
            return await self.api.write(path, job.token, form, files=files, timeout_s=timeout_s, video_host=True)
        except TransportError as error:
            return Unavailable(message=str(error))


def finish_form(job: PublishJob, handles: Mapping[str, Any]) -> dict[str, str]:
    """The parameters of the call that ends the session and shows the video."""
    form = {"upload_phase": "finish", "upload_session_id": str(handles["video"]["session"]), "description": job.post.text}
    if job.post.title:
        form["title"] = job.post.title
    return form


def _offsets(data: Mapping[str, Any]) -> tuple[int, int] | None:
    """start_offset and end_offset, which come as decimal strings."""
    try:
        return int(data["start_offset"]), int(data["end_offset"])
    except (KeyError, TypeError, ValueError):
        return None

"""A video up to TikTok in chunks (media transfer guide): all but the last, which publishes, and is the commit's."""

from collections.abc import AsyncIterator, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from attrs import frozen

from adapters_platforms.hosts import within
from adapters_platforms.http import Answer, HttpClient, TransportError
from adapters_platforms.tiktok.api import TikTokApi
from adapters_platforms.tiktok.chunks import ChunkPlan, plan_chunks
from adapters_platforms.tiktok.configuration import TikTokConfig
from adapters_platforms.tiktok.failures import before_commit, read_upload_problem
from distribution_core.domain.content import MediaAsset
from distribution_core.domain.errors import NotFoundError
from distribution_core.domain.outcome import Refusal, Rejected, Unavailable
from distribution_core.domain.secret import Secret
from distribution_core.ports.media import MediaStore
from distribution_core.ports.platform import Journal, PublishJob

UPLOAD_LIFE = timedelta(hours=1)
_PIECE_BYTES = 1024 * 1024
_TRIES = 3
_ACCEPTED = (200, 206)
_OUT_OF_STEP = 416


@frozen(kw_only=True)
class Uploader:
    """What all uploads share. Handles: `publish_id`, `upload_url` (a Secret: whoever has it can put bytes into a creator's
    post), `url_expires_at`, `chunk_bytes`, `chunks`, `chunks_sent`."""

    config: TikTokConfig
    http: HttpClient
    api: TikTokApi
    media: MediaStore
    now: Callable[[], datetime]

    def plan(self, video: MediaAsset) -> ChunkPlan:
        limit, chunk = self.config.whole_file_bytes_max, self.config.chunk_bytes
        return plan_chunks(video.size_bytes, whole_file_bytes_max=limit, chunk_bytes=chunk)

    def seconds_for(self, size_bytes: int) -> float:
        """How long so many bytes may take."""
        return self.config.chunk_floor_s + size_bytes / self.config.upload_bytes_per_s

    def address(self, handles: Mapping[str, Any], needed: timedelta = timedelta()) -> str | None:
        """Where the journalled upload goes on, if it stays open for as long as is needed."""
        url, expires = handles.get("upload_url"), handles.get("url_expires_at")
        if not isinstance(url, Secret) or not isinstance(expires, str):
            return None
        return url.reveal() if datetime.fromisoformat(expires) > self.now() + needed else None

    async def open(self, job: PublishJob, journal: Journal, post_info: Mapping[str, Any]) -> Refusal | None:
        """Init. Its lost answer does no harm: without bytes there is no post."""
        plan = self.plan(job.post.videos[0])
        source = {
            "source": "FILE_UPLOAD",
            "video_size": plan.video_bytes,
            "chunk_size": plan.chunk_bytes,
            "total_chunk_count": plan.count,
        }
        asked_at = self.now()
        try:
            body = {"post_info": post_info, "source_info": source}
            data = await self.api.post("/v2/post/publish/video/init/", job.token, body)
        except TransportError as error:
            return Unavailable(message=str(error))
        if not isinstance(data, dict):
            return before_commit(data, self.config)
        publish_id, url = data.get("publish_id"), data.get("upload_url")
        if not isinstance(publish_id, str) or not publish_id or not isinstance(url, str):
            return Unavailable(message="TikTok opened an upload without saying where.")
        if not self._is_tiktoks(url):
            return Rejected(
                message=f"TikTok named an upload host that is not allowed for ({urlsplit(url).hostname}); see upload_hosts.",
                code="upload_host",
                content=False,
            )
        await journal.record(
            publish_id=publish_id,
            upload_url=Secret(url),
            url_expires_at=(asked_at + UPLOAD_LIFE).isoformat(),
            chunk_bytes=plan.chunk_bytes,
            chunks=plan.count,
            chunks_sent=0,
        )
        return None

    async def put_all_but_last(self, job: PublishJob, journal: Journal, url: str) -> Refusal | None:
        """Chunks in order, each journalled when TikTok has it; where our count and TikTok's differ, TikTok's holds."""
        video = job.post.videos[0]
        plan = journalled_plan(video, journal.handles)
        sent, resyncs = int(journal.handles.get("chunks_sent", 0)), 0
        while sent < plan.count - 1:
            try:
                content = await self.media.read(video.key, plan.start(sent), plan.length(sent))
            except NotFoundError:
                return Rejected(message="The video of this post is no longer stored.", code="media_gone")
            if len(content) != plan.length(sent):
                return Unavailable(message="The media store gave fewer bytes than the video has.")
            answer = await self._put_patiently(url, plan, sent, video.mime, content, journal)
            if isinstance(answer, Unavailable):
                return answer
            if answer.status in _ACCEPTED:
                sent += 1
            elif answer.status != _OUT_OF_STEP:
                return before_commit(read_upload_problem(answer), self.config)
            else:
                resyncs += 1
                found = await self._progress(job, journal, plan, answer)
                if found is None or found == sent or resyncs > _TRIES:
                    return Unavailable(message="The upload is out of step; it starts afresh.", stale=True)
                sent = found
            await journal.record(chunks_sent=sent)
        return None

    async def put_last(self, job: PublishJob, handles: Mapping[str, Any], url: str) -> Answer:
        """The chunk that publishes, streamed from the store. Raises TransportError."""
        video = job.post.videos[0]
        plan = journalled_plan(video, handles)
        last = plan.count - 1
        content = self._stream(video.key, plan.start(last), plan.length(last))
        return await self._put(url, plan, last, video.mime, content)

    async def _put_patiently(
        self, url: str, plan: ChunkPlan, index: int, mime: str, content: bytes, journal: Journal
    ) -> Answer | Unavailable:
        """The same chunk again after a fault of TikTok's; the guide says so for 5xx."""
        last: Answer | Unavailable = Unavailable(message="The chunk was not sent.")
        for _ in range(_TRIES):
            try:
                last = await self._put(url, plan, index, mime, content)
            except TransportError as error:
                last = Unavailable(message=str(error))
            if isinstance(last, Answer) and last.status < 500:
                break
            await journal.record(chunks_sent=index)  # a slow fault must not cost the lease
        return last

    async def _put(self, url: str, plan: ChunkPlan, index: int, mime: str, content: bytes | AsyncIterator[bytes]) -> Answer:
        first, size = plan.start(index), plan.length(index)
        headers = {
            "content-type": mime,
            "content-length": str(size),
            "content-range": f"bytes {first}-{first + size - 1}/{plan.video_bytes}",
        }
        return await self.http.send("PUT", url, headers=headers, content=content, timeout_s=self.seconds_for(size))

    async def _stream(self, key: str, start: int, length: int) -> AsyncIterator[bytes]:
        end = start + length
        while start < end:
            piece = await self.media.read(key, start, min(_PIECE_BYTES, end - start))
            if not piece:
                return
            start += len(piece)
            yield piece

    async def _progress(self, job: PublishJob, journal: Journal, plan: ChunkPlan, answer: Answer) -> int | None:
        """How many chunks TikTok says it has: by status, which counts bytes; else by the answer's Content-Range, of which
        it is unverified whether it names a count or a last index, so the one that ends a chunk is taken."""
        try:
            data = await self.api.post("/v2/post/publish/status/fetch/", job.token, {"publish_id": journal.handles["publish_id"]})
        except TransportError:
            data = {}
        uploaded = data.get("uploaded_bytes") if isinstance(data, dict) else None
        if isinstance(uploaded, int) and (chunks := plan.sent(uploaded)) is not None:
            return chunks if chunks < plan.count else None
        named = answer.headers.get("content-range", "").rpartition("-")[2].partition("/")[0]
        if not (named.isascii() and named.isdigit()):
            return None
        counts = [plan.sent(int(named) + more) for more in (1, 0)]
        return next((count for count in counts if count is not None and count < plan.count), None)

    def _is_tiktoks(self, url: str) -> bool:
        secure = urlsplit(url).scheme == "https" or self.config.api.startswith("http://")
        return secure and within(url, self.config.upload_hosts)


def journalled_plan(video: MediaAsset, handles: Mapping[str, Any]) -> ChunkPlan:
    """The plan that the open upload was begun with, whatever the settings say now."""
    return ChunkPlan(video_bytes=video.size_bytes, chunk_bytes=int(handles["chunk_bytes"]), count=int(handles["chunks"]))

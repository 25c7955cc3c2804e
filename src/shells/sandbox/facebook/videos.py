"""Videos on a Page: in one shot, by URL, by handle or in chunks (Graph API Page videos reference, video publishing guide)."""

from datetime import timedelta
from typing import Any

from attrs import define
from litestar.enums import HttpMethod

from shells.sandbox.facebook.bodies import Parameters
from shells.sandbox.facebook.calls import Asked, Call
from shells.sandbox.facebook.errors import GraphError, invalid_parameter
from shells.sandbox.facebook.fetching import FetchFailedError, fetch
from shells.sandbox.facebook.gate import Gate
from shells.sandbox.facebook.handles import Handles
from shells.sandbox.facebook.store import Store, Video
from shells.sandbox.facebook.switches import Switches
from shells.sandbox.facebook.video_intake import BYTES_MAX, FILE_ENDINGS, FORMAT_REFUSED, asked_state, hand_in
from shells.sandbox.world import World

ONE_SHOT_MAX = 1024**3
SCHEDULE_MAX = timedelta(days=182)
SESSION_HOURS = 24  # undocumented: upload sessions end some time
_PHASES = ("start", "transfer", "finish", "cancel")
_OFFSET_SUBCODE = 1363037
_PARAMETERS = frozenset(
    {
        "upload_phase", "upload_session_id", "start_offset", "end_offset", "file_size", "file_url", "title", "description",
        "published", "scheduled_publish_time", "unpublished_content_type", "fbuploader_video_file_chunk", "content_category",
        "content_tags", "custom_labels", "embeddable", "targeting", "feed_targeting", "place", "no_story", "social_actions",
        "backdated_post", "call_to_action", "secret",
    }
)  # fmt: skip


@define
class Videos:
    world: World
    gate: Gate
    store: Store
    switches: Switches
    handles: Handles

    def calls(self) -> list[Call]:
        return [Call(method=HttpMethod.POST, path="{node}/videos", name="videos", answer=self._create, hosts=("graph", "video"))]

    async def _create(self, asked: Asked) -> Any:
        parameters, page_id = asked.parameters, asked.node
        self.gate.writer(parameters, page_id)
        parameters.refuse_unknown(_PARAMETERS)
        phase = parameters.text("upload_phase")
        if phase is None:
            return await self._one_shot(asked)
        if phase not in _PHASES:
            raise invalid_parameter(f"Param upload_phase must be one of {{{', '.join(_PHASES)}}}")
        if "file_url" in parameters.values:
            raise invalid_parameter("file_url does not go with upload_phase")
        if phase == "start":
            return self._start(parameters, page_id)
        video = self._by_session(parameters, page_id)
        match phase:
            case "transfer":
                return self._transfer(parameters, video)
            case "finish":
                return self._finish(asked, video)
            case _:
                return self._cancel(video)

    async def _one_shot(self, asked: Asked) -> Any:
        state, at = asked_state(asked.parameters, self.world.clock.now(), longest=SCHEDULE_MAX)
        data = await self._bytes(asked.parameters)
        video = self._new(asked.node, len(data))
        video.data.extend(data)
        video.state, video.scheduled_for = state, at
        self._hand_in(asked, video)
        return {"id": video.id}

    async def _bytes(self, parameters: Parameters) -> bytes:
        handle, url = parameters.text("fbuploader_video_file_chunk"), parameters.text("file_url")
        sources = [file for name, file in parameters.files.items() if name != "thumb"]
        if handle is not None:
            data = self.handles.take(handle)
        elif sources:
            name, data = sources[0]
            if not name.lower().endswith(FILE_ENDINGS):
                raise GraphError(FORMAT_REFUSED[0], f"(#352) {FORMAT_REFUSED[1]}")
        elif url:
            try:
                data = await fetch(url, most_bytes=ONE_SHOT_MAX, switches=self.switches)
            except FetchFailedError as error:
                raise GraphError(389, f"(#389) Unable to fetch video file from URL: {error}") from None
        else:
            raise invalid_parameter("Missing source, file_url, fbuploader_video_file_chunk or upload_phase")
        if not data:
            raise GraphError(6000, "(#6000) There was a problem uploading your video file. Please try again with another file.")
        if len(data) > ONE_SHOT_MAX:
            raise invalid_parameter("The video file is too big for one request: use the chunked upload")
        return data

    def _start(self, parameters: Parameters, page_id: str) -> Any:
        size = parameters.number("file_size")
        if not size:
            raise invalid_parameter("The parameter file_size is required")
        if size > BYTES_MAX:
            raise GraphError(6000, "(#6000) There was a problem uploading your video file: it is too big.")
        video = self._new(page_id, size)
        video.session_id = self.store.new_id()
        return {"upload_session_id": video.session_id, "video_id": video.id, **self._offsets(video)}

    def _transfer(self, parameters: Parameters, video: Video) -> Any:
        if video.handed_in:
            raise GraphError(6001, "(#6001) There was a problem uploading your video: the session is finished.")
        chunk = parameters.files.get("video_file_chunk")
        if chunk is None:
            raise invalid_parameter("Missing video_file_chunk")
        start = parameters.number("start_offset")
        if start is None:
            raise invalid_parameter("The parameter start_offset is required")
        window = int(self._offsets(video)["end_offset"]) - len(video.data)
        if start != len(video.data) or not 0 < len(chunk[1]) <= window:
            raise self._out_of_step(video)
        video.data.extend(chunk[1])
        return self._offsets(video)

    def _finish(self, asked: Asked, video: Video) -> Any:
        state, at = asked_state(asked.parameters, self.world.clock.now(), longest=SCHEDULE_MAX)
        if video.handed_in:
            return {"success": True}
        if len(video.data) != video.size:
            raise self._out_of_step(video)
        video.state, video.scheduled_for = state, at
        self._hand_in(asked, video)
        return {"success": True}

    def _cancel(self, video: Video) -> Any:
        if video.handed_in:
            raise GraphError(6001, "(#6001) There was a problem uploading your video: the session is finished.")
        del self.store.videos[video.id]
        return {"success": True}

    def _hand_in(self, asked: Asked, video: Video) -> None:
        video.title = asked.parameters.text("title") or ""
        video.description = asked.parameters.text("description") or ""
        hand_in(self.store, video, asked.request)

    def _new(self, page_id: str, size: int) -> Video:
        video = Video(id=self.store.new_id(), page_id=page_id, created_at=self.world.clock.now(), size=size)
        self.store.videos[video.id] = video
        return video

    def _by_session(self, parameters: Parameters, page_id: str) -> Video:
        session = parameters.text("upload_session_id")
        oldest = self.world.clock.now() - timedelta(hours=SESSION_HOURS)
        for video in self.store.videos.values():
            if video.session_id == session and session is not None and video.page_id == page_id and video.created_at > oldest:
                return video
        raise GraphError(6000, "(#6000) There was a problem uploading your video: unknown or expired upload session.")

    def _offsets(self, video: Video) -> dict[str, str]:
        start = len(video.data)
        return {"start_offset": str(start), "end_offset": str(min(start + self.switches.chunk_bytes, video.size))}

    def _out_of_step(self, video: Video) -> GraphError:
        """Where the upload stands, so that the caller resumes there."""
        words = "(#6001) There was a problem uploading your video file: the chunk does not start where the last one ended."
        return GraphError(6001, words, subcode=_OFFSET_SUBCODE, transient=False, data=self._offsets(video))

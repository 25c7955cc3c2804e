"""Videos on a Page: in one shot, by URL, or in chunks; processed for a while, then live (Graph API Page videos reference)."""

from datetime import timedelta
from typing import Any

import httpx
from attrs import define
from litestar.enums import HttpMethod
from litestar.handlers import HTTPRouteHandler

from shells.sandbox.facebook.bodies import Parameters, read_parameters
from shells.sandbox.facebook.errors import GraphError, GraphFaults, invalid_parameter, missing_object
from shells.sandbox.facebook.gate import Gate
from shells.sandbox.facebook.store import Store, Video
from shells.sandbox.facebook.switches import Switches
from shells.sandbox.facebook.tokens import Token
from shells.sandbox.world import Endpoint, SandboxRequest, World, processing_failure

_PHASES = ("start", "transfer", "finish", "cancel")


@define
class Videos:
    world: World
    gate: Gate
    store: Store
    switches: Switches

    def routes(self) -> list[HTTPRouteHandler]:
        endpoint = Endpoint(self.world, "facebook", GraphFaults())
        return [
            endpoint(
                HttpMethod.POST,
                f"/facebook/{host}/{{version:str}}/{{node:str}}/videos",
                "videos",
                self.gate.handler(self._create),
                account=lambda request: str(request.path_params["node"]),
                call_of=_phase_call,
            )
            for host in ("graph", "video")
        ]

    async def _create(self, parameters: Parameters, request: SandboxRequest) -> Any:
        page_id = str(request.path_params["node"])
        self.gate.page(parameters, page_id)
        phase = parameters.text("upload_phase")
        if phase is None:
            return await self._one_shot(parameters, page_id, request)
        if phase not in _PHASES:
            raise invalid_parameter(f"upload_phase must be one of {', '.join(_PHASES)}")
        if "file_url" in parameters.values:
            raise invalid_parameter("file_url does not go with upload_phase")
        if phase == "start":
            return self._start(parameters, page_id)
        video = self._by_session(parameters, page_id)
        match phase:
            case "transfer":
                return self._transfer(parameters, video)
            case "finish":
                return self._finish(parameters, video, request)
            case _:
                del self.store.videos[video.id]
                return {"success": True}

    async def _one_shot(self, parameters: Parameters, page_id: str, request: SandboxRequest) -> Any:
        url = parameters.text("file_url")
        if parameters.files:
            name, data = next(iter(parameters.files.values()))
            if "." not in name:
                raise GraphError(352, "(#352) The video file you selected is in a format that we don't support.")
        elif url:
            try:
                async with httpx.AsyncClient(timeout=30) as client:
                    data = (await client.get(url)).content
            except httpx.HTTPError:
                raise GraphError(389, "(#389) Unable to fetch video file from URL.") from None
        else:
            raise invalid_parameter("Missing source, file_url or upload_phase")
        video = self._new(page_id, len(data))
        video.data.extend(data)
        self._accept(video, parameters, request)
        return {"id": video.id}

    def _start(self, parameters: Parameters, page_id: str) -> Any:
        size = parameters.number("file_size")
        if not size or size < 0:
            raise invalid_parameter("The parameter file_size is required")
        video = self._new(page_id, size)
        return {"upload_session_id": video.session_id, "video_id": video.id, **self._offsets(video)}

    def _transfer(self, parameters: Parameters, video: Video) -> Any:
        if video.finished_at is not None:
            raise GraphError(6001, "(#6001) There was a problem uploading your video: the session is finished.")
        chunk = parameters.files.get("video_file_chunk")
        if chunk is None:
            raise invalid_parameter("Missing video_file_chunk")
        start = parameters.number("start_offset")
        if start != len(video.data) or len(video.data) + len(chunk[1]) > video.size:
            words = "There was a problem uploading your video: the offset is wrong."
            raise GraphError(6001, f"(#6001) {words}", subcode=1363037, data=self._offsets(video))
        video.data.extend(chunk[1])
        return self._offsets(video)

    def _finish(self, parameters: Parameters, video: Video, request: SandboxRequest) -> Any:
        if video.finished_at is not None:
            return {"success": True}
        if len(video.data) != video.size:
            words = "There was a problem uploading your video: bytes are missing."
            raise GraphError(6001, f"(#6001) {words}", subcode=1363037, data=self._offsets(video))
        self._accept(video, parameters, request)
        return {"success": True}

    def _accept(self, video: Video, parameters: Parameters, request: SandboxRequest) -> None:
        now = self.world.clock.now()
        video.title, video.description = parameters.text("title") or "", parameters.text("description") or ""
        video.published = parameters.flag("published", True)
        video.finished_at = now
        video.ready_at = now + timedelta(seconds=self.switches.processing_seconds)
        head = bytes(video.data[:12])
        if head[4:8] != b"ftyp" and head[:4] != b"\x1aE\xdf\xa3":
            video.failure = "The video file you selected is in a format that we don't support."
        video.failure = processing_failure(request) or video.failure

    def _new(self, page_id: str, size: int) -> Video:
        video = Video(id=self.store.new_id(), page_id=page_id, session_id=self.store.new_id(), size=size)
        self.store.videos[video.id] = video
        return video

    def _by_session(self, parameters: Parameters, page_id: str) -> Video:
        session = parameters.text("upload_session_id")
        for video in self.store.videos.values():
            if video.session_id == session and video.page_id == page_id:
                return video
        raise GraphError(6000, "(#6000) There was a problem uploading your video: unknown upload session.")

    def _offsets(self, video: Video) -> dict[str, str]:
        start = len(video.data)
        return {"start_offset": str(start), "end_offset": str(min(start + self.switches.chunk_bytes, video.size))}


def read_video(store: Store, video: Video, token: Token, wanted: list[str]) -> dict[str, Any]:
    """A video node. Raises GraphError for another Page's token."""
    if token.page_id != video.page_id:
        raise missing_object(video.id)
    row: dict[str, Any] = {"id": video.id, "status": _status(store, video), "published": bool(video.post_id and video.published)}
    if video.post_id:
        row["post_id"] = video.post_id
        row["permalink_url"] = f"/{video.page_id}/videos/{video.id}/"
    return {key: value for key, value in row.items() if key in {name.strip() for name in wanted} or key == "id"}


def _status(store: Store, video: Video) -> dict[str, Any]:
    uploading: dict[str, Any] = {
        "status": "complete" if len(video.data) == video.size or video.finished_at else "in_progress",
        "bytes_transferred": video.size if video.finished_at else len(video.data),
    }
    processing: dict[str, Any] = {"status": "not_started"}
    publishing: dict[str, Any] = {"status": "not_started"}
    if video.finished_at is None:
        word = "uploading" if len(video.data) < video.size else "upload_complete"
    elif video.ready_at is not None and video.ready_at > store.world.clock.now():
        word, processing = "processing", {"status": "in_progress"}
    elif video.failure is not None:
        word = "error"
        processing = {"status": "error", "errors": [{"code": 1363128, "message": video.failure}]}
    else:
        word, processing = "ready", {"status": "complete"}
        publishing = {"status": "complete", "publish_status": "published" if video.published else "draft"}
    return {
        "video_status": word,
        "uploading_phase": uploading,
        "processing_phase": processing,
        "publishing_phase": publishing,
    }


async def _phase_call(request: SandboxRequest) -> str:
    """The fault name of a call: video_start, video_transfer, video_finish, or videos for one shot."""
    try:
        phase = (await read_parameters(request)).text("upload_phase")
    except GraphError:
        phase = None
    return f"video_{phase}" if phase in _PHASES else "videos"

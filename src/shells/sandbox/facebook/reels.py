"""Reels: start, bytes to the upload host, finish (Reels publishing guide)."""

from datetime import timedelta
from typing import Any

from attrs import define
from litestar import Response
from litestar.enums import HttpMethod
from litestar.handlers import HTTPRouteHandler

from shells.sandbox.facebook.calls import Asked, Call
from shells.sandbox.facebook.errors import GraphError, UploadFaults, UploadRefused, invalid_parameter, missing_object
from shells.sandbox.facebook.fetching import FetchFailedError, fetch
from shells.sandbox.facebook.gate import Gate
from shells.sandbox.facebook.moments import parse_schedule
from shells.sandbox.facebook.reel_check import reel_failure
from shells.sandbox.facebook.store import Store, Video
from shells.sandbox.facebook.switches import Switches
from shells.sandbox.facebook.tokens import TokenBook
from shells.sandbox.facebook.video_intake import BYTES_MAX, hand_in
from shells.sandbox.world import Endpoint, SandboxRequest, World

SCHEDULE_MAX = timedelta(days=29)
_STATES = ("PUBLISHED", "SCHEDULED", "DRAFT")
_PARAMETERS = frozenset(
    {
        "upload_phase", "video_id", "video_state", "description", "title", "scheduled_publish_time", "place", "targeting",
        "feed_targeting",
    }
)  # fmt: skip


@define
class Reels:
    world: World
    gate: Gate
    store: Store
    switches: Switches
    tokens: TokenBook

    def calls(self) -> list[Call]:
        return [Call(method=HttpMethod.POST, path="{node}/video_reels", name="video_reels", answer=self._create)]

    def routes(self) -> list[HTTPRouteHandler]:
        endpoint = Endpoint(self.world, "facebook", UploadFaults())
        return [
            endpoint(HttpMethod.POST, path, "reel_upload", self._upload, account=self._page_of)
            for path in ("/facebook/rupload/video-upload/{video:str}", "/facebook/rupload/video-upload/{version:str}/{video:str}")
        ]

    async def _create(self, asked: Asked) -> Any:
        self.gate.writer(asked.parameters, asked.node)
        asked.parameters.refuse_unknown(_PARAMETERS)
        match (asked.parameters.text("upload_phase") or "").lower():
            case "start":
                return self._start(asked)
            case "finish":
                return self._finish(asked)
            case _:
                raise invalid_parameter("Param upload_phase must be one of {START, FINISH}")

    def _start(self, asked: Asked) -> Any:
        now = self.world.clock.now()
        video = Video(id=self.store.new_id(), page_id=asked.node, created_at=now, size=0, reel=True)
        self.store.videos[video.id] = video
        return {"video_id": video.id, "upload_url": f"{self.world.base_url}/facebook/rupload/video-upload/v26.0/{video.id}"}

    def _finish(self, asked: Asked) -> Any:
        parameters = asked.parameters
        video = self.store.videos.get(parameters.text("video_id") or "")
        if video is None or not video.reel or video.page_id != asked.node:
            raise missing_object(parameters.text("video_id") or "", "post")
        state, at = parameters.text("video_state"), parameters.text("scheduled_publish_time")
        if state not in _STATES:
            raise invalid_parameter(f"Param video_state must be one of {{{', '.join(_STATES)}}}")
        if (at is not None) != (state == "SCHEDULED"):
            raise invalid_parameter("scheduled_publish_time goes with video_state=SCHEDULED")
        scheduled = parse_schedule(at, self.world.clock.now(), longest=SCHEDULE_MAX) if at is not None else None
        if video.handed_in:
            return {"success": True}
        if not video.size or len(video.data) != video.size:
            raise GraphError(6000, "(#6000) There was a problem uploading your video file: its bytes are not complete.")
        self._check_quota(asked.node)
        video.state, video.scheduled_for = state, scheduled
        video.title, video.description = parameters.text("title") or "", parameters.text("description") or ""
        hand_in(self.store, video, asked.request, failure=reel_failure(bytes(video.data)))
        return {"success": True}

    def _check_quota(self, page_id: str) -> None:
        """30 API-published Reels a Page in 24 hours; the refusal's code is documented nowhere."""
        day_ago = self.world.clock.now() - timedelta(hours=24)
        made = [v for v in self.store.videos.values() if v.reel and v.page_id == page_id and v.ready_at and v.ready_at > day_ago]
        if len(made) >= self.switches.reels_per_day:
            raise GraphError(613, "(#613) Calls to this api have exceeded the rate limit.")

    async def _upload(self, request: SandboxRequest) -> Response[Any]:
        try:
            return Response(await self._receive(request))
        except UploadRefused as refused:
            await request.body()
            return refused.response()

    async def _receive(self, request: SandboxRequest) -> dict[str, Any]:
        video = self.store.videos.get(str(request.path_params["video"]))
        self._check_token(request, video)
        if video is None or not video.reel or video.handed_in:
            raise UploadRefused(400, "ProcessingFailedError", "Request processing failed: unknown video.")
        url = request.headers.get("file_url")
        if url is not None:
            try:
                data = await fetch(url, most_bytes=BYTES_MAX, switches=self.switches)
            except FetchFailedError as error:
                raise UploadRefused(422, "FileUrlProcessingError", f"Invalid file URL: {error}.") from None
            video.data[:], video.size = data, len(data)
            return {"success": True}
        offset, size = (request.headers.get(name, "") for name in ("offset", "file_size"))
        if not offset.isdecimal() or not size.isdecimal() or not 0 < int(size) <= BYTES_MAX:
            raise UploadRefused(400, "ProcessingFailedError", "The headers offset and file_size are required.")
        if int(offset) != len(video.data) or video.size not in (0, int(size)):
            raise UploadRefused(412, "OffsetInvalidError", f"Offset {offset} is not {len(video.data)}.", retriable=True)
        body = await request.body()
        if int(offset) != len(video.data) or len(video.data) + len(body) > int(size):  # another request came meanwhile
            raise UploadRefused(412, "OffsetInvalidError", "The bytes do not fit.", retriable=True)
        video.size = int(size)
        video.data.extend(body)
        if len(video.data) < video.size:
            words = f"Partial request (did not match length of file): {len(video.data)} of {video.size} bytes are here."
            raise UploadRefused(400, "PartialRequestError", words, retriable=True)
        return {"success": True}

    def _check_token(self, request: SandboxRequest, video: Video | None) -> None:
        scheme, _, value = request.headers.get("authorization", "").partition(" ")
        if scheme != "OAuth":
            raise UploadRefused(401, "NotAuthorizedError", "The header Authorization: OAuth <token> is required.")
        try:
            token = self.tokens.check(value, None, require_proof=False)
            self.gate.may_write(token, video.page_id if video else token.page_id or "")
        except GraphError as error:
            raise UploadRefused(401, "NotAuthorizedError", f"The token is refused: {error}.") from None

    def _page_of(self, request: SandboxRequest) -> str | None:
        video = self.store.videos.get(str(request.path_params["video"]))
        return video.page_id if video else None

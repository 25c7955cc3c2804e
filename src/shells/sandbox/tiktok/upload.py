"""The upload host: chunks by PUT, in order, byte for byte (media transfer guide)."""

import re
from typing import Any

from attrs import frozen
from litestar import Response
from litestar.enums import HttpMethod
from litestar.handlers import HTTPRouteHandler

from shells.sandbox.tiktok.errors import UploadErrors
from shells.sandbox.tiktok.gate import documented
from shells.sandbox.tiktok.jobs import JobBook, Upload
from shells.sandbox.tiktok.lifecycle import Lifecycle
from shells.sandbox.tiktok.switches import Switches
from shells.sandbox.world import Endpoint, SandboxRequest, World, processing_failure

VIDEO_MIMES = {"video/mp4", "video/quicktime", "video/webm"}
_RANGE = re.compile(r"bytes ([0-9]{1,12})-([0-9]{1,12})/([0-9]{1,12})")


@frozen
class ChunkUpload:
    """PUT /tiktok/upload/video/. Fault rules know the chunk that ends the video as `upload_final`, others as `upload`."""

    world: World
    switches: Switches
    jobs: JobBook
    lifecycle: Lifecycle
    errors: UploadErrors

    def routes(self) -> list[HTTPRouteHandler]:
        endpoint = Endpoint(self.world, "tiktok", self.errors)
        path = "/tiktok/upload/video/"
        return [endpoint(HttpMethod.PUT, path, "upload", documented(self.put), call_of=_call_of, account=self._owner)]

    async def put(self, request: SandboxRequest) -> Response[Any]:
        """206 for a chunk, 201 for the last one, which starts the publishing."""
        job = self.jobs.of_upload(request.query_params.get("upload_id", ""))
        if job is None or job.upload is None:
            return await self._refuse(request, 404, "The upload task is not found")
        upload = job.upload
        if request.query_params.get("upload_token") != upload.token:
            return await self._refuse(request, 403, "The upload token is not valid")
        if upload.expires_at <= self.world.clock.now() and not upload.complete:
            return await self._refuse(request, 403, "The upload_url has expired")
        match = _RANGE.fullmatch(request.headers.get("content-range", ""))
        length = request.headers.get("content-length", "")
        mime = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if match is None or not length.isdigit() or mime not in VIDEO_MIMES:
            return await self._refuse(request, 400, "Content-Range, Content-Length or Content-Type is missing or malformed")
        first, last, total = (int(group) for group in match.groups())
        if total != upload.plan.video_bytes or not first <= last < total or last - first + 1 != int(length):
            return await self._refuse(request, 400, "Content-Range does not fit the video or the Content-Length")
        if first != upload.received_bytes:
            return await self._out_of_step(request, upload)
        if int(length) != upload.plan.length_at(first):
            return await self._refuse(request, 400, "The chunk is not as long as the init call said")
        chunk = await request.body()
        if len(chunk) != int(length):
            return self.errors.answer(400, "The body is not as long as its Content-Length")
        if first != upload.received_bytes:  # another request brought the same chunk meanwhile
            return await self._out_of_step(request, upload)
        upload.received += chunk
        upload.received_bytes += len(chunk)
        if not upload.complete:
            return self.errors.answer(206, "", self._progress(upload))
        planted = processing_failure(request)
        if planted is not None:
            job.planted_failure = planted or "internal"
        self.lifecycle.begin(job)
        return self.errors.answer(201, "", self._progress(upload))

    async def _out_of_step(self, request: SandboxRequest, upload: Upload) -> Response[Any]:
        await request.body()
        return self.errors.answer(416, "The range does not follow what is uploaded", self._progress(upload))

    async def _refuse(self, request: SandboxRequest, status: int, message: str) -> Response[Any]:
        await request.body()
        return self.errors.answer(status, message)

    def _progress(self, upload: Upload) -> dict[str, str]:
        """The guide writes bytes 0-{UPLOADED_BYTES}/{TOTAL} and leaves open whether that is a count or a last index."""
        count = upload.received_bytes
        end = count if self.switches.upload_range_header == "count" else max(count - 1, 0)
        return {"content-range": f"bytes 0-{end}/{upload.plan.video_bytes}"}

    def _owner(self, request: SandboxRequest) -> str | None:
        job = self.jobs.of_upload(request.query_params.get("upload_id", ""))
        return job.open_id if job else None


async def _call_of(request: SandboxRequest) -> str:
    match = _RANGE.fullmatch(request.headers.get("content-range", ""))
    return "upload_final" if match and int(match[2]) + 1 == int(match[3]) else "upload"

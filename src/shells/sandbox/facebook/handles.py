"""Uploads to the app, whose handle a video is published by (resumable upload API, video publishing guide)."""

import secrets
from typing import Any

from attrs import define, field
from litestar.enums import HttpMethod

from shells.sandbox.facebook.calls import Asked, Call
from shells.sandbox.facebook.errors import GraphError, invalid_parameter, missing_object
from shells.sandbox.facebook.gate import Gate
from shells.sandbox.facebook.people import APP_ID
from shells.sandbox.facebook.video_intake import BYTES_MAX

_TYPES = {"video/mp4", "image/jpeg", "image/jpg", "image/png", "application/pdf"}


@define
class _Upload:
    size: int
    data: bytearray = field(factory=bytearray)
    handle: str | None = None


@define
class Handles:
    """Upload sessions by id, finished ones by handle too."""

    gate: Gate
    _uploads: dict[str, _Upload] = field(factory=dict)

    def calls(self) -> list[Call]:
        return [
            Call(method=HttpMethod.POST, path="{node}/uploads", name="upload_start", answer=self._start),
            Call(method=HttpMethod.POST, path="{upload}", name="upload_bytes", answer=self._receive, raw_body=True),
            Call(method=HttpMethod.GET, path="{upload}", name="upload_state", answer=self._state, raw_body=True),
        ]

    def take(self, handle: str) -> bytes:
        """The bytes behind a handle. Raises GraphError."""
        for upload in self._uploads.values():
            if upload.handle is not None and upload.handle == handle:
                return bytes(upload.data)
        raise invalid_parameter("Invalid upload handle in fbuploader_video_file_chunk")

    def clear(self) -> None:
        self._uploads.clear()

    async def _start(self, asked: Asked) -> Any:
        self.gate.user(asked.parameters)
        if asked.node not in (APP_ID, "app"):
            raise missing_object(asked.node, "post")
        name, size = asked.parameters.text("file_name"), asked.parameters.number("file_length")
        if not name or not size or size > BYTES_MAX:
            raise invalid_parameter("The parameters file_name and file_length are required")
        if asked.parameters.text("file_type") not in _TYPES:
            raise invalid_parameter(f"Param file_type must be one of {{{', '.join(sorted(_TYPES))}}}")
        upload_id = f"upload:{secrets.token_urlsafe(24)}"
        self._uploads[upload_id] = _Upload(size)
        return {"id": upload_id}

    async def _receive(self, asked: Asked) -> Any:
        upload = self._of(asked)
        offset = asked.request.headers.get("file_offset", "")
        body = await asked.request.body()
        if not offset.isdecimal() or int(offset) != len(upload.data) or len(upload.data) + len(body) > upload.size:
            raise invalid_parameter(f"The file_offset header does not match: {len(upload.data)} bytes are here")
        upload.data.extend(body)
        if len(upload.data) < upload.size:
            return {"id": asked.node, "file_offset": str(len(upload.data))}
        upload.handle = f"2:{secrets.token_urlsafe(30)}"
        return {"h": upload.handle}

    async def _state(self, asked: Asked) -> Any:
        return {"id": asked.node, "file_offset": str(len(self._of(asked).data))}

    def _of(self, asked: Asked) -> _Upload:
        # The guide's samples send the token alone here, so no proof is asked for.
        if not asked.request.headers.get("authorization", "").startswith("OAuth "):
            raise GraphError(190, "The request needs the header Authorization: OAuth <token>")
        token = asked.parameters.text("access_token") or ""
        self.gate.tokens.check(token, asked.parameters.text("appsecret_proof"), require_proof=False)
        upload = self._uploads.get(asked.node)
        if upload is None:
            raise missing_object(asked.node, str(asked.request.method).lower())
        return upload

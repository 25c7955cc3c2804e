"""Images, videos and documents: registered, uploaded, processed, available (Images, Videos and Documents APIs)."""

import io
import secrets
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from attrs import define, field
from litestar import Response
from litestar.enums import HttpMethod
from litestar.handlers import HTTPRouteHandler
from PIL import Image

from shells.sandbox.linkedin.errors import LinkedInError, LinkedInFaults, bad_request, denied
from shells.sandbox.linkedin.gate import Gate, body_of, check_author
from shells.sandbox.linkedin.switches import Switches
from shells.sandbox.linkedin.tokens import Token
from shells.sandbox.world import Endpoint, SandboxRequest, World, processing_failure

PART_BYTES = 4_194_304
_URL_DAYS = 30
_KINDS = {"images": "image", "videos": "video", "documents": "document"}


@define(kw_only=True)
class Asset:
    """Media on its way to a post. `parts` of a video by number, each with its ETag."""

    urn: str
    kind: str
    owner: str
    secret: str
    expires_at: datetime
    size: int | None = None
    parts: dict[int, tuple[str, bytes]] = field(factory=dict)
    digest: str | None = None
    ready_at: datetime | None = None
    failure: str | None = None


@define
class Assets:
    world: World
    switches: Switches
    gate: Gate
    by_urn: dict[str, Asset] = field(factory=dict)

    def routes(self) -> list[HTTPRouteHandler]:
        endpoint = Endpoint(self.world, "linkedin", LinkedInFaults())
        routes = [
            endpoint(
                HttpMethod.PUT,
                "/linkedin/www/dms-uploads/{urn:str}/{part:int}/{upload_secret:str}",
                "upload",
                self._upload,
            ),
            endpoint(HttpMethod.POST, "/linkedin/api/v2/assets", "register", self.gate.handler(self._register, versioned=False)),
            endpoint(
                HttpMethod.GET,
                "/linkedin/api/v2/assets/{urn:str}",
                "asset",
                self.gate.handler(self._legacy_status, versioned=False),
            ),
        ]
        for plural, kind in _KINDS.items():
            path = f"/linkedin/api/rest/{plural}"
            routes.append(endpoint(HttpMethod.POST, path, f"{kind}_init", self.gate.handler(self._action), call_of=_action_call))
            routes.append(endpoint(HttpMethod.GET, f"{path}/{{urn:str}}", f"{kind}_status", self.gate.handler(self._status)))
        return routes

    def status(self, asset: Asset) -> str:
        if asset.ready_at is None:
            return "WAITING_UPLOAD"
        if asset.ready_at > self.world.clock.now():
            return "PROCESSING"
        return "PROCESSING_FAILED" if asset.failure else "AVAILABLE"

    def new(self, kind: str, owner: str, size: int | None = None) -> Asset:
        urn = f"urn:li:{kind}:C{secrets.token_hex(8)}"
        asset = Asset(
            urn=urn,
            kind=kind,
            owner=owner,
            secret=secrets.token_hex(16),
            expires_at=self.world.clock.now() + timedelta(days=_URL_DAYS),
            size=size,
        )
        self.by_urn[urn] = asset
        return asset

    def upload_url(self, asset: Asset, part: int = 0) -> str:
        return f"{self.world.base_url}/linkedin/www/dms-uploads/{quote(asset.urn, safe='')}/{part}/{asset.secret}"

    async def _action(self, request: SandboxRequest, token: Token) -> Any:
        kind = _KINDS[request.scope["path"].rstrip("/").rpartition("/")[2]]
        action = request.query_params.get("action")
        body = await body_of(request)
        if action == "finalizeUpload" and kind == "video":
            return self._finalize(body, token, request)
        if action != "initializeUpload":
            raise bad_request("INVALID_VALUE_FOR_FIELD", f"Unknown action {action}")
        wanted = body.get("initializeUploadRequest")
        if not isinstance(wanted, dict) or "owner" not in wanted:
            raise bad_request("MISSING_FIELD", "initializeUploadRequest.owner is required")
        check_author(token, wanted["owner"], f"partnerApi{kind.title()}s.ACTION-initializeUpload")
        expires_ms = int((self.world.clock.now() + timedelta(days=_URL_DAYS)).timestamp() * 1000)
        if kind != "video":
            asset = self.new(kind, wanted["owner"])
            return {"value": {"uploadUrlExpiresAt": expires_ms, "uploadUrl": self.upload_url(asset), kind: asset.urn}}
        size = wanted.get("fileSizeBytes")
        if not isinstance(size, int) or size <= 0:
            raise bad_request("MISSING_FIELD", "initializeUploadRequest.fileSizeBytes is required")
        asset = self.new(kind, wanted["owner"], size)
        instructions = [
            {
                "uploadUrl": self.upload_url(asset, number),
                "firstByte": first,
                "lastByte": min(first + PART_BYTES, size) - 1,
            }
            for number, first in enumerate(range(0, size, PART_BYTES))
        ]
        return {
            "value": {
                "video": asset.urn,
                "uploadToken": "",
                "uploadUrlsExpireAt": expires_ms,
                "uploadInstructions": instructions,
            }
        }

    async def _upload(self, request: SandboxRequest) -> Response[Any]:
        asset = self.by_urn.get(str(request.path_params["urn"]))
        if asset is None or asset.secret != request.path_params["upload_secret"]:
            return Response(b"", status_code=404)
        if asset.expires_at <= self.world.clock.now():
            return Response(b"", status_code=401)
        data = await request.body()
        if asset.kind == "video":
            return self._part(asset, int(request.path_params["part"]), data, request)
        try:
            self.gate.token(request)
        except LinkedInError as error:
            return error.response()
        asset.digest = self.world.blobs.put(data, _mime(data))
        asset.failure = processing_failure(request) or (None if asset.kind == "document" or _is_image(data) else "not an image")
        asset.ready_at = self.world.clock.now() + timedelta(seconds=self.switches.processing_seconds)
        return Response(b"", status_code=201)

    def _part(self, asset: Asset, number: int, data: bytes, request: SandboxRequest) -> Response[Any]:
        if "authorization" in request.headers:
            return Response(b"", status_code=400)
        size = asset.size or 0
        wanted = min(PART_BYTES, size - number * PART_BYTES)
        if len(data) != wanted:
            return Response(b"", status_code=400)
        etag = secrets.token_hex(16)
        asset.parts[number] = (etag, data)
        return Response(b"", status_code=200, headers={"etag": f'"{etag}"'})

    def _finalize(self, body: dict[str, Any], token: Token, request: SandboxRequest) -> Any:
        wanted = body.get("finalizeUploadRequest")
        asset = self.by_urn.get(str(wanted.get("video"))) if isinstance(wanted, dict) else None
        if asset is None or not isinstance(wanted, dict):
            raise LinkedInError(404, "No such video", code="NOT_FOUND")
        check_author(token, asset.owner, "partnerApiVideos.ACTION-finalizeUpload")
        given = [str(item).strip('"') for item in wanted.get("uploadedPartIds", [])]
        by_etag = {etag: data for etag, data in asset.parts.values()}
        if len(given) != -(-(asset.size or 0) // PART_BYTES) or any(etag not in by_etag for etag in given):
            raise bad_request("UPDATING_ASSET_FAILED", "The uploaded parts do not make up the video")
        # The order of the ids is the order of the bytes: a wrong one scrambles the film.
        data = b"".join(by_etag[etag] for etag in given)
        asset.digest = self.world.blobs.put(data, "video/mp4")
        broken = data[4:8] != b"ftyp" or len(data) < self.switches.video_bytes_min
        asset.failure = processing_failure(request) or ("the file is no MP4 of a proper size" if broken else None)
        asset.ready_at = self.world.clock.now() + timedelta(seconds=self.switches.processing_seconds)
        return {}

    async def _status(self, request: SandboxRequest, token: Token) -> Any:
        asset = self.by_urn.get(str(request.path_params["urn"]))
        if asset is None:
            raise LinkedInError(404, "No such media", code="NOT_FOUND")
        if asset.kind == "image" and not {"r_organization_social", "w_organization_social"} & set(token.scopes):
            words = "Accessing this image resource is forbidden. Please check your permissions for this resource"
            raise LinkedInError(403, words)
        check_author(token, asset.owner, f"partnerApi{asset.kind.title()}s.GET")
        body = {"id": asset.urn, "owner": asset.owner, "status": self.status(asset)}
        if self.status(asset) == "AVAILABLE":
            body["downloadUrl"] = f"{self.world.base_url}/_sandbox/blobs/{asset.digest}"
        if asset.failure and body["status"] == "PROCESSING_FAILED":
            body["processingFailureReason"] = asset.failure
        return body

    async def _register(self, request: SandboxRequest, token: Token) -> Any:
        wanted = (await body_of(request)).get("registerUploadRequest")
        if request.query_params.get("action") != "registerUpload" or not isinstance(wanted, dict):
            raise bad_request("MISSING_FIELD", "registerUploadRequest is required")
        if "w_member_social" not in token.scopes and "w_organization_social" not in token.scopes:
            raise denied("assets.ACTION-registerUpload.NO_VERSION")
        check_author(token, wanted.get("owner"), "assets.ACTION-registerUpload.NO_VERSION")
        asset = self.new("digitalmediaAsset", str(wanted["owner"]))
        mechanism = {"uploadUrl": self.upload_url(asset), "headers": {}}
        return {
            "value": {
                "asset": asset.urn,
                "mediaArtifact": f"urn:li:digitalmediaMediaArtifact:({asset.urn},uploaded)",
                "uploadMechanism": {"com.linkedin.digitalmedia.uploading.MediaUploadHttpRequest": mechanism},
            }
        }

    async def _legacy_status(self, request: SandboxRequest, token: Token) -> Any:
        name = str(request.path_params["urn"])
        asset = self.by_urn.get(name) or self.by_urn.get(f"urn:li:digitalmediaAsset:{name}")
        if asset is None:
            raise LinkedInError(404, "No such asset", code="NOT_FOUND")
        return {"id": asset.urn.rpartition(":")[2], "recipes": [{"status": self.status(asset)}], "status": "ALLOWED"}


async def _action_call(request: SandboxRequest) -> str:
    kind = _KINDS[request.scope["path"].rstrip("/").rpartition("/")[2]]
    return f"{kind}_finalize" if request.query_params.get("action") == "finalizeUpload" else f"{kind}_init"


def _is_image(data: bytes) -> bool:
    if data[4:8] == b"ftyp":
        return True  # a legacy asset may be a video
    try:
        with Image.open(io.BytesIO(data)) as image:
            return image.format in ("JPEG", "PNG", "GIF")
    except (OSError, ValueError):
        return False


def _mime(data: bytes) -> str:
    if data[4:8] == b"ftyp":
        return "video/mp4"
    if data[:4] == b"%PDF":
        return "application/pdf"
    return {b"\x89P": "image/png", b"\xff\xd8": "image/jpeg", b"GI": "image/gif"}.get(data[:2], "application/octet-stream")

"""The Images, Videos and Documents APIs: initialize, finalize, and what became of an upload."""

from typing import Any

from attrs import define
from litestar.enums import HttpMethod
from litestar.handlers import HTTPRouteHandler

from shells.sandbox.linkedin.assets import Asset, Assets
from shells.sandbox.linkedin.calls import Calls
from shells.sandbox.linkedin.errors import LinkedInError, bad_request, not_found
from shells.sandbox.linkedin.gate import Caller, Gate
from shells.sandbox.linkedin.restli import Schema, action_parameter
from shells.sandbox.linkedin.rights import check_actor, may_write
from shells.sandbox.world import SandboxRequest, processing_failure

_KINDS = {"images": "image", "videos": "video", "documents": "document"}
_INITIALIZE: Schema = {"owner!": str, "mediaLibraryMetadata": dict}
_INITIALIZE_VIDEO: Schema = {
    **_INITIALIZE,
    "fileSizeBytes!": int,
    "uploadCaptions": bool,
    "uploadThumbnail": bool,
    "purpose": ("VIDEO_AD", "ORGANIC_VIDEO"),
}
_FINALIZE: Schema = {"video!": str, "uploadToken!": str, "uploadedPartIds!": list}


@define
class MediaCalls:
    assets: Assets
    gate: Gate

    def routes(self, calls: Calls) -> list[HTTPRouteHandler]:
        routes = []
        for plural, kind in _KINDS.items():
            path, resource = f"/linkedin/api/rest/{plural}", f"partnerApi{plural.title()}"
            action = self.gate.handler(self._action, f"{resource}.ACTION", params=("action",))
            status = self.gate.handler(self._status, f"{resource}.GET")
            routes.append(calls(HttpMethod.POST, path, f"{kind}_init", action, call_of=_action_call))
            routes.append(calls(HttpMethod.GET, f"{path}/{{urn:str}}", f"{kind}_status", status))
        return routes

    async def _action(self, caller: Caller) -> Any:
        kind = _kind_of(caller.request)
        action = caller.request.query_params.get("action")
        if action == "initializeUpload":
            return await self._initialize(caller, kind)
        if action == "finalizeUpload" and kind == "video":
            return await self._finalize(caller)
        raise bad_request("ILLEGAL_ARGUMENT", f"Action {action} is not found")

    async def _initialize(self, caller: Caller, kind: str) -> Any:
        schema = _INITIALIZE_VIDEO if kind == "video" else _INITIALIZE
        wanted = await action_parameter(caller.request, "initializeUploadRequest", schema)
        check_actor(caller.token, wanted["owner"], "/initializeUploadRequest/owner", caller.denied())
        if kind != "video":
            asset = self.assets.new(kind, wanted["owner"])
            value = {"uploadUrlExpiresAt": _ms(asset), "uploadUrl": self.assets.upload_url(asset), kind: asset.urn}
            return {"value": value}
        if wanted["fileSizeBytes"] <= 0:
            raise bad_request("INVALID_VALUE_FOR_FIELD", "fileSizeBytes must be positive", field="fileSizeBytes")
        asset = self.assets.new(kind, wanted["owner"], size=wanted["fileSizeBytes"])
        instructions = []
        for number in asset.part_numbers():
            first, last = asset.part_range(number)
            instructions.append({"uploadUrl": self.assets.upload_url(asset, number), "firstByte": first, "lastByte": last})
        return {
            "value": {
                "video": asset.urn,
                "uploadToken": asset.upload_token,
                "uploadUrlsExpireAt": _ms(asset),
                "uploadInstructions": instructions,
            }
        }

    async def _finalize(self, caller: Caller) -> Any:
        wanted = await action_parameter(caller.request, "finalizeUploadRequest", _FINALIZE)
        asset = self.assets.by_urn.get(wanted["video"])
        if asset is None or asset.kind != "video" or not asset.in_parts:
            raise not_found("Could not find video")
        if not may_write(caller.token, asset.owner):
            raise caller.denied()
        given = wanted["uploadedPartIds"]
        by_etag = dict(asset.parts.values())
        complete = len(by_etag) == len(asset.part_numbers()) and sorted(map(str, given)) == sorted(by_etag)
        if not complete or wanted["uploadToken"] != asset.upload_token or asset.ready_at is not None:
            raise bad_request("UPDATING_ASSET_FAILED", "The uploaded parts could not be put together")
        # The order of the ids is the order of the bytes: a wrong one scrambles the film.
        self.assets.receive(asset, b"".join(by_etag[etag] for etag in given), processing_failure(caller.request))
        asset.parts.clear()
        return {}

    async def _status(self, caller: Caller) -> Any:
        kind = _KINDS[str(caller.request.scope["path"]).split("/")[-2]]
        asset = self.assets.by_urn.get(caller.path("urn"))
        if asset is None or not asset.urn.startswith(f"urn:li:{kind}:"):
            raise not_found(f"Could not find {kind}")
        # A token for members alone may poll videos but not pictures (seen in the field).
        blind = kind == "image" and "w_organization_social" not in caller.token.scopes
        if blind or not may_write(caller.token, asset.owner):
            words = f"Accessing this {kind} resource is forbidden. Please check your permissions for this resource"
            raise LinkedInError(403, words)
        body = {"id": asset.urn, "owner": asset.owner, "status": self.assets.status(asset)}
        if body["status"] == "AVAILABLE":
            body["downloadUrl"] = f"{self.assets.world.base_url}/_sandbox/blobs/{asset.digest}"
        if body["status"] == "PROCESSING_FAILED" and kind == "video":
            body["processingFailureReason"] = str(asset.failure)
        return body


def _kind_of(request: SandboxRequest) -> str:
    return _KINDS[str(request.scope["path"]).rstrip("/").rpartition("/")[2]]


def _ms(asset: Asset) -> int:
    return int(asset.expires_at.timestamp() * 1000)


async def _action_call(request: SandboxRequest) -> str:
    finalizes = request.query_params.get("action") == "finalizeUpload"
    return f"{_kind_of(request)}_{'finalize' if finalizes else 'init'}"

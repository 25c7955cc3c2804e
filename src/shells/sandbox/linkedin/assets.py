"""Media on their way to a post: their states, and where their bytes arrive."""

import secrets
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from attrs import define, field
from litestar import Response
from litestar.enums import HttpMethod
from litestar.handlers import HTTPRouteHandler

from shells.sandbox.linkedin.calls import Calls
from shells.sandbox.linkedin.errors import LinkedInError
from shells.sandbox.linkedin.gate import Gate
from shells.sandbox.linkedin.media_check import document_failure, image_failure, mime_of, video_failure
from shells.sandbox.linkedin.rights import may_write
from shells.sandbox.linkedin.switches import Switches
from shells.sandbox.world import SandboxRequest, World, processing_failure

PART_BYTES = 4_194_304
_URL_DAYS = 30
LEGACY = "digitalmediaAsset"


@define(kw_only=True)
class Asset:
    """`kind` is image, video or document; `urn` may be a legacy asset's. `parts` of a video by number, each with its ETag."""

    urn: str
    kind: str
    owner: str
    secret: str
    expires_at: datetime
    size: int | None = None
    upload_token: str = ""
    parts: dict[int, tuple[str, bytes]] = field(factory=dict)
    digest: str | None = None
    ready_at: datetime | None = None
    failure: str | None = None

    @property
    def in_parts(self) -> bool:
        return self.size is not None

    def part_numbers(self) -> range:
        return range(-(-(self.size or 0) // PART_BYTES))

    def part_range(self, number: int) -> tuple[int, int]:
        """First and last byte of a part, both inclusive."""
        first = number * PART_BYTES
        return first, min(first + PART_BYTES, self.size or 0) - 1


@define
class Assets:
    world: World
    switches: Switches
    by_urn: dict[str, Asset] = field(factory=dict)

    def new(self, kind: str, owner: str, *, size: int | None = None, legacy: bool = False) -> Asset:
        asset = Asset(
            urn=f"urn:li:{LEGACY if legacy else kind}:C{secrets.token_hex(8)}",
            kind=kind,
            owner=owner,
            secret=secrets.token_hex(16),
            expires_at=self.world.clock.now() + timedelta(days=_URL_DAYS),
            size=size,
            upload_token=self.switches.upload_token if size is not None else "",
        )
        self.by_urn[asset.urn] = asset
        return asset

    def status(self, asset: Asset) -> str:
        if asset.ready_at is None:
            return "WAITING_UPLOAD"
        if asset.ready_at > self.world.clock.now():
            return "PROCESSING"
        return "PROCESSING_FAILED" if asset.failure else "AVAILABLE"

    def upload_url(self, asset: Asset, part: int = 0) -> str:
        return f"{self.world.base_url}/linkedin/www/dms-uploads/{quote(asset.urn, safe='')}/{part}/{asset.secret}"

    def receive(self, asset: Asset, data: bytes, planted_failure: str | None) -> None:
        """The whole file is here: its processing begins. A second file takes the place of the first."""
        asset.digest = self.world.blobs.put(data, mime_of(data))
        if planted_failure is not None:
            asset.failure = planted_failure or "PROCESSING_ERROR"
        elif asset.kind == "video":
            asset.failure = video_failure(data, self.switches)
        else:
            asset.failure = image_failure(data) if asset.kind == "image" else document_failure(data)
        asset.ready_at = self.world.clock.now() + timedelta(seconds=self.switches.processing_seconds)


@define
class Uploads:
    """The upload addresses: signed, so a video's parts need no token; everything else does (Images and Videos APIs)."""

    assets: Assets
    gate: Gate

    def routes(self, calls: Calls) -> list[HTTPRouteHandler]:
        path = "/linkedin/www/dms-uploads/{urn:str}/{part:int}/{upload_secret:str}"
        return [calls(HttpMethod.PUT, path, "upload", self._upload)]

    async def _upload(self, request: SandboxRequest) -> Response[Any]:
        asset = self.assets.by_urn.get(str(request.path_params["urn"]))
        data = await request.body()
        if asset is None or asset.secret != request.path_params["upload_secret"]:
            return Response(b"", status_code=404)
        if asset.expires_at <= self.assets.world.clock.now():
            return Response(b"", status_code=401)
        if asset.in_parts:
            return self._part(asset, int(request.path_params["part"]), data, request)
        try:
            token = self.gate.token(request)
        except LinkedInError as error:
            return error.response()
        if not may_write(token, asset.owner):
            return LinkedInError(403, "").response()
        self.assets.receive(asset, data, processing_failure(request))
        return Response(b"", status_code=201)

    def _part(self, asset: Asset, number: int, data: bytes, request: SandboxRequest) -> Response[Any]:
        """A signed address takes no second kind of authorization, and exactly the bytes that it was made for."""
        first, last = asset.part_range(number)
        wrong = number not in asset.part_numbers() or len(data) != last - first + 1
        if wrong or "authorization" in request.headers or asset.ready_at is not None:
            return Response(b"", status_code=400)
        etag = secrets.token_hex(16)
        if self.assets.switches.etag_form == "path":
            asset.parts[number] = (etag := f"/ambry-video/signedId/{etag}", data)
            return Response(b"", status_code=200, headers={"etag": etag})
        asset.parts[number] = (etag, data)
        return Response(b"", status_code=200, headers={"etag": f'"{etag}"'})

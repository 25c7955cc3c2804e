"""What Prometheus scrapes."""

import hmac
import ipaddress
from typing import Any

from litestar import Request, Response, get
from litestar.exceptions import NotAuthorizedException, PermissionDeniedException
from prometheus_client import CONTENT_TYPE_LATEST

from shells.web.security.permissions import Permission
from shells.wiring import Product

_FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip")


@get("/metrics", include_in_schema=False, permission=Permission.PROVEN)
async def metrics(request: Request[Any, Any, Any], product: Product) -> Response[bytes]:
    """With SIMULCAST_METRICS_TOKEN set, for whoever brings it; without, for callers on this machine only."""
    token = product.settings.metrics_token
    if token:
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        if not hmac.compare_digest(given.encode(), token.reveal().encode()):
            raise NotAuthorizedException("/metrics wants the bearer token of SIMULCAST_METRICS_TOKEN.")
    elif not _is_near(request):
        raise PermissionDeniedException("/metrics answers callers on this machine only, until SIMULCAST_METRICS_TOKEN is set.")
    return Response(
        await product.metrics.exposition(), headers={"content-type": CONTENT_TYPE_LATEST, "cache-control": "no-store"}
    )


def _is_near(request: Request[Any, Any, Any]) -> bool:
    """A proxy on this machine is near, whom it speaks for is not."""
    if request.client is None or any(name in request.headers for name in _FORWARDED):
        return False
    try:
        return ipaddress.ip_address(request.client.host).is_loopback
    except ValueError:
        return False

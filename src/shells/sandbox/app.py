"""The sandbox application: three imitation platforms, their pages and the control calls."""

from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from litestar import Litestar, Request
from litestar.exceptions import ClientException
from litestar.openapi import OpenAPIConfig

from shells.sandbox.control import Control
from shells.sandbox.facebook import FacebookSandbox
from shells.sandbox.linkedin import LinkedInSandbox
from shells.sandbox.tiktok import TikTokSandbox
from shells.sandbox.world import Platform, World


def create_app(base_url: str) -> Litestar:
    """A fresh sandbox whose pages and upload URLs start with `base_url`."""
    world = World(base_url=base_url)
    platforms: dict[str, Platform] = {
        platform.name: platform for platform in (FacebookSandbox(world), TikTokSandbox(world), LinkedInSandbox(world))
    }
    control = Control(world, platforms)
    routes = [handler for platform in platforms.values() for handler in platform.routes()]
    return Litestar(
        route_handlers=[*control.routes(), *routes],
        openapi_config=OpenAPIConfig(title="Simulcast sandbox", version="1"),
        request_max_body_size=None,
        before_request=_only_here,
    )


def _only_here(request: Request[Any, Any, Any]) -> None:
    """Under another name than loopback's a page from elsewhere may have had its own name resolved to this machine."""
    try:
        host = urlsplit(f"//{request.headers.get('host', '')}").hostname or ""
        here = host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        here = False
    if not here:
        raise ClientException("The sandbox answers on loopback addresses only.")

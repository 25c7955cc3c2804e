"""The sandbox application: three imitation platforms, their pages and the control calls."""

from litestar import Litestar
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
    )

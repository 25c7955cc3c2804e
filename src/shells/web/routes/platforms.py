"""What each installed platform takes, and what it still lacks before accounts can be linked."""

from litestar import get

from distribution_core.usecases.list_accounts import list_accounts
from shells.platform_diagnosis import diagnose
from shells.web.security.permissions import Permission
from shells.web.security.tokens import Caller
from shells.web.shapes.platforms import PlatformAppOut, PlatformOut, PlatformsOut
from shells.wiring import Product


@get("/platforms", summary="Platforms: their apps and what these lack, their rules", permission=Permission.ACCOUNTS_READ)
async def list_platforms(caller: Caller, product: Product) -> PlatformsOut:
    """Names settings, never their values."""
    found = {(app.platform, app.app): app for app in diagnose(product.settings)}
    standings = await list_accounts(product.context, caller.user_id)
    return PlatformsOut(
        platforms=[
            PlatformOut.of(
                platform,
                [
                    PlatformAppOut.of(platform, profile, found[platform.id, profile.name], standings)
                    for profile in platform.authorizer.apps.values()
                    if (platform.id, profile.name) in found
                ],
            )
            for platform in product.context.platforms.values()
        ]
    )

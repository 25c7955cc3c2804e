"""Deliveries as they are shown, with where to look."""

from distribution_core.domain.account import SocialAccount
from distribution_core.domain.delivery import Delivery
from shells.web.shapes.deliveries import DeliveryOut
from shells.wiring import Product


def shown(product: Product, delivery: Delivery, account: SocialAccount | None) -> DeliveryOut:
    """A delivery with the page on which a person can see whether it is there."""
    return DeliveryOut.of(delivery, account, _look_url(product, account) if account is not None else None)


async def shown_alone(product: Product, delivery: Delivery) -> DeliveryOut:
    """The same, for a delivery whose account is not at hand."""
    async with product.context.ledger.begin() as tx:
        account = await tx.accounts.get(delivery.social_account_id, delivery.user_id)
    return shown(product, delivery, account)


def _look_url(product: Product, account: SocialAccount) -> str | None:
    platform = product.context.platforms.get(account.platform)
    if platform is None:
        return None
    if platform.sandboxed:
        return f"{product.settings.sandbox_url}/{account.platform}/timeline/{account.external_account_id}"
    return platform.look_url(account)

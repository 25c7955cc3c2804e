"""Deliveries as they are shown, with where to look."""

from distribution_core.domain.account import SocialAccount
from distribution_core.domain.delivery import Delivery
from distribution_core.usecases.activity import Activity
from shells.web.shapes.content import ContentOut
from shells.web.shapes.deliveries import ActivityItem, DeliveryOut, SkippedOut
from shells.wiring import Product


def shown(product: Product, delivery: Delivery, account: SocialAccount | None) -> DeliveryOut:
    """A delivery with the page on which a person can see whether it is there."""
    return DeliveryOut.of(delivery, account, look_url(product, account) if account is not None else None)


def activity_items(product: Product, found: Activity) -> list[ActivityItem]:
    """Each content with its deliveries, and the accounts that were left out."""
    return [
        ActivityItem(
            content=ContentOut.of_read(item.content, found),
            deliveries=[shown(product, d, found.accounts.get(d.social_account_id)) for d in item.deliveries],
            skipped=[SkippedOut.of(e, found.accounts.get(e.social_account_id)) for e in item.exclusions],
        )
        for item in found.items
    ]


async def shown_alone(product: Product, delivery: Delivery) -> DeliveryOut:
    """The same, for a delivery whose account is not at hand."""
    async with product.context.ledger.begin() as tx:
        account = await tx.accounts.get(delivery.social_account_id, delivery.user_id)
    return shown(product, delivery, account)


def look_url(product: Product, account: SocialAccount) -> str | None:
    """The page on which a person can see what is posted on an account; None where it is not known."""
    platform = product.context.platforms.get(account.platform)
    if platform is None:
        return None
    if platform.sandboxed:
        return f"{product.settings.sandbox_url}/{account.platform}/timeline/{account.external_account_id}"
    return platform.look_url(account)

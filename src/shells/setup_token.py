"""The token that opens the set-up page: printed at the start of the server, worth nothing once there is a user."""

import hmac

from distribution_core.domain.secret import Secret, token_text
from distribution_core.usecases.set_up import setup_is_open
from shells.settings import Settings
from shells.wiring import Product, derived_key


def setup_token(settings: Settings) -> Secret:
    """Derived from the configured key, so that every process of one installation has the same and none is stored."""
    return Secret(token_text(derived_key(settings, "first user")))


def is_setup_token(settings: Settings, given: Secret) -> bool:
    """Takes the same time wherever the two differ."""
    return hmac.compare_digest(given.reveal().encode(), setup_token(settings).reveal().encode())


async def setup_url(product: Product) -> Secret | None:
    """Where the first user is created; None once there is one. The token stands behind a #, which browsers send to nobody."""
    if not await setup_is_open(product.context):
        return None
    return Secret(f"{product.settings.public_base_url}/app/setup#token={setup_token(product.settings).reveal()}")

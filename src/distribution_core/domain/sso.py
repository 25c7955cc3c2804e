"""Who an identity provider says somebody is, and a trip to it that is under way."""

from datetime import datetime
from uuid import UUID

from attrs import field, frozen


@frozen(kw_only=True)
class Identity:
    """What a verified ID token says. `subject` is the provider's id of the person, unique within `issuer` alone; an e-mail counts
    only where the provider says that it has verified it."""

    issuer: str
    subject: str
    email: str | None = None
    email_verified: bool = False


@frozen(kw_only=True)
class SsoRound:
    """A browser that was sent to the provider. Found once by the hash of its `state`; `browser_hash` is of the secret that this
    browser alone holds. With a user it is to link them, from the session `session_id`; without one it is to sign in."""

    state_hash: bytes = field(repr=False)
    browser_hash: bytes = field(repr=False)
    return_to: str
    user_id: UUID | None = None
    session_id: UUID | None = None
    expires_at: datetime

"""The short-lived access token: a JWT that names a user and the session family it belongs to."""

import hashlib
import hmac
from datetime import datetime, timedelta
from uuid import UUID

from attrs import define, field, frozen
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from distribution_core.domain.errors import CredentialsError

ISSUER = "simulcast"
_ALGORITHM = "HS256"


@frozen(kw_only=True)
class Caller:
    """A signed-in user, or a program with a user's key. `family_id` is the session that every token of one sign-in shares;
    for a program it is its key's id."""

    user_id: UUID
    family_id: UUID
    by_key: bool = False


@define
class AccessTokens:
    """Signs and reads access tokens, and the CSRF token that is bound to the same session."""

    _key: bytes = field(repr=False)
    lifetime: timedelta

    def issue(self, caller: Caller, now: datetime) -> str:
        claims = {
            "iss": ISSUER,
            "sub": str(caller.user_id),
            "sid": str(caller.family_id),
            "iat": int(now.timestamp()),
            "exp": int((now + self.lifetime).timestamp()),
        }
        return jwt.encode({"alg": _ALGORITHM}, claims, OctKey.import_key(self._key))

    def read(self, token: str, now: datetime) -> Caller:
        """Raises CredentialsError for anything but a live token of ours."""
        try:
            claims = jwt.decode(token, OctKey.import_key(self._key), algorithms=[_ALGORITHM]).claims
            if claims["iss"] != ISSUER or int(claims["exp"]) <= now.timestamp():
                raise CredentialsError("The session has ended. Sign in again.")
            return Caller(user_id=UUID(claims["sub"]), family_id=UUID(claims["sid"]))
        except (JoseError, KeyError, ValueError, TypeError):
            raise CredentialsError("The session is not valid. Sign in again.") from None

    def csrf_token(self, family_id: UUID) -> str:
        return hmac.new(self._key, b"csrf:" + family_id.bytes, hashlib.sha256).hexdigest()

    def csrf_matches(self, family_id: UUID, given: str) -> bool:
        return hmac.compare_digest(given.encode(), self.csrf_token(family_id).encode())

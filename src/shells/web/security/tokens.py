"""The short-lived access token: a JWT that names a user and the session family it belongs to."""

import hashlib
import hmac
import json
from base64 import urlsafe_b64decode
from datetime import UTC, datetime, timedelta
from uuid import UUID

from attrs import define, field, frozen
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from distribution_core.domain.errors import CredentialsError

ISSUER = "simulcast"
AUDIENCE = "simulcast-api"
KEY_PERIOD = timedelta(days=7)
_ALGORITHM = "HS256"
_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


@frozen(kw_only=True)
class Caller:
    """A signed-in user, or a program with a user's key. `family_id` is the session that every token of one sign-in shares;
    for a program it is its key's id, and `scopes` what that may do."""

    user_id: UUID
    family_id: UUID
    scopes: frozenset[str] | None = None

    def may(self, scope: str) -> bool:
        """Whether a further scope is theirs: a person has all."""
        return self.scopes is None or scope in self.scopes


@define
class AccessTokens:
    """Signs and reads access tokens, and the CSRF token that is bound to the same session. Each period has a signing key of its
    own, named in the token: all processes change it at the same moment without a word, and the one before still verifies until
    its last token has ended. A key that got out is good for a period, and says nothing of any other."""

    _key: bytes = field(repr=False)
    lifetime: timedelta

    def issue(self, caller: Caller, now: datetime) -> str:
        period = _period(now)
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": str(caller.user_id),
            "sid": str(caller.family_id),
            "iat": int(now.timestamp()),
            "exp": int((now + self.lifetime).timestamp()),
        }
        return jwt.encode({"alg": _ALGORITHM, "kid": str(period)}, claims, self._signing_key(period))

    def read(self, token: str, now: datetime) -> Caller:
        """Raises CredentialsError for anything but a live token of ours."""
        try:
            period = self._period_of(token, now)
            claims = jwt.decode(token, self._signing_key(period), algorithms=[_ALGORITHM]).claims
            if (claims["iss"], claims["aud"]) != (ISSUER, AUDIENCE) or int(claims["exp"]) <= now.timestamp():
                raise CredentialsError("The session has ended. Sign in again.")
            return Caller(user_id=UUID(claims["sub"]), family_id=UUID(claims["sid"]))
        except (JoseError, KeyError, ValueError, TypeError):
            raise CredentialsError("The session is not valid. Sign in again.") from None

    def _period_of(self, token: str, now: datetime) -> int:
        """The period that a token names, if its key still counts. Raises ValueError."""
        header = json.loads(urlsafe_b64decode(token.partition(".")[0] + "=="))
        named, current = str(header["kid"]), _period(now)
        if named == str(current):
            return current
        if named == str(_period(now - self.lifetime)):
            return current - 1
        raise ValueError("signed with a key that no longer counts")

    def _signing_key(self, period: int) -> OctKey:
        return OctKey.import_key(hmac.new(self._key, f"access tokens {period}".encode(), hashlib.sha256).digest())

    def csrf_token(self, family_id: UUID) -> str:
        return hmac.new(self._key, b"csrf:" + family_id.bytes, hashlib.sha256).hexdigest()

    def csrf_matches(self, family_id: UUID, given: str) -> bool:
        return hmac.compare_digest(given.encode(), self.csrf_token(family_id).encode())


def _period(now: datetime) -> int:
    return (now - _EPOCH) // KEY_PERIOD

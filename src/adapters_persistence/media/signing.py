"""Signed, expiring URLs for stored media, served by the web shell under /media."""

import hashlib
import hmac
from datetime import datetime, timedelta
from urllib.parse import quote, urlencode

from attrs import field, frozen


class SignatureError(ValueError):
    """The URL was not signed here, was changed, or has expired."""


@frozen
class UrlSigner:
    """HMAC-SHA256 over key, type and expiry. `base_url` is the public base URL, without a trailing slash."""

    _key: bytes = field(repr=False)
    base_url: str

    def sign(self, key: str, mime: str, now: datetime, valid_for: timedelta) -> str:
        expires = int((now + valid_for).timestamp())
        query = urlencode({"type": mime, "expires": expires, "signature": self._signature(key, mime, expires)})
        return f"{self.base_url}/media/{quote(key)}?{query}"

    def check(self, key: str, mime: str, expires: int, signature: str, now: datetime) -> None:
        """Raises SignatureError."""
        # As bytes: comparing text raises TypeError for anything that is not ASCII.
        if not hmac.compare_digest(signature.encode(), self._signature(key, mime, expires).encode()):
            raise SignatureError("this link was not made here, or it was changed")
        if now.timestamp() > expires:
            raise SignatureError("this link has expired")

    def _signature(self, key: str, mime: str, expires: int) -> str:
        return hmac.new(self._key, f"{key}\n{mime}\n{expires}".encode(), hashlib.sha256).hexdigest()

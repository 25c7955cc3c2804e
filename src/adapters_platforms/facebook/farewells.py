"""Reads a signed_request: `<base64url signature>.<base64url JSON>`, signed over the encoded payload with the app's secret."""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from attrs import frozen

from adapters_platforms.settings import AppCredentials
from distribution_core.ports.farewell import Farewell, FarewellReader, ForgedFarewellError

_CHARACTERS_MAX = 8_192


@frozen(kw_only=True)
class SignedRequests:
    """Deauthorize and data-deletion callbacks (Meta: app dashboard, data deletion callback; the signature as public parsers
    check it)."""

    app: str
    credentials: AppCredentials | None

    def read(self, form: Mapping[str, str]) -> Farewell:
        given = form.get("signed_request", "")
        if self.credentials is None:
            raise ForgedFarewellError("Facebook's app is not set up, so nothing of it can be checked.")
        signature, dot, payload = given.partition(".")
        if not dot or len(given) > _CHARACTERS_MAX:
            raise ForgedFarewellError("There is no signed_request of the form signature.payload.")
        wanted = hmac.new(self.credentials.client_secret.reveal().encode(), payload.encode(), hashlib.sha256).digest()
        # Compared before anything of the payload is looked at.
        if not hmac.compare_digest(wanted, _decoded(signature)):
            raise ForgedFarewellError("The signed_request is not signed with this app's secret.")
        return self._farewell(_claims(payload))

    def _farewell(self, claims: Mapping[str, Any]) -> Farewell:
        if str(claims.get("algorithm", "")).upper() != "HMAC-SHA256":
            raise ForgedFarewellError("The signed_request names another algorithm than HMAC-SHA256.")
        subject, issued_at = claims.get("user_id"), claims.get("issued_at")
        # Of a Page, not of a person: user_id is 0, and profile_id names it.
        of_page = str(subject) == "0" and "profile_id" in claims
        subject = claims.get("profile_id") if of_page else subject
        if not isinstance(subject, str | int) or isinstance(subject, bool) or not str(subject).isalnum():
            raise ForgedFarewellError("The signed_request names no user_id.")
        if not isinstance(issued_at, int) or isinstance(issued_at, bool) or not 0 < issued_at < 2**33:
            raise ForgedFarewellError("The signed_request says no issued_at.")
        at = datetime.fromtimestamp(issued_at, UTC)
        return Farewell(app=self.app, subject_id=str(subject), issued_at=at, of_account=of_page)


def _claims(payload: str) -> Mapping[str, Any]:
    try:
        claims = json.loads(_decoded(payload))
    except (ValueError, RecursionError):
        raise ForgedFarewellError("The signed_request holds no JSON.") from None
    if not isinstance(claims, dict):
        raise ForgedFarewellError("The signed_request holds no JSON object.")
    return claims


def _decoded(text: str) -> bytes:
    """Base64url, with or without its padding, and with no bits to spare: of one signature there is one spelling. Raises
    ForgedFarewellError."""
    text = text.rstrip("=")
    try:
        found = base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise ForgedFarewellError("The signed_request is not base64url.") from None
    if base64.urlsafe_b64encode(found).rstrip(b"=") != text.encode("ascii"):
        raise ForgedFarewellError("The signed_request is not base64url as it is written.")
    return found


_: type[FarewellReader] = SignedRequests

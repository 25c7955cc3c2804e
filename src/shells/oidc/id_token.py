"""Whether an ID token is the provider's, for us, for this sign-in, and fresh (OpenID Connect Core 1.0, 3.1.3.7)."""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from attrs import field, frozen
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, JWKRegistry, OctKey, OKPKey, RSAKey

from distribution_core.domain.secret import Secret
from distribution_core.domain.sso import Identity
from distribution_core.usecases.sso import Vouched

# Signatures by a key of which we hold only the public half. With none or HS256 whoever reads that half could sign.
ALGORITHMS: Mapping[str, str] = {
    **dict.fromkeys(("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"), "RSA"),
    **dict.fromkeys(("ES256", "ES384", "ES512"), "EC"),
}
LEEWAY = timedelta(seconds=30)
AGE_MAX = timedelta(minutes=5)
TOKEN_CHARS_MAX = 16_384
_RSA_BITS_MIN = 2048
_SUBJECT_CHARS_MAX = 255
_KEYS_TRIED_MAX = 8

Key = RSAKey | ECKey | OKPKey | OctKey


class TokenError(Exception):
    """The token can't be believed. The message is for operators and holds nothing of the token's."""


@frozen(kw_only=True)
class Header:
    """What a token says of its own signature, before any of it is believed."""

    algorithm: str
    key_id: str | None


@frozen(kw_only=True)
class Expected:
    """Whose token it has to be, and for whom. `nonce` None: no browser of ours began this."""

    issuer: str
    client_id: str
    nonce: Secret | None = field(default=None, repr=False)


def read_header(token: Secret) -> Header:
    """Raises TokenError for what we take from nobody."""
    text = token.reveal()
    if len(text) > TOKEN_CHARS_MAX or text.count(".") != 2:
        raise TokenError("that is no signed token")
    header = _json_object(text.partition(".")[0])
    algorithm, key_id = header.get("alg"), header.get("kid")
    if not isinstance(algorithm, str) or algorithm not in ALGORITHMS:
        raise TokenError("it is signed in a way that is not taken")
    if "crit" in header or "b64" in header or "jku" in header or "jwk" in header or "x5u" in header:
        raise TokenError("it brings a key or an extension of its own")
    if key_id is not None and not isinstance(key_id, str):
        raise TokenError("its key has no usable name")
    return Header(algorithm=algorithm, key_id=key_id)


def candidates(header: Header, keys: Sequence[Mapping[str, Any]]) -> list[Key]:
    """The provider's keys that may have signed: of the named id and the right kind, meant for signing."""
    found = []
    for each in keys:
        fits = each.get("kty") == ALGORITHMS[header.algorithm] and each.get("use", "sig") == "sig"
        named = header.key_id is None or each.get("kid") == header.key_id
        if fits and named and each.get("alg", header.algorithm) == header.algorithm:
            key = _imported(each)
            if key is not None:
                found.append(key)
    return found[:_KEYS_TRIED_MAX]


def read_token(token: Secret, header: Header, keys: Sequence[Key], expected: Expected, now: datetime) -> Vouched:
    """What a token says that one of `keys` has signed. Raises TokenError."""
    claims = _signed_claims(token, header, keys)
    if claims.get("iss") != expected.issuer:
        raise TokenError("it is another issuer's")
    _check_audience(claims, expected.client_id)
    issued_at = _check_times(claims, now)
    if expected.nonce is not None:
        nonce = claims.get("nonce")
        if not isinstance(nonce, str) or not hmac.compare_digest(nonce.encode(), expected.nonce.reveal().encode()):
            raise TokenError("it answers another sign-in")
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= _SUBJECT_CHARS_MAX:
        raise TokenError("it names nobody")
    email = claims.get("email")
    identity = Identity(
        issuer=expected.issuer,
        subject=subject,
        email=email if isinstance(email, str) else None,
        email_verified=claims.get("email_verified") is True,
    )
    # Of what is signed: a signature can be written in several ways.
    signed = token.reveal().rpartition(".")[0].encode()
    return Vouched(identity=identity, token_hash=hashlib.sha256(signed).digest(), over_at=issued_at + AGE_MAX + 2 * LEEWAY)


def _signed_claims(token: Secret, header: Header, keys: Sequence[Key]) -> dict[str, Any]:
    for key in keys:
        try:
            found = jws.deserialize_compact(token.reveal(), key, algorithms=[header.algorithm])
            claims = json.loads(found.payload)
        except (JoseError, ValueError):
            continue
        if isinstance(claims, dict):
            return claims
    raise TokenError("no key of the provider's has signed it")


def _check_audience(claims: Mapping[str, Any], client_id: str) -> None:
    audience = claims.get("aud")
    named = audience if isinstance(audience, list) else [audience]
    if client_id not in named:
        raise TokenError("it is for somebody else")
    party = claims.get("azp")
    if (len(named) > 1 or party is not None) and party != client_id:
        raise TokenError("it was given to somebody else")


def _check_times(claims: Mapping[str, Any], now: datetime) -> datetime:
    issued_at, ends_at = _time(claims, "iat"), _time(claims, "exp")
    begins_at = _time(claims, "nbf") if "nbf" in claims else issued_at
    if ends_at <= now - LEEWAY:
        raise TokenError("it has expired")
    if max(issued_at, begins_at) > now + LEEWAY:
        raise TokenError("it is from the future: compare the clocks")
    if issued_at < now - AGE_MAX - LEEWAY:
        raise TokenError("it was issued too long ago")
    return issued_at


def _time(claims: Mapping[str, Any], name: str) -> datetime:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TokenError(f"it has no usable {name}")
    try:
        return datetime.fromtimestamp(value, UTC)
    except (OverflowError, ValueError, OSError):
        raise TokenError(f"it has no usable {name}") from None


def _json_object(part: str) -> dict[str, Any]:
    try:
        found = json.loads(base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError):
        raise TokenError("that is no signed token") from None
    if not isinstance(found, dict):
        raise TokenError("that is no signed token")
    return found


def _imported(given: Mapping[str, Any]) -> Key | None:
    """None for a key that can't be used, or is too short to be worth anything."""
    if given.get("kty") == "RSA" and len(str(given.get("n", ""))) * 6 < _RSA_BITS_MIN:  # six bits a character
        return None
    try:
        return JWKRegistry.import_key(dict(given))
    except Exception:  # a provider may list kinds of keys that nobody here knows
        return None

"""Access tokens: nobody makes one, changes one, or keeps one beyond its time; and keys change without anybody noticing."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import OctKey

from distribution_core.domain.errors import CredentialsError
from shells.web.security.tokens import AUDIENCE, ISSUER, KEY_PERIOD, AccessTokens, Caller

NOW = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
KEY = bytes(range(32))
TOKENS = AccessTokens(KEY, lifetime=timedelta(minutes=15))
ADA = Caller(user_id=UUID(int=1), family_id=UUID(int=2))


def part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def header_of(token: str) -> dict[str, str]:
    head = token.partition(".")[0]
    found: dict[str, str] = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))
    return found


@given(minutes=st.integers(0, 7_000_000), later_s=st.integers(0, 899))
def test_a_token_is_good_for_its_time_across_every_change_of_key(minutes: int, later_s: int) -> None:
    issued = NOW + timedelta(minutes=minutes)
    token = TOKENS.issue(ADA, issued)
    assert TOKENS.read(token, issued + timedelta(seconds=later_s)) == ADA
    with pytest.raises(CredentialsError):
        TOKENS.read(token, issued + timedelta(minutes=15, seconds=1))


def test_each_period_signs_with_a_key_of_its_own() -> None:
    names = {header_of(TOKENS.issue(ADA, NOW + number * KEY_PERIOD))["kid"] for number in range(5)}
    assert len(names) == 5


def test_a_key_that_got_out_signs_nothing_once_its_period_is_over() -> None:
    old = TOKENS.issue(ADA, NOW)
    kid = header_of(old)["kid"]
    leaked = OctKey.import_key(hmac.new(KEY, f"access tokens {kid}".encode(), hashlib.sha256).digest())
    later = NOW + 2 * KEY_PERIOD

    def signed_at(moment: datetime) -> str:
        times = {"iat": int(moment.timestamp()), "exp": int((moment + timedelta(minutes=5)).timestamp())}
        claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": str(ADA.user_id), "sid": str(ADA.family_id), **times}
        return jwt.encode({"alg": "HS256", "kid": kid}, claims, leaked)

    assert TOKENS.read(signed_at(NOW), NOW) == ADA, "in its period it is as good as ours"
    with pytest.raises(CredentialsError):
        TOKENS.read(signed_at(later), later)


def forgeries() -> list[str]:
    good = TOKENS.issue(ADA, NOW)
    head, body, signature = good.split(".")
    kid = header_of(good)["kid"]
    other = AccessTokens(bytes(32), lifetime=timedelta(minutes=15)).issue(ADA, NOW)
    own = OctKey.import_key(hmac.new(KEY, f"access tokens {kid}".encode(), hashlib.sha256).digest())
    base = {"iss": ISSUER, "aud": AUDIENCE, "sub": str(ADA.user_id), "sid": str(ADA.family_id), "exp": 2**33}
    return [
        "", ".", "..", "a.b.c", "\u00e9.b.c", head, f"{head}.{body}", f"{head}.{body}.", f"{head}.{body}.{signature[:-2]}",
        other,
        f"{part({'alg': 'none', 'kid': kid})}.{body}.",
        f"{part({'alg': 'none', 'kid': kid})}.{body}.{signature}",
        f"{part({'alg': 'HS512', 'kid': kid})}.{body}.{signature}",
        f"{part({'alg': 'RS256', 'kid': kid, 'jwk': {'kty': 'oct', 'k': 'AA'}})}.{body}.{signature}",
        f"{part({'alg': 'HS256', 'kid': '../../etc/passwd'})}.{body}.{signature}",
        f"{part({'alg': 'HS256'})}.{body}.{signature}",
        f"{part([1])}.{body}.{signature}",
        f"{head}.{part(base)}.{signature}",
        jwt.encode({"alg": "HS512", "kid": kid}, base, own, algorithms=["HS512"]),
        jwt.encode({"alg": "HS256", "kid": kid}, base | {"iss": "another"}, own),
        jwt.encode({"alg": "HS256", "kid": kid}, base | {"aud": "another"}, own),
        jwt.encode({"alg": "HS256", "kid": kid}, base | {"sub": "not an id"}, own),
        jwt.encode({"alg": "HS256", "kid": kid}, {name: base[name] for name in ("iss", "aud", "sub", "sid")}, own),
    ]  # fmt: skip


@pytest.mark.parametrize("number", range(len(forgeries())))
def test_what_is_not_ours_is_refused_in_one_way(number: int) -> None:
    with pytest.raises(CredentialsError):
        TOKENS.read(forgeries()[number], NOW)


@given(st.text() | st.from_regex(r"[A-Za-z0-9_-]{0,40}\.[A-Za-z0-9_-]{0,40}\.[A-Za-z0-9_-]{0,40}", fullmatch=True))
def test_any_text_is_read_or_refused(text: str) -> None:
    with pytest.raises(CredentialsError):
        TOKENS.read(text, NOW)


def test_no_key_is_shown() -> None:
    assert KEY.hex() not in repr(TOKENS)
    assert repr(KEY) not in repr(TOKENS)

"""A token signs somebody in only as the provider meant it: every way to bend one ends in a refusal. The keys are those that a
real provider shows."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from adapters_platforms.http import Answer, HttpClient
from distribution_core.domain.errors import SsoRefusedError, SsoUnavailableError
from distribution_core.domain.secret import Secret
from distribution_core.usecases.sso import Vouched
from shells.oidc.id_token import Expected, Header, TokenError, candidates, read_header, read_token
from shells.oidc.provider import OidcProvider
from tests.identity_provider import CLIENT_ID, CLIENT_SECRET, IdentityProvider, identity_provider, new_key

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[IdentityProvider]:
    with identity_provider(tmp_path_factory.mktemp("provider")) as provider:
        provider.redirect_uris = ["http://127.0.0.1:1/auth/oidc/callback"]
        provider.start()
        yield provider


@pytest.fixture
async def reader(at: IdentityProvider) -> AsyncIterator[OidcProvider]:
    http = HttpClient.create()
    yield OidcProvider(at.issuer, CLIENT_ID, Secret(CLIENT_SECRET), "Example", "openid", False, http)
    await http.aclose()


def claims_of(at: IdentityProvider, **changed: Any) -> dict[str, Any]:
    now = int(time.time())
    good = {"iss": at.issuer, "aud": CLIENT_ID, "sub": "ada", "iat": now, "exp": now + 300, "nonce": "the nonce"}
    return {name: value for name, value in (good | changed).items() if value is not None}


def signed(claims: dict[str, Any], key: RSAKey | ECKey, algorithm: str = "RS256", **header: Any) -> Secret:
    return Secret(jwt.encode({"alg": algorithm, "kid": key.kid, **header}, claims, key, algorithms=[algorithm]))


async def read(reader: OidcProvider, token: Secret, nonce: str | None = "the nonce") -> Vouched:
    return await reader.read(token, datetime.now(UTC), nonce=None if nonce is None else Secret(nonce))


async def refused(reader: OidcProvider, token: Secret, nonce: str | None = "the nonce") -> None:
    with pytest.raises(SsoRefusedError) as error:
        await read(reader, token, nonce)
    assert error.value.code == "token_invalid"


async def test_its_keys_are_to_be_seen(reader: OidcProvider) -> None:
    assert await reader.look() == 1


async def test_a_good_token_says_who_it_is(at: IdentityProvider, reader: OidcProvider) -> None:
    extra = {"email": "ada@example.com", "email_verified": True, "aud": [CLIENT_ID], "azp": CLIENT_ID}
    vouched = await read(reader, signed(claims_of(at, **extra), at.key))
    found = vouched.identity
    assert (found.issuer, found.subject, found.email, found.email_verified) == (at.issuer, "ada", "ada@example.com", True)
    doubted = await read(reader, signed(claims_of(at, email="ada@example.com", email_verified="true"), at.key))
    assert not doubted.identity.email_verified, "the word is no yes"


NOW = int(time.time())
BENT: dict[str, dict[str, Any]] = {
    "wrong issuer": {"iss": "https://evil.example"},
    "issuer with a slash": {"iss": "{issuer}/"},
    "no issuer": {"iss": None},
    "wrong audience": {"aud": "another-client"},
    "audience that begins the same": {"aud": f"{CLIENT_ID}-2"},
    "no audience": {"aud": None},
    "several audiences, no party": {"aud": [CLIENT_ID, "another"]},
    "several audiences, another party": {"aud": [CLIENT_ID, "another"], "azp": "another"},
    "one audience, another party": {"azp": "another"},
    "expired": {"iat": NOW - 200, "exp": NOW - 100},
    "no end": {"exp": None},
    "an end that is no time": {"exp": "tomorrow"},
    "an end that no calendar holds": {"exp": 1e300},
    "not issued yet": {"iat": NOW + 3600, "exp": NOW + 7200},
    "not good yet": {"nbf": NOW + 3600},
    "issued long ago": {"iat": NOW - 3600},
    "no time of issue": {"iat": None},
    "another sign-in's nonce": {"nonce": "another"},
    "no nonce": {"nonce": None},
    "a nonce that is no text": {"nonce": ["the nonce"]},
    "nobody": {"sub": ""},
    "no subject": {"sub": None},
    "a subject that is no text": {"sub": 7},
    "an endless subject": {"sub": "a" * 256},
}


@pytest.mark.parametrize("how", BENT)
async def test_a_token_that_says_something_else_is_refused(at: IdentityProvider, reader: OidcProvider, how: str) -> None:
    changed = {name: at.issuer + "/" if value == "{issuer}/" else value for name, value in BENT[how].items()}
    await refused(reader, signed(claims_of(at, **changed), at.key))


async def test_a_nonce_is_asked_for_only_where_somebody_knows_it(at: IdentityProvider, reader: OidcProvider) -> None:
    assert await read(reader, signed(claims_of(at, nonce=None), at.key), nonce=None)
    await refused(reader, signed(claims_of(at, nonce=None), at.key), nonce="the nonce")


async def test_no_signature_is_none(at: IdentityProvider, reader: OidcProvider) -> None:
    payload = _part(claims_of(at))
    for algorithm in ("none", "None", "NONE", "nOnE", "", None, ["RS256"], 7):
        for signature in ("", "eA"):
            await refused(reader, Secret(f"{_part({'alg': algorithm, 'kid': at.key.kid})}.{payload}.{signature}"))


async def test_the_public_key_is_no_password(at: IdentityProvider, reader: OidcProvider) -> None:
    """Whoever reads the key that everybody may read could sign with it, if it were taken for a shared secret."""
    shown = at.key.as_dict(private=False)
    texts = [at.key.as_pem(private=False), at.key.as_der(private=False), json.dumps(shown).encode(), str(shown["n"]).encode()]
    for name, digest in (("HS256", "sha256"), ("HS384", "sha384"), ("HS512", "sha512")):
        for secret in (*texts, CLIENT_SECRET.encode()):
            body = f"{_part({'alg': name, 'kid': at.key.kid})}.{_part(claims_of(at))}"
            await refused(reader, Secret(f"{body}.{_text(hmac.digest(secret, body.encode(), digest))}"))


async def test_a_key_of_ones_own_is_none_of_the_providers(at: IdentityProvider, reader: OidcProvider) -> None:
    own, elliptic = new_key(str(at.key.kid)), ECKey.generate_key("P-256", {"kid": str(at.key.kid)})
    await refused(reader, signed(claims_of(at), own))
    await refused(reader, signed(claims_of(at), RSAKey.generate_key(2048, {"kid": str(at.key.kid)}), "PS256"))
    await refused(reader, signed(claims_of(at), elliptic, "ES256"))
    brought = {"jwk": own.as_dict(private=False)}, {"jku": "https://evil.example/keys"}, {"crit": ["exp"]}
    for header in brought:
        body = f"{_part({'alg': 'RS256', 'kid': at.key.kid, **header})}.{_part(claims_of(at))}"
        await refused(reader, Secret(f"{body}.{_text(b'x' * 256)}"))


async def test_a_key_that_is_for_something_else_signs_nothing(at: IdentityProvider) -> None:
    shown = at.key.as_dict(private=False)
    header = Header(algorithm="RS256", key_id=str(at.key.kid))
    assert len(candidates(header, [shown])) == 1
    for changed in (
        {"use": "enc"},
        {"alg": "PS256"},
        {"kty": "EC"},
        {"kid": "another"},
        {"n": "AQAB"},
        {"n": 7},
        {"kty": ["RSA"]},
    ):
        assert candidates(header, [shown | changed]) == [], changed
    assert len(candidates(Header(algorithm="RS256", key_id=None), [shown, shown])) == 2


async def test_a_signature_written_otherwise_is_the_same_token(at: IdentityProvider, reader: OidcProvider) -> None:
    """What counts once is what was signed: a signature's last character has bits that say nothing."""
    token = signed(claims_of(at), at.key).reveal()
    header, keys = read_header(Secret(token)), [at.key]
    expected = Expected(issuer=at.issuer, client_id=CLIENT_ID)
    first = read_token(Secret(token), header, keys, expected, datetime.now(UTC))
    assert first.token_hash == hashlib.sha256(token.rpartition(".")[0].encode()).digest()
    for other in (token[:-1] + chr(ord(token[-1]) ^ 1), token + "="):
        try:
            again = read_token(Secret(other), header, keys, expected, datetime.now(UTC))
        except TokenError:
            continue
        assert again.token_hash == first.token_hash


async def test_a_new_key_is_fetched_and_the_old_one_forgotten(at: IdentityProvider, reader: OidcProvider) -> None:
    before = at.key
    assert await read(reader, signed(claims_of(at), before))
    at.rotate("second")
    assert await read(reader, signed(claims_of(at), at.key))
    await refused(reader, signed(claims_of(at), before))


async def test_made_up_keys_make_us_ask_a_few_times_only(at: IdentityProvider, reader: OidcProvider) -> None:
    asked: list[str] = []

    class Counting:
        async def send(self, method: str, url: str, **rest: Any) -> Answer:
            asked.append(url)
            return await http.send(method, url, **rest)

    http, reader._http = reader._http, Counting()  # type: ignore[assignment]
    for number in range(30):
        await refused(reader, signed(claims_of(at), at.key, kid=f"made-up-{number}"))
    assert sum("jwks" in url for url in asked) <= 6
    assert await read(reader, signed(claims_of(at), at.key)), "who has the right key is let in all the same"


async def test_a_provider_that_is_away_or_another_is_said_to_be_away(at: IdentityProvider, reader: OidcProvider) -> None:
    token = signed(claims_of(at), at.key)
    reader.issuer = f"{at.issuer}/another"
    with pytest.raises(SsoUnavailableError):
        await read(reader, token)
    reader.issuer = at.issuer.replace("127.0.0.1", "localhost")
    with pytest.raises(SsoUnavailableError, match="not of"):
        await read(reader, token)
    at.stop()
    reader.issuer = at.issuer
    with pytest.raises(SsoUnavailableError):
        await read(reader, token)
    at.start()
    assert await read(reader, token)


KEY = new_key("of hypothesis")
JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
CLAIMS = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(("iss", "aud", "azp", "sub", "iat", "exp", "nbf", "nonce", "email"), JUNK)
)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(claims=CLAIMS)
def test_whatever_is_signed_ends_in_a_refusal_or_in_somebody(claims: dict[str, Any]) -> None:
    good = {"iss": "https://id.example", "aud": "us", "sub": "ada", "iat": 1_800_000_000, "exp": 1_800_000_300, "nonce": "n"}
    token = Secret(f"{_part({'alg': 'RS256'})}.{_part(good | claims)}")
    now = datetime.fromtimestamp(1_800_000_010, UTC)
    body = token.reveal()
    signature = jwt.encode({"alg": "RS256"}, good | claims, KEY) if _encodable(good | claims) else f"{body}.{_text(b'x')}"
    expected = Expected(issuer="https://id.example", client_id="us", nonce=Secret("n"))
    try:
        found = read_token(Secret(signature), read_header(Secret(signature)), [KEY], expected, now)
    except TokenError:
        return
    said = good | claims
    assert (said["iss"], said["nonce"], found.identity.subject) == ("https://id.example", "n", said["sub"])
    assert "us" in (said["aud"] if isinstance(said["aud"], list) else [said["aud"]])
    assert said["exp"] > now.timestamp() - 60


@settings(max_examples=150, deadline=None)
@given(text=st.text(max_size=60) | st.binary(max_size=60).map(lambda raw: f"{_text(raw)}.{_text(raw)}.{_text(raw)}"))
def test_junk_is_refused_in_words(text: str) -> None:
    with pytest.raises(TokenError):
        read_header(Secret(text))


def _encodable(claims: dict[str, Any]) -> bool:
    try:
        jwt.encode({"alg": "RS256"}, claims, KEY)
    except (ValueError, TypeError):
        return False
    return True


def _part(value: object) -> str:
    return _text(json.dumps(value).encode())


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()

"""The configured identity provider: where it is (OpenID Connect Discovery 1.0), its keys, and its answer to a code."""

import asyncio
import base64
import logging
import time
from collections import deque
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Self
from urllib.parse import quote_plus

from attrs import define, field, frozen
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from adapters_platforms.http import Answer, HttpClient, TransportError
from distribution_core.domain.errors import SsoRefusedError, SsoUnavailableError
from distribution_core.domain.secret import Secret
from distribution_core.usecases.sso import Begun, Vouched
from shells.oidc.id_token import Expected, Header, Key, TokenError, candidates, read_header, read_token
from shells.settings import Settings, is_issuer

log = logging.getLogger(__name__)

_TIMEOUT_S = 8.0
_DISCOVERY_S = 3600.0
_KEYS_S = 600.0
# A token can name a key that was never there, and whoever sends it makes us ask: so often in a minute, and no more.
_ASKED_AGAIN_MAX, _ASKED_AGAIN_S = 5, 60.0


@frozen(kw_only=True)
class Addresses:
    """What the discovery document says, as far as we go by it."""

    authorize: str
    token: str
    keys: str
    secret_in_body: bool
    names_itself: bool


@define
class OidcProvider:
    """One for each process; what it has learnt is kept for a while. Nothing is asked before somebody signs in."""

    issuer: str
    client_id: str
    client_secret: Secret | None
    name: str
    scopes: str
    link_by_email: bool
    _http: HttpClient = field(repr=False)
    _addresses: Addresses | None = field(default=None, init=False, repr=False)
    _addresses_until: float = field(default=0.0, init=False)
    _keys: Sequence[Mapping[str, Any]] = field(default=(), init=False, repr=False)
    _keys_until: float = field(default=0.0, init=False)
    _asked_again: deque[float] = field(factory=deque, init=False, repr=False)
    _one_at_a_time: asyncio.Lock = field(factory=asyncio.Lock, init=False, repr=False)

    @classmethod
    def of(cls, settings: Settings, http: HttpClient) -> Self | None:
        """None where no provider is set."""
        if not settings.oidc_issuer:
            return None
        return cls(
            settings.oidc_issuer,
            settings.oidc_client_id,
            settings.oidc_client_secret,
            settings.oidc_name.strip(),
            " ".join(settings.oidc_scopes.split()),
            settings.oidc_link_by_email,
            http,
        )

    async def look(self) -> int:
        """Ask it now; how many keys it shows. Raises SsoUnavailableError."""
        await self._fetch_keys()
        return len(self._keys)

    async def authorize_url(self, begun: Begun, redirect_uri: str) -> str:
        """Where a browser is sent. Raises SsoUnavailableError."""
        url = prepare_grant_uri(
            (await self._found()).authorize,
            self.client_id,
            "code",
            redirect_uri=redirect_uri,
            scope=self.scopes,
            state=begun.state.reveal(),
            nonce=begun.nonce.reveal(),
            code_challenge=create_s256_code_challenge(begun.code_verifier.reveal()),
            code_challenge_method="S256",
        )
        return str(url)

    async def exchange(self, code: Secret, begun: Begun, redirect_uri: str, answered_by: str | None, now: datetime) -> Vouched:
        """What the provider says of who brought `code`. `answered_by` is the answer's own `iss` (RFC 9207). Raises
        SsoRefusedError, SsoUnavailableError."""
        found = await self._found()
        if answered_by != self.issuer and (answered_by is not None or found.names_itself):
            raise _refused("the answer is another issuer's")
        form = {
            "grant_type": "authorization_code",
            "code": code.reveal(),
            "redirect_uri": redirect_uri,
            "code_verifier": begun.code_verifier.reveal(),
        }
        answer = await self._send("POST", found.token, form=form, in_body=found.secret_in_body)
        body = answer.json_object()
        token = body.get("id_token")
        if not answer.ok or not isinstance(token, str):
            error = body.get("error")
            log.warning("the identity provider took no code", extra={"status": answer.status, "error": _plain(error)})
            raise SsoRefusedError("exchange_failed", "The identity provider did not take the answer. Begin again.")
        return await self.read(Secret(token), now, nonce=begun.nonce)

    async def read(self, token: Secret, now: datetime, *, nonce: Secret | None) -> Vouched:
        """What an ID token of the provider's says. Raises SsoRefusedError, SsoUnavailableError."""
        try:
            header = read_header(token)
            expected = Expected(issuer=self.issuer, client_id=self.client_id, nonce=nonce)
            return read_token(token, header, await self._keys_for(header), expected, now)
        except TokenError as error:
            raise _refused(str(error)) from None

    async def _keys_for(self, header: Header) -> list[Key]:
        async with self._one_at_a_time:
            fresh = time.monotonic() < self._keys_until
            if not fresh:
                await self._fetch_keys()
            known = candidates(header, self._keys)
            if not known and fresh and self._may_ask_again():
                await self._fetch_keys()  # the provider may have changed its keys since
                known = candidates(header, self._keys)
            return known

    def _may_ask_again(self) -> bool:
        now = time.monotonic()
        while self._asked_again and self._asked_again[0] < now - _ASKED_AGAIN_S:
            self._asked_again.popleft()
        if len(self._asked_again) >= _ASKED_AGAIN_MAX:
            return False
        self._asked_again.append(now)
        return True

    async def _fetch_keys(self) -> None:
        answer = await self._send("GET", (await self._found()).keys)
        keys = answer.json_object().get("keys")
        if not answer.ok or not isinstance(keys, list):
            raise SsoUnavailableError(f"the identity provider showed no keys ({answer.status})")
        self._keys = [each for each in keys if isinstance(each, dict)]
        self._keys_until = time.monotonic() + _KEYS_S

    async def _found(self) -> Addresses:
        if self._addresses is not None and time.monotonic() < self._addresses_until:
            return self._addresses
        answer = await self._send("GET", f"{self.issuer.rstrip('/')}/.well-known/openid-configuration")
        document = answer.json_object()
        if not answer.ok or document.get("issuer") != self.issuer:
            raise SsoUnavailableError(f"the discovery document is not of {self.issuer} ({answer.status})")
        named = [document.get(name) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")]
        authorize, token, keys = (each if isinstance(each, str) and _is_endpoint(each) else "" for each in named)
        if not (authorize and token and keys):
            raise SsoUnavailableError("the discovery document names no usable addresses")
        ways = document.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        self._addresses = Addresses(
            authorize=authorize,
            token=token,
            keys=keys,
            secret_in_body=isinstance(ways, list) and "client_secret_basic" not in ways,
            names_itself=document.get("authorization_response_iss_parameter_supported") is True,
        )
        self._addresses_until = time.monotonic() + _DISCOVERY_S
        return self._addresses

    async def _send(self, method: str, url: str, *, form: Mapping[str, str] | None = None, in_body: bool = False) -> Answer:
        # No connection is kept: one that went stale meanwhile would lose a code, which is good for one call only.
        headers, sent = {"accept": "application/json", "connection": "close"}, dict(form) if form else None
        if sent is not None and (self.client_secret is None or in_body):
            sent |= {"client_id": self.client_id}
            if self.client_secret is not None:
                sent |= {"client_secret": self.client_secret.reveal()}
        elif sent is not None and self.client_secret is not None:
            pair = f"{quote_plus(self.client_id)}:{quote_plus(self.client_secret.reveal())}"  # RFC 6749, 2.3.1
            headers["authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        try:
            answer = await self._http.send(method, url, timeout_s=_TIMEOUT_S, headers=headers, form=sent)
        except TransportError as error:
            raise SsoUnavailableError(str(error)) from None
        if answer.status >= 500 or answer.status == 429:
            raise SsoUnavailableError(f"the identity provider answered {answer.status}")
        return answer


def _is_endpoint(address: str) -> bool:
    """An endpoint may have a query of its own (RFC 6749, 3.1)."""
    return is_issuer(address.partition("?")[0])


def _refused(why: str) -> SsoRefusedError:
    log.warning("a token of the identity provider's is not believed", extra={"why": why})
    return SsoRefusedError("token_invalid", "What the identity provider said can't be believed. Begin again.")


def _plain(error: object) -> str:
    """The provider's error code (RFC 6749, 5.2), which holds nothing else."""
    return error if isinstance(error, str) and len(error) <= 40 and error.replace("_", "").isalnum() else "none"

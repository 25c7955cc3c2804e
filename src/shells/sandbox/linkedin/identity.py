"""Who signed in: userinfo, id_token, and the documents that tell how to check one (Sign In with LinkedIn, OpenID Connect)."""

from typing import Any

from attrs import define, field
from joserfc import jwt
from joserfc.jwk import RSAKey
from litestar import Response
from litestar.enums import HttpMethod
from litestar.handlers import HTTPRouteHandler

from shells.sandbox.linkedin.calls import Calls
from shells.sandbox.linkedin.gate import Caller, Gate
from shells.sandbox.linkedin.people import MEMBERS
from shells.sandbox.linkedin.quotas import USERINFO
from shells.sandbox.linkedin.switches import Switches
from shells.sandbox.linkedin.tokens import Token
from shells.sandbox.world import SandboxRequest, World

_OAUTH = "/linkedin/www/oauth"
_LIFETIME_S = 3600


@define
class Identity:
    world: World
    switches: Switches
    gate: Gate
    _key: RSAKey | None = field(default=None, repr=False)

    def routes(self, calls: Calls) -> list[HTTPRouteHandler]:
        userinfo = self.gate.handler(self._userinfo, "userinfo.GET", versioned=False, quota=USERINFO)
        return [
            calls(HttpMethod.GET, "/linkedin/api/v2/userinfo", "userinfo", userinfo),
            calls(HttpMethod.GET, f"{_OAUTH}/.well-known/openid-configuration", "discovery", self._discovery),
            calls(HttpMethod.GET, f"{_OAUTH}/openid/jwks", "jwks", self._keys),
        ]

    def id_token(self, token: Token) -> str:
        """A signed statement, for the app, of who signed in."""
        now = self.world.clock.epoch_s()
        claims = {"iss": self._issuer, "aud": token.client_id, "iat": now, "exp": now + _LIFETIME_S} | self._claims(token)
        return jwt.encode({"alg": "RS256", "kid": self._signing_key.kid}, claims, self._signing_key)

    async def _userinfo(self, caller: Caller) -> Any:
        if "openid" not in caller.token.scopes:
            raise caller.denied()
        return self._claims(caller.token)

    async def _discovery(self, request: SandboxRequest) -> Response[Any]:
        oauth, api = f"{self.world.base_url}{_OAUTH}", f"{self.world.base_url}/linkedin/api"
        return Response(
            {
                "issuer": self._issuer,
                "authorization_endpoint": f"{oauth}/v2/authorization",
                "token_endpoint": f"{oauth}/v2/accessToken",
                "userinfo_endpoint": f"{api}/v2/userinfo",
                "jwks_uri": f"{oauth}/openid/jwks",
                "response_types_supported": ["code"],
                "subject_types_supported": ["pairwise"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "scopes_supported": ["openid", "profile", "email"],
                "claims_supported": ["iss", "aud", "iat", "exp", "sub", "name", "given_name", "family_name", "email", "locale"],
            }
        )

    async def _keys(self, request: SandboxRequest) -> Response[Any]:
        return Response({"keys": [self._signing_key.as_dict(private=False) | {"alg": "RS256", "use": "sig"}]})

    @property
    def _issuer(self) -> str:
        return f"{self.world.base_url}{_OAUTH}"

    @property
    def _signing_key(self) -> RSAKey:
        if self._key is None:
            self._key = RSAKey.generate_key(2048, auto_kid=True)
        return self._key

    def _claims(self, token: Token) -> dict[str, Any]:
        member = MEMBERS[token.sub]
        claims: dict[str, Any] = {"sub": member.sub}
        if "profile" in token.scopes:
            claims |= {
                "name": member.name,
                "given_name": member.given_name,
                "family_name": member.family_name,
                "locale": {"country": "US", "language": "en"} if self.switches.locale_object else "en-US",
            }
        if "email" in token.scopes:
            claims |= {"email": member.email, "email_verified": True}
        return claims

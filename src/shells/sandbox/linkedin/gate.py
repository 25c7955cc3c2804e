"""What every API call passes: version, token, and the rights behind an author."""

import json
import re
from collections.abc import Awaitable, Callable
from typing import Any

from attrs import frozen
from litestar import Response

from shells.sandbox.linkedin.errors import LinkedInError, bad_request, denied, empty_token, foreign_author
from shells.sandbox.linkedin.people import ORGANIZATIONS, POSTING_ROLES, person_urn
from shells.sandbox.linkedin.tokens import Token, TokenBook
from shells.sandbox.world import Handler, SandboxRequest

ACTIVE_VERSIONS = frozenset(f"2026{month:02}" for month in range(1, 12))
_VERSION = re.compile(r"^(\d{6})(\.\d{2})?$")
_ORGANIZATION = re.compile(r"^urn:li:organization:(\d+)$")
Call = Callable[[SandboxRequest, Token], Awaitable[Any]]


@frozen
class Gate:
    tokens: TokenBook

    def handler(self, call: Call, *, versioned: bool = True) -> Handler:
        """A route's handler: version first, then token, then the call; refusals in LinkedIn's envelope."""

        async def answer(request: SandboxRequest) -> Response[Any]:
            try:
                if versioned:
                    check_version(request.headers.get("linkedin-version"))
                result = await call(request, self.token(request))
            except LinkedInError as error:
                return error.response()
            return result if isinstance(result, Response) else Response(result)

        return answer

    def token(self, request: SandboxRequest) -> Token:
        """Raises LinkedInError 401."""
        scheme, _, value = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not value:
            raise empty_token()
        return self.tokens.check(value)


def check_version(version: str | None) -> None:
    """Raises LinkedInError for none (400) or one that is not active (426)."""
    if not version:
        words = "A version must be present. Please specify a version by adding the Linkedin-Version header."
        raise bad_request("VERSION_MISSING", words)
    found = _VERSION.match(version)
    if found is None or found[1] not in ACTIVE_VERSIONS:
        raise LinkedInError(426, f"Requested version {version}01 is not active", code="NONEXISTENT_VERSION")


def check_author(token: Token, author: object, what: str) -> str:
    """The author's account id, if this token may post for it. Raises LinkedInError."""
    if author == person_urn(token.sub):
        if not {"w_member_social", "w_member_social_feed"} & set(token.scopes):
            raise denied(what)
        return token.sub
    found = _ORGANIZATION.match(author) if isinstance(author, str) else None
    if found is None:
        if isinstance(author, str) and author.startswith("urn:li:person:"):
            raise foreign_author()
        raise bad_request("INVALID_URN_TYPE", f"Invalid urn type or id: {author}")
    if not {"w_organization_social", "w_organization_social_feed"} & set(token.scopes):
        raise denied(what)
    organization = ORGANIZATIONS.get(found[1])
    if organization is None or organization.roles.get(token.sub) not in POSTING_ROLES:
        raise foreign_author()
    return organization.id


async def body_of(request: SandboxRequest) -> dict[str, Any]:
    """The JSON object of a call. Raises LinkedInError 400."""
    try:
        body = json.loads(await request.body())
    except ValueError:
        raise bad_request("INVALID_VALUE_FOR_FIELD", "Invalid JSON body") from None
    if not isinstance(body, dict):
        raise bad_request("INVALID_VALUE_FOR_FIELD", "The body must be a JSON object")
    return body

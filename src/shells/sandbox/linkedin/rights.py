"""Who may post, upload and look for whom: scopes of the token, and roles of its member (Posts API, permissions)."""

import re

from shells.sandbox.linkedin.errors import LinkedInError, bad_request, field_denied
from shells.sandbox.linkedin.people import ORGANIZATIONS, POSTING_ROLES, person_urn
from shells.sandbox.linkedin.tokens import Token

_URN = re.compile(r"^urn:li:(\w+):([\w-]+)$")


def check_actor(token: Token, urn: object, pointer: str, refusal: LinkedInError) -> str:
    """The account id behind the author or owner at `pointer`, if this token may act for it.

    Raises LinkedInError: `refusal` for a token without any right to write.
    """
    word = pointer.rpartition("/")[2]
    found = _URN.match(urn) if isinstance(urn, str) else None
    if found is None:
        raise bad_request("INVALID_URN_ID", f"Invalid urn: {urn}", field=word)
    kind, entity = found[1], found[2]
    if kind not in ("person", "organization"):
        raise bad_request("INVALID_URN_TYPE", f"{word.title()} entity type {kind} is not supported", field=word)
    member, organization = "w_member_social" in token.scopes, "w_organization_social" in token.scopes
    if not member and not organization:
        raise refusal
    if kind == "person":
        if not member:
            who = "member" if word == "author" else "person"
            raise LinkedInError(400, f"Member permissions must be used when using {who} as {word}")
        if entity != token.sub:
            raise field_denied(pointer)
        return entity
    if not organization:
        raise LinkedInError(400, f"Organization permissions must be used when using organization as {word}")
    if not has_role(token, entity):
        raise field_denied(pointer)
    return entity


def may_write(token: Token, urn: str) -> bool:
    """Whether the token may act for the author or owner of something that exists."""
    if urn == person_urn(token.sub):
        return "w_member_social" in token.scopes
    return "w_organization_social" in token.scopes and has_role(token, urn.rpartition(":")[2])


def has_role(token: Token, organization_id: str) -> bool:
    """Whether the token's member has a role that posts for the organization."""
    organization = ORGANIZATIONS.get(organization_id)
    return organization is not None and organization.roles.get(token.sub) in POSTING_ROLES

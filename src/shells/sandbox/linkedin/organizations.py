"""Who may act for which organization (Organization access control), and organizations by id."""

from typing import Any

from attrs import define
from litestar.enums import HttpMethod
from litestar.handlers import HTTPRouteHandler

from shells.sandbox.linkedin.calls import Calls
from shells.sandbox.linkedin.errors import LinkedInError, bad_request, denied, not_found
from shells.sandbox.linkedin.gate import Caller, Gate
from shells.sandbox.linkedin.people import ORGANIZATIONS, Organization, organization_urn, person_urn
from shells.sandbox.linkedin.restli import page, page_of
from shells.sandbox.linkedin.switches import Switches

_ADMIN_SCOPES = frozenset({"rw_organization_admin", "r_organization_admin"})
_ROLES = (
    "ADMINISTRATOR",
    "ANALYST",
    "CONTENT_ADMINISTRATOR",
    "CURATOR",
    "DIRECT_SPONSORED_CONTENT_POSTER",
    "LEAD_GEN_FORMS_MANAGER",
    "RECRUITING_POSTER",
)
_STATES = ("APPROVED", "REQUESTED", "REJECTED", "REVOKED")


@define
class Organizations:
    gate: Gate
    switches: Switches

    def routes(self, calls: Calls) -> list[HTTPRouteHandler]:
        rest = "/linkedin/api/rest"
        gated = self.gate.handler
        params = ("q", "role", "state", "start", "count")
        acls = gated(self._acls, "partnerApiOrganizationAcls.FINDER-roleAssignee", params=params)
        one = gated(self._one, "partnerApiOrganizations.GET")
        batch = gated(self._batch, "partnerApiOrganizations.BATCH_GET", params=("ids",))
        return [
            calls(HttpMethod.GET, f"{rest}/organizationAcls", "acls", acls),
            calls(HttpMethod.POST, f"{rest}/organizationAcls", "acls", _only_tunnelled(self.gate), tunnelled=("acls", acls)),
            calls(HttpMethod.GET, f"{rest}/organizations/{{organization_id:str}}", "organization", one),
            calls(HttpMethod.GET, f"{rest}/organizations", "organizations", batch),
        ]

    async def _acls(self, caller: Caller) -> Any:
        if _ADMIN_SCOPES.isdisjoint(caller.token.scopes):
            raise caller.denied()
        query = caller.request.query_params
        if query.get("q") != "roleAssignee":
            raise bad_request("ILLEGAL_ARGUMENT", f"Finder {query.get('q')} is not found")
        role, state = query.get("role"), query.get("state")
        if role not in (None, *_ROLES) or state not in (None, *_STATES):
            raise bad_request("ILLEGAL_ARGUMENT", "Invalid query parameters passed to request")
        start, count = page_of(caller.request)
        rows = [
            {
                "role": item.roles[caller.token.sub],
                self.switches.acl_field: organization_urn(item.id),
                "roleAssignee": person_urn(caller.token.sub),
                "state": "APPROVED",
            }
            for item in ORGANIZATIONS.values()
            if caller.token.sub in item.roles and role in (None, item.roles[caller.token.sub]) and state in (None, "APPROVED")
        ]
        return page(rows, start, count)

    async def _one(self, caller: Caller) -> Any:
        found = ORGANIZATIONS.get(caller.path("organization_id"))
        self._check_scope(caller)
        if found is None:
            raise not_found("Could not find organization")
        if caller.token.sub not in found.roles:
            words = f"Viewer don't have permission to the ADMIN_ONLY VisibilityReduction for {organization_urn(found.id)}"
            raise LinkedInError(403, words)
        return _organization(found)

    async def _batch(self, caller: Caller) -> Any:
        """`ids=List(55001,55002)`; organizations that the member has no role in come as errors."""
        self._check_scope(caller)
        if self.switches.development_tier:
            raise denied(caller.what)
        ids = caller.request.query_params.get("ids", "")
        if not (ids.startswith("List(") and ids.endswith(")")):
            raise bad_request("ILLEGAL_ARGUMENT", "Invalid query parameters passed to request")
        asked = [part for part in ids[5:-1].split(",") if part]
        mine = {key: ORGANIZATIONS[key] for key in asked if caller.token.sub in getattr(ORGANIZATIONS.get(key), "roles", {})}
        refused = {key: 403 if key in ORGANIZATIONS else 404 for key in asked if key not in mine}
        return {
            "results": {key: _organization(item) for key, item in mine.items()},
            "statuses": dict.fromkeys(mine, 200) | refused,
            "errors": {key: {"status": status} for key, status in refused.items()},
        }

    def _check_scope(self, caller: Caller) -> None:
        if _ADMIN_SCOPES.isdisjoint(caller.token.scopes):
            raise caller.denied()


def _organization(found: Organization) -> dict[str, Any]:
    return {"id": int(found.id), "localizedName": found.name, "vanityName": found.vanity}


def _only_tunnelled(gate: Gate) -> Any:
    async def refuse(caller: Caller) -> Any:
        raise LinkedInError(405, "Method Not Allowed")

    return gate.handler(refuse, "partnerApiOrganizationAcls.CREATE")

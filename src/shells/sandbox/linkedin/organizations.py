"""Who may act for which organization (Organization access control), and organizations by id."""

from typing import Any

from attrs import define
from litestar.enums import HttpMethod
from litestar.handlers import HTTPRouteHandler

from shells.sandbox.linkedin.errors import LinkedInError, LinkedInFaults, bad_request, denied
from shells.sandbox.linkedin.gate import Gate
from shells.sandbox.linkedin.people import ORGANIZATIONS, Organization, organization_urn, person_urn
from shells.sandbox.linkedin.tokens import Token
from shells.sandbox.world import Endpoint, SandboxRequest, World

_ADMIN_SCOPES = {"rw_organization_admin", "r_organization_admin"}


@define
class Organizations:
    world: World
    gate: Gate

    def routes(self) -> list[HTTPRouteHandler]:
        endpoint = Endpoint(self.world, "linkedin", LinkedInFaults())
        rest = "/linkedin/api/rest"
        return [
            endpoint(HttpMethod.GET, f"{rest}/organizationAcls", "acls", self.gate.handler(self._acls)),
            endpoint(
                HttpMethod.GET, f"{rest}/organizations/{{organization_id:str}}", "organization", self.gate.handler(self._one)
            ),
        ]

    async def _acls(self, request: SandboxRequest, token: Token) -> Any:
        if not _ADMIN_SCOPES & set(token.scopes):
            raise denied("partnerApiOrganizationAcls.FINDER-roleAssignee")
        query = request.query_params
        if query.get("q") != "roleAssignee":
            raise bad_request("MISSING_FIELD", "The finder q=roleAssignee is required")
        start, count = int(query.get("start", "0")), int(query.get("count", "10"))
        rows = [
            {
                "role": organization.roles[token.sub],
                "organization": organization_urn(organization.id),
                "roleAssignee": person_urn(token.sub),
                "state": "APPROVED",
            }
            for organization in ORGANIZATIONS.values()
            if token.sub in organization.roles
            and query.get("role") in (None, organization.roles[token.sub])
            and query.get("state") in (None, "APPROVED")
        ]
        return {"elements": rows[start : start + count], "paging": {"start": start, "count": count, "links": []}}

    async def _one(self, request: SandboxRequest, token: Token) -> Any:
        organization: Organization | None = ORGANIZATIONS.get(str(request.path_params["organization_id"]))
        if organization is None:
            raise LinkedInError(404, "Could not find organization", code="NOT_FOUND")
        if not _ADMIN_SCOPES & set(token.scopes):
            raise denied("partnerApiOrganizations.GET")
        return {"id": int(organization.id), "localizedName": organization.name, "vanityName": organization.vanity}

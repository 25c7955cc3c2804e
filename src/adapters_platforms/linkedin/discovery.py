"""Which LinkedIn accounts a consent opens: the member, or the organizations where the person may post."""

import asyncio
from contextlib import suppress
from urllib.parse import quote

from attrs import frozen

from adapters_platforms.http import Answer, TransportError
from adapters_platforms.linkedin.api import LinkedInApi, elements_of
from adapters_platforms.linkedin.configuration import LinkedInConfig
from adapters_platforms.linkedin.failures import Class, read_problem
from adapters_platforms.linkedin.urns import urn_id
from distribution_core.domain.secret import Secret
from distribution_core.ports.platform import DiscoveredAccount, LinkError, Tokens

_PAGE = 50
_PAGES_MAX = 40


@frozen(kw_only=True)
class Discovery:
    """Both calls return who consented and the accounts; both raise LinkError."""

    api: LinkedInApi
    config: LinkedInConfig

    async def member(self, tokens: Tokens) -> tuple[str, tuple[DiscoveredAccount, ...]]:
        """The member by OpenID Connect's userinfo; `sub` is theirs for this app only."""
        answer = await self._get("/v2/userinfo", tokens.access)
        if not answer.ok:
            raise _refused("who you are", answer)
        data = answer.json_object()
        sub = data.get("sub")
        if not isinstance(sub, str) or not sub:
            raise LinkError("discovery_failed", "LinkedIn did not say who you are. Try to link again.")
        name, picture = data.get("name"), data.get("picture")
        account = DiscoveredAccount(
            external_account_id=sub,
            kind="member",
            display_name=name if isinstance(name, str) and name else "LinkedIn member",
            avatar_url=picture if isinstance(picture, str) else None,
        )
        return sub, (account,)

    async def organizations(self, tokens: Tokens) -> tuple[str, tuple[DiscoveredAccount, ...]]:
        """The organizations in which the person has a role that may post (Learn, organization-access-control-by-role)."""
        people: list[str] = []
        found: list[str] = []
        refusals: list[Answer] = []
        for role in self.config.posting_roles:
            refusals += await self._role(role, tokens.access, people, found)
        if len(refusals) == len(self.config.posting_roles) and refusals:
            raise _refused("your Pages", refusals[0])
        if "openid" in tokens.scopes:
            subject, _ = await self.member(tokens)
        elif people:
            subject = people[0]
        else:
            raise LinkError(
                "no_accounts",
                "You have no role on a LinkedIn Page that may post. Ask an administrator of the Page for one, then link again.",
            )
        return subject, tuple([await self._organization(organization, tokens.access) for organization in found])

    async def _role(self, role: str, token: Secret, people: list[str], found: list[str]) -> list[Answer]:
        """Adds the person and the organizations of one role. Returns a refusal of the role's name, if that was it."""
        start = 0
        for _ in range(_PAGES_MAX):
            query = f"q=roleAssignee&role={quote(role)}&state=APPROVED&start={start}&count={_PAGE}"
            answer = await self._get(f"/rest/organizationAcls?{query}", token, rest_method="FINDER")
            if answer.status == 400 and start == 0:
                return [answer]
            if not answer.ok:
                raise _refused("your Pages", answer)
            items, count = elements_of(answer, _PAGE)
            start += len(items)
            for item in items:
                organization = item.get("organization") or item.get("organizationTarget")
                if item.get("state", "APPROVED") != "APPROVED" or not isinstance(organization, str):
                    continue
                if urn_id(organization) not in found:
                    found.append(urn_id(organization))
                if isinstance(person := item.get("roleAssignee"), str) and urn_id(person) not in people:
                    people.append(urn_id(person))
            if not items or len(items) < count:
                break
        return []

    async def _organization(self, organization: str, token: Secret) -> DiscoveredAccount:
        """One at a time: the batch form is refused to development-tier apps. A name is worth no failure."""
        data = {}
        with suppress(LinkError):
            data = (await self._get(f"/rest/organizations/{quote(organization, safe='')}", token)).json_object()
        name, vanity = data.get("localizedName"), data.get("vanityName")
        return DiscoveredAccount(
            external_account_id=organization,
            kind="organization",
            display_name=name if isinstance(name, str) and name else f"LinkedIn Page {organization}",
            handle=vanity if isinstance(vanity, str) and vanity else None,
        )

    async def _get(self, path: str, token: Secret, rest_method: str | None = None) -> Answer:
        """Asks again for a while where the token is called revoked: one that is seconds old may still be spreading."""
        waited, pause = 0.0, 0.5
        while True:
            try:
                answer = await self.api.call("GET", path, token, rest_method=rest_method)
            except TransportError as error:
                raise LinkError("unavailable", f"{error}. Try to link again.") from None
            spreading = answer.status == 401 and read_problem(answer).meaning is Class.REVOKED
            if not spreading or waited + pause > self.config.fresh_token_wait_s:
                return answer
            await asyncio.sleep(pause)
            waited, pause = waited + pause, pause * 2


def _refused(what: str, answer: Answer) -> LinkError:
    problem = read_problem(answer)
    return LinkError(
        "discovery_failed", f"LinkedIn did not tell {what} ({problem.status}: {problem.message}). Try to link again."
    )

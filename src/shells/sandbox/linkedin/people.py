"""Who lives on the imitation LinkedIn, what they run, and the two apps that ask them."""

from attrs import frozen


@frozen(kw_only=True)
class App:
    """A developer app. Community Management must be alone on its app, hence two."""

    client_id: str
    client_secret: str
    name: str
    scopes: frozenset[str]
    is_community: bool = False


@frozen(kw_only=True)
class Member:
    """`sub` is the person's id as apps see it."""

    sub: str
    given_name: str
    family_name: str
    email: str

    @property
    def name(self) -> str:
        return f"{self.given_name} {self.family_name}"


@frozen(kw_only=True)
class Organization:
    """`roles` maps a member's sub to the role that the member has."""

    id: str
    name: str
    vanity: str
    roles: dict[str, str]


APPS = {
    app.client_id: app
    for app in (
        App(
            client_id="86sandboxmember",
            client_secret="sandbox-linkedin-member-secret",
            name="Simulcast (sandbox member app)",
            scopes=frozenset({"openid", "profile", "email", "w_member_social"}),
        ),
        App(
            client_id="86sandboxcommunity",
            client_secret="sandbox-linkedin-community-secret",
            name="Simulcast (sandbox community app)",
            scopes=frozenset(
                {
                    "r_basicprofile",
                    "r_organization_admin",
                    "r_organization_social",
                    "rw_organization_admin",
                    "w_member_social",
                    "w_member_social_feed",
                    "w_organization_social",
                    "w_organization_social_feed",
                }
            ),
            is_community=True,
        ),
    )
}
MEMBERS = {
    member.sub: member
    for member in (
        Member(sub="ada-li", given_name="Ada", family_name="Lovelace", email="ada@example.com"),
        Member(sub="ben-li", given_name="Ben", family_name="Okafor", email="ben@example.com"),
    )
}
ORGANIZATIONS = {
    organization.id: organization
    for organization in (
        Organization(id="55001", name="Lovelace Works", vanity="lovelace-works", roles={"ada-li": "ADMINISTRATOR"}),
        Organization(id="55002", name="Harbour Guild", vanity="harbour-guild", roles={"ada-li": "CONTENT_ADMINISTRATOR"}),
        Organization(
            id="55003", name="Quiet Harbor", vanity="quiet-harbor", roles={"ben-li": "ADMINISTRATOR", "ada-li": "ANALYST"}
        ),
    )
}
OPENID_SCOPES = frozenset({"openid", "profile", "email"})
POSTING_ROLES = ("ADMINISTRATOR", "CONTENT_ADMINISTRATOR", "DIRECT_SPONSORED_CONTENT_POSTER")


def person_urn(sub: str) -> str:
    return f"urn:li:person:{sub}"


def organization_urn(organization_id: str) -> str:
    return f"urn:li:organization:{organization_id}"


def settle_crowd(count: int) -> None:
    """Let `count` more members move in (crowd-li-1 ...), each of whom runs two organizations (5600011, 5600012 ...)."""
    for number in range(1, count + 1):
        sub = f"crowd-li-{number}"
        MEMBERS[sub] = Member(sub=sub, given_name="Crowd", family_name=str(number), email=f"{sub}@example.com")
        for place in (1, 2):
            run, name = f"{560_000 + number}{place}", f"Crowd Works {number}.{place}"
            ORGANIZATIONS[run] = Organization(id=run, name=name, vanity=f"crowd-{number}-{place}", roles={sub: "ADMINISTRATOR"})

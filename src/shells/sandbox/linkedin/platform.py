"""Imitation LinkedIn: OAuth, media and posts of the versioned API, and the older one, put together."""

from attrs import define, field
from litestar.handlers import HTTPRouteHandler

from shells.sandbox.consent import ConsentDesk
from shells.sandbox.linkedin.assets import Assets
from shells.sandbox.linkedin.gate import Gate
from shells.sandbox.linkedin.legacy import Legacy
from shells.sandbox.linkedin.oauth import OAuth
from shells.sandbox.linkedin.organizations import Organizations
from shells.sandbox.linkedin.people import MEMBERS, ORGANIZATIONS
from shells.sandbox.linkedin.posts import Posts
from shells.sandbox.linkedin.switches import Switches
from shells.sandbox.linkedin.tokens import TokenBook
from shells.sandbox.world import TimelineAccount, World


@define
class LinkedInSandbox:
    """Hosts: pages, OAuth and uploads at /linkedin/www, the API at /linkedin/api.

    Calls, for fault rules: `authorize`, `consent`, `token`, `refresh`, `introspect`, `revoke`, `userinfo`, `acls`,
    `organization`, `image_init`, `document_init`, `video_init`, `video_finalize`, `image_status`, `video_status`,
    `document_status`, `upload`, `register`, `asset`, `create` (Posts API and ugcPosts), `finder`, `read`, `update`, `delete`.
    A `processing_failure` fault on `upload` or `video_finalize` ends the media as PROCESSING_FAILED. Switches: see switches.py.
    """

    world: World
    name: str = "linkedin"
    switches: Switches = field(factory=Switches, init=False)
    book: TokenBook = field(init=False)
    desk: ConsentDesk = field(init=False)
    assets: Assets = field(init=False)
    posts: Posts = field(init=False)
    gate: Gate = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.book = TokenBook(self.world.clock)
        self.desk = ConsentDesk(self.world.clock)
        self.gate = Gate(self.book)
        self.assets = Assets(self.world, self.switches, self.gate)
        self.posts = Posts(self.world, self.switches, self.gate, self.assets)

    def routes(self) -> list[HTTPRouteHandler]:
        return [
            *OAuth(self.world, self.switches, self.book, self.desk, self.gate).routes(),
            *Organizations(self.world, self.gate).routes(),
            *self.assets.routes(),
            *self.posts.routes(),
            *Legacy(self.world, self.gate, self.posts).routes(),
        ]

    def accounts(self) -> list[TimelineAccount]:
        members = [
            TimelineAccount(platform=self.name, account_id=member.sub, name=member.name, kind="member")
            for member in MEMBERS.values()
        ]
        organizations = [
            TimelineAccount(platform=self.name, account_id=item.id, name=item.name, kind="organization")
            for item in ORGANIZATIONS.values()
        ]
        return members + organizations

    def tokens(self, action: str, account_id: str) -> int:
        """A member's id ends that member's tokens; an organization's, those of everybody with a role in it."""
        organization = ORGANIZATIONS.get(account_id)
        subs = list(organization.roles) if organization else [account_id]
        return sum(self.book.end(sub, action) for sub in subs)

    def switch(self, name: str, value: object) -> None:
        self.switches.set(name, value)

    def reset(self) -> None:
        self.book.clear()
        self.desk.clear()
        self.assets.by_urn.clear()
        self.posts.clear()
        self.switches.reset()

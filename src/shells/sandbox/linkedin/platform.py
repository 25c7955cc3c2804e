"""Imitation LinkedIn: OAuth, media and posts of the versioned API, and the older one, put together."""

from attrs import define, field
from litestar.handlers import HTTPRouteHandler

from shells.sandbox.consent import ConsentDesk
from shells.sandbox.linkedin.assets import Assets, Uploads
from shells.sandbox.linkedin.calls import Calls
from shells.sandbox.linkedin.gate import Gate
from shells.sandbox.linkedin.identity import Identity
from shells.sandbox.linkedin.legacy import Legacy
from shells.sandbox.linkedin.media_calls import MediaCalls
from shells.sandbox.linkedin.oauth import OAuth
from shells.sandbox.linkedin.organizations import Organizations
from shells.sandbox.linkedin.people import MEMBERS, ORGANIZATIONS
from shells.sandbox.linkedin.post_store import PostStore
from shells.sandbox.linkedin.posts import Posts
from shells.sandbox.linkedin.quotas import Quotas
from shells.sandbox.linkedin.switches import Switches
from shells.sandbox.linkedin.tokens import TokenBook
from shells.sandbox.world import TimelineAccount, World


@define
class LinkedInSandbox:
    """Hosts: pages, OAuth and uploads at /linkedin/www, the API at /linkedin/api.

    Calls, for fault rules: `authorize`, `consent`, `token`, `refresh`, `introspect`, `revoke`, `discovery`, `jwks`, `userinfo`,
    `acls`, `organization`, `organizations`, `image_init`, `document_init`, `video_init`, `video_finalize`, `image_status`,
    `video_status`, `document_status`, `upload`, `register`, `asset`, `create` (Posts API and ugcPosts), `finder`, `read`,
    `update`, `delete`, `page`. A fault's `account` is a member's sub or an organization's id. A `processing_failure` fault on
    `upload` or `video_finalize` ends the media as PROCESSING_FAILED. Switches: see switches.py.
    """

    world: World
    name: str = "linkedin"
    switches: Switches = field(factory=Switches, init=False)
    book: TokenBook = field(init=False)
    desk: ConsentDesk = field(init=False)
    quotas: Quotas = field(init=False)
    assets: Assets = field(init=False)
    store: PostStore = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.book = TokenBook(self.world.clock, self.switches)
        self.desk = ConsentDesk(self.world.clock)
        self.quotas = Quotas(self.world.clock, self.switches)
        self.assets = Assets(self.world, self.switches)
        self.store = PostStore(self.world, self.switches, self.assets)

    def routes(self) -> list[HTTPRouteHandler]:
        calls = Calls(self.world, self.book, self._owner_of)
        gate = Gate(self.book, self.quotas, self.switches)
        identity = Identity(self.world, self.switches, gate)
        return [
            *OAuth(self.world, self.switches, self.book, self.desk, identity).routes(calls),
            *identity.routes(calls),
            *Organizations(gate, self.switches).routes(calls),
            *Uploads(self.assets, gate).routes(calls),
            *MediaCalls(self.assets, gate).routes(calls),
            *Posts(self.store, self.assets, gate).routes(calls),
            *Legacy(self.store, self.assets, gate).routes(calls),
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
        self.quotas.clear()
        self.assets.by_urn.clear()
        self.store.clear()
        self.switches.reset()

    def _owner_of(self, urn: str) -> str | None:
        if urn in self.store.by_urn:
            return self.store.by_urn[urn].author
        return self.assets.by_urn[urn].owner if urn in self.assets.by_urn else None

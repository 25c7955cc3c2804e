"""Imitation Facebook: login, Pages, posts, photos, videos and Reels of the Graph API, put together."""

from typing import Any

from attrs import define, field
from litestar.handlers import HTTPRouteHandler

from shells.sandbox.consent import ConsentDesk
from shells.sandbox.facebook.calls import Switchboard
from shells.sandbox.facebook.feed import Feed
from shells.sandbox.facebook.gate import Gate
from shells.sandbox.facebook.grants import Grants
from shells.sandbox.facebook.handles import Handles
from shells.sandbox.facebook.identity import Identity
from shells.sandbox.facebook.listing import Listing
from shells.sandbox.facebook.nodes import Nodes
from shells.sandbox.facebook.oauth import OAuth
from shells.sandbox.facebook.people import PAGES, PEOPLE
from shells.sandbox.facebook.photos import Photos
from shells.sandbox.facebook.reels import Reels
from shells.sandbox.facebook.store import Post, Store
from shells.sandbox.facebook.switches import Switches
from shells.sandbox.facebook.tokens import TokenBook
from shells.sandbox.facebook.usage import Usage
from shells.sandbox.facebook.videos import Videos
from shells.sandbox.world import TimelineAccount, World

_PASSWORD_CHANGED, _EXPIRED = 460, 463


@define
class FacebookSandbox:
    """Hosts: dialog at /facebook/www, Graph at /facebook/graph, video bytes at /facebook/video, Reel bytes at
    /facebook/rupload; any version that was, or none.

    Calls, for fault rules: `dialog`, `consent`, `token`, `me`, `accounts`, `permissions`, `debug_token`, `revoke`, `feed`
    (create), `read_feed`, `published_posts`, `scheduled_posts`, `read`, `update` (edit, or publish a draft), `delete`, `photos`,
    `videos` (one shot), `video_start`, `video_transfer`, `video_finish`, `video_cancel`, `upload_start`, `upload_bytes`,
    `upload_state` (handles), `reel_start`, `reel_upload`, `reel_finish`, `read_reels`. A `processing_failure` fault on `videos`,
    `video_finish` or `reel_finish` ends the video in error. Page of a rule's `account`: the one in the path, else the token's.
    Switches: `processing_seconds`, `chunk_bytes`, `read_lag_seconds`, `read_lag_polls`, `refuse_duplicates`, `require_proof`,
    `page_calls_per_day`, `reels_per_day`, `thin_pages`, `allow_loopback_fetch` (see switches.py), and `posted_by_hand`
    ({"page_id", "message"}), which adds a post that no app made.
    """

    world: World
    name: str = "facebook"
    switches: Switches = field(factory=Switches, init=False)
    grants: Grants = field(factory=Grants, init=False)
    book: TokenBook = field(init=False)
    desk: ConsentDesk = field(init=False)
    store: Store = field(init=False)
    usage: Usage = field(init=False)
    gate: Gate = field(init=False)
    handles: Handles = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.book = TokenBook(self.world.clock)
        self.desk = ConsentDesk(self.world.clock)
        self.store = Store(self.world, self.switches)
        self.usage = Usage(self.world.clock, self.switches)
        self.gate = Gate(self.book, self.grants, self.switches)
        self.handles = Handles(self.gate)
        # Videos and schedules come due by time alone, so whoever looks at the timelines settles them first.
        self.world.before_reading.append(self.store.settle)

    def routes(self) -> list[HTTPRouteHandler]:
        oauth = OAuth(self.world, self.book, self.grants, self.desk)
        reels = Reels(self.world, self.gate, self.store, self.switches, self.book)
        calls = [
            *oauth.calls(),
            *Identity(self.world, self.book, self.grants, self.gate, self.switches).calls(),
            *Feed(self.world, self.gate, self.store, self.switches).calls(),
            *Listing(self.gate, self.store, self.switches).calls(),
            *Photos(self.world, self.gate, self.store, self.switches).calls(),
            *Videos(self.world, self.gate, self.store, self.switches, self.handles).calls(),
            *reels.calls(),
            *self.handles.calls(),
            *Nodes(self.world, self.gate, self.store, self.book).calls(),
        ]
        graph = Switchboard(self.world, self.book, self.usage, self.store, calls)
        return [*oauth.routes(), *reels.routes(), *graph.routes()]

    def accounts(self) -> list[TimelineAccount]:
        return [
            TimelineAccount(
                platform=self.name,
                account_id=page.id,
                name=page.name,
                kind="Page",
                note="" if "CREATE_CONTENT" in page.tasks else "no right to post",
            )
            for person in PEOPLE
            for page in person.pages
        ]

    def tokens(self, action: str, account_id: str) -> int:
        """A Page's id ends its tokens; a person's id ends all of that person's, Page tokens included."""
        subcode = _EXPIRED if action == "expire" else _PASSWORD_CHANGED
        return sum(
            self.book.end(person.id, subcode, page_id=None if person.id == account_id else account_id)
            for person in PEOPLE
            if person.id == account_id or any(page.id == account_id for page in person.pages)
        )

    def switch(self, name: str, value: object) -> None:
        if name == "posted_by_hand":
            self._post_by_hand(value)
        else:
            self.switches.set(name, value)

    def reset(self) -> None:
        self.book.clear()
        self.grants.clear()
        self.desk.clear()
        self.store.clear()
        self.handles.clear()
        self.usage.clear()
        self.switches.reset()

    def _post_by_hand(self, value: Any) -> None:
        """A post that a person wrote on the Page, which looking back must tell from the app's own."""
        if not isinstance(value, dict) or value.get("page_id") not in PAGES or not isinstance(value.get("message"), str):
            raise TypeError('takes {"page_id", "message"}')
        page_id = value["page_id"]
        post_id = f"{page_id}_{self.store.new_id()}"
        now = self.world.clock.now()
        self.store.add_post(Post(id=post_id, page_id=page_id, message=value["message"], created_at=now, by_app=False))

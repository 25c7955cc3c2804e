"""Imitation Facebook: login, Pages, posts, photos and videos of the Graph API, put together."""

from attrs import define, field
from litestar.handlers import HTTPRouteHandler

from shells.sandbox.consent import ConsentDesk
from shells.sandbox.facebook.feed import Feed
from shells.sandbox.facebook.gate import Gate
from shells.sandbox.facebook.oauth import OAuth
from shells.sandbox.facebook.people import PEOPLE
from shells.sandbox.facebook.photos import Photos
from shells.sandbox.facebook.store import Store
from shells.sandbox.facebook.switches import Switches
from shells.sandbox.facebook.tokens import TokenBook
from shells.sandbox.facebook.videos import Videos
from shells.sandbox.world import TimelineAccount, World

_PASSWORD_CHANGED, _EXPIRED = 460, 463


@define
class FacebookSandbox:
    """Hosts: dialog at /facebook/www, Graph at /facebook/graph, video bytes at /facebook/video. No Reels.

    Calls, for fault rules: `dialog`, `consent`, `token`, `me`, `accounts`, `permissions`, `debug_token`, `revoke`, `feed`
    (create), `read_feed`, `published_posts`, `scheduled_posts`, `read`, `update` (edit, or publish a draft), `delete`, `photos`,
    `videos` (one shot), `video_start`, `video_transfer`, `video_finish`, `video_cancel`. A `processing_failure` fault on
    `videos` or `video_finish` ends the video in error. Switches: see switches.py.
    """

    world: World
    name: str = "facebook"
    switches: Switches = field(factory=Switches, init=False)
    book: TokenBook = field(init=False)
    desk: ConsentDesk = field(init=False)
    store: Store = field(init=False)
    gate: Gate = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.book = TokenBook(self.world.clock)
        self.desk = ConsentDesk(self.world.clock)
        self.store = Store(self.world)
        self.gate = Gate(self.book)
        # Videos and schedules come due by time alone, so whoever looks at the timelines settles them first.
        self.world.before_reading.append(self.store.settle)

    def routes(self) -> list[HTTPRouteHandler]:
        return [
            *OAuth(self.world, self.book, self.desk, self.gate).routes(),
            *Photos(self.world, self.gate, self.store).routes(),
            *Videos(self.world, self.gate, self.store, self.switches).routes(),
            *Feed(self.world, self.gate, self.store, self.switches).routes(),
        ]

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
        self.switches.set(name, value)

    def reset(self) -> None:
        self.book.clear()
        self.desk.clear()
        self.store.clear()
        self.gate.usage.clear()
        self.switches.reset()

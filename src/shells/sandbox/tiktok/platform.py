"""Imitation TikTok: Login Kit v2 and the Content Posting API v2, put together."""

from attrs import define, field
from litestar.handlers import HTTPRouteHandler

from shells.sandbox.consent import ConsentDesk
from shells.sandbox.tiktok.background import Background
from shells.sandbox.tiktok.creators import CREATORS
from shells.sandbox.tiktok.errors import ApiErrors, OAuthErrors, UploadErrors
from shells.sandbox.tiktok.gate import Gate
from shells.sandbox.tiktok.jobs import JobBook
from shells.sandbox.tiktok.lifecycle import Lifecycle
from shells.sandbox.tiktok.limits import CallMeter
from shells.sandbox.tiktok.oauth import CLIENT_KEY, CLIENT_SECRET, OAuth
from shells.sandbox.tiktok.pictures import PublicPages
from shells.sandbox.tiktok.post_info import InfoReader
from shells.sandbox.tiktok.publishing import Publishing
from shells.sandbox.tiktok.reading import Reading
from shells.sandbox.tiktok.switches import Switches
from shells.sandbox.tiktok.tokens import TokenBook
from shells.sandbox.tiktok.upload import ChunkUpload
from shells.sandbox.tiktok.webhooks import WebhookSender
from shells.sandbox.world import TimelineAccount, World

_REMOVED_BY_USER = 1


@define
class TikTokSandbox:
    """Hosts: pages at /tiktok/www, API at /tiktok/api, uploads at /tiktok/upload/video/.

    Calls, for fault rules: `authorize`, `consent`, `token`, `refresh`, `revoke`, `user_info`, `creator_info`, `video_init`,
    `inbox_init`, `content_init`, `status`, `cancel`, `upload` (every chunk but the last), `upload_final` (the last chunk, also
    when it is the only one), `video_list`, `video_query`. A `processing_failure` fault with `options.reason` on an init or on
    `upload_final` ends the job as FAILED with that fail_reason (default `internal`).

    Switches:
    - `processing_seconds` (0.3): from the last byte, or the end of the pull, to PUBLISH_COMPLETE, inbox or FAILED;
    - `moderation_seconds` (0.3): from PUBLISH_COMPLETE of a public post to its visibility and id;
    - `token_profile` (`2026-11` | `legacy`), `require_pkce` (true), `oauth_error_status` (200 | 400 | 401);
    - `unaudited` (false): SELF_ONLY to private accounts only, five users a day; `active_user_cap` (null): another number;
    - `daily_post_cap` (15), `pending_share_cap` (5): null for none; `rate_limits` (true): calls per minute;
    - `allow_loopback_pull` (true): pull from this machine; `verified_urls` ([]): domains and `https://host/path/` prefixes;
    - `invalid_params_code` (`invalid_params` | `invalid_param`), `upload_range_header` (`last_index` | `count`),
      `list_photos` (true): what the documentation leaves open;
    - `webhook_url` (null, or a loopback URL), `webhook_copies` (1), `webhook_hold` (1: that many are held and sent backwards);
    - `take_down` (a post id): removes a public post, as moderation or its creator may.
    """

    world: World
    name: str = "tiktok"
    switches: Switches = field(factory=Switches, init=False)
    background: Background = field(init=False)
    tokens_given: TokenBook = field(init=False)
    desk: ConsentDesk = field(init=False)
    meter: CallMeter = field(init=False)
    jobs: JobBook = field(init=False)
    webhooks: WebhookSender = field(init=False)

    def __attrs_post_init__(self) -> None:
        clock, random = self.world.clock, self.world.random
        self.background = Background(clock)
        self.tokens_given = TokenBook(clock, random)
        self.desk = ConsentDesk(clock)
        self.meter = CallMeter(clock)
        self.jobs = JobBook(clock, random)
        self.webhooks = WebhookSender(self.world, self.switches, self.background, CLIENT_KEY, CLIENT_SECRET)

    def routes(self) -> list[HTTPRouteHandler]:
        world, switches, jobs = self.world, self.switches, self.jobs
        errors = ApiErrors(world.clock, switches)
        gate = Gate(self.tokens_given, self.meter, switches, errors)
        lifecycle = Lifecycle(world, switches, jobs, self.background, self.webhooks)
        oauth = OAuth(world, switches, self.tokens_given, self.desk, errors, OAuthErrors(errors, switches), self.webhooks)
        return [
            *oauth.routes(),
            *Publishing(world, switches, gate, InfoReader(switches, errors), jobs, lifecycle).routes(),
            *ChunkUpload(world, switches, jobs, lifecycle, UploadErrors()).routes(),
            *Reading(world, switches, gate).routes(),
            *PublicPages(world).routes(),
        ]

    def accounts(self) -> list[TimelineAccount]:
        return [
            TimelineAccount(
                platform=self.name, account_id=c.open_id, name=f"{c.nickname} (@{c.username})", kind="Creator", note=c.note
            )
            for c in CREATORS.values()
        ]

    def tokens(self, action: str, account_id: str) -> int:
        """Expiring leaves refresh tokens alive; revoking is what the creator does in the app, and tells the webhook."""
        if action == "expire":
            return self.tokens_given.expire_access(account_id)
        removed = self.tokens_given.remove_all(account_id)
        if removed:
            self.webhooks.removed(account_id, _REMOVED_BY_USER)
        return removed

    def switch(self, name: str, value: object) -> None:
        """Raises KeyError for a name or post that does not exist, ValueError or TypeError for a wrong value."""
        if name == "take_down":
            self._take_down(str(value))
        else:
            self.switches.set(name, value)

    def reset(self) -> None:
        self.background.stop()
        for part in (self.tokens_given, self.desk, self.meter, self.jobs, self.webhooks):
            part.clear()
        self.switches.reset()

    def _take_down(self, post_id: str) -> None:
        job = self.jobs.of_post(post_id)
        if job is None or not self.world.posts.remove(self.name, post_id):
            raise KeyError(post_id)
        job.post_id = None
        event = "post.publish.no_longer_publicaly_available"
        self.webhooks.publishing(event, job.open_id, job.publish_id, inbox=False, post_id=post_id)

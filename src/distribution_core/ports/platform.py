"""A platform as the core sees it: linking accounts, and publishing in two steps with a journal between them."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any, Protocol
from urllib.parse import quote
from uuid import UUID

from attrs import field, frozen

from distribution_core.domain.account import SocialAccount
from distribution_core.domain.outcome import Finding, Outcome, Ready, Refusal
from distribution_core.domain.post import Post
from distribution_core.domain.quota import OutboundLimits
from distribution_core.domain.rules import PlatformRules
from distribution_core.domain.secret import Secret
from distribution_core.ports.creator import CreatorDesk
from distribution_core.ports.farewell import FarewellReader
from distribution_core.ports.notices import NoticeReader


class Journal(Protocol):
    """The handles that a platform has given for one delivery, each durable before `record` returns."""

    @property
    def handles(self) -> Mapping[str, Any]: ...
    async def record(self, **handles: Any) -> None:
        """Merge JSON values into the handles (None removes one), fenced; renews the lease. A value may be a Secret, which is
        stored sealed: an upload's address, for one.
        Raises LeaseLostError when another worker holds the delivery."""
        ...


@frozen(kw_only=True)
class PublishJob:
    """All that an adapter needs for one delivery. `account_kind` is the adapter's own word (page, member ...);
    `committing_at` is when the irreversible call was first allowed, None before that and after a definite refusal."""

    delivery_id: UUID
    external_account_id: str
    account_kind: str
    account_handle: str | None
    app: str
    token: Secret
    scopes: tuple[str, ...]
    post: Post
    fingerprint: str
    committing_at: datetime | None = None
    claimed_post_ids: frozenset[str] = frozenset()


@frozen(kw_only=True)
class Timing:
    """How long the irreversible call of one job may take, and how long the platform's read-back may lag after it."""

    commit_deadline: timedelta
    settle: timedelta


class PlatformAdapter(Protocol):
    """Publishes to one platform. Answers are data; it raises only LeaseLostError (from the journal) and bugs."""

    @property
    def rules(self) -> PlatformRules: ...
    def timing(self, job: PublishJob) -> Timing: ...
    async def prepare(self, job: PublishJob, journal: Journal) -> Ready | Refusal:
        """Everything that nobody can see. Resumes from the journal's handles; never starts over what they hold."""
        ...

    async def commit(self, job: PublishJob, handles: Mapping[str, Any]) -> Outcome:
        """The one call that makes the post visible."""
        ...

    async def reconcile(self, job: PublishJob, handles: Mapping[str, Any]) -> Finding:
        """What became of a commit whose answer was lost, or of a post that is processing."""
        ...


@frozen(kw_only=True)
class Tokens:
    """One consent's tokens. Lifetimes count from the moment of the answer; None: no end was named."""

    access: Secret
    refresh: Secret | None = None
    access_lifetime: timedelta | None = None
    refresh_lifetime: timedelta | None = None
    scopes: tuple[str, ...] = ()


@frozen(kw_only=True)
class DiscoveredAccount:
    """An account that a grant opens. `token` is its own, where it has one; `problem` why it can't be posted to."""

    external_account_id: str
    kind: str
    display_name: str
    handle: str | None = None
    avatar_url: str | None = None
    token: Secret | None = None
    token_lifetime: timedelta | None = None
    problem: str | None = None


@frozen(kw_only=True)
class Consent:
    """What an exchanged code gave: who consented, the tokens and the accounts that they open."""

    subject_id: str
    tokens: Tokens
    accounts: tuple[DiscoveredAccount, ...] = ()


@frozen(kw_only=True)
class AppProfile:
    """One developer app of a platform. `purpose` says in words what linking through it gives."""

    name: str
    purpose: str
    scopes: tuple[str, ...]
    uses_pkce: bool = False
    configured: bool = False


class LinkError(Exception):
    """Exchange or discovery failed. `code` is stable, the message tells a person what to do; no secret in it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@frozen(kw_only=True)
class Refreshed:
    tokens: Tokens
    accounts: tuple[DiscoveredAccount, ...] = ()


@frozen(kw_only=True)
class RefreshRefused:
    """The platform says that the grant is dead (invalid_grant): true only if a re-read shows the pair unchanged."""

    message: str


@frozen(kw_only=True)
class RefreshUnavailable:
    """The refresh could not be made, or this grant has nothing to refresh with. Never a revocation."""

    message: str
    possible: bool = field(default=True)


RefreshAnswer = Refreshed | RefreshRefused | RefreshUnavailable


class Authorizer(Protocol):
    """Links accounts of one platform. `extends_access_token` says that a live access token is itself what a refresh spends
    (Facebook), so that no refresh token is needed. `refresh_ahead` is how long before its end a token is renewed: early
    where that costs nothing, late where each refresh kills a token."""

    @property
    def apps(self) -> Mapping[str, AppProfile]: ...
    @property
    def default_app(self) -> str: ...
    @property
    def extends_access_token(self) -> bool: ...
    @property
    def refresh_ahead(self) -> timedelta: ...
    def authorize_url(self, app: str, redirect_uri: str, state: str, code_verifier: Secret | None) -> str: ...
    async def exchange(self, app: str, code: Secret, redirect_uri: str, code_verifier: Secret | None) -> Consent:
        """Raises LinkError."""
        ...

    async def refresh(self, app: str, tokens: Tokens) -> RefreshAnswer: ...
    async def revoke(self, app: str, tokens: Tokens, subject_id: str) -> bool:
        """Best effort; False when the platform did not confirm."""
        ...

    async def probe(self, token: Secret, account_kind: str, external_account_id: str) -> Ready | Refusal:
        """The cheapest call that proves that a token still opens an account. It changes nothing at the platform."""
        ...


@frozen(kw_only=True)
class Ending:
    """Something that a platform stops taking, in a sentence; `over`: it has stopped, and nothing goes through."""

    words: str
    over: bool = False


def _no_warnings(_: date) -> tuple[Ending, ...]:
    return ()


@frozen(kw_only=True)
class Platform:
    """One platform, complete. `colour` and `help` come from its manifest and are shown to people.
    `account_urls` tells by an account's kind where it can be looked at, `warnings` what will stop working, seen
    on a given day (an API version near its end), `creators` what a creator may do, `farewells` reads what the platform
    passes on of people who leave, `notices` what it calls back about posts (None: not applicable)."""

    id: str
    name: str
    adapter: PlatformAdapter
    authorizer: Authorizer
    colour: str = "#444444"
    help: str = ""
    sandboxed: bool = False
    account_urls: Mapping[str, str] = field(factory=dict)
    limits: OutboundLimits = field(factory=OutboundLimits)
    creators: CreatorDesk | None = None
    farewells: FarewellReader | None = None
    notices: NoticeReader | None = None
    warnings: Callable[[date], tuple[Ending, ...]] = field(default=_no_warnings, repr=False)

    def look_url(self, account: SocialAccount) -> str | None:
        """Where a person can see what is posted on an account; None where that is not known."""
        template = self.account_urls.get(account.kind)
        if template is None or ("{handle}" in template and not account.handle):
            return None
        return template.format(external_account_id=quote(account.external_account_id), handle=quote(account.handle or ""))

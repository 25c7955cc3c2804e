"""A platform in memory whose answers a test scripts, with a public timeline to count posts on."""

from collections import deque
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from attrs import define, field

from distribution_core.domain.outcome import (
    Absent,
    Finding,
    Found,
    Outcome,
    Published,
    Ready,
    Refusal,
    Unconfirmed,
)
from distribution_core.domain.rules import MediaRules, PlatformRules
from distribution_core.domain.secret import Secret
from distribution_core.ports.platform import (
    AppProfile,
    Authorizer,
    Consent,
    DiscoveredAccount,
    Journal,
    LinkError,
    Platform,
    PlatformAdapter,
    PublishJob,
    RefreshAnswer,
    RefreshUnavailable,
    Timing,
    Tokens,
)


@define(slots=False)
class FakeAdapter:
    """Publishes to `timeline`. Queued answers come first; an empty queue means that all goes well.

    `commits`: an Outcome to answer *instead* of the effect, or a pair (effect happens, answer). No slots, so that a
    test can put its own step in place of a method.
    """

    rules: PlatformRules
    prepares: deque[Refusal] = field(factory=deque)
    commits: deque[Outcome | tuple[bool, Outcome]] = field(factory=deque)
    findings: deque[Finding] = field(factory=deque)
    timeline: list[tuple[str, str]] = field(factory=list)
    calls: list[str] = field(factory=list)
    tokens_seen: list[Secret] = field(factory=list)

    def timing(self, job: PublishJob) -> Timing:
        return Timing(commit_deadline=timedelta(seconds=10), settle=timedelta(seconds=5))

    async def prepare(self, job: PublishJob, journal: Journal) -> Ready | Refusal:
        self.calls.append("prepare")
        self.tokens_seen.append(job.token)
        if self.prepares:
            return self.prepares.popleft()
        if "draft" not in journal.handles:
            await journal.record(draft=f"draft-{job.delivery_id}")
        return Ready()

    async def commit(self, job: PublishJob, handles: Mapping[str, Any]) -> Outcome:
        self.calls.append("commit")
        scripted = self.commits.popleft() if self.commits else None
        if scripted is not None and not isinstance(scripted, tuple):
            return scripted
        post_id = f"post-{handles['draft']}"
        if scripted is None or scripted[0]:
            self.timeline.append((job.external_account_id, post_id))
        return scripted[1] if scripted is not None else Published(external_post_id=post_id, permalink=f"https://fake/{post_id}")

    async def reconcile(self, job: PublishJob, handles: Mapping[str, Any]) -> Finding:
        self.calls.append("reconcile")
        if self.findings:
            return self.findings.popleft()
        post_id = f"post-{handles['draft']}"
        if (job.external_account_id, post_id) in self.timeline:
            return Found(publication=Published(external_post_id=post_id))
        return Absent()

    def visible(self, external_account_id: str) -> int:
        return sum(account == external_account_id for account, _ in self.timeline)


@define(slots=False)
class FakeAuthorizer:
    """Consents as scripted; refreshes and probes answer from a queue."""

    apps: Mapping[str, AppProfile]
    default_app: str = "main"
    extends_access_token: bool = False
    consent: Consent | LinkError | None = None
    refreshes: deque[RefreshAnswer] = field(factory=deque)
    refresh_count: int = 0
    refresh_ahead: timedelta = timedelta(minutes=5)
    probes: deque[Ready | Refusal] = field(factory=deque)
    probed: list[str] = field(factory=list)
    revoked: list[str] = field(factory=list)

    def authorize_url(self, app: str, redirect_uri: str, state: str, code_verifier: Secret | None) -> str:
        return f"https://fake/consent?state={state}&redirect_uri={redirect_uri}"

    async def exchange(self, app: str, code: Secret, redirect_uri: str, code_verifier: Secret | None) -> Consent:
        if isinstance(self.consent, LinkError):
            raise self.consent
        if self.consent is None:
            raise LinkError("no_consent", "no consent was scripted")
        return self.consent

    async def refresh(self, app: str, tokens: Tokens) -> RefreshAnswer:
        self.refresh_count += 1
        return self.refreshes.popleft() if self.refreshes else RefreshUnavailable(message="nothing scripted")

    async def revoke(self, app: str, tokens: Tokens, subject_id: str) -> bool:
        self.revoked.append(subject_id)
        return True

    async def probe(self, token: Secret, account_kind: str, external_account_id: str) -> Ready | Refusal:
        self.probed.append(external_account_id)
        return self.probes.popleft() if self.probes else Ready()


@define
class FakePlatform:
    """Both halves, and the Platform that a context is given."""

    adapter: FakeAdapter
    authorizer: FakeAuthorizer
    platform: Platform

    @classmethod
    def named(cls, name: str, *, text_max: int = 500, needs_media: bool = False) -> "FakePlatform":
        pictures = MediaRules(types=frozenset({"image/png", "image/jpeg"}), count_max=4)
        rules = PlatformRules(
            platform=name,
            name=name.title(),
            text_max=text_max,
            needs_media=needs_media,
            images=pictures,
            options={"tone": ("warm", "cool")},
        )
        adapter = FakeAdapter(rules=rules)
        profile = AppProfile(name="main", purpose="everything", scopes=("post",), uses_pkce=True, configured=True)
        authorizer = FakeAuthorizer(apps={"main": profile})
        return cls(adapter, authorizer, Platform(id=name, name=name.title(), adapter=adapter, authorizer=authorizer))

    def will_consent(self, subject: str, *accounts: str, refresh: str | None = "refresh-1") -> None:
        """Script the next consents: `subject` opens `accounts`."""
        self.authorizer.consent = Consent(
            subject_id=subject,
            tokens=Tokens(
                access=Secret("access-1"),
                refresh=Secret(refresh) if refresh else None,
                access_lifetime=timedelta(hours=2),
                scopes=("post",),
            ),
            accounts=tuple(
                DiscoveredAccount(external_account_id=account, kind="page", display_name=account.title()) for account in accounts
            ),
        )


def lost(*, effect: bool) -> tuple[bool, Outcome]:
    """A commit whose answer is lost, with or without its effect."""
    return effect, Unconfirmed(message="the connection broke", code="dropped")


_adapter: type[PlatformAdapter] = FakeAdapter
_authorizer: type[Authorizer] = FakeAuthorizer

"""Imitation platforms behind the adapter port: each kind of flow with the guarantees, and the lies, of its real model."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from attrs import define, evolve, field

from distribution_core.domain.breaker import BreakerPolicy
from distribution_core.domain.outcome import Finding, Outcome, Ready, Refusal, Unavailable, Unconfirmed
from distribution_core.domain.quota import OutboundLimits, Quota, Reset, Scope
from distribution_core.domain.rules import PlatformRules
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
    Refreshed,
    RefreshRefused,
    RefreshUnavailable,
    Timing,
    Tokens,
)
from distribution_core.testing.simulation.flows import FLOWS, Flow
from distribution_core.testing.simulation.judge import Judge
from distribution_core.testing.simulation.loop import Process, current_process
from distribution_core.testing.simulation.network import Network, RefusedError, UnansweredError, token_refused
from distribution_core.testing.simulation.world import World

COMMIT_DEADLINE = timedelta(seconds=30)
SETTLE = timedelta(seconds=20)
_CALL_S = 20.0
_REFRESH_S = 15.0


@define(eq=False)
class SimGrants:
    """What the platform knows of consents: one live pair each, rotating strictly (an old refresh token is dead)."""

    world: World
    subject: str
    accounts: tuple[str, ...]
    serial: int = 0
    refresh: str | None = None
    revoked: bool = False
    live: dict[str, float] = field(factory=dict)
    spending: dict[str, Process] = field(factory=dict)

    def issue(self) -> Tokens:
        self.serial += 1
        lifetime = self.world.random.choice((900, 7200, 86400))
        access = f"access-{self.subject}-{self.serial}"
        self.refresh = f"refresh-{self.subject}-{self.serial}"
        self.live[access] = self.world.loop.now + lifetime
        return Tokens(access=Secret(access), refresh=Secret(self.refresh), access_lifetime=timedelta(seconds=lifetime))

    def check(self, token: str) -> None:
        """Raises RefusedError for a token that is not taken."""
        if self.world.weather.strikes("token_expired", self.world.loop.now):
            self.live.pop(token, None)
        if self.world.weather.strikes("grant_revoked", self.world.loop.now):
            self.revoked = True
        if self.revoked or self.live.get(token, -1.0) < self.world.loop.now:
            raise token_refused()

    def spend(self, refresh: str) -> Tokens:
        if self.revoked or refresh != self.refresh:
            raise token_refused()
        return self.issue()


@define(eq=False)
class SimAdapter:
    """One platform's publishing, by its flow."""

    world: World
    judge: Judge
    flow: Flow
    grants: SimGrants
    rules: PlatformRules

    def timing(self, job: PublishJob) -> Timing:
        return Timing(commit_deadline=COMMIT_DEADLINE, settle=SETTLE)

    def _check(self, job: PublishJob) -> Callable[[], None]:
        return lambda: self.grants.check(job.token.reveal())

    async def prepare(self, job: PublishJob, journal: Journal) -> Ready | Refusal:
        try:
            return await self.flow.prepare(job, journal, self._check(job))
        except RefusedError as refused:
            return refused.refusal
        except UnansweredError as error:
            return Unavailable(message=str(error))

    async def commit(self, job: PublishJob, handles: Mapping[str, Any]) -> Outcome:
        process = current_process()
        self.judge.committing(job.delivery_id, process)
        try:
            with self.judge.calling(job.delivery_id, process, limits_of(self.rules.platform)):
                return await self.flow.commit(job, handles, self._check(job))
        except RefusedError as refused:
            return refused.refusal
        except UnansweredError as error:
            return Unconfirmed(message=str(error))

    async def reconcile(self, job: PublishJob, handles: Mapping[str, Any]) -> Finding:
        self.judge.asking(job.delivery_id, COMMIT_DEADLINE + SETTLE)
        return await self.flow.reconcile(job, handles, self._check(job))


@define(eq=False)
class SimAuthorizer:
    """Consents and refreshes. A refresh that is spent twice by processes that live is the product's own fault."""

    world: World
    network: Network
    grants: SimGrants
    apps: Mapping[str, AppProfile]
    default_app: str = "main"
    extends_access_token: bool = False
    refresh_ahead: timedelta = timedelta(minutes=5)

    def authorize_url(self, app: str, redirect_uri: str, state: str, code_verifier: Secret | None) -> str:
        return f"https://platform/consent?state={state}"

    async def exchange(self, app: str, code: Secret, redirect_uri: str, code_verifier: Secret | None) -> Consent:
        await self.world.step("exchange.before", seconds=0.2)
        if self.world.weather.strikes("unreachable", self.world.loop.now):
            raise LinkError("platform_unavailable", "no connection")
        self.grants.revoked = False
        tokens = self.grants.issue()
        await self.world.step("exchange.after")
        found = tuple(
            DiscoveredAccount(external_account_id=account, kind="page", display_name=account) for account in self.grants.accounts
        )
        return Consent(subject_id=self.grants.subject, tokens=tokens, accounts=found)

    async def refresh(self, app: str, tokens: Tokens) -> RefreshAnswer:
        if tokens.refresh is None:
            return RefreshUnavailable(message="nothing to refresh with", possible=False)
        spent, process = tokens.refresh.reveal(), current_process()
        rival = self.grants.spending.get(spent)
        if rival is not None and rival.alive and not (rival.was_stalled or process.was_stalled):
            self.world.violated(f"{process.name} and {rival.name} spend one refresh token at once")
        self.grants.spending[spent] = process
        try:
            renewed = await self.network.call("refresh", lambda: self.grants.spend(spent))
        except RefusedError as refused:
            if isinstance(refused.refusal, Unavailable) or not self._is_refusal(refused):
                return RefreshUnavailable(message=refused.refusal.message)
            return RefreshRefused(message="the grant is dead")
        except UnansweredError:
            return RefreshUnavailable(message="no answer")
        finally:
            if self.grants.spending.get(spent) is process:
                del self.grants.spending[spent]
        if self.world.weather.strikes("refresh_answer_lost", self.world.loop.now):
            return RefreshUnavailable(message="the answer was lost")
        return Refreshed(tokens=renewed)

    @staticmethod
    def _is_refusal(refused: RefusedError) -> bool:
        return type(refused.refusal).__name__ == "AuthLost"

    async def revoke(self, app: str, tokens: Tokens, subject_id: str) -> bool:
        await self.world.step("revoke.before", seconds=0.1)
        self.grants.revoked = True
        return True

    async def probe(self, token: Secret, account_kind: str, external_account_id: str) -> Ready | Refusal:
        await self.world.step("probe", seconds=0.1)
        return Ready()


# Tighter than any real platform's, so that a few posts are enough to meet them.
_LIMITS = OutboundLimits(
    concurrency=2,
    account_concurrency=2,
    quotas=(
        Quota(name="posts", scope=Scope.ACCOUNT, most=2, seconds=60),
        Quota(name="daily", scope=Scope.APP, most=40, seconds=86_400, reset=Reset.UTC_DAY),
    ),
    breaker=BreakerPolicy(failures_min=2, sustained=timedelta(seconds=1)),
)


# The places of one flow are shared evenly, and only its accounts' counted.
_SHARED = evolve(_LIMITS, concurrency=12, account_concurrency=1)


def limits_of(name: str) -> OutboundLimits:
    return _SHARED if name == "draft" else _LIMITS


def build_platform(world: World, judge: Judge, name: str, accounts: tuple[str, ...]) -> Platform:
    """A platform whose posts all go by the flow called `name`."""
    network = Network(world)
    rules = PlatformRules(platform=name, name=name.title(), text_max=280)
    grants = SimGrants(world, f"{name}-owner", accounts)
    profile = AppProfile(name="main", purpose="everything", scopes=("post",), configured=True)
    adapter = SimAdapter(world, judge, FLOWS[name](world, network, judge, name), grants, rules)
    authorizer = SimAuthorizer(world, network, grants, {"main": profile})
    return Platform(id=name, name=rules.name, adapter=adapter, authorizer=authorizer, limits=limits_of(name))


_adapter: type[PlatformAdapter] = SimAdapter
_authorizer: type[Authorizer] = SimAuthorizer

"""Delivery -> publication: claim, prepare, open the gate, commit, settle; and for a lost answer: ask first."""

import logging
from collections.abc import Collection, Sequence
from datetime import timedelta
from functools import partial

from attrs import define, evolve, frozen

from distribution_core.domain.account import Grant, SocialAccount
from distribution_core.domain.audit import AuditAction
from distribution_core.domain.delivery import Attempt, Delivery, Phase
from distribution_core.domain.errors import LeaseLostError
from distribution_core.domain.outcome import (
    AuthLost,
    CannotAsk,
    Failure,
    FailureKind,
    Finding,
    Found,
    Outcome,
    Ready,
    Refusal,
    Rejected,
    Unavailable,
    Unconfirmed,
    Unknown,
)
from distribution_core.domain.settling import TWIN, stopped
from distribution_core.ports.batches import Surroundings
from distribution_core.ports.gate import CommitRequest, Gate
from distribution_core.ports.ledger import Transaction
from distribution_core.ports.limiter import BreakerKey, breaker_key
from distribution_core.ports.loads import Load
from distribution_core.ports.platform import PlatformAdapter, PublishJob
from distribution_core.ports.vault import VaultUnavailableError
from distribution_core.usecases import outbound
from distribution_core.usecases.asking import ask, publish_job
from distribution_core.usecases.context import Context
from distribution_core.usecases.credentials import Credential, account_lost, credential_for, keys_away, of_age
from distribution_core.usecases.give_back import Uses, give_back
from distribution_core.usecases.hearing import heard
from distribution_core.usecases.ledger_journal import LedgerJournal
from distribution_core.usecases.missed_schedule import missed_schedule
from distribution_core.usecases.outbound_state import Place
from distribution_core.usecases.rendered import Rendered, Renderer
from distribution_core.usecases.sealed_handles import open_handles
from distribution_core.usecases.settle import (
    delivery_audit,
    late_handles,
    late_publication,
    record_change,
    settle_finding,
    settle_outcome,
)
from distribution_core.usecases.under_way import elsewhere, tell_loads

log = logging.getLogger(__name__)

_TWIN_WAIT = timedelta(seconds=5)
_TWIN_WAIT_LONGEST = timedelta(minutes=5)
_LOOK_BACK = timedelta(days=2)


@frozen(kw_only=True)
class Claimed:
    """A delivery that this worker holds, with what it is published with, the attempt that was written for it and what was taken
    of quotas."""

    delivery: Delivery
    surroundings: Surroundings
    rendered: Rendered
    attempt: Attempt
    uses: Uses | None = None


@frozen(kw_only=True)
class Taken:
    """What may go, of as many as were `found` due: the others wait for a limit."""

    claimed: tuple[Claimed, ...] = ()
    found: int = 0


async def claim_batch(ctx: Context, worker: str, limit: int) -> tuple[Claimed, ...]:
    """Take due deliveries and write an attempt for each, in one transaction."""
    async with ctx.ledger.begin() as tx:
        return (await claim(ctx, tx, worker, limit)).claimed


async def claim(ctx: Context, tx: Transaction, worker: str, limit: int, platforms: Collection[str] | None = None) -> Taken:
    """The same within a transaction of the caller's, and of some platforms only."""
    if ctx.outbound.looked_at is None:
        await outbound.look(ctx, tx)
    # Before the look: who waits for others here must not hold what they may wait for.
    counted = ctx.outbound.counted
    others = await elsewhere(ctx, tx, worker, platforms)
    await outbound.look(ctx, tx)
    others = evolve(others, silent={*others.silent, *(each for each in ctx.outbound.counted if each not in counted)})
    shares = outbound.shares(ctx, tx.now, limit, others, platforms)
    deliveries = await tx.deliveries.claim(worker, limit=limit, lease=ctx.limits.lease, platforms=tuple(shares), at_most=shares)
    found = len(deliveries)
    surroundings = await tx.batches.surroundings(deliveries) if deliveries else ()
    renderer = Renderer(ctx.platforms)
    going = await outbound.admit(ctx, tx, deliveries, surroundings, others) if deliveries else ()
    claimed = tuple(
        Claimed(
            delivery=delivery,
            surroundings=around,
            rendered=renderer.of(delivery, around.content),
            attempt=Attempt(
                id=ctx.new_id(),
                delivery_id=delivery.id,
                fence=delivery.fence,
                number=delivery.attempts + 1,
                worker=worker,
                started_at=tx.now,
            ),
            uses=uses,
        )
        for delivery, around, uses in going
    )
    if claimed:
        await tx.attempts.add([item.attempt for item in claimed])
    await tell_loads(ctx, tx, worker, platforms, [_load(item) for item in claimed])
    return Taken(claimed=claimed, found=found)


def place_of(ctx: Context, claimed: Claimed) -> Place:
    """What it takes up of the limits."""
    return ctx.outbound.place(ctx.clock, _key_of(claimed), claimed.delivery.social_account_id)


def _load(claimed: Claimed) -> Load:
    return Load(key=_key_of(claimed), account_id=claimed.delivery.social_account_id, number=1)


def _key_of(claimed: Claimed) -> BreakerKey:
    grant = claimed.surroundings.grant
    return breaker_key(claimed.delivery.platform, grant.app if grant else "")


async def publish(ctx: Context, worker: str, claimed: Claimed, place: Place | None = None) -> Delivery | None:
    """Carry one claimed delivery as far as it goes; `place` is left as soon as the platform has answered. None: somebody else
    holds it now, or stopped it."""
    try:
        with place or place_of(ctx, claimed) as taken:
            return await _Try(ctx, worker, claimed, taken).run()
    except LeaseLostError:
        log.info("lease lost", extra={"delivery_id": str(claimed.delivery.id)})
        return None


async def _open_gates(ctx: Context, requests: Sequence[CommitRequest]) -> Sequence[tuple[Gate, Delivery | None]]:
    async with ctx.ledger.begin() as tx:
        answers = await tx.batches.open_gates(requests)
        opened = [delivery for _, delivery in answers if delivery is not None]
        await tx.audit.add(*(delivery_audit(ctx, tx, each, AuditAction.POST_COMMITTING) for each in opened))
    return answers


@define
class _Try:
    ctx: Context
    worker: str
    claimed: Claimed
    place: Place

    async def run(self) -> Delivery | None:
        ctx, delivery = self.ctx, self.claimed.delivery
        adapter = heard(ctx, ctx.platform(delivery.platform))
        account, grant = self.claimed.surroundings.account, self.claimed.surroundings.grant
        if delivery.phase is not Phase.IDLE:
            return await self._reconcile(adapter, account, grant)
        if delivery.takeovers > ctx.retry.takeovers_max:
            gone = Rejected(message="Every worker that took this up stopped before it was done.", content=False)
            return await self._settle(delivery, gone)
        return await self._send(adapter, account, grant)

    async def _send(self, adapter: PlatformAdapter, account: SocialAccount, grant: Grant | None) -> Delivery | None:
        delivery = self.claimed.delivery
        missed = await missed_schedule(self.ctx, delivery, self.claimed.surroundings.content, self.claimed.attempt.started_at)
        if missed is not None:
            return await self._settle(delivery, missed)
        problems = self.claimed.rendered.problems
        if problems:
            message = " ".join(problem.message for problem in problems)
            return await self._settle(delivery, Rejected(message=message, code=problems[0].code))
        credential = await credential_for(self.ctx, account, worker=self.worker, grant=grant)
        if not isinstance(credential, Credential):
            return await self._settle(delivery, credential)
        try:
            journal = await LedgerJournal.of(self.ctx, delivery, credential.grant)
        except VaultUnavailableError as error:
            return await self._settle(delivery, keys_away(error))
        job = self._job(account, credential)
        prepared = await self._prepare(adapter, job, journal)
        if isinstance(prepared, AuthLost) and prepared.refreshable:
            credential = await credential_for(self.ctx, account, worker=self.worker, refused=credential.grant)
            if not isinstance(credential, Credential):
                return await self._settle(journal.delivery, credential)
            job = self._job(account, credential)
            prepared = await self._prepare(adapter, job, journal)
        if not isinstance(prepared, Ready):
            return await self._settle(journal.delivery, of_age(self.ctx, credential, prepared))
        return await self._commit(adapter, account, credential, job, journal)

    async def _prepare(self, adapter: PlatformAdapter, job: PublishJob, journal: LedgerJournal) -> Ready | Refusal:
        journal.keep()
        try:
            with self.ctx.deadlines.within(self.ctx.limits.prepare_max.total_seconds()):
                return await adapter.prepare(job, journal)
        except LeaseLostError:
            raise
        except TimeoutError:
            return Unavailable(message="Preparing the post took too long.", code="timeout")
        except VaultUnavailableError as error:
            return keys_away(error)
        except Exception:
            log.exception("prepare failed", extra={"delivery_id": str(journal.delivery.id)})
            return Unavailable(message="Something went wrong on our side before anything was sent.", code="internal")
        finally:
            journal.let_go()

    async def _commit(
        self, adapter: PlatformAdapter, account: SocialAccount, credential: Credential, job: PublishJob, journal: LedgerJournal
    ) -> Delivery | None:
        delivery = journal.delivery
        timing, asked = adapter.timing(job), self.ctx.clock.monotonic()
        gate, committing = await self._open_gate(job, delivery, timing.commit_deadline, timing.settle)
        match gate:
            case Gate.OPEN:
                pass
            case Gate.LEASE_LOST:
                raise LeaseLostError("the lease ended before the gate")
            case Gate.TWIN_UNANSWERED:
                return await self._wait_for_twin(delivery)
            case Gate.SWITCHED_OFF:
                return await self._stop(delivery, "switched_off", "The account was switched off before this was sent.")
            case Gate.UNLINKED:
                return await self._stop(delivery, "unlinked", "The account was unlinked before this was sent.")
        async with self.place.calls:
            outcome = await self._call(adapter, job, journal, timing.commit_deadline.total_seconds(), asked)
        outcome = of_age(self.ctx, credential, outcome)
        if isinstance(outcome, AuthLost) and outcome.refreshable:
            # Refreshed now, so that the next try has a good token; nothing was posted by this one.
            renewed = await credential_for(self.ctx, account, worker=self.worker, refused=credential.grant)
            if isinstance(renewed, Credential):
                outcome = Unavailable(message=outcome.message, code=outcome.code)
            elif not isinstance(renewed, Rejected):
                outcome = renewed
        return await self._settle(committing, outcome)

    async def _call(
        self, adapter: PlatformAdapter, job: PublishJob, journal: LedgerJournal, deadline_s: float, asked: float
    ) -> Outcome:
        # The lease was made to cover the call from `asked`: what has passed since is not there for it any more.
        left = deadline_s - (self.ctx.clock.monotonic() - asked)
        if left < deadline_s / 2:
            return Unavailable(message="This worker was held up, and sent nothing.", code="held_up")
        try:
            with self.ctx.deadlines.within(left):
                return await adapter.commit(job, journal.handles)
        except TimeoutError:
            return Unconfirmed(message="The platform did not answer in time.", code="timeout")
        except Exception:
            log.exception("commit failed", extra={"delivery_id": str(job.delivery_id)})
            return Unconfirmed(message="The answer of the platform was lost on our side.", code="internal")

    async def _open_gate(
        self, job: PublishJob, delivery: Delivery, call_deadline: timedelta, settle: timedelta
    ) -> tuple[Gate, Delivery]:
        request = CommitRequest(
            delivery=delivery,
            post=job.post,
            payload_hash=self.claimed.rendered.payload_hash,
            fingerprint=job.fingerprint,
            external_account_id=job.external_account_id,
            call_deadline=call_deadline,
            settle=settle,
        )
        opened = partial(_open_gates, self.ctx)
        try:
            gate, committing = await self.ctx.gates.ask(opened, request, delivery.id.int)
        except Exception:
            log.warning("the gate's transaction broke; reading it back", extra={"delivery_id": str(delivery.id)})
        else:
            return gate, committing or delivery
        # The COMMIT's own answer may be what was lost: what the ledger says now decides, before anything is sent.
        known = await self._opened_already(delivery)
        if known is not None:
            return Gate.OPEN, known
        try:
            ((gate, committing),) = await opened([request])
        except Exception:
            log.warning("the gate's transaction broke again", extra={"delivery_id": str(delivery.id)})
            known = await self._opened_already(delivery)
            return (Gate.OPEN, known) if known is not None else (Gate.LEASE_LOST, delivery)
        return gate, committing or delivery

    async def _opened_already(self, delivery: Delivery) -> Delivery | None:
        async with self.ctx.ledger.begin() as tx:
            current = await tx.deliveries.get(delivery.id)
        if current is not None and current.fence == delivery.fence and current.phase is Phase.COMMITTING:
            return current
        return None

    async def _reconcile(self, adapter: PlatformAdapter, account: SocialAccount, grant: Grant | None) -> Delivery | None:
        ctx, delivery = self.ctx, self.claimed.delivery
        async with ctx.ledger.begin() as tx:
            attempts = await tx.attempts.of_delivery(delivery.id)
            others = await tx.commits.neighbours(delivery.id, (delivery.committing_at or tx.now) - _LOOK_BACK)
        publication = late_publication(attempts)
        if publication is not None:
            return await settle_finding(ctx, delivery, self.claimed.attempt, Found(publication=publication))
        credential = await credential_for(ctx, account, worker=self.worker, grant=grant)
        finding: Finding
        if not isinstance(credential, Credential):
            return await settle_finding(ctx, delivery, self.claimed.attempt, CannotAsk(refusal=credential))
        job = evolve(self._job(account, credential), claimed_post_ids=others.post_ids, committing_at=delivery.committing_at)
        try:
            handles = {**await open_handles(ctx, delivery, credential.grant), **late_handles(attempts)}
        except VaultUnavailableError as error:
            return await settle_finding(ctx, delivery, self.claimed.attempt, CannotAsk(refusal=keys_away(error)))
        finding = await ask(ctx, adapter, job, handles)
        if isinstance(finding, CannotAsk) and isinstance(finding.refusal, AuthLost) and finding.refusal.refreshable:
            credential = await credential_for(ctx, account, worker=self.worker, refused=credential.grant)
            if isinstance(credential, Credential):
                finding = await ask(ctx, adapter, evolve(job, token=credential.token), handles)
            else:
                finding = CannotAsk(refusal=credential)
        if isinstance(finding, Found) and finding.by_likeness and others.doubtful:
            finding = Unknown(message="A post with these words is there, but it may be another one's that was never confirmed.")
        if isinstance(finding, CannotAsk) and isinstance(credential, Credential):
            finding = CannotAsk(refusal=of_age(ctx, credential, finding.refusal))
        if isinstance(finding, CannotAsk) and isinstance(finding.refusal, AuthLost):
            await account_lost(ctx, account.id, finding.refusal)
        self.place.answered()
        return await settle_finding(ctx, delivery, self.claimed.attempt, finding)

    def _job(self, account: SocialAccount, credential: Credential) -> PublishJob:
        return publish_job(self.claimed.delivery, account, self.claimed.rendered, credential)

    async def _settle(self, delivery: Delivery, outcome: Outcome) -> Delivery | None:
        if isinstance(outcome, AuthLost):
            await account_lost(self.ctx, delivery.social_account_id, outcome)
        self.place.answered()
        before, attempt = self.claimed.delivery.being_sent, self.claimed.attempt
        unused = self.claimed.uses if delivery.phase is Phase.IDLE else None
        return await settle_outcome(self.ctx, delivery, attempt, outcome, sent_before=before, unused=unused)

    async def _wait_for_twin(self, delivery: Delivery) -> Delivery | None:
        """Another delivery of the same words to the same place is unanswered: adopting either would be a guess."""
        async with self.ctx.ledger.begin() as tx:
            wait = min(max((tx.now - delivery.opened_at) / 2, _TWIN_WAIT), _TWIN_WAIT_LONGEST)
            after = evolve(
                delivery, lease_owner=None, lease_until=None, due_at=tx.now + wait, wait_reason=TWIN, updated_at=tx.now
            )
            if not await tx.deliveries.save(after, was=delivery):
                raise LeaseLostError("the lease ended while waiting for a twin")
            await tx.attempts.finish(evolve(self.claimed.attempt, finished_at=tx.now, outcome="twin"))
            await give_back(tx, self.claimed.uses)
        return after

    async def _stop(self, delivery: Delivery, code: str, message: str) -> Delivery | None:
        async with self.ctx.ledger.begin() as tx:
            after = stopped(delivery, Failure(kind=FailureKind.REFUSED, message=message, code=code), tx.now)
            if not await tx.deliveries.save(after, was=delivery):
                raise LeaseLostError("the lease ended while stopping")
            await tx.attempts.finish(evolve(self.claimed.attempt, finished_at=tx.now, outcome="stopped"))
            await record_change(self.ctx, tx, after, reason=code)
            await give_back(tx, self.claimed.uses)
        return after

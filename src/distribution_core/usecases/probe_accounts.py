"""An hour before a scheduled post its accounts are asked whether it could go, while there is time to reconnect them."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Coroutine, Sequence
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from attrs import define, evolve, field, frozen

from distribution_core.domain.account import SocialAccount
from distribution_core.domain.audit import AuditAction
from distribution_core.domain.content import Content
from distribution_core.domain.errors import LedgerUnavailableError
from distribution_core.domain.events import EventKind
from distribution_core.domain.outcome import AuthLost, Ready, Refusal, Rejected, Throttled, Unavailable
from distribution_core.domain.risk import Risk, risks_of, takes_part
from distribution_core.usecases.context import Context
from distribution_core.usecases.credentials import Credential, account_lost, credential_for, of_age

log = logging.getLogger(__name__)

T = TypeVar("T")
_AT_ONCE = 8
_Answer = Ready | Refusal | datetime


async def probe_ahead(ctx: Context, worker: str, stop: asyncio.Event | None = None) -> int:
    """Ask the accounts of what is scheduled within `limits.probe_ahead`, again every `limits.probe_again`; returns how many
    contents were looked at. A `stop` ends it: what was not asked by then is left to others as it was."""
    if stop is not None and stop.is_set():
        return 0
    taken = await _take(ctx)
    asking = _Asking(ctx, worker, stop)
    try:
        # Side by side: a platform that hangs holds up the contents that go there, and no others.
        looked = await asyncio.gather(*(asking.look_at(each.mine, each.accounts) for each in taken), return_exceptions=True)
    finally:
        asking.end()
    for fault in looked:
        if isinstance(fault, BaseException):
            raise fault
    await _hand_back(ctx, [each for each, done in zip(taken, looked, strict=True) if not done])
    return sum(map(bool, looked))


@frozen
class _Taken:
    was: Content
    mine: Content
    accounts: Sequence[SocialAccount]


async def _take(ctx: Context) -> list[_Taken]:
    limits, taken = ctx.limits, []
    async with ctx.ledger.begin() as tx:
        for content in await tx.upkeep.unprobed(tx.now + limits.probe_ahead, tx.now - limits.probe_again, limits.batch_max):
            mine = evolve(content, probed_at=tx.now)
            if await tx.upkeep.note_probe(mine, was=content):
                accounts = await tx.accounts.of_user(content.user_id)
                taken.append(_Taken(content, mine, [account for account in accounts if takes_part(content, account)]))
    return taken


async def _hand_back(ctx: Context, left: Sequence[_Taken]) -> None:
    if not left:
        return
    async with ctx.ledger.begin() as tx:
        for each in left:
            await tx.upkeep.note_probe(evolve(each.mine, probed_at=each.was.probed_at), was=each.mine)


class _StoppedError(Exception):
    """This worker is to stop, so nothing more is asked."""


def _slots() -> defaultdict[str, asyncio.Semaphore]:
    return defaultdict(lambda: asyncio.Semaphore(_AT_ONCE))


@define
class _Asking:
    """One round's answers: an account is asked once, however many posts it has to carry, and a few of one platform at once."""

    ctx: Context
    worker: str
    stop: asyncio.Event | None
    slots: defaultdict[str, asyncio.Semaphore] = field(factory=_slots)
    answers: dict[UUID, asyncio.Task[_Answer | None]] = field(factory=dict)

    async def look_at(self, content: Content, accounts: Sequence[SocialAccount]) -> bool:
        """Ask what was not asked yet, and note what it means for this content; whether all were asked. A fault is logged: it is
        this content's own. Raises LedgerUnavailableError."""
        for account in accounts:
            if account.id not in self.answers:
                self.answers[account.id] = asyncio.create_task(self._answer(account))
        answers = {account.id: await self.answers[account.id] for account in accounts}
        try:
            before, risks = {risk.account_id: risk for risk in content.risks}, []
            for account in accounts:
                answer = answers[account.id]
                if answer is None:
                    return False
                risks.append(_risk(content, account, answer, before.get(account.id)))
            await _note(self.ctx, content, tuple(risk for risk in risks if risk is not None))
        except LedgerUnavailableError:
            raise
        except Exception:
            log.exception("a scheduled post could not be looked at", extra={"content_id": str(content.id)})
        return True

    def end(self) -> None:
        """Leave nobody asking behind, where the round was broken off."""
        for asked in self.answers.values():
            asked.cancel()

    async def _answer(self, account: SocialAccount) -> _Answer | None:
        """As `_ask`, and None at a stop; but an account that can't be asked, whatever the fault, keeps nobody from asking the
        others."""
        async with self.slots[account.platform]:
            if self.stop is not None and self.stop.is_set():
                return None
            try:
                return await self._ask(account)
            except _StoppedError:
                return None
            except LedgerUnavailableError:
                return Unavailable(message="The ledger is away.")
            except Exception:
                who = {"platform": account.platform, "account_id": str(account.id)}
                log.exception("an account could not be asked", extra=who)
                return Unavailable(message="The account could not be asked.")

    async def _ask(self, account: SocialAccount) -> _Answer:
        """Ready; when the access ends if nothing can renew it; or why it does not work."""
        ctx = self.ctx
        # A refresh ahead is not waited for: it has its own turn.
        credential = await credential_for(ctx, account, worker=self.worker, ahead=False)
        answer = await self._probe(account, credential)
        if isinstance(answer, AuthLost) and answer.refreshable and isinstance(credential, Credential):
            credential = await credential_for(ctx, account, worker=self.worker, refused=credential.grant, ahead=False)
            answer = await self._probe(account, credential)
        if isinstance(credential, Credential):
            answer = of_age(ctx, credential, answer)
        if isinstance(answer, AuthLost) and isinstance(credential, Credential):
            await account_lost(ctx, account.id, answer)
        if isinstance(answer, Ready) and isinstance(credential, Credential):
            grant, authorizer = credential.grant, ctx.platform(account.platform).authorizer
            if grant.refresh_token is None and not authorizer.extends_access_token and grant.access_expires_at is not None:
                return grant.access_expires_at
        return answer

    async def _probe(self, account: SocialAccount, credential: Credential | Refusal) -> Ready | Refusal:
        if not isinstance(credential, Credential):
            return credential
        authorizer = self.ctx.platform(account.platform).authorizer
        return await self._unless_stopped(authorizer.probe(credential.token, account.kind, account.external_account_id))

    async def _unless_stopped(self, call: Coroutine[Any, Any, T]) -> T:
        """A call without an effect, broken off at a stop. A refresh is not: one whose answer is lost costs a reconnect."""
        asked = asyncio.create_task(call)
        stopped = asyncio.create_task((self.stop or asyncio.Event()).wait())
        try:
            await asyncio.wait((asked, stopped), return_when=asyncio.FIRST_COMPLETED)
            if asked.done():
                return asked.result()
            raise _StoppedError
        finally:
            asked.cancel()
            stopped.cancel()
            await asyncio.gather(asked, stopped, return_exceptions=True)


def _risk(content: Content, account: SocialAccount, answer: _Answer, before: Risk | None) -> Risk | None:
    match answer:
        case datetime() as ends if content.release_at is not None and ends <= content.release_at:
            words = "Access ends before this is sent, and can't be renewed by itself. Reconnect the account."
            return Risk(account_id=account.id, code="expires_first", reason=words)
        case AuthLost(message=message):
            return Risk(account_id=account.id, code="needs_reconnect", reason=message)
        case Rejected(message=message):
            return Risk(account_id=account.id, code="refused", reason=message)
        case Throttled() | Unavailable():
            return before  # a platform that can't be asked tells nothing new
        case _:
            return None


async def _note(ctx: Context, content: Content, risks: tuple[Risk, ...]) -> None:
    """Write what was found, and tell of it where it is news."""
    async with ctx.ledger.begin() as tx:
        before = {(risk.account_id, risk.code) for risk in content.risks}
        asked = evolve(content, probed_at=tx.now, risks=risks)
        if not await tx.upkeep.note_probe(asked, was=content):
            return
        standing = risks_of(asked, await tx.accounts.of_user(content.user_id))
        if {(risk.account_id, risk.code) for risk in risks} == before:
            return
        action = AuditAction.POST_AT_RISK if standing else AuditAction.POST_SAFE
        reasons = {str(risk.account_id): risk.reason for risk in standing}
        await tx.audit.add(ctx.audit(action, tx.now, content.user_id, "content", content.id, risks=reasons))
        await tx.outbox.add(ctx.event(EventKind.CONTENT_SAVED, tx.now, content.user_id, content.id))

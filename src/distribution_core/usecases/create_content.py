"""Save content. It goes by itself to every active account at its release; there is no publish button."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from attrs import asdict, evolve, frozen

from distribution_core.domain.account import SocialAccount
from distribution_core.domain.audit import AuditAction
from distribution_core.domain.content import Content, Visibility
from distribution_core.domain.delivery import DeliveryStatus
from distribution_core.domain.errors import (
    ConflictError,
    InvalidInputError,
    LedgerUnavailableError,
    NotFoundError,
    Problem,
)
from distribution_core.domain.events import EventKind
from distribution_core.ports.doorbell import SELECTOR
from distribution_core.ports.ledger import DuplicateError, IdempotentAnswer, Transaction
from distribution_core.usecases.context import Context
from distribution_core.usecases.fetch_media import fetched, names_addresses
from distribution_core.usecases.first_answer import as_json, from_json
from distribution_core.usecases.judge_content import Draft, MediaRef, Verdict, hold_of, judge_accounts, judge_draft
from distribution_core.usecases.room import room_for_scheduled, scheduled_by

IDEMPOTENCY_KEY_CHARS_MAX = 255

_REFUSALS = (InvalidInputError, ConflictError)


@frozen(kw_only=True)
class Saved:
    """Saved content and what will become of it on each linked account. `repeated`: an earlier answer again."""

    content: Content
    verdicts: tuple[Verdict, ...]
    repeated: bool = False

    @property
    def notice(self) -> str | None:
        """Why nothing will be sent, where that is so."""
        if self.content.visibility is Visibility.PRIVATE:
            return "Private: kept, and sent nowhere."
        if not any(verdict.goes for verdict in self.verdicts):
            return "Kept, but nothing is sent: no active account can carry it."
        return None


async def create_content(ctx: Context, user_id: UUID, draft: Draft, *, idempotency_key: str | None = None) -> Saved:
    """Save a draft. Raises InvalidInputError, or ConflictError for a key used with another request."""
    request_hash = _request_hash(draft)
    _check_key(idempotency_key)
    if names_addresses(draft.media):
        if idempotency_key is not None:
            async with ctx.ledger.begin() as tx:
                first = await tx.idempotency.get(user_id, idempotency_key)
            if first is not None:
                return _or_raised(_first_answer(first, request_hash))
        draft = evolve(draft, media=await fetched(ctx, user_id, draft.media))
    saving = _Saving(user_id=user_id, draft=draft, key=idempotency_key, request_hash=request_hash)
    # Of two requests with one key the second finds the first's answer: they are never saved together.
    alone = object() if idempotency_key is None else (user_id, idempotency_key)
    saved = _or_raised(await ctx.saves.ask(partial(_save_all, ctx), saving, alone))
    if not saved.repeated:
        await ctx.doorbell.ring(SELECTOR)
    return saved


@frozen(kw_only=True)
class _Saving:
    user_id: UUID
    draft: Draft
    key: str | None
    request_hash: str


def _or_raised(answer: Saved | Exception) -> Saved:
    if isinstance(answer, Exception):
        raise answer
    return answer


async def _save_all(ctx: Context, savings: Sequence[_Saving]) -> Sequence[Saved | Exception]:
    """In one transaction, whoever they belong to; each is judged by itself, and answered with what it raises."""
    try:
        async with ctx.ledger.begin() as tx:
            try:
                return await _save_together(ctx, tx, savings)
            except LedgerUnavailableError:
                raise
            except Exception as error:
                raise _SpoiltError from error
    except _SpoiltError:
        # Nothing of it was committed. What one of them met (its key was used elsewhere, a fault) is not the others' business.
        return [await _save_alone(ctx, saving) for saving in savings]


class _SpoiltError(Exception):
    """A transaction that was not committed."""


async def _save_alone(ctx: Context, saving: _Saving) -> Saved | Exception:
    try:
        return await _saved(ctx, saving)
    except Exception as error:
        return error


async def _saved(ctx: Context, saving: _Saving) -> Saved | Exception:
    try:
        async with ctx.ledger.begin() as tx:
            (saved,) = await _save_together(ctx, tx, [saving])
            return saved
    except DuplicateError:
        async with ctx.ledger.begin() as tx:
            first = await tx.idempotency.get(saving.user_id, saving.key or "")
        if first is None:
            raise
        return _first_answer(first, saving.request_hash)


async def _save_together(ctx: Context, tx: Transaction, savings: Sequence[_Saving]) -> Sequence[Saved | Exception]:
    scheduled = await scheduled_by(tx, {each.user_id for each in savings if each.draft.scheduled_at is not None})
    holds: dict[UUID, timedelta] = {}
    accounts: dict[UUID, Sequence[SocialAccount]] = {}
    answers: list[Saved | Exception] = []
    keyed: list[IdempotentAnswer] = []
    for saving in savings:
        user_id = saving.user_id
        first = await tx.idempotency.get(user_id, saving.key) if saving.key is not None else None
        if first is not None:
            answers.append(_first_answer(first, saving.request_hash))
            continue
        if user_id not in accounts:
            accounts[user_id] = await tx.accounts.of_user(user_id)
            holds[user_id] = await hold_of(ctx, tx, user_id)
        draft = saving.draft if saving.draft.hold is not None else evolve(saving.draft, hold=holds[user_id])
        blank = Content(id=ctx.new_id(), user_id=user_id, created_at=tx.now, updated_at=tx.now, trace=ctx.telemetry.traceparent())
        try:
            content = await judge_draft(ctx, tx, user_id, blank, draft)
            saved = Saved(content=content, verdicts=judge_accounts(ctx, content, accounts[user_id]))
            if content.visibility is Visibility.SCHEDULED:
                room_for_scheduled(ctx, scheduled[user_id])
                scheduled[user_id] += 1
        except _REFUSALS as refusal:
            answers.append(refusal)
            continue
        answers.append(saved)
        if saving.key is not None:
            keyed.append(_kept(saving, saving.key, saved))
    await _write(ctx, tx, [saved.content for saved in answers if isinstance(saved, Saved) and not saved.repeated])
    await tx.idempotency.add(*keyed)
    return answers


def _kept(saving: _Saving, key: str, saved: Saved) -> IdempotentAnswer:
    return IdempotentAnswer(
        user_id=saving.user_id,
        key=key,
        request_hash=saving.request_hash,
        content_id=saved.content.id,
        answer=as_json(saved.content, saved.verdicts),
        created_at=saved.content.created_at,
    )


async def edit_content(ctx: Context, user_id: UUID, content_id: UUID, changes: Mapping[str, Any]) -> Saved:
    """Change content that is not released yet; `changes` are fields of Draft, and the hold starts again.
    Raises NotFoundError, InvalidInputError, or ConflictError after its release."""
    changes = await _with_media(ctx, user_id, changes)
    async with ctx.ledger.begin() as tx:
        content = await _own(tx, user_id, content_id)
        if content.selected_at is not None:
            raise ConflictError("released", "This has been sent out and can't be changed; resend it instead.")
        if content.canceled_at is not None:
            raise ConflictError("canceled", "This was taken back. Save it anew to send it.")
        draft = evolve(draft_of(content), **changes)
        if changes.get("visibility") in (Visibility.PUBLIC, Visibility.PRIVATE) and "scheduled_at" not in changes:
            draft = evolve(draft, scheduled_at=None)
        if changes.get("scheduled_at") is not None and "visibility" not in changes:
            draft = evolve(draft, visibility=Visibility.SCHEDULED)
        changed = await judge_draft(ctx, tx, user_id, content, draft)
        if changed.visibility is Visibility.SCHEDULED and content.visibility is not Visibility.SCHEDULED:
            room_for_scheduled(ctx, (await scheduled_by(tx, {user_id}))[user_id])
        verdicts = judge_accounts(ctx, changed, await tx.accounts.of_user(user_id))
        if not await tx.contents.save_unreleased(changed, was=content):
            raise ConflictError("released", "This has just been sent out, or changed. Look again.")
        await tx.audit.add(ctx.audit(AuditAction.EDIT_CONTENT, tx.now, user_id, "content", content_id, fields=sorted(changes)))
        await tx.outbox.add(ctx.event(EventKind.CONTENT_SAVED, tx.now, user_id, content_id))
    await ctx.doorbell.ring(SELECTOR)
    return Saved(content=changed, verdicts=verdicts)


async def resend_content(ctx: Context, user_id: UUID, content_id: UUID, changes: Mapping[str, Any]) -> Saved:
    """A linked content for the accounts on which this one failed; unconfirmed ones are left to their person.
    Raises NotFoundError, InvalidInputError, or ConflictError when nothing failed."""
    changes = await _with_media(ctx, user_id, changes)
    async with ctx.ledger.begin() as tx:
        content = await _own(tx, user_id, content_id)
        failed = [
            delivery.social_account_id
            for delivery in await tx.deliveries.of_contents([content_id])
            if delivery.status is DeliveryStatus.FAILED and not delivery.is_unconfirmed
        ]
        if not failed:
            raise ConflictError("nothing_failed", "No delivery of this has failed, so there is nothing to send again.")
        draft = evolve(draft_of(content), visibility=Visibility.PUBLIC, scheduled_at=None)
        blank = Content(
            id=ctx.new_id(),
            user_id=user_id,
            resend_of=content_id,
            targets=tuple(failed),
            created_at=tx.now,
            updated_at=tx.now,
            trace=ctx.telemetry.traceparent(),
        )
        again = await judge_draft(ctx, tx, user_id, blank, evolve(draft, **changes))
        saved = await _store(ctx, tx, again, AuditAction.RESEND_CONTENT)
    await ctx.doorbell.ring(SELECTOR)
    return saved


async def _with_media(ctx: Context, user_id: UUID, changes: Mapping[str, Any]) -> Mapping[str, Any]:
    media = changes.get("media", ())
    return {**changes, "media": await fetched(ctx, user_id, media)} if names_addresses(media) else changes


def draft_of(content: Content) -> Draft:
    """The draft that would save `content` again."""
    return Draft(
        body=content.body,
        title=content.title,
        media=tuple(MediaRef(key=item.key, alt_text=item.alt_text) for item in content.media),
        visibility=content.visibility,
        scheduled_at=content.scheduled_at,
        options=content.options,
        hold=content.hold,
    )


async def _store(ctx: Context, tx: Transaction, content: Content, action: AuditAction) -> Saved:
    verdicts = judge_accounts(ctx, content, await tx.accounts.of_user(content.user_id))
    await _write(ctx, tx, [content], action)
    return Saved(content=content, verdicts=verdicts)


async def _write(
    ctx: Context, tx: Transaction, contents: Sequence[Content], action: AuditAction = AuditAction.CREATE_CONTENT
) -> None:
    """Each with its event and its audit row."""
    if not contents:
        return
    await tx.contents.add(*contents)
    await tx.outbox.add(*(ctx.event(EventKind.CONTENT_SAVED, tx.now, each.user_id, each.id) for each in contents))
    await tx.audit.add(
        *(
            ctx.audit(
                action,
                tx.now,
                each.user_id,
                "content",
                each.id,
                visibility=each.visibility.value,
                media=len(each.media),
                **({"resend_of": str(each.resend_of)} if each.resend_of else {}),
            )
            for each in contents
        )
    )


async def _own(tx: Transaction, user_id: UUID, content_id: UUID) -> Content:
    content = await tx.contents.get(content_id, user_id)
    if content is None:
        raise NotFoundError("There is no such content.")
    return content


def _first_answer(first: IdempotentAnswer, request_hash: str) -> Saved | ConflictError:
    if first.request_hash != request_hash:
        return ConflictError("idempotency_key_reused", "This Idempotency-Key was used with another request.")
    content, verdicts = from_json(first.answer)
    return Saved(content=content, verdicts=verdicts, repeated=True)


def _request_hash(draft: Draft) -> str:
    return hashlib.sha256(json.dumps(asdict(draft), sort_keys=True, default=str).encode()).hexdigest()


def _check_key(key: str | None) -> None:
    if key is not None and not 0 < len(key) <= IDEMPOTENCY_KEY_CHARS_MAX:
        raise InvalidInputError(
            Problem(
                code="idempotency_key",
                message=f"Idempotency-Key has 1 to {IDEMPOTENCY_KEY_CHARS_MAX} characters.",
                field="Idempotency-Key",
            )
        )

"""What has just changed for a user, read off the audit log: the facts behind live pages, ids and states only."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from attrs import frozen

from distribution_core.domain.audit import AuditAction, AuditEntry
from distribution_core.domain.ids import unix_ms_of, uuid7
from distribution_core.usecases.context import Context

OVERLAP = timedelta(seconds=5)
"""Ids are made before their transaction commits, by processes whose clocks differ: an entry may appear this much late."""

REPLAY_MAX = 1_000
REPLAY_AGE_MAX = timedelta(hours=1)
_VERSION_7 = 7


class ChangeKind(StrEnum):
    CONTENT = "content"
    DELIVERY = "delivery"
    ACCOUNT = "account"
    SETTINGS = "settings"


_KINDS: Mapping[AuditAction, ChangeKind] = {
    **dict.fromkeys(
        (
            AuditAction.CREATE_CONTENT,
            AuditAction.EDIT_CONTENT,
            AuditAction.RESEND_CONTENT,
            AuditAction.CANCEL_CONTENT,
            AuditAction.HOLD_CONTENT,
            AuditAction.RELEASE_CONTENT,
            AuditAction.POST_AT_RISK,
            AuditAction.POST_SAFE,
            AuditAction.SELECT_ACCOUNTS,
        ),
        ChangeKind.CONTENT,
    ),
    **dict.fromkeys(
        (
            AuditAction.POST_COMMITTING,
            AuditAction.POST_PROCESSING,
            AuditAction.POST_SUCCESS,
            AuditAction.POST_RETRIED,
            AuditAction.POST_FAILED,
            AuditAction.POST_CANCELED,
            AuditAction.POST_REDRIVEN,
            AuditAction.POST_RESOLVED,
        ),
        ChangeKind.DELIVERY,
    ),
    **dict.fromkeys(
        (
            AuditAction.LINK_ACCOUNT,
            AuditAction.UNLINK_ACCOUNT,
            AuditAction.TOGGLE_ACCOUNT,
            AuditAction.REFRESH_TOKEN,
            AuditAction.ACCOUNT_LOST,
        ),
        ChangeKind.ACCOUNT,
    ),
    AuditAction.CHANGE_SETTINGS: ChangeKind.SETTINGS,
}


@frozen(kw_only=True)
class Change:
    """One change of what a user sees. `subject_id` is the content, delivery, account or (a refreshed token) grant; the other
    ids, the platform and the status stand where they are known."""

    id: UUID
    user_id: UUID
    at: datetime
    kind: ChangeKind
    action: str
    subject_id: UUID | None
    content_id: UUID | None = None
    account_id: UUID | None = None
    platform: str | None = None
    status: str | None = None


@frozen(kw_only=True)
class Changes:
    """Changes in the order of their ids. `whole` is False where there were more than are told, so that whoever follows them
    has to look at everything anew. `now` is the ledger's time of the reading."""

    items: Sequence[Change]
    whole: bool
    now: datetime


def change_of(entry: AuditEntry) -> Change | None:
    """The change that an audit entry tells of; None for sign-ins and the like. Only named facts leave: no detail does."""
    kind = _KINDS.get(entry.action)
    if kind is None or entry.user_id is None:
        return None
    return Change(
        id=entry.id,
        user_id=entry.user_id,
        at=entry.at,
        kind=kind,
        action=entry.action.value,
        subject_id=entry.subject_id,
        content_id=entry.subject_id if kind is ChangeKind.CONTENT else _id(entry.detail.get("content_id")),
        account_id=entry.subject_id if entry.subject == "account" else _id(entry.detail.get("account_id")),
        platform=_text(entry.detail.get("platform")),
        status=_text(entry.detail.get("status")),
    )


async def changes_since(ctx: Context, user_ids: Collection[UUID], since: datetime | None, *, limit: int = REPLAY_MAX) -> Changes:
    """The changes of these users that could have been made since `since`; None: within OVERLAP of the ledger's time."""
    async with ctx.ledger.begin() as tx:
        after = position_of(tx.now - OVERLAP if since is None else since)
        entries = await tx.audit.since(user_ids, after, limit + 1)
        now = tx.now
    found = (change_of(entry) for entry in entries[:limit])
    return Changes(items=[change for change in found if change is not None], whole=len(entries) <= limit, now=now)


async def changes_after(ctx: Context, user_id: UUID, last_id: UUID) -> Changes:
    """What a listener who last heard of `last_id` has missed. Some of what came just before it is told again, because it may
    have been late. Not whole for an id that is too old, or none of ours."""
    made_ms, now = unix_ms_of(last_id), ctx.clock.now()
    oldest_ms, newest_ms = ((at.timestamp() * 1000) for at in (now - REPLAY_AGE_MAX, now + OVERLAP))
    if last_id.version != _VERSION_7 or not oldest_ms <= made_ms <= newest_ms:
        recent = await changes_since(ctx, [user_id], None)
        return Changes(items=(), whole=False, now=recent.now)
    since = now - timedelta(milliseconds=now.timestamp() * 1000 - made_ms) - OVERLAP
    missed = await changes_since(ctx, [user_id], since)
    return Changes(items=[change for change in missed.items if change.id != last_id], whole=missed.whole, now=missed.now)


def position_of(at: datetime) -> UUID:
    """The least id that an entry made at `at` can have."""
    return uuid7(int(at.timestamp() * 1000), bytes(10))


def _id(value: object) -> UUID | None:
    try:
        return UUID(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None

"""What crosses the edge as JSON: unknown fields are refused, times carry their zone."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from distribution_core.domain.account import SocialAccount
from distribution_core.domain.content import Content, MediaAsset, Visibility
from distribution_core.domain.delivery import Attempt, Delivery, Phase
from distribution_core.domain.outcome import Failure
from distribution_core.domain.selection import Exclusion
from distribution_core.usecases.create_content import Saved
from distribution_core.usecases.judge_content import Draft, MediaRef, Verdict

AwareTime = Annotated[datetime, Meta(tz=True)]
Options = dict[str, dict[str, Any]]


class Login(Struct, forbid_unknown_fields=True, kw_only=True):
    email: str
    password: str

    def __repr__(self) -> str:
        return "Login(***)"


class SessionOut(Struct, kw_only=True):
    user_id: UUID
    email: str
    csrf_token: str
    expires_in: int


class Toggle(Struct, forbid_unknown_fields=True, kw_only=True):
    is_active: bool


class MediaIn(Struct, forbid_unknown_fields=True, kw_only=True):
    key: str
    alt_text: Annotated[str, Meta(max_length=2000)] | None = None


class ContentIn(Struct, forbid_unknown_fields=True, kw_only=True):
    """`media_assets` are keys that POST /media answered, or objects with a key and an alt_text."""

    body: str = ""
    title: str | None = None
    media_assets: list[str | MediaIn] = []
    visibility: Visibility | None = None
    scheduled_at: AwareTime | None = None
    options: Options = {}

    def draft(self) -> Draft:
        return Draft(
            body=self.body,
            title=self.title,
            media=media_refs(self.media_assets),
            visibility=self.visibility,
            scheduled_at=self.scheduled_at,
            options=self.options,
        )


class ContentPatch(Struct, forbid_unknown_fields=True, kw_only=True):
    """Only the fields that are sent change."""

    body: str | UnsetType = UNSET
    title: str | UnsetType | None = UNSET
    media_assets: list[str | MediaIn] | UnsetType = UNSET
    visibility: Visibility | UnsetType = UNSET
    scheduled_at: AwareTime | UnsetType | None = UNSET
    options: Options | UnsetType = UNSET

    def changes(self) -> dict[str, Any]:
        """The fields that were sent, as fields of Draft."""
        sent = {name: getattr(self, name) for name in self.__struct_fields__ if getattr(self, name) is not UNSET}
        if "media_assets" in sent:
            sent["media"] = media_refs(sent.pop("media_assets"))
        return sent


class ResendIn(Struct, forbid_unknown_fields=True, kw_only=True):
    """What to change in the copy; everything else stays as it was."""

    body: str | UnsetType = UNSET
    title: str | UnsetType | None = UNSET
    media_assets: list[str | MediaIn] | UnsetType = UNSET
    options: Options | UnsetType = UNSET

    def changes(self) -> dict[str, Any]:
        return ContentPatch(body=self.body, title=self.title, media_assets=self.media_assets, options=self.options).changes()


def media_refs(items: list[str | MediaIn]) -> tuple[MediaRef, ...]:
    return tuple(
        MediaRef(key=item) if isinstance(item, str) else MediaRef(key=item.key, alt_text=item.alt_text) for item in items
    )


class AccountOut(Struct, kw_only=True):
    id: UUID
    platform: str
    external_account_id: str
    kind: str
    display_name: str
    handle: str | None
    avatar_url: str | None
    is_active: bool
    status: str
    status_reason: str | None
    scopes: list[str]
    token_expires_at: datetime | None
    linked_at: datetime

    @classmethod
    def of(cls, account: SocialAccount) -> "AccountOut":
        return cls(
            id=account.id,
            platform=account.platform,
            external_account_id=account.external_account_id,
            kind=account.kind,
            display_name=account.display_name,
            handle=account.handle,
            avatar_url=account.avatar_url,
            is_active=account.is_active,
            status=account.status.value,
            status_reason=account.status_reason,
            scopes=list(account.scopes),
            token_expires_at=account.access_expires_at,
            linked_at=account.linked_at,
        )


class AccountsOut(Struct, kw_only=True):
    accounts: list[AccountOut]


class ToggledOut(Struct, kw_only=True):
    """`stopped` deliveries were canceled; `being_sent` ones are already on their way and are finished."""

    account: AccountOut
    stopped: int
    being_sent: int


class LinkedOut(Struct, kw_only=True):
    platform: str
    accounts: list[AccountOut]
    not_linked: list[dict[str, str]]


class MediaOut(Struct, kw_only=True):
    key: str
    kind: str
    mime: str
    size_bytes: int
    sha256: str
    width: int
    height: int
    duration_ms: int | None
    alt_text: str | None

    @classmethod
    def of(cls, asset: MediaAsset) -> "MediaOut":
        return cls(
            key=asset.key,
            kind=asset.kind.value,
            mime=asset.mime,
            size_bytes=asset.size_bytes,
            sha256=asset.sha256,
            width=asset.width,
            height=asset.height,
            duration_ms=asset.duration_ms,
            alt_text=asset.alt_text,
        )


class ContentOut(Struct, kw_only=True):
    """`release_at` is when it leaves (null: never); `released` whether it has."""

    id: UUID
    title: str | None
    body: str
    media_assets: list[MediaOut]
    visibility: str
    scheduled_at: datetime | None
    release_at: datetime | None
    released: bool
    options: Mapping[str, Any]
    resend_of: UUID | None
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, content: Content) -> "ContentOut":
        return cls(**_content_fields(content))


class VerdictOut(Struct, kw_only=True):
    """Whether the content goes to an account, and if not, why."""

    account_id: UUID
    platform: str
    display_name: str
    goes: bool
    code: str | None
    reason: str | None

    @classmethod
    def of(cls, verdict: Verdict) -> "VerdictOut":
        return cls(
            account_id=verdict.account_id,
            platform=verdict.platform,
            display_name=verdict.display_name,
            goes=verdict.goes,
            code=verdict.code,
            reason=verdict.reason,
        )


class SavedOut(ContentOut, kw_only=True):
    """Saved content; `notice` says so when nothing will be sent."""

    accounts: list[VerdictOut]
    notice: str | None

    @classmethod
    def of_saved(cls, saved: Saved) -> "SavedOut":
        return cls(
            **_content_fields(saved.content), accounts=[VerdictOut.of(verdict) for verdict in saved.verdicts], notice=saved.notice
        )


def _content_fields(content: Content) -> dict[str, Any]:
    return {
        "id": content.id,
        "title": content.title,
        "body": content.body,
        "media_assets": [MediaOut.of(asset) for asset in content.media],
        "visibility": content.visibility.value,
        "scheduled_at": content.scheduled_at,
        "release_at": content.release_at,
        "released": content.selected_at is not None,
        "options": content.options,
        "resend_of": content.resend_of,
        "created_at": content.created_at,
        "updated_at": content.updated_at,
    }


class ErrorOut(Struct, kw_only=True):
    kind: str
    code: str | None
    message: str

    @classmethod
    def of(cls, failure: Failure | None) -> "ErrorOut | None":
        return None if failure is None else cls(kind=failure.kind.value, code=failure.code, message=failure.message)


class AttemptOut(Struct, kw_only=True):
    number: int
    started_at: datetime
    finished_at: datetime | None
    outcome: str | None
    error: ErrorOut | None

    @classmethod
    def of(cls, attempt: Attempt) -> "AttemptOut":
        return cls(
            number=attempt.number,
            started_at=attempt.started_at,
            finished_at=attempt.finished_at,
            outcome=attempt.outcome,
            error=ErrorOut.of(attempt.error),
        )


class DeliveryOut(Struct, kw_only=True):
    """One content on one account. `unconfirmed`: it may or may not be posted, and only a person can tell."""

    id: UUID
    content_id: UUID
    account_id: UUID
    account_name: str | None
    platform: str
    status: str
    being_sent: bool
    unconfirmed: bool
    attempts: int
    last_error: ErrorOut | None
    wait_reason: str | None
    next_try_at: datetime | None
    external_post_id: str | None
    permalink: str | None
    created_at: datetime
    updated_at: datetime
    finished_at: datetime | None
    history: list[AttemptOut] | UnsetType = UNSET

    @classmethod
    def of(cls, delivery: Delivery, account: SocialAccount | None) -> "DeliveryOut":
        return cls(
            id=delivery.id,
            content_id=delivery.content_id,
            account_id=delivery.social_account_id,
            account_name=account.display_name if account else None,
            platform=delivery.platform,
            status=delivery.status.value,
            being_sent=delivery.phase is not Phase.IDLE,
            unconfirmed=delivery.is_unconfirmed,
            attempts=delivery.attempts,
            last_error=ErrorOut.of(delivery.last_error),
            wait_reason=delivery.wait_reason,
            next_try_at=delivery.due_at,
            external_post_id=delivery.external_post_id,
            permalink=delivery.permalink,
            created_at=delivery.created_at,
            updated_at=delivery.updated_at,
            finished_at=delivery.finished_at,
        )


class SkippedOut(Struct, kw_only=True):
    """An account that was left out of a content, and why."""

    account_id: UUID
    account_name: str | None
    platform: str | None
    code: str
    reason: str

    @classmethod
    def of(cls, exclusion: Exclusion, account: SocialAccount | None) -> "SkippedOut":
        return cls(
            account_id=exclusion.social_account_id,
            account_name=account.display_name if account else None,
            platform=account.platform if account else None,
            code=exclusion.code,
            reason=exclusion.reason,
        )


class DeliveriesOut(Struct, kw_only=True):
    deliveries: list[DeliveryOut]
    skipped: list[SkippedOut]


class ActivityItem(Struct, kw_only=True):
    content: ContentOut
    deliveries: list[DeliveryOut]
    skipped: list[SkippedOut]


class ActivityOut(Struct, kw_only=True):
    """Newest first. `next_before` continues the list; null at its end."""

    items: list[ActivityItem]
    next_before: UUID | None

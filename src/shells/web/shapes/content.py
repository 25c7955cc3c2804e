"""Content and its media, as JSON: unknown fields are refused, times carry their zone."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType, structs

from distribution_core.domain.account import SocialAccount
from distribution_core.domain.content import Content, MediaAsset, Visibility
from distribution_core.domain.risk import Risk, risks_of
from distribution_core.domain.zones import shown_in
from distribution_core.usecases.activity import Activity
from distribution_core.usecases.create_content import Saved
from distribution_core.usecases.judge_content import Draft, MediaRef, Verdict

AwareTime = Annotated[datetime, Meta(tz=True)]
Options = dict[str, dict[str, Any]]


class MediaIn(Struct, forbid_unknown_fields=True, kw_only=True):
    key: str
    alt_text: Annotated[str, Meta(max_length=2000)] | None = None


class ContentIn(Struct, forbid_unknown_fields=True, kw_only=True):
    """`media_assets` are keys that POST /media answered, or objects with a key and an alt_text. For `hold_seconds` after it
    was saved a cancel sends nothing at all; 0 unless it is given."""

    body: str = ""
    title: str | None = None
    media_assets: list[str | MediaIn] = []
    visibility: Visibility | None = None
    scheduled_at: AwareTime | None = None
    options: Options = {}
    hold_seconds: Annotated[float, Meta(ge=0, le=300)] = 0

    def draft(self) -> Draft:
        return Draft(
            body=self.body,
            title=self.title,
            media=media_refs(self.media_assets),
            visibility=self.visibility,
            scheduled_at=self.scheduled_at,
            options=self.options,
            hold=timedelta(seconds=self.hold_seconds),
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


class ListedMediaOut(MediaOut, kw_only=True):
    """`url` shows it to whoever holds it, until `expires_at`."""

    url: str
    expires_at: datetime

    @classmethod
    def of_shown(cls, asset: MediaAsset, url: str, expires_at: datetime) -> "ListedMediaOut":
        return cls(**structs.asdict(MediaOut.of(asset)), url=url, expires_at=expires_at)


class MediaListOut(Struct, kw_only=True):
    media: list[ListedMediaOut]


class RiskOut(Struct, kw_only=True):
    """An account on which a scheduled post will not go as things stand, and why."""

    account_id: UUID
    account_name: str | None
    platform: str | None
    code: str
    reason: str

    @classmethod
    def of(cls, risk: Risk, account: SocialAccount | None) -> "RiskOut":
        return cls(
            account_id=risk.account_id,
            account_name=account.display_name if account else None,
            platform=account.platform if account else None,
            code=risk.code,
            reason=risk.reason,
        )


class ContentOut(Struct, kw_only=True):
    """`release_at` is when it leaves (null: never); `released` whether it has; `canceled_at` when it was taken back.
    `held_at`: its schedule was missed by too much, as `held_reason` says, and it waits for its person to release, edit or
    cancel it. `scheduled_local` is `scheduled_at` on the clocks of the user's time zone. `at_risk`: the accounts on which a
    scheduled post will not go as things stand; from an hour before its time they have been asked."""

    id: UUID
    title: str | None
    body: str
    media_assets: list[MediaOut]
    visibility: str
    scheduled_at: datetime | None
    release_at: datetime | None
    released: bool
    canceled_at: datetime | None
    held_at: datetime | None
    held_reason: str | None
    options: Mapping[str, Any]
    resend_of: UUID | None
    created_at: datetime
    updated_at: datetime
    scheduled_local: str | UnsetType | None = UNSET
    at_risk: list[RiskOut] | UnsetType = UNSET

    @classmethod
    def of(cls, content: Content) -> "ContentOut":
        return cls(**_content_fields(content))

    @classmethod
    def of_read(cls, content: Content, found: Activity) -> "ContentOut":
        """With the time of its schedule as the user's clocks show it, and what stands in its way."""
        local = shown_in(content.scheduled_at, found.time_zone).isoformat() if content.scheduled_at else None
        risks = [RiskOut.of(risk, found.accounts.get(risk.account_id)) for risk in risks_of(content, found.accounts.values())]
        return cls(**_content_fields(content), scheduled_local=local, at_risk=risks)


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
        "canceled_at": content.canceled_at,
        "held_at": content.held_at,
        "held_reason": content.held_reason,
        "options": content.options,
        "resend_of": content.resend_of,
        "created_at": content.created_at,
        "updated_at": content.updated_at,
    }

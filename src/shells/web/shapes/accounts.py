"""Linked accounts, as JSON."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct, structs

from distribution_core.domain.account import SocialAccount
from distribution_core.domain.delivery import Delivery
from distribution_core.ports.creator import CreatorInfo
from distribution_core.usecases.choose_accounts import Candidate, Offer
from distribution_core.usecases.link_account import Linked
from distribution_core.usecases.list_accounts import AccountStanding


class Toggle(Struct, forbid_unknown_fields=True, kw_only=True):
    is_active: bool


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


class LastPostOut(Struct, kw_only=True):
    """The last post that went well, and where it is; the platform may not have told."""

    at: datetime
    content_id: UUID
    delivery_id: UUID
    permalink: str | None

    @classmethod
    def of(cls, delivery: Delivery | None) -> "LastPostOut | None":
        if delivery is None:
            return None
        return cls(
            at=delivery.finished_at or delivery.updated_at,
            content_id=delivery.content_id,
            delivery_id=delivery.id,
            permalink=delivery.permalink,
        )


class ListedAccountOut(AccountOut, kw_only=True):
    """`token_renews`: its token is renewed by itself. `access_ends_at`: when access ends unless the account is reconnected;
    null where no end is known. `missing_scopes`: permissions that a reconnect would give. `look_url` is its page."""

    app: str | None
    token_renews: bool
    access_ends_at: datetime | None
    missing_scopes: list[str]
    last_post: LastPostOut | None
    look_url: str | None

    @classmethod
    def of_standing(cls, standing: AccountStanding, look_url: str | None) -> "ListedAccountOut":
        return cls(
            **structs.asdict(AccountOut.of(standing.account)),
            app=standing.app,
            token_renews=standing.renews,
            access_ends_at=standing.ends_at,
            missing_scopes=list(standing.missing_scopes),
            last_post=LastPostOut.of(standing.last_post),
            look_url=look_url,
        )


class AccountsOut(Struct, kw_only=True):
    accounts: list[ListedAccountOut]


class CreatorInfoOut(Struct, kw_only=True):
    """`applicable` false: the platform wants nothing of this shown, and the rest is empty. `privacy_levels` are to choose
    from, none preset; a switch that is `..._disabled` stays off. `video_duration_ms_max` null: not known."""

    applicable: bool
    nickname: str | None = None
    username: str | None = None
    avatar_url: str | None = None
    privacy_levels: list[str] = []
    comment_disabled: bool = False
    duet_disabled: bool = False
    stitch_disabled: bool = False
    video_duration_ms_max: int | None = None

    @classmethod
    def of(cls, info: CreatorInfo | None) -> "CreatorInfoOut":
        if info is None:
            return cls(applicable=False)
        return cls(
            applicable=True,
            nickname=info.nickname,
            username=info.username,
            avatar_url=info.avatar_url,
            privacy_levels=list(info.privacy_levels),
            comment_disabled=info.comment_disabled,
            duet_disabled=info.duet_disabled,
            stitch_disabled=info.stitch_disabled,
            video_duration_ms_max=info.video_duration_ms_max,
        )


class ToggledOut(Struct, kw_only=True):
    """`stopped` deliveries were canceled; `being_sent` ones are already on their way and are finished."""

    account: AccountOut
    stopped: int
    being_sent: int


class LinkedOut(Struct, kw_only=True):
    platform: str
    accounts: list[AccountOut]
    not_linked: list[dict[str, str]]

    @classmethod
    def of(cls, linked: Linked) -> "LinkedOut":
        return cls(
            platform=linked.platform,
            accounts=[AccountOut.of(account) for account in linked.accounts],
            not_linked=[{"display_name": item.display_name, "reason": item.reason} for item in linked.not_linked],
        )


class CandidateOut(Struct, kw_only=True):
    """An account to choose by its `id`, unless there is a `problem`. `linked`: it is linked already, and stays so."""

    id: str
    kind: str
    display_name: str
    handle: str | None
    avatar_url: str | None
    problem: str | None
    linked: bool

    @classmethod
    def of(cls, candidate: Candidate) -> "CandidateOut":
        found = candidate.account
        return cls(
            id=found.external_account_id,
            kind=found.kind,
            display_name=found.display_name,
            handle=found.handle,
            avatar_url=found.avatar_url,
            problem=found.problem,
            linked=candidate.linked,
        )


class OfferOut(Struct, kw_only=True):
    """What a consent opens, to be chosen from until `expires_at`: POST /link-intents/{id}/accounts."""

    id: UUID
    platform: str
    app: str
    expires_at: datetime
    candidates: list[CandidateOut]

    @classmethod
    def of(cls, offer: Offer) -> "OfferOut":
        return cls(
            id=offer.id,
            platform=offer.platform,
            app=offer.app,
            expires_at=offer.expires_at,
            candidates=[CandidateOut.of(candidate) for candidate in offer.candidates],
        )


class ChosenIn(Struct, forbid_unknown_fields=True, kw_only=True):
    """`ids` of candidates."""

    ids: Annotated[list[str], Meta(min_length=1, max_length=1000)]

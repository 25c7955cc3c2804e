"""Who signs in, as JSON."""

from datetime import datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from distribution_core.domain.account import SignIn, User


class Login(Struct, forbid_unknown_fields=True, kw_only=True):
    """Either e-mail and password, or a token of the identity provider's."""

    email: Annotated[str, Meta(max_length=1_000)] | UnsetType = UNSET
    password: str | UnsetType = UNSET
    sso_token: Annotated[str, Meta(max_length=16_384)] | UnsetType = UNSET
    sso_nonce: Annotated[str, Meta(max_length=500)] | UnsetType = UNSET

    def __repr__(self) -> str:
        return "Login(***)"


class SetupOut(Struct, kw_only=True):
    """`open`: there is no user yet, and POST /setup creates one."""

    open: bool


class FirstUser(Struct, forbid_unknown_fields=True, kw_only=True):
    token: Annotated[str, Meta(max_length=200)]
    email: str
    password: str

    def __repr__(self) -> str:
        return "FirstUser(***)"


class SessionOut(Struct, kw_only=True):
    user_id: UUID
    email: str
    csrf_token: str
    expires_in: int


class PlaceOut(Struct, kw_only=True):
    """One session. `device` is what the browser or program called itself; `current`: the one that asks."""

    id: UUID
    device: str | None
    began_at: datetime
    used_at: datetime
    ends_at: datetime
    current: bool

    @classmethod
    def of(cls, place: SignIn, *, current: bool) -> "PlaceOut":
        return cls(
            id=place.family_id,
            device=place.device,
            began_at=place.began_at,
            used_at=place.used_at,
            ends_at=place.ends_at,
            current=current,
        )


class PlacesOut(Struct, kw_only=True):
    """The one used last comes first."""

    sessions: list[PlaceOut]


class EndedOut(Struct, kw_only=True):
    """How many sessions were ended."""

    ended: int


class SsoBegunOut(Struct, kw_only=True):
    """Where the browser goes to have its identity vouched for."""

    url: str


class UserOut(Struct, kw_only=True):
    """`hold_seconds`: how long what is saved in the app waits for an *undo*; `hold_is_own` whether the user chose it.
    `time_zone`: the IANA name of the zone in which times are shown; null: UTC. `sso_issuer`: the
    provider of the identity that signs this user in; null: none is linked."""

    id: UUID
    email: str
    hold_seconds: float
    hold_is_own: bool
    time_zone: str | None
    sso_issuer: str | None

    @classmethod
    def of(cls, user: User, usual_hold: timedelta) -> "UserOut":
        hold = user.hold if user.hold is not None else usual_hold
        return cls(
            id=user.id,
            email=user.email,
            hold_seconds=hold.total_seconds(),
            hold_is_own=user.hold is not None,
            time_zone=user.time_zone,
            sso_issuer=user.sso_issuer,
        )


class UserPatch(Struct, forbid_unknown_fields=True, kw_only=True):
    """Only what is sent changes. `hold_seconds` null: as the house has it; `time_zone` null: UTC."""

    hold_seconds: Annotated[float, Meta(ge=0, le=300)] | UnsetType | None = UNSET
    time_zone: Annotated[str, Meta(max_length=64)] | UnsetType | None = UNSET

    def changes(self) -> dict[str, Any]:
        """The fields that were sent, as fields of a user."""
        changes: dict[str, Any] = {}
        if self.hold_seconds is not UNSET:
            changes["hold"] = None if self.hold_seconds is None else timedelta(seconds=self.hold_seconds)
        if self.time_zone is not UNSET:
            changes["time_zone"] = self.time_zone
        return changes

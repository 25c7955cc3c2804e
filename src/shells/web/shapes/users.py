"""Who signs in, as JSON."""

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from distribution_core.domain.account import User


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


class UserOut(Struct, kw_only=True):
    """`hold_seconds`: how long what is saved in the app waits for an *undo*; `hold_is_own` whether the user chose it."""

    id: UUID
    email: str
    hold_seconds: float
    hold_is_own: bool

    @classmethod
    def of(cls, user: User, usual_hold: timedelta) -> "UserOut":
        hold = user.hold if user.hold is not None else usual_hold
        return cls(id=user.id, email=user.email, hold_seconds=hold.total_seconds(), hold_is_own=user.hold is not None)


class UserPatch(Struct, forbid_unknown_fields=True, kw_only=True):
    """`hold_seconds` null: as the house has it."""

    hold_seconds: Annotated[float, Meta(ge=0, le=300)] | None

"""What is known of users and accounts: sealed tokens and hashes are kept, and never shown."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from distribution_core.domain.account import AccountStatus, DataKey, Grant, LinkIntent, Session, SocialAccount, User
from tests.domain.strategies import NOW
from tests.domain.test_selection import ACCOUNT

ID = UUID(int=1)
KEPT_BACK = b"kept-back"
KEY = DataKey(wrapped=KEPT_BACK, key_id="k", key_version=1)


def grant(**fields: Any) -> Grant:
    needed: dict[str, Any] = {"data_key": KEY, "access_token": KEPT_BACK} | fields
    return Grant(id=ID, user_id=ID, platform="facebook", app="page", subject_id="1", created_at=NOW, updated_at=NOW, **needed)


def intent(**fields: Any) -> LinkIntent:
    return LinkIntent(
        state_hash=KEPT_BACK, user_id=ID, session_id=ID, platform="x1", app="a", redirect_uri="u", expires_at=NOW, **fields
    )


def account(**fields: Any) -> SocialAccount:
    return SocialAccount(
        id=ID,
        user_id=ID,
        grant_id=None,
        platform="facebook",
        external_account_id="1",
        kind="page",
        display_name="Page",
        linked_at=NOW,
        updated_at=NOW,
        **fields,
    )


def session() -> Session:
    return Session(id=ID, user_id=ID, family_id=ID, token_hash=KEPT_BACK, created_at=NOW, expires_at=NOW)


@pytest.mark.parametrize(
    ("make", "hidden"),
    [
        (lambda: User(id=ID, email="a@b.test", password_hash="kept-back", created_at=NOW), "password_hash"),
        (session, "token_hash"),
        (lambda: KEY, "wrapped"),
        (grant, "access_token"),
        (lambda: grant(refresh_token=KEPT_BACK), "refresh_token"),
        (lambda: account(access_token=KEPT_BACK), "access_token"),
        (intent, "state_hash"),
        (lambda: intent(code_verifier=KEPT_BACK, data_key=KEY), "code_verifier"),
    ],
)
def test_what_is_sealed_or_hashed_is_kept_and_shown_in_no_repr(make: Callable[[], object], hidden: str) -> None:
    made = make()
    assert getattr(made, hidden) in (KEPT_BACK, KEPT_BACK.decode())
    assert "kept-back" not in repr(made)
    assert hidden not in repr(made)


def test_what_a_consent_does_not_give_is_none() -> None:
    """Some sign in with an identity provider, some platforms know no refresh token, some no PKCE."""
    assert User(id=ID, email="a@b.test", created_at=NOW).password_hash is None
    assert grant().refresh_token is None
    assert account().access_token is None
    assert intent().code_verifier is None


def test_what_was_just_linked_is_valid_and_switched_on() -> None:
    assert (grant().status, grant().version) == (AccountStatus.VALID, 1)
    assert (ACCOUNT.status, ACCOUNT.is_active, ACCOUNT.is_linked) == (AccountStatus.VALID, True, True)

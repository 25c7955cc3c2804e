"""Why an account takes no part."""

from itertools import product
from uuid import UUID

import pytest
from attrs import evolve

from distribution_core.domain.account import AccountStatus, SocialAccount, is_platform_id
from distribution_core.domain.selection import left_out
from tests.domain.strategies import NOW

ACCOUNT = SocialAccount(
    id=UUID(int=1),
    user_id=UUID(int=2),
    grant_id=None,
    platform="facebook",
    external_account_id="1",
    kind="page",
    display_name="Page",
    linked_at=NOW,
    updated_at=NOW,
)


@pytest.mark.parametrize(("linked", "active", "status"), list(product([True, False], [True, False], AccountStatus)))
def test_only_linked_active_and_valid_accounts_take_part(linked: bool, active: bool, status: AccountStatus) -> None:
    account = evolve(ACCOUNT, unlinked_at=None if linked else NOW, is_active=active, status=status)
    out = left_out(account)
    assert (out is None) == (linked and active and status is AccountStatus.VALID)
    if out is not None:
        code, words = out
        assert code
        assert words.endswith(".")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"unlinked_at": NOW, "is_active": False, "status": AccountStatus.REVOKED}, "unlinked"),
        ({"is_active": False, "status": AccountStatus.REVOKED}, "switched_off"),
        ({"status": AccountStatus.EXPIRED}, "expired"),
        ({"status": AccountStatus.REVOKED}, "revoked"),
        ({"status": AccountStatus.ERROR}, "account_error"),
    ],
)
def test_the_first_reason_is_told(changes: dict[str, object], code: str) -> None:
    out = left_out(evolve(ACCOUNT, **changes))
    assert out
    assert out[0] == code


def test_a_platforms_own_reason_is_passed_on() -> None:
    restricted = evolve(ACCOUNT, status=AccountStatus.ERROR, status_reason="The Page is restricted.")
    assert left_out(restricted) == ("account_error", "The Page is restricted.")


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        ("facebook", True),
        ("x1", True),
        ("my_site2", True),
        ("a" * 32, True),
        ("a" * 33, False),
        ("x", False),
        ("", False),
        ("1x", False),
        ("Facebook", False),
        ("face-book", False),
        ("facebook\n", False),
        ("../x", False),
    ],
)
def test_what_can_name_a_platform(text: str, valid: bool) -> None:
    assert is_platform_id(text) == valid

"""Which accounts stand in the way of a scheduled post before its time has come."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from attrs import evolve

from distribution_core.domain.account import AccountStatus
from distribution_core.domain.content import Content, Visibility
from distribution_core.domain.risk import Risk, risks_of, takes_part
from tests.domain.strategies import NOW
from tests.domain.test_selection import ACCOUNT

HOUR = timedelta(hours=1)
TOLD = Risk(account_id=ACCOUNT.id, code="refused", reason="The platform would not take it.")
SCHEDULED = Content(
    id=UUID(int=7),
    user_id=ACCOUNT.user_id,
    visibility=Visibility.SCHEDULED,
    scheduled_at=NOW + HOUR,
    release_at=NOW + HOUR,
    created_at=NOW,
    updated_at=NOW,
)
ASKED = evolve(SCHEDULED, probed_at=NOW, risks=(TOLD,))


@pytest.mark.parametrize(
    ("changes", "targets", "takes"),
    [
        ({}, None, True),
        ({}, (ACCOUNT.id, UUID(int=9)), True),
        ({}, (UUID(int=9),), False),
        ({}, (), False),
        ({"is_active": False}, None, False),
        ({"unlinked_at": NOW}, None, False),
        ({"status": AccountStatus.REVOKED}, None, True),
    ],
)
def test_the_user_says_which_accounts_take_part(changes: dict[str, Any], targets: tuple[UUID, ...] | None, takes: bool) -> None:
    assert takes_part(evolve(SCHEDULED, targets=targets), evolve(ACCOUNT, **changes)) is takes


def test_an_account_without_access_is_a_risk_in_the_words_of_the_selection() -> None:
    expired = evolve(ACCOUNT, status=AccountStatus.EXPIRED)
    risk = Risk(account_id=ACCOUNT.id, code="expired", reason="Access has expired. Reconnect the account.")
    assert risks_of(SCHEDULED, [expired]) == (risk,)
    assert risks_of(ASKED, [expired]) == (risk,), "what stands now is told, and once"


def test_what_an_account_answered_is_told_until_it_changes() -> None:
    assert risks_of(ASKED, [ACCOUNT]) == (TOLD,), "asked at the moment of its last change"
    assert risks_of(ASKED, [evolve(ACCOUNT, updated_at=NOW - HOUR)]) == (TOLD,)
    assert risks_of(ASKED, [evolve(ACCOUNT, updated_at=NOW + HOUR)]) == ()
    assert risks_of(evolve(ASKED, probed_at=None), [ACCOUNT]) == (), "never asked is not asked since"


def test_an_account_that_nobody_meant_or_that_is_well_is_none() -> None:
    assert risks_of(SCHEDULED, [ACCOUNT]) == ()
    assert risks_of(ASKED, [evolve(ACCOUNT, is_active=False, status=AccountStatus.EXPIRED)]) == ()
    other = evolve(ACCOUNT, id=UUID(int=8))
    assert risks_of(ASKED, [evolve(ACCOUNT, unlinked_at=NOW), other]) == (), "one account's answer is not another's"
    assert [risk.account_id for risk in risks_of(ASKED, [other, evolve(ACCOUNT, status=AccountStatus.ERROR)])] == [ACCOUNT.id]


@pytest.mark.parametrize("changes", [{"scheduled_at": None}, {"release_at": None}, {"selected_at": NOW}])
def test_only_what_still_waits_for_its_time_is_at_risk(changes: dict[str, Any]) -> None:
    """Before a schedule there is nothing to warn of, and after it the deliveries themselves tell."""
    assert risks_of(evolve(ASKED, **changes), [ACCOUNT]) == ()
    assert risks_of(evolve(ASKED, **changes), [evolve(ACCOUNT, status=AccountStatus.EXPIRED)]) == ()

"""A preview says what the save then says, and writes nothing."""

from datetime import timedelta
from typing import Any

import pytest
from attrs import evolve

from distribution_core.domain.content import Visibility
from distribution_core.domain.errors import InvalidInputError
from distribution_core.usecases.create_content import create_content
from distribution_core.usecases.judge_content import Draft, MediaRef
from distribution_core.usecases.preview_content import preview_content
from distribution_core.usecases.toggle_account import toggle_account
from tests.usecases.conftest import NOON, House

pytestmark = pytest.mark.anyio

DRAFTS: list[dict[str, Any]] = [
    {},
    {"body": ""},
    {"body": "x" * 60_000},
    {"body": "x" * 200_000},
    {"visibility": Visibility.PRIVATE},
    {"visibility": Visibility.SCHEDULED},
    {"scheduled_at": NOON - timedelta(days=1)},
    {"media": (MediaRef(key="unknown"),)},
    {"options": {"alpha": {"nonsense": 1}}},
    {"options": {"gamma": {}}},
    {"options": {"alpha": {"accounts": 5}}},
    {"options": {"alpha": {"accounts": {"019d3677-0000-7000-8000-000000000000": {"tone": "shrill"}}}}},
    {"options": {"alpha": {"accounts": {"019d3677-0000-7000-8000-000000000000": {"tone": "warm"}}}}},
    {"options": {"alpha": {"text": "y" * 90_000}}},
    {"hold": timedelta(hours=1)},
]


@pytest.mark.parametrize("fields", DRAFTS)
async def test_preview_and_save_agree(house: House, fields: dict[str, Any]) -> None:
    await house.link("alpha", "ann", "page-1", "page-2")
    await house.link("beta", "ann", "page-3")
    draft = evolve(Draft(body="Hello"), **fields)
    preview = await preview_content(house.ctx, house.user_id, draft)
    if preview.refused:
        with pytest.raises(InvalidInputError) as error:
            await create_content(house.ctx, house.user_id, draft)
        assert preview.refused == error.value.problems
        assert preview.number_that_goes == 0
    else:
        saved = await create_content(house.ctx, house.user_id, draft)
        assert tuple(forecast.verdict for forecast in preview.forecasts) == saved.verdicts
        assert preview.content.release_at == saved.content.release_at


async def test_nothing_is_written(house: House) -> None:
    await house.link("alpha", "ann", "page-1")
    await preview_content(house.ctx, house.user_id, Draft(body="Hello"))
    async with house.ctx.ledger.begin() as tx:
        assert await tx.contents.recent(house.user_id, 10) == ()
        assert "create_content" not in {entry.action for entry in await tx.audit.of_user(house.user_id, 100)}


async def test_all_problems_are_told_and_only_active_accounts_asked(house: House) -> None:
    await house.link("alpha", "ann", "page-1")
    (linked,) = (await house.link("beta", "ann", "page-2")).accounts
    await toggle_account(house.ctx, house.user_id, linked.id, is_active=False)
    rules = house.fakes["alpha"].platform.adapter.rules
    body = "x" * (rules.text_max + 1)
    options = {"alpha": {"nonsense": 1, "more": 2}}
    preview = await preview_content(house.ctx, house.user_id, Draft(body=body, options=options))
    (forecast,) = preview.forecasts
    assert [problem.code for problem in forecast.judged.problems] == ["text_too_long", "unknown_option", "unknown_option"]
    assert (forecast.judged.text_used, forecast.judged.text_max) == (rules.text_max + 1, rules.text_max)
    assert forecast.verdict.code == "text_too_long"


async def test_access_that_ends_before_the_schedule_is_warned_of(house: House) -> None:
    (account,) = (await house.link("alpha", "ann", "page-1", refresh=None)).accounts
    async with house.ctx.ledger.begin() as tx:
        await tx.accounts.put(evolve(account, access_expires_at=NOON + timedelta(days=2)))
    for days, codes in ((1, []), (3, ["access_ends"])):
        draft = Draft(body="Hello", scheduled_at=NOON + timedelta(days=days))
        (forecast,) = (await preview_content(house.ctx, house.user_id, draft)).forecasts
        assert [warning.code for warning in forecast.warnings] == codes
        assert forecast.verdict.goes

"""A creator is asked about once a minute, within what the platform allows, and with a token that works."""

from collections import deque

import pytest
from attrs import define, evolve, field

from distribution_core.domain.account import AccountStatus
from distribution_core.domain.errors import ConflictError
from distribution_core.domain.outcome import AuthLost, Refusal, Throttled, Unavailable
from distribution_core.domain.quota import Quota, Scope
from distribution_core.domain.secret import Secret
from distribution_core.ports.creator import CreatorInfo
from distribution_core.usecases.context import Context
from distribution_core.usecases.creator_info import FRESH, creator_info
from tests.usecases.conftest import House

pytestmark = pytest.mark.anyio

INFO = CreatorInfo(nickname="Ann", username="ann", avatar_url=None, privacy_levels=("SELF_ONLY",))


@define
class Desk:
    answers: deque[CreatorInfo | Refusal] = field(factory=deque)
    asked: int = 0
    quota: Quota = field(factory=lambda: Quota(name="creators", scope=Scope.ACCOUNT, most=2, seconds=600))

    async def ask(self, token: Secret) -> CreatorInfo | Refusal:
        self.asked += 1
        return self.answers.popleft() if self.answers else INFO


def with_desk(house: House, desk: Desk) -> Context:
    platforms = {**house.ctx.platforms, "alpha": evolve(house.ctx.platforms["alpha"], creators=desk)}
    return evolve(house.ctx, platforms=platforms)


async def test_an_answer_is_kept_for_a_minute_and_questions_are_counted(house: House) -> None:
    (account,) = (await house.link("alpha", "ann", "page-1")).accounts
    desk = Desk()
    ctx = with_desk(house, desk)
    for _ in range(3):
        assert await creator_info(ctx, house.user_id, account.id) == INFO
    assert desk.asked == 1
    house.clock.advance(FRESH.total_seconds())
    await creator_info(ctx, house.user_id, account.id)
    house.clock.advance(FRESH.total_seconds())
    with pytest.raises(ConflictError, match="Try again in 480 s"):
        await creator_info(with_desk(house, desk), house.user_id, account.id)
    assert desk.asked == 2, "the limit is one of all processes together"


async def test_what_the_platform_says_is_told(house: House) -> None:
    (account,) = (await house.link("alpha", "ann", "page-1")).accounts
    desk = Desk(deque([Unavailable(message="Down."), Throttled(message="Slow down.")]))
    for words in ("Down", "Slow down"):
        with pytest.raises(ConflictError, match=words):
            await creator_info(with_desk(house, desk), house.user_id, account.id)


async def test_lost_access_marks_the_account(house: House) -> None:
    (account,) = (await house.link("alpha", "ann", "page-1")).accounts
    desk = Desk(deque([AuthLost(message="Withdrawn.", refreshable=False)]))
    with pytest.raises(ConflictError) as refused:
        await creator_info(with_desk(house, desk), house.user_id, account.id)
    assert refused.value.code == "needs_reconnect"
    assert (await house.accounts())["page-1"].status is AccountStatus.REVOKED


async def test_elsewhere_there_is_nothing_to_ask(house: House) -> None:
    (account,) = (await house.link("beta", "ann", "page-1")).accounts
    assert await creator_info(house.ctx, house.user_id, account.id) is None

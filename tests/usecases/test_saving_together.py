"""Requests that come at once are saved in one transaction, and each is answered as if it had come alone."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from attrs import define, evolve

from distribution_core.domain.content import Content
from distribution_core.domain.errors import ConflictError, InvalidInputError
from distribution_core.ports.ledger import Ledger, Transaction
from distribution_core.usecases.context import Context
from distribution_core.usecases.create_content import Saved, create_content
from distribution_core.usecases.judge_content import Draft
from distribution_core.usecases.sign_in import session_is_live
from tests.usecases.conftest import House

pytestmark = pytest.mark.anyio


class FaultError(Exception):
    pass


@define
class WatchedLedger:
    """Counts transactions, and breaks those that store the word `poison`; `commits_lost` of them break after their COMMIT."""

    ledger: Ledger
    begun: int = 0
    commits_lost: int = 0

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Transaction]:
        self.begun += 1
        async with self.ledger.begin() as tx:
            contents: Any = tx.contents
            tx.contents = _Watched(contents)  # type: ignore[assignment]
            yield tx
        if self.commits_lost:
            self.commits_lost -= 1
            raise FaultError


@define
class _Watched:
    contents: Any

    async def add(self, *added: Content) -> None:
        await self.contents.add(*added)
        if any("poison" in content.body for content in added):
            raise FaultError

    def __getattr__(self, name: str) -> Any:
        return getattr(self.contents, name)


def _watched(house: House) -> tuple[Context, WatchedLedger]:
    ledger = WatchedLedger(house.ctx.ledger)
    return evolve(house.ctx, ledger=ledger), ledger


async def _save(ctx: Context, house: House, *asked: tuple[str, str | None]) -> list[Saved | BaseException]:
    calls = (create_content(ctx, house.user_id, Draft(body=body), idempotency_key=key) for body, key in asked)
    return await asyncio.gather(*calls, return_exceptions=True)


async def _bodies(house: House) -> list[str]:
    async with house.ctx.ledger.begin() as tx:
        return sorted(content.body for content in await tx.contents.recent(house.user_id, 100))


async def test_what_comes_at_once_is_one_transaction_and_each_gets_its_own_answer(house: House) -> None:
    await house.link("alpha", "ada", "one")
    ctx, ledger = _watched(house)
    found = await _save(ctx, house, *((f"post {number}", None) for number in range(20)), ("", None), ("keyed", "k"))
    assert [saved.content.body for saved in found if isinstance(saved, Saved)] == [*(f"post {n}" for n in range(20)), "keyed"]
    assert isinstance(found[20], InvalidInputError)
    assert len(await _bodies(house)) == 21
    assert ledger.begun == 1


async def test_of_two_with_one_key_one_is_saved_and_the_other_gets_its_answer(house: House) -> None:
    ctx, _ = _watched(house)
    same, again, other = await _save(ctx, house, ("words", "k"), ("words", "k"), ("other words", "k"))
    assert isinstance(same, Saved)
    assert isinstance(again, Saved)
    assert (again.content, again.repeated) == (same.content, True)
    assert isinstance(other, ConflictError)
    assert await _bodies(house) == ["words"]


async def test_ones_fault_is_not_the_others(house: House) -> None:
    ctx, _ = _watched(house)
    found = await _save(ctx, house, ("first", None), ("poison", None), ("keyed", "k"))
    assert [type(each) for each in found] == [Saved, FaultError, Saved]
    assert await _bodies(house) == ["first", "keyed"]


async def test_what_may_be_committed_is_never_saved_again(house: House) -> None:
    ctx, ledger = _watched(house)
    ledger.commits_lost = 1
    found = await _save(ctx, house, ("first", None), ("second", None))
    assert [type(each) for each in found] == [FaultError, FaultError]
    assert await _bodies(house) == ["first", "second"]
    assert ledger.begun == 1


async def test_sessions_of_requests_that_come_at_once_are_looked_up_at_once(house: House) -> None:
    ctx, ledger = _watched(house)
    strangers = [house.ctx.new_id() for _ in range(3)]
    assert await asyncio.gather(*(session_is_live(ctx, each) for each in (*strangers, *strangers))) == [False] * 6
    assert ledger.begun == 1

"""Live pages on a real ledger: what is late is told once, who is too slow is cut, who is no longer welcome is sent away."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from attrs import define, field

from distribution_core.domain.audit import AuditAction, AuditEntry
from distribution_core.usecases.changes import OVERLAP, REPLAY_MAX, position_of
from shells.web.live import EventStream, Listener, LiveFeed, Pace, TooManyStreamsError
from tests.usecases.conftest import House, house  # noqa: F401 - a fixture

pytestmark = pytest.mark.anyio

QUICK = Pace(read_s=0.01, beat_s=0.05, send_s=0.2, stream_s=30, waiting_max=4, streams_max=2)


@define
class Browser:
    """The other end of a stream: keeps what it is sent, until it stops taking it."""

    sent: bytes = b""
    ended: bool = False
    takes: asyncio.Event = field(factory=asyncio.Event)
    left: asyncio.Event = field(factory=asyncio.Event)
    got: asyncio.Event = field(factory=asyncio.Event)

    async def receive(self) -> Any:
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        await self.takes.wait()
        self.sent += message.get("body", b"")
        self.got.set()
        self.ended = message.get("more_body") is False

    async def until(self, text: bytes, times: int = 1) -> None:
        async with asyncio.timeout(10):
            while self.sent.count(text) < times:
                self.got.clear()
                await self.got.wait()


async def _welcome() -> bool:
    return True


async def write(house: House, entry_id: UUID, action: AuditAction = AuditAction.CREATE_CONTENT) -> None:  # noqa: F811
    async with house.ctx.ledger.begin() as tx:
        await tx.audit.add(AuditEntry(id=entry_id, at=tx.now, user_id=house.user_id, action=action, subject="content"))


def heard(listener: Listener) -> list[str]:
    return [line.partition(": ")[2] for line in listener.take().decode().splitlines() if line.startswith("event: ")]


async def test_a_late_entry_is_told_and_none_twice(house: House) -> None:  # noqa: F811
    feed, browser = LiveFeed(house.ctx, QUICK), Browser()
    browser.takes.set()
    listener = await feed.open(house.user_id, None)
    stream = asyncio.create_task(EventStream(feed, listener, _welcome)({}, browser.receive, browser.send))  # type: ignore[arg-type]
    await browser.until(b"event: ready")
    early = position_of(house.clock.now() - OVERLAP / 2)
    await write(house, house.ctx.new_id())
    await browser.until(b"event: content")
    await write(house, early)
    await browser.until(b"event: content", 2)
    await write(house, house.ctx.new_id(), AuditAction.LOGIN)
    await browser.until(b"event: beat", 3)
    assert browser.sent.count(b"event: content") == 2
    browser.left.set()
    await asyncio.wait_for(stream, 10)
    assert listener.ended
    await feed.aclose()


async def test_what_was_there_before_is_not_told(house: House) -> None:  # noqa: F811
    await write(house, house.ctx.new_id())
    feed = LiveFeed(house.ctx, QUICK)
    listener = await feed.open(house.user_id, None)
    assert heard(listener) == ["ready"]
    await feed.aclose()
    assert listener.ended


async def test_a_browser_that_takes_nothing_is_cut(house: House) -> None:  # noqa: F811
    feed, browser = LiveFeed(house.ctx, QUICK), Browser()
    listener = await feed.open(house.user_id, None)
    await asyncio.wait_for(EventStream(feed, listener, _welcome)({}, browser.receive, browser.send), 10)  # type: ignore[arg-type]
    assert listener.ended
    assert [await feed.open(house.user_id, None) for _ in range(QUICK.streams_max)], "its place is free again"
    with pytest.raises(TooManyStreamsError):
        await feed.open(house.user_id, None)
    await feed.aclose()


async def test_a_browser_that_falls_behind_is_cut(house: House) -> None:  # noqa: F811
    feed = LiveFeed(house.ctx, QUICK)
    listener = await feed.open(house.user_id, None)
    for _ in range(QUICK.waiting_max):
        await write(house, house.ctx.new_id())
    async with asyncio.timeout(10):
        while not listener.ended:
            listener.news.clear()
            await listener.news.wait()
    assert len(listener.waiting) == QUICK.waiting_max
    await feed.aclose()


async def test_a_session_that_ended_ends_its_stream(house: House) -> None:  # noqa: F811
    feed, browser = LiveFeed(house.ctx, QUICK), Browser()
    browser.takes.set()
    listener = await feed.open(house.user_id, None)

    async def unwelcome() -> bool:
        return False

    await asyncio.wait_for(EventStream(feed, listener, unwelcome)({}, browser.receive, browser.send), 10)  # type: ignore[arg-type]
    assert browser.ended
    await feed.aclose()


async def test_after_more_than_is_told_the_browser_looks_anew(house: House) -> None:  # noqa: F811
    feed = LiveFeed(house.ctx, Pace(waiting_max=REPLAY_MAX * 2))
    last_id = house.ctx.new_id()
    async with house.ctx.ledger.begin() as tx:
        made = [house.ctx.audit(AuditAction.POST_FAILED, tx.now, house.user_id, "delivery", last_id) for _ in range(REPLAY_MAX)]
        await tx.audit.add(*made[:-1])
    told = heard(await feed.open(house.user_id, last_id))
    assert (told.count("delivery"), told[-1]) == (REPLAY_MAX - 1, "ready")
    async with house.ctx.ledger.begin() as tx:
        await tx.audit.add(made[-1], house.ctx.audit(AuditAction.LOGIN, tx.now, house.user_id, "user", last_id))
    assert heard(await feed.open(house.user_id, last_id))[-2:] == ["reset", "ready"]
    house.clock.advance(timedelta(hours=2).total_seconds())
    assert heard(await feed.open(house.user_id, last_id))[-2:] == ["reset", "ready"]
    await feed.aclose()

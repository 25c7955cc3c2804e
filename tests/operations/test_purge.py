"""What has done its work goes after its time: by command, and by every worker."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from adapters_persistence.ledger.migrations import upgrade
from distribution_core.ports.leftovers import Leftover, Retention
from distribution_core.testing.memory_clock import MemoryClock
from distribution_core.usecases import purge as purging_module
from distribution_core.usecases.purge import purge, purging
from tests.cli.conftest import Run, run
from tests.operations.lines import parsed, written
from tests.usecases.conftest import House, open_house

__all__ = ["run"]  # a fixture
pytestmark = pytest.mark.anyio


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    upgrade(url)
    async with open_house(url) as opened:
        yield opened


async def _send_all(house: House) -> int:
    async with house.ctx.ledger.begin() as tx:
        return await tx.outbox.relay(1000)


async def test_each_goes_after_its_own_time(house: House) -> None:
    await house.save("One")
    sent = await _send_all(house)
    assert sent
    kept = house.ctx.retention
    house.clock.advance(kept.sent_events.total_seconds())
    assert not any((await purge(house.ctx)).values()), "not a moment before"
    house.clock.advance(1)
    assert (await purge(house.ctx))[Leftover.SENT_EVENTS] == sent


async def test_a_purge_takes_all_in_batches(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(7):
        await house.save(f"Content {number}")
    sent = await _send_all(house)
    house.clock.advance(timedelta(days=30).total_seconds())
    monkeypatch.setattr(purging_module, "BATCH", 2)
    assert (await purge(house.ctx, batches_max=2))[Leftover.SENT_EVENTS] == 4
    assert (await purge(house.ctx))[Leftover.SENT_EVENTS] == sent - 4


async def test_workers_purge_about_once_an_hour(house: House) -> None:
    await house.save("One")
    await _send_all(house)
    object.__setattr__(house.ctx, "retention", Retention(sent_events=timedelta(0)))
    clock = MemoryClock()
    house.clock.advance(1)
    object.__setattr__(house.ctx, "clock", clock)
    with written() as stream:
        async with purging(house.ctx):
            await asyncio.sleep(0)
            clock.advance(timedelta(minutes=29))
            for _ in range(50):
                await asyncio.sleep(0)
            assert not stream.getvalue(), "workers that start together don't purge at once"
            clock.advance(timedelta(minutes=62))
            async with asyncio.timeout(30):
                while "purged" not in stream.getvalue():  # noqa: ASYNC110 - the condition is a line that is written
                    await asyncio.sleep(0.01)
    (line,) = [line for line in parsed(stream.getvalue()) if line["event"] == "purged"]
    assert line["sent_events"] > 0


def test_the_command_says_what_it_took(run: Run) -> None:
    assert run("migrate").returncode == 0
    told = run("purge", "--json")
    assert told.returncode == 0, told.stderr
    assert json.loads(told.stdout) == {what.value: 0 for what in Leftover}
    assert "sent events" in run("purge").stdout


def test_the_command_fails_in_one_line(run: Run) -> None:
    refused = run("purge")
    assert refused.returncode == 1
    assert len(refused.stderr.strip().splitlines()) == 1

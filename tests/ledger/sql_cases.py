"""What both databases must hold beyond the contract: rivals at the same moment, and a schema that defends itself."""

import asyncio
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from attrs import evolve
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, StatementError

from adapters_persistence.ledger.ledger import SqlLedger
from adapters_persistence.ledger.tables import deliveries
from distribution_core.domain.delivery import Delivery, DeliveryStatus, Phase
from distribution_core.domain.outcome import Failure, FailureKind
from distribution_core.ports.gate import Gate
from distribution_core.ports.ledger import DuplicateError
from distribution_core.testing.memory_clock import MemoryClock
from tests.ledger.limit_taker import QUOTA
from tests.ledger.seeding import add_account, add_content, add_deliveries, add_user, claim, gate_request, release

OFF = Failure(kind=FailureKind.REFUSED, message="off", code="switched_off")
_ROOT = Path(__file__).parents[2]


class SqlLedgerCases:
    """Needs the fixtures `ledger` (moved by `clock`) and `database_url`."""

    async def test_processes_never_claim_the_same_delivery(self, ledger: SqlLedger, database_url: str) -> None:
        made = await add_deliveries(ledger, accounts=10, contents=12)
        said = await _together(database_url, [["claimer.py", f"worker-{number}"] for number in range(4)])
        claimed = Counter(line for answer in said for line in answer.splitlines())
        assert claimed == Counter(f"{delivery_id} 1" for delivery_id in made)

    async def test_processes_use_up_one_quota_together(self, database_url: str) -> None:
        taken = [int(answer) for answer in await _together(database_url, [["limit_taker.py"]] * 3)]
        assert sum(taken) == QUOTA.most

    async def test_tasks_never_claim_the_same_delivery(self, ledger: SqlLedger) -> None:
        made = await add_deliveries(ledger, accounts=10, contents=4)

        async def work(worker: str) -> list[UUID]:
            mine: list[UUID] = []
            while found := await claim(ledger, worker, limit=2):
                mine += [delivery.id for delivery in found]
            return mine

        answers = await asyncio.gather(*(work(f"task-{number}") for number in range(12)))
        assert Counter(found for answer in answers for found in answer) == Counter(made)

    async def test_of_twins_at_the_gate_one_passes(self, ledger: SqlLedger) -> None:
        async with ledger.begin() as tx:
            for _ in range(8):
                user = await add_user(tx)
                await add_account(tx, user, external_id="the same Page")
                await release(tx, await add_content(tx, user))
        claimed = await claim(ledger)
        answers = await asyncio.gather(*(self._open(ledger, delivery) for delivery in claimed))
        assert Counter(answers) == {Gate.OPEN: 1, Gate.TWIN_UNANSWERED: 7}

    async def test_a_twin_waits_for_the_one_at_the_gate(self, ledger: SqlLedger) -> None:
        """Neither sees the other's uncommitted row, so only waiting can tell the second one."""
        async with ledger.begin() as tx:
            for _ in range(2):
                user = await add_user(tx)
                await add_account(tx, user, external_id="the same Page")
                await release(tx, await add_content(tx, user))
        first, second = await claim(ledger)
        async with ledger.begin() as tx:
            assert await tx.commits.open_gate(gate_request(first)) is Gate.OPEN
            waiting = asyncio.create_task(self._open(ledger, second))
            await asyncio.wait([waiting], timeout=0.3)
            assert not waiting.done()
        assert await waiting is Gate.TWIN_UNANSWERED

    async def test_the_gate_waits_for_a_switch(self, ledger: SqlLedger) -> None:
        await add_deliveries(ledger)
        (delivery,) = await claim(ledger)
        async with ledger.begin() as tx:
            account = await tx.accounts.get(delivery.social_account_id)
            assert account is not None
            await tx.accounts.put(evolve(account, is_active=False))
            waiting = asyncio.create_task(self._open(ledger, delivery))
            await asyncio.wait([waiting], timeout=0.3)
            assert not waiting.done()
        assert await waiting is Gate.SWITCHED_OFF

    async def test_different_words_pass_the_gate_together(self, ledger: SqlLedger) -> None:
        await add_deliveries(ledger, accounts=1, contents=6)
        claimed = await claim(ledger)
        answers = await asyncio.gather(
            *(self._open(ledger, delivery, fingerprint=f"{number:064}") for number, delivery in enumerate(claimed))
        )
        assert answers == [Gate.OPEN] * 6

    async def test_a_switch_and_the_gate_agree(self, ledger: SqlLedger) -> None:
        """Whoever comes first: what was stopped was not sent, and what was sent is counted as being sent."""
        for _ in range(10):
            (delivery_id,) = await add_deliveries(ledger)
            (delivery,) = await claim(ledger)

            async def switch_off(account_id: UUID = delivery.social_account_id) -> tuple[int, int]:
                async with ledger.begin() as tx:
                    account = await tx.accounts.get(account_id)
                    assert account is not None
                    await tx.accounts.put(evolve(account, is_active=False))
                    stopped = await tx.commits.stop_idle(tx.now, OFF, account_id=account_id)
                    return len(stopped), await tx.commits.unanswered(account_id)

            gate, switched = await asyncio.gather(self._open(ledger, delivery, fingerprint=uuid4().hex), switch_off())
            async with ledger.begin() as tx:
                after = await tx.deliveries.get(delivery_id)
            assert after is not None
            if gate is Gate.OPEN:
                assert switched == (0, 1)
                assert after.phase is Phase.COMMITTING
            else:
                assert switched == (1, 0)
                assert after.status is DeliveryStatus.CANCELED

    async def test_two_releases_at_once_make_one_set(self, ledger: SqlLedger) -> None:
        async with ledger.begin() as tx:
            user = await add_user(tx)
            for _ in range(5):
                await add_account(tx, user)
            content = await add_content(tx, user)

        async def release_once() -> int:
            async with ledger.begin() as tx:
                return len(await release(tx, content))

        assert sorted(await asyncio.gather(*(release_once() for _ in range(4)))) == [0, 0, 0, 5]
        async with ledger.begin() as tx:
            assert len(await tx.deliveries.of_contents([content.id])) == 5

    async def test_content_edited_since_it_was_read_is_not_released(self, ledger: SqlLedger, clock: MemoryClock) -> None:
        async with ledger.begin() as tx:
            user = await add_user(tx)
            await add_account(tx, user)
            as_read = await add_content(tx, user)
        clock.advance(timedelta(seconds=1))
        async with ledger.begin() as tx:
            assert await tx.contents.save_unreleased(evolve(as_read, body="Better words", updated_at=tx.now), was=as_read)
        async with ledger.begin() as tx:
            assert await release(tx, as_read) == ()
            stored = await tx.contents.get(as_read.id)
        assert stored is not None
        assert (stored.body, stored.selected_at) == ("Better words", None)

    async def test_many_accounts_are_selected_at_once(self, ledger: SqlLedger) -> None:
        async with ledger.begin() as tx:
            user = await add_user(tx)
            for _ in range(600):
                await add_account(tx, user)
            assert len(set(await release(tx, await add_content(tx, user)))) == 600

    async def test_a_duplicate_leaves_the_transaction_usable(self, ledger: SqlLedger) -> None:
        first, second = await add_deliveries(ledger, contents=2)
        claimed = {delivery.id: delivery for delivery in await claim(ledger)}
        async with ledger.begin() as tx:
            assert await tx.deliveries.save(_published(claimed[first], "post-1"), was=claimed[first])
            with pytest.raises(DuplicateError):
                await tx.deliveries.save(_published(claimed[second], "post-1"), was=claimed[second])
            assert await tx.deliveries.save(_published(claimed[second], "post-2"), was=claimed[second])
        async with ledger.begin() as tx:
            stored = [await tx.deliveries.get(delivery_id) for delivery_id in (first, second)]
        assert [delivery and delivery.external_post_id for delivery in stored] == ["post-1", "post-2"]

    async def test_an_exception_takes_everything_back(self, ledger: SqlLedger) -> None:
        async def fail() -> None:
            async with ledger.begin() as tx:
                await add_user(tx)
                raise RuntimeError("enough")

        with pytest.raises(RuntimeError, match="enough"):
            await fail()
        async with ledger.begin() as tx:
            assert len(await tx.users.ids(100)) == 0

    async def test_a_canceled_task_holds_nothing_up(self, ledger: SqlLedger) -> None:
        inside = asyncio.Event()

        async def hang() -> None:
            async with ledger.begin() as tx:
                await add_user(tx)
                inside.set()
                await asyncio.Event().wait()

        task = asyncio.create_task(hang())
        await inside.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        async with asyncio.timeout(10), ledger.begin() as tx:
            assert len(await tx.users.ids(100)) == 0

    async def test_tasks_canceled_anywhere_hold_nothing_up(self, ledger: SqlLedger) -> None:
        async def beat(number: int) -> None:
            async with ledger.begin() as tx:
                await tx.workers.beat(f"worker-{number}")

        for turns in range(40):
            task = asyncio.create_task(beat(turns))
            for _ in range(turns):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        async with asyncio.timeout(10):
            await asyncio.gather(*(beat(number) for number in range(20)))

    async def test_every_field_of_a_delivery_comes_back(self, ledger: SqlLedger, clock: MemoryClock) -> None:
        await add_deliveries(ledger)
        (was,) = await claim(ledger)
        berlin = timezone(timedelta(hours=1))
        full = evolve(
            was,
            status=DeliveryStatus.RETRIED,
            attempts=3,
            handles={"upload": {"offset": 4_000_000_000, "parts": ["é\u2028", None, 1.5]}},
            post=gate_request(was).post,
            payload_hash="b" * 64,
            fingerprint="c" * 64,
            committing_at=datetime(2026, 11, 23, 13, 0, 0, 1, tzinfo=berlin),
            ask_after=datetime(9999, 1, 1, tzinfo=UTC),
            wait_reason="twin",
            last_error=Failure(kind=FailureKind.RATE_LIMITED, message="slow", code="4", wait=timedelta(microseconds=1_500_001)),
            permalink="https://example.org/1",
            finished_at=clock.now(),
        )
        async with ledger.begin() as tx:
            assert await tx.deliveries.save(full, was=was)
        async with ledger.begin() as tx:
            assert await tx.deliveries.get(was.id) == full

    async def test_a_naive_time_is_refused(self, ledger: SqlLedger) -> None:
        await add_deliveries(ledger)
        (was,) = await claim(ledger)
        naive = datetime(2026, 1, 1)  # noqa: DTZ001 - what is refused
        with pytest.raises(StatementError, match="aware times only"):
            async with ledger.begin() as tx:
                await tx.deliveries.save(evolve(was, due_at=naive), was=was)

    @pytest.mark.parametrize(
        "broken",
        [
            "UPDATE deliveries SET status = 'lost'",
            "UPDATE deliveries SET phase = 'thinking'",
            "UPDATE social_accounts SET status = 'fine'",
            "UPDATE contents SET visibility = 'everybody'",
            "DELETE FROM social_accounts",
            "DELETE FROM contents",
            "DELETE FROM users",
        ],
    )
    async def test_the_schema_refuses_what_makes_no_sense(self, ledger: SqlLedger, broken: str) -> None:
        await add_deliveries(ledger)
        with pytest.raises(IntegrityError):
            async with ledger.engine.begin() as connection:
                await connection.execute(text(broken))

    async def test_parameters_stay_out_of_errors(self, ledger: SqlLedger) -> None:
        (delivery_id,) = await add_deliveries(ledger)
        broken_row = deliveries.update().where(deliveries.c.id == delivery_id).values(status="lost", permalink="for few eyes")
        with pytest.raises(IntegrityError) as broken:
            async with ledger.engine.begin() as connection:
                await connection.execute(broken_row)
        assert "for few eyes" not in str(broken.value).partition("DETAIL")[0]

    @staticmethod
    async def _open(ledger: SqlLedger, delivery: Delivery, fingerprint: str = "f" * 64) -> Gate:
        async with ledger.begin() as tx:
            return await tx.commits.open_gate(gate_request(delivery, fingerprint=fingerprint))


def _published(delivery: Delivery, post_id: str) -> Delivery:
    return evolve(delivery, status=DeliveryStatus.SUCCESS, due_at=None, external_post_id=post_id)


async def _together(database_url: str, programs: list[list[str]]) -> list[str]:
    """What these programs of this folder print, all run at once on that database, and none complaining."""
    started = [
        await asyncio.create_subprocess_exec(
            sys.executable,
            str(Path(__file__).with_name(name)),
            database_url,
            *arguments,
            env={"PYTHONPATH": str(_ROOT / "src")},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for name, *arguments in programs
    ]
    said = [await process.communicate() for process in started]
    assert [complaint.decode() for _, complaint in said] == [""] * len(programs)
    return [answer.decode() for answer, _ in said]

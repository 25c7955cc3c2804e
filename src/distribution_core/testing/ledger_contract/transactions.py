"""Transactions: all or nothing, one time, usable after a refused write."""

import asyncio
from datetime import timedelta

import pytest
from attrs import evolve

from distribution_core.domain.account import User
from distribution_core.domain.delivery import DeliveryStatus
from distribution_core.ports.ledger import DuplicateError, Ledger
from distribution_core.testing.ledger_contract.scene import Scene
from distribution_core.testing.memory_clock import MemoryClock


class _InterruptedError(Exception):
    """What breaks a transaction off."""


class TransactionsContract:
    pytestmark = pytest.mark.anyio

    async def test_a_transaction_has_the_ledgers_time(self, ledger: Ledger, clock: MemoryClock) -> None:
        async with ledger.begin() as tx:
            assert tx.now == clock.now()
            assert tx.now.utcoffset() == timedelta()
        clock.advance(timedelta(hours=1))
        async with ledger.begin() as tx:
            assert tx.now == clock.now()

    async def test_an_exception_undoes_everything(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        user = await scene.user()
        account = await scene.account(user)
        delivery = await scene.delivery(account)
        content = scene.new_content(user)
        newcomer = User(id=scene.new_id(), email="new@example.com", created_at=clock.now())

        async def break_off() -> None:
            async with ledger.begin() as tx:
                await tx.users.add(newcomer)
                await tx.contents.add(content)
                await tx.accounts.put(evolve(account, display_name="Changed"))
                await tx.deliveries.claim("worker-1", limit=1, lease=timedelta(minutes=1))
                await tx.workers.beat("worker-1")
                assert await tx.users.get(newcomer.id) == newcomer, "it sees its own writes"
                raise _InterruptedError

        with pytest.raises(_InterruptedError):
            await break_off()
        async with ledger.begin() as tx:
            assert await tx.users.get(newcomer.id) is None
            assert await tx.contents.get(content.id) is None
            assert await tx.accounts.get(account.id) == account
            assert await tx.deliveries.get(delivery.id) == delivery
            assert (await tx.workers.stats()).last_poll_age_s is None

    async def test_a_canceled_task_leaves_nothing(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        user = await scene.user()
        content, written = scene.new_content(user), asyncio.Event()

        async def write_and_hang() -> None:
            async with ledger.begin() as tx:
                await tx.contents.add(content)
                written.set()
                await asyncio.Event().wait()

        task = asyncio.ensure_future(write_and_hang())
        await written.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        async with ledger.begin() as tx:
            assert await tx.contents.get(content.id) is None

    async def test_others_see_nothing_before_the_commit(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        user = await scene.user()
        first, second = scene.new_content(user), scene.new_content(user)
        written, seen = asyncio.Event(), []

        async def write() -> None:
            async with ledger.begin() as tx:
                await tx.contents.add(first)
                written.set()
                await asyncio.sleep(0)
                await tx.contents.add(second)

        async def read() -> None:
            await written.wait()
            async with ledger.begin() as tx:
                seen.append(len(await tx.contents.recent(user.id, 10)))

        await asyncio.gather(write(), read())
        assert seen[0] in (0, 2), "both or neither"

    async def test_a_refused_write_leaves_the_transaction_usable(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        user = await scene.user("taken@example.com")
        grant = await scene.grant(user)
        account = await scene.account(user, grant)
        posted, waiting = await scene.delivery(account), await scene.delivery(account)
        await scene.save(posted, status=DeliveryStatus.SUCCESS, external_post_id="1")
        content = scene.new_content(user)
        async with ledger.begin() as tx:
            with pytest.raises(DuplicateError):
                await tx.users.add(evolve(user, id=scene.new_id()))
            with pytest.raises(DuplicateError):
                await tx.grants.add(evolve(grant, id=scene.new_id()))
            with pytest.raises(DuplicateError):
                await tx.accounts.put(evolve(account, id=scene.new_id()))
            with pytest.raises(DuplicateError):
                await tx.deliveries.save(evolve(waiting, external_post_id="1"), was=waiting)
            await tx.contents.add(content)
        async with ledger.begin() as tx:
            assert await tx.contents.get(content.id) == content
            assert len(await tx.users.ids(100)) == 1

    async def test_concurrent_increments_all_count(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        users = await asyncio.gather(*(scene.user() for _ in range(12)))
        async with ledger.begin() as tx:
            assert len(await tx.users.ids(100)) == len({user.id for user in users}) == 12

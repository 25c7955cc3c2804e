"""A handle that is a secret: sealed in the ledger, in the clear for the adapter, in whichever process goes on."""

from typing import Any

import pytest
from attrs import evolve

from distribution_core.domain.outcome import Ready, Refusal, Unavailable
from distribution_core.domain.secret import Secret
from distribution_core.ports.platform import Journal, PublishJob
from distribution_core.testing.fake_platform import lost
from tests.usecases.conftest import House

pytestmark = pytest.mark.anyio
ADDRESS = "https://upload.example/?token=whoever-has-this-may-post"


def _with_address(house: House, seen: list[Any]) -> None:
    """The platform gives a secret address in its first prepare, and is out of order after that."""
    adapter = house.fakes["alpha"].adapter

    async def prepare(job: PublishJob, journal: Journal) -> Ready | Refusal:
        seen.append(journal.handles.get("address"))
        if "address" not in journal.handles:
            await journal.record(address=Secret(ADDRESS), draft="d1")
            return Unavailable(message="later")
        return Ready()

    adapter.prepare = prepare  # type: ignore[method-assign]


async def test_a_secret_handle_is_sealed_in_the_ledger_and_open_for_the_adapter(house: House) -> None:
    await house.link("alpha", "s", "a1")
    seen: list[Any] = []
    _with_address(house, seen)
    [delivery] = await house.release()
    await house.round()
    stored = (await house.delivery(delivery.id)).handles
    assert stored["draft"] == "d1"
    assert "whoever-has-this" not in repr(stored)
    assert set(stored["address"]) == {"sealed"}
    given: list[Any] = []
    commit, reconcile = house.fakes["alpha"].adapter.commit, house.fakes["alpha"].adapter.reconcile

    async def committing(job: PublishJob, handles: Any) -> Any:
        given.append(handles["address"])
        return await commit(job, handles)

    async def asking(job: PublishJob, handles: Any) -> Any:
        given.append(handles["address"])
        return await reconcile(job, handles)

    house.fakes["alpha"].adapter.commit = committing  # type: ignore[method-assign]
    house.fakes["alpha"].adapter.reconcile = asking  # type: ignore[method-assign]
    house.fakes["alpha"].adapter.commits.append(lost(effect=True))
    await house.until_quiet()
    assert seen == [None, Secret(ADDRESS)]
    assert given == [Secret(ADDRESS), Secret(ADDRESS)]
    assert (await house.delivery(delivery.id)).status == "success"


async def test_a_handle_sealed_for_another_delivery_does_not_open(house: House) -> None:
    await house.link("alpha", "s", "a1")
    seen: list[Any] = []
    _with_address(house, seen)
    [first] = await house.release("one")
    await house.round()
    [second] = await house.release("two")
    async with house.ctx.ledger.begin() as tx:
        was = await tx.deliveries.get(second.id)
        held = await tx.deliveries.get(first.id)
        assert was is not None
        assert held is not None
        assert await tx.deliveries.save(evolve(was, handles=held.handles), was=was)
    seen.clear()
    await house.round()
    assert seen[-1] is None

"""What nobody could confirm is asked about again, by its person or because the platform calls; only proof moves it."""

import pytest

from distribution_core.domain.delivery import Delivery, DeliveryStatus
from distribution_core.domain.errors import ConflictError, NotFoundError
from distribution_core.domain.outcome import Absent, Published, Unknown
from distribution_core.ports.notices import Notice
from distribution_core.testing.fake_platform import lost
from distribution_core.usecases.ask_again import ask_again, heed
from tests.usecases.conftest import House

pytestmark = pytest.mark.anyio


async def _unconfirmed(house: House, *, effect: bool = True) -> Delivery:
    await house.link("alpha", "ada", "one")
    adapter = house.fakes["alpha"].adapter
    adapter.commits.append(lost(effect=effect))
    adapter.findings.append(Unknown(message="Nobody can tell."))
    (delivery,) = await house.release()
    await house.until_quiet(hours=1)
    found = await house.delivery(delivery.id)
    assert found.is_unconfirmed
    return found


async def test_proof_makes_it_a_success_and_sends_nothing(house: House) -> None:
    delivery = await _unconfirmed(house)
    calls = len(house.fakes["alpha"].adapter.calls)
    proven = await ask_again(house.ctx, house.user_id, delivery.id)
    assert (proven.status, proven.external_post_id) == (DeliveryStatus.SUCCESS, f"post-draft-{delivery.id}")
    assert house.fakes["alpha"].adapter.calls[calls:] == ["reconcile"]
    assert house.fakes["alpha"].adapter.visible("one") == 1
    with pytest.raises(ConflictError) as refused:
        await ask_again(house.ctx, house.user_id, delivery.id)
    assert refused.value.code == "not_unconfirmed"


@pytest.mark.parametrize("finding", [Unknown(message="Still not."), Absent()])
async def test_what_proves_nothing_changes_nothing(house: House, finding: Unknown | Absent) -> None:
    delivery = await _unconfirmed(house, effect=False)
    house.fakes["alpha"].adapter.findings.append(finding)
    with pytest.raises(ConflictError) as refused:
        await ask_again(house.ctx, house.user_id, delivery.id)
    assert refused.value.code == "still_unknown"
    assert await house.delivery(delivery.id) == delivery
    assert house.fakes["alpha"].adapter.visible("one") == 0


async def test_anothers_likeness_is_no_proof_where_a_twin_is_in_doubt(house: House) -> None:
    first = await _unconfirmed(house)
    adapter = house.fakes["alpha"].adapter
    adapter.commits.append(lost(effect=True))
    adapter.findings.append(Unknown(message="Nobody can tell."))
    await house.release()
    await house.until_quiet(hours=1)
    adapter.findings.append(house.found(f"post-draft-{first.id}", by_likeness=True))
    with pytest.raises(ConflictError):
        await ask_again(house.ctx, house.user_id, first.id)
    assert (await house.delivery(first.id)).is_unconfirmed


async def test_somebody_elses_is_not_there(house: House) -> None:
    delivery = await _unconfirmed(house)
    with pytest.raises(NotFoundError):
        await ask_again(house.ctx, house.ctx.new_id(), delivery.id)


async def test_a_platforms_call_is_a_reason_to_ask_about_just_that_post(house: House) -> None:
    delivery = await _unconfirmed(house)
    draft = f"draft-{delivery.id}"
    assert await heed(house.ctx, "alpha", Notice(external_account_id="one", handles={"draft": "another"})) == 0
    assert await heed(house.ctx, "alpha", Notice(external_account_id="two", handles={"draft": draft})) == 0
    assert await heed(house.ctx, "beta", Notice(external_account_id="one", handles={"draft": draft})) == 0
    assert (await house.delivery(delivery.id)).is_unconfirmed
    assert await heed(house.ctx, "alpha", Notice(external_account_id="one", handles={"draft": draft})) == 1
    assert await heed(house.ctx, "alpha", Notice(external_account_id="one", handles={"draft": draft})) == 0, "told twice is once"
    settled = await house.delivery(delivery.id)
    assert settled.status is DeliveryStatus.SUCCESS
    assert isinstance(settled.external_post_id, str)
    assert Published(external_post_id=settled.external_post_id)

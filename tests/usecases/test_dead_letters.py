"""Dead letters: found by reason and platform, sent again one, many or all, and never one that may be posted."""

from uuid import UUID, uuid4

import pytest
from attrs import evolve

from distribution_core.domain.audit import AuditAction
from distribution_core.domain.delivery import Delivery, DeliveryStatus
from distribution_core.domain.errors import InvalidInputError
from distribution_core.domain.outcome import FailureKind, Rejected, Unknown
from distribution_core.domain.secret import Secret
from distribution_core.ports.dead_letters import DeadLetterCount, DeadLetterFilter
from distribution_core.testing.fake_platform import lost
from distribution_core.usecases.dead_letters import count_dead_letters, dead_letter_owners, dead_letters
from distribution_core.usecases.redrive import redrive_all, redrive_chosen
from distribution_core.usecases.sign_in import add_user
from distribution_core.usecases.toggle_account import toggle_account
from tests.usecases.conftest import House

pytestmark = pytest.mark.anyio
ALL = DeadLetterFilter()


async def rejected(house: House, platform: str, *names: str, content: bool = True) -> list[Delivery]:
    """Deliveries of one content, one for each name, that the platform turned down."""
    await house.link(platform, f"{platform}-{names[0]}", *names)
    accounts = {account.id for account in (await house.accounts()).values() if account.external_account_id in names}
    house.fakes[platform].adapter.commits.extend([Rejected(message="No.", code="R1", content=content)] * len(names))
    made = await house.release()
    await house.round()
    await house.until_quiet(hours=1)
    return [await house.delivery(each.id) for each in made if each.social_account_id in accounts]


async def unconfirmed(house: House, name: str) -> Delivery:
    await house.link("beta", name, name)
    adapter = house.fakes["beta"].adapter
    adapter.commits.append(lost(effect=True))
    adapter.findings.append(Unknown(message="nobody can tell"))
    (delivery,) = await house.release()
    await house.until_quiet(hours=1)
    return await house.delivery(delivery.id)


async def audited(house: House, delivery_id: UUID, action: AuditAction) -> list[dict[str, object]]:
    async with house.ctx.ledger.begin() as tx:
        return [dict(entry.detail) for entry in await tx.audit.of_subject(delivery_id) if entry.action is action]


async def test_they_are_listed_and_counted_by_reason_and_platform(house: House) -> None:
    doubtful = await unconfirmed(house, "doubt")
    first, second = sorted(await rejected(house, "alpha", "one", "two"), key=lambda each: each.id)
    page = await dead_letters(house.ctx, house.user_id, ALL, limit=2)
    assert (page.deliveries, page.next_before) == ((second, first), first.id)
    rest = await dead_letters(house.ctx, house.user_id, ALL, limit=2, before=page.next_before)
    assert (rest.deliveries, rest.next_before) == ((doubtful,), None)
    assert page.accounts[first.social_account_id].external_account_id == "one"
    only = await dead_letters(house.ctx, house.user_id, DeadLetterFilter(kind=FailureKind.UNCONFIRMED))
    assert only.deliveries == (doubtful,)
    assert (await dead_letters(house.ctx, uuid4(), ALL)).deliveries == ()
    assert list(await count_dead_letters(house.ctx, house.user_id)) == [
        DeadLetterCount(platform="alpha", kind=FailureKind.REJECTED_CONTENT, number=2),
        DeadLetterCount(platform="beta", kind=FailureKind.UNCONFIRMED, number=1),
    ]
    with pytest.raises(InvalidInputError, match="there are: alpha, beta"):
        await dead_letters(house.ctx, house.user_id, DeadLetterFilter(platform="gamma"))


async def test_all_are_sent_again_but_the_unconfirmed_and_the_reason_is_kept(house: House) -> None:
    doubtful = await unconfirmed(house, "doubt")
    made = await rejected(house, "alpha", "one", "two", "three")
    house = evolve_limits(house, batch_max=2)
    done = await redrive_all(house.ctx, house.user_id, ALL)
    assert {each.id for each in done.again} == {each.id for each in made}
    assert [(each.id, "look at the platform" in why.lower()) for each, why in done.skipped] == [(doubtful.id, True)]
    assert done.next_before is None
    await house.until_quiet(hours=1)
    for delivery in made:
        after = await house.delivery(delivery.id)
        assert (after.status, after.last_error) == (DeliveryStatus.SUCCESS, None)
        (entry,) = await audited(house, delivery.id, AuditAction.POST_REDRIVEN)
        assert entry["error"] == {"kind": "rejected_content", "code": "R1", "message": "No."}
        async with house.ctx.ledger.begin() as tx:
            attempts = await tx.attempts.of_delivery(delivery.id)
        assert [each.error.code for each in attempts if each.error] == ["R1"]
        assert attempts[-1].outcome == "published"
    assert await house.delivery(doubtful.id) == doubtful
    assert house.fakes["beta"].adapter.timeline.count(("doubt", f"post-draft-{doubtful.id}")) == 1


async def test_one_call_does_so_many_and_says_where_to_go_on(house: House) -> None:
    made = await rejected(house, "alpha", *(f"page-{number}" for number in range(5)))
    house = evolve_limits(house, batch_max=2, redrive_max=3)
    first = await redrive_all(house.ctx, house.user_id, ALL)
    assert len(first.again) == 3
    assert first.next_before == first.again[-1].id
    second = await redrive_all(house.ctx, house.user_id, ALL, before=first.next_before)
    assert (len(second.again), second.next_before) == (2, None)
    assert {each.id for each in (*first.again, *second.again)} == {each.id for each in made}
    with pytest.raises(InvalidInputError, match="At most 3"):
        await redrive_chosen(house.ctx, house.user_id, [each.id for each in made])


async def test_a_filter_leaves_the_others_alone(house: House) -> None:
    (content,) = await rejected(house, "alpha", "one")
    await toggle_account(house.ctx, house.user_id, content.social_account_id, is_active=False)
    (refused,) = await rejected(house, "beta", "two", content=False)
    done = await redrive_all(house.ctx, house.user_id, DeadLetterFilter(kind=FailureKind.REFUSED))
    assert [each.id for each in done.again] == [refused.id]
    assert (await redrive_all(house.ctx, house.user_id, DeadLetterFilter(platform="beta"))).again == ()
    off = await redrive_all(house.ctx, house.user_id, DeadLetterFilter(platform="alpha"))
    assert [(each.id, why) for each, why in off.skipped] == [(content.id, "This account is switched off.")]
    with pytest.raises(InvalidInputError):
        await redrive_all(house.ctx, house.user_id, DeadLetterFilter(platform="gamma"))


async def test_everybodys_are_reached_page_by_page_while_they_are_sent_again(house: House) -> None:
    users = [house.user_id]
    doubtful = await unconfirmed(house, "doubt")
    for name in ("one", "without", "three"):
        house.clock.advance(1)
        house.user_id = (await add_user(house.ctx, f"{name}@example.com", Secret("a password for tests"))).id
        users.append(house.user_id)
        if name != "without":
            await rejected(house, "alpha", name)
    house = evolve_limits(house, activity_page_max=1)
    met = []
    async for owner in dead_letter_owners(house.ctx):
        done = await redrive_all(house.ctx, owner.id, ALL)
        met.append((owner.id, len(done.again), len(done.skipped)))
    assert met == [(users[0], 0, 1), (users[1], 1, 0), (users[3], 1, 0)]
    assert [owner.id async for owner in dead_letter_owners(house.ctx)] == [users[0]]
    assert await house.delivery(doubtful.id) == doubtful


async def test_many_are_sent_again_by_id(house: House) -> None:
    one, two = await rejected(house, "alpha", "one", "two")
    stranger = uuid4()
    done = await redrive_chosen(house.ctx, house.user_id, [two.id, stranger, two.id])
    assert ([each.id for each in done.again], done.missing) == ([two.id], (stranger,))
    assert (await house.delivery(one.id)).status is DeliveryStatus.FAILED
    again = await redrive_chosen(house.ctx, house.user_id, [two.id])
    assert (again.again, again.missing) == ((), (two.id,)), "it is no dead letter any more"
    assert (await redrive_chosen(house.ctx, uuid4(), [one.id])).missing == (one.id,)


def evolve_limits(house: House, **limits: int) -> House:
    house.ctx = evolve(house.ctx, limits=evolve(house.ctx.limits, **limits))
    return house

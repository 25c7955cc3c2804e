"""Delivery -> publication, with faults at every step: at most one visible post, and never a lost one."""

from datetime import timedelta

import pytest
from attrs import evolve

from distribution_core.domain.account import AccountStatus
from distribution_core.domain.audit import AuditAction
from distribution_core.domain.delivery import DeliveryStatus, Phase
from distribution_core.domain.outcome import (
    AuthLost,
    FailureKind,
    Processing,
    Published,
    Refuted,
    Rejected,
    Throttled,
    Unavailable,
    Unknown,
)
from distribution_core.domain.secret import Secret
from distribution_core.ports.platform import Refreshed, RefreshRefused, Tokens
from distribution_core.testing.fake_platform import lost
from distribution_core.usecases.publish_delivery import claim_batch, publish
from distribution_core.usecases.select_accounts import release_due
from distribution_core.usecases.toggle_account import toggle_account, unlink_account
from tests.usecases.conftest import House

pytestmark = pytest.mark.anyio


async def test_every_active_account_gets_it_once(house: House) -> None:
    await house.link("alpha", "ada", "one", "two")
    await house.link("beta", "ada", "three")
    deliveries = await house.release()
    assert [delivery.status for delivery in deliveries] == [DeliveryStatus.PENDING] * 3
    await house.round()
    await house.round()
    assert house.fakes["alpha"].adapter.visible("one") == 1
    assert house.fakes["alpha"].adapter.visible("two") == 1
    assert house.fakes["beta"].adapter.visible("three") == 1
    done = await house.deliveries(deliveries[0].content_id)
    assert {delivery.status for delivery in done} == {DeliveryStatus.SUCCESS}
    assert all(delivery.attempts == 1 and delivery.permalink and delivery.external_post_id for delivery in done)


async def test_a_repeated_selection_adds_nobody(house: House) -> None:
    await house.link("alpha", "ada", "one")
    deliveries = await house.release()
    assert await release_due(house.ctx) == 0
    assert await house.deliveries(deliveries[0].content_id) == deliveries


@pytest.mark.parametrize("effect", [True, False])
async def test_a_lost_answer_is_asked_about_before_anything_is_sent_again(house: House, effect: bool) -> None:
    await house.link("alpha", "ada", "one")
    adapter = house.fakes["alpha"].adapter
    adapter.commits.append(lost(effect=effect))
    (delivery,) = await house.release()
    await house.round()
    waiting = await house.delivery(delivery.id)
    assert (waiting.phase, waiting.wait_reason) == (Phase.COMMITTING, "confirming")
    assert await house.round() == [], "it must not be asked before the call's deadline and the settling time"
    await house.until_quiet(hours=0.2)
    assert adapter.visible("one") == 1
    assert (await house.delivery(delivery.id)).status is DeliveryStatus.SUCCESS
    assert adapter.calls.count("commit") == (1 if effect else 2)
    assert adapter.calls.index("reconcile") < len(adapter.calls) - adapter.calls[::-1].index("commit") or effect


async def test_what_nobody_can_tell_is_left_to_the_user(house: House) -> None:
    await house.link("alpha", "ada", "one")
    adapter = house.fakes["alpha"].adapter
    adapter.commits.append(lost(effect=True))
    adapter.findings.append(Unknown(message="nothing was found, which proves nothing"))
    (delivery,) = await house.release()
    await house.until_quiet(hours=1)
    after = await house.delivery(delivery.id)
    assert after.is_unconfirmed
    assert after.due_at is None
    assert adapter.calls.count("commit") == 1


async def test_transient_faults_are_retried_within_the_policy(house: House) -> None:
    await house.link("alpha", "ada", "one")
    adapter = house.fakes["alpha"].adapter
    adapter.prepares.extend([Unavailable(message="busy", code="500")] * 4)
    (delivery,) = await house.release()
    await house.until_quiet(hours=2)
    after = await house.delivery(delivery.id)
    assert (after.status, after.attempts) == (DeliveryStatus.SUCCESS, 5)


async def test_five_failures_are_enough(house: House) -> None:
    await house.link("alpha", "ada", "one")
    adapter = house.fakes["alpha"].adapter
    adapter.prepares.extend([Unavailable(message="busy", code="500")] * 9)
    (delivery,) = await house.release()
    await house.until_quiet(hours=2)
    after = await house.delivery(delivery.id)
    assert (after.status, after.attempts) == (DeliveryStatus.FAILED, 5)
    assert after.last_error is not None
    assert after.last_error.kind is FailureKind.TRANSIENT
    assert adapter.visible("one") == 0


async def test_a_rate_limit_waits_as_long_as_it_says_and_costs_nothing(house: House) -> None:
    await house.link("alpha", "ada", "one")
    adapter = house.fakes["alpha"].adapter
    adapter.commits.append(Throttled(message="slow down", code="429", wait=timedelta(minutes=7)))
    (delivery,) = await house.release()
    began = house.clock.at
    await house.round()
    waiting = await house.delivery(delivery.id)
    assert (waiting.attempts, waiting.phase) == (0, Phase.IDLE)
    assert waiting.due_at is not None
    assert waiting.due_at >= began + timedelta(minutes=7)
    await house.until_quiet(hours=1)
    assert (await house.delivery(delivery.id)).status is DeliveryStatus.SUCCESS


async def test_rejected_content_fails_at_once(house: House) -> None:
    await house.link("alpha", "ada", "one")
    house.fakes["alpha"].adapter.commits.append(Rejected(message="No spam.", code="368"))
    (delivery,) = await house.release()
    await house.round()
    after = await house.delivery(delivery.id)
    assert (after.status, after.due_at) == (DeliveryStatus.FAILED, None)
    assert after.last_error is not None
    assert after.last_error.kind is FailureKind.REJECTED_CONTENT


async def test_processing_is_polled_and_never_prepared_again(house: House) -> None:
    await house.link("alpha", "ada", "one")
    adapter = house.fakes["alpha"].adapter
    accepted = Processing(poll_after=timedelta(seconds=30), handles={"publish_id": "p1"})
    adapter.commits.append((True, accepted))
    adapter.findings.extend([accepted, accepted])
    (delivery,) = await house.release()
    await house.round()
    during = await house.delivery(delivery.id)
    assert (during.status, during.phase, during.handles["publish_id"]) == (DeliveryStatus.PENDING, Phase.PROCESSING, "p1")
    await house.until_quiet(hours=0.3)
    after = await house.delivery(delivery.id)
    assert (after.status, after.attempts) == (DeliveryStatus.SUCCESS, 1)
    assert adapter.calls == ["prepare", "commit", "reconcile", "reconcile", "reconcile"]


async def test_a_refuted_post_starts_afresh(house: House) -> None:
    await house.link("alpha", "ada", "one")
    adapter = house.fakes["alpha"].adapter
    adapter.commits.append(Processing(poll_after=timedelta(seconds=5), handles={"publish_id": "p1"}))
    adapter.findings.append(Refuted(refusal=Unavailable(message="internal", code="internal")))
    (delivery,) = await house.release()
    await house.until_quiet(hours=0.5)
    after = await house.delivery(delivery.id)
    assert after.status is DeliveryStatus.SUCCESS
    assert "publish_id" not in after.handles
    assert adapter.visible("one") == 1


async def test_a_late_worker_changes_nothing_but_its_answer_is_heard(house: House) -> None:
    """The first worker's commit takes longer than its lease: the second reads its late answer and posts nothing."""
    await house.link("alpha", "ada", "one")
    adapter = house.fakes["alpha"].adapter
    (delivery,) = await house.release()
    (first,) = await claim_batch(house.ctx, "w1", 1)
    original = adapter.commit

    async def slow(job, handles):  # type: ignore[no-untyped-def]
        house.clock.advance(600)
        adapter.findings.append(Unknown(message="can't tell yet"))
        (second,) = await claim_batch(house.ctx, "w2", 1)
        await publish(house.ctx, "w2", second)
        return await original(job, handles)

    adapter.commit = slow  # type: ignore[method-assign]
    assert await publish(house.ctx, "w1", first) is None
    after = await house.delivery(delivery.id)
    assert after.status is DeliveryStatus.SUCCESS, "the late answer is proof"
    assert adapter.visible("one") == 1


async def test_switching_off_stops_what_is_not_yet_being_sent(house: House) -> None:
    await house.link("alpha", "ada", "one")
    (delivery,) = await house.release()
    account = (await house.accounts())["one"]
    toggled = await toggle_account(house.ctx, house.user_id, account.id, is_active=False)
    assert (toggled.stopped, toggled.being_sent) == (1, 0)
    await house.round()
    assert (await house.delivery(delivery.id)).status is DeliveryStatus.CANCELED
    assert house.fakes["alpha"].adapter.visible("one") == 0


async def test_the_gate_sees_a_switch_that_was_turned_during_prepare(house: House) -> None:
    await house.link("alpha", "ada", "one")
    (delivery,) = await house.release()
    account = (await house.accounts())["one"]
    adapter = house.fakes["alpha"].adapter
    original = adapter.prepare

    async def prepare(job, journal):  # type: ignore[no-untyped-def]
        ready = await original(job, journal)
        async with house.ctx.ledger.begin() as tx:
            await tx.accounts.put(evolve(account, is_active=False))
        return ready

    adapter.prepare = prepare  # type: ignore[method-assign]
    await house.round()
    after = await house.delivery(delivery.id)
    assert after.status is DeliveryStatus.CANCELED
    assert after.last_error is not None
    assert after.last_error.code == "switched_off"
    assert "commit" not in adapter.calls


async def test_unlinking_keeps_the_token_until_what_is_being_sent_is_answered(house: House) -> None:
    await house.link("alpha", "ada", "one")
    fake = house.fakes["alpha"]
    fake.adapter.commits.append((True, Processing(poll_after=timedelta(seconds=5))))
    (delivery,) = await house.release()
    await house.round()
    account = (await house.accounts())["one"]
    unlinked = await unlink_account(house.ctx, house.user_id, account.id)
    assert unlinked.being_sent == 1
    assert fake.authorizer.revoked == []
    await house.until_quiet(hours=0.1)
    assert (await house.delivery(delivery.id)).status is DeliveryStatus.SUCCESS
    assert fake.authorizer.revoked == ["ada"]
    assert (await house.accounts())["one"].grant_id is None


async def test_a_refused_token_is_refreshed_once_and_the_same_step_repeated(house: House) -> None:
    await house.link("alpha", "ada", "one")
    fake = house.fakes["alpha"]
    fake.adapter.prepares.append(AuthLost(message="token expired", code="190"))
    fake.authorizer.refreshes.append(
        Refreshed(tokens=Tokens(access=Secret("access-2"), refresh=Secret("refresh-2"), access_lifetime=timedelta(hours=2)))
    )
    (delivery,) = await house.release()
    await house.round()
    assert (await house.delivery(delivery.id)).status is DeliveryStatus.SUCCESS
    assert fake.adapter.tokens_seen == [Secret("access-1"), Secret("access-2")]
    assert fake.authorizer.refresh_count == 1


async def test_a_lost_account_parks_its_deliveries_until_it_is_linked_again(house: House) -> None:
    await house.link("alpha", "ada", "one")
    fake = house.fakes["alpha"]
    fake.adapter.prepares.append(AuthLost(message="token expired", code="190"))
    fake.authorizer.refreshes.append(RefreshRefused(message="invalid_grant"))
    (delivery,) = await house.release()
    await house.round()
    parked = await house.delivery(delivery.id)
    assert (parked.status, parked.wait_reason, parked.attempts) == (DeliveryStatus.RETRIED, "needs_reconnect", 0)
    assert (await house.accounts())["one"].status is AccountStatus.REVOKED
    await house.link("alpha", "ada", "one")
    await house.round()
    assert (await house.delivery(delivery.id)).status is DeliveryStatus.SUCCESS
    assert fake.adapter.visible("one") == 1


async def test_a_parked_delivery_becomes_a_dead_letter_after_a_day(house: House) -> None:
    await house.link("alpha", "ada", "one")
    house.fakes["alpha"].adapter.prepares.append(AuthLost(message="revoked", code="190", refreshable=False))
    (delivery,) = await house.release()
    await house.until_quiet(hours=23)
    assert (await house.delivery(delivery.id)).status is DeliveryStatus.RETRIED
    await house.until_quiet(hours=2)
    after = await house.delivery(delivery.id)
    assert after.status is DeliveryStatus.FAILED
    assert after.last_error is not None
    assert after.last_error.kind is FailureKind.NEEDS_RECONNECT


async def test_twins_wait_for_each_other(house: House) -> None:
    """The same words to the same place, twice: while one is unanswered, adopting either would be a guess."""
    await house.link("alpha", "ada", "one")
    adapter = house.fakes["alpha"].adapter
    adapter.commits.append(lost(effect=True))
    (first,) = await house.release("Same words")
    await house.round()
    (second,) = await house.release("Same words")
    await house.round()
    waiting = await house.delivery(second.id)
    assert (waiting.phase, waiting.wait_reason) == (Phase.IDLE, "twin")
    await house.until_quiet(hours=0.3)
    assert {(await house.delivery(item.id)).status for item in (first, second)} == {DeliveryStatus.SUCCESS}
    assert adapter.visible("one") == 2


async def test_a_post_that_another_delivery_holds_is_never_adopted(house: House) -> None:
    await house.link("alpha", "ada", "one")
    adapter = house.fakes["alpha"].adapter
    adapter.commits.extend([Published(external_post_id="same"), Published(external_post_id="same")])
    (first,) = await house.release("First")
    await house.round()
    (second,) = await house.release("Second")
    await house.round()
    assert (await house.delivery(first.id)).status is DeliveryStatus.SUCCESS
    assert (await house.delivery(second.id)).is_unconfirmed


async def test_the_audit_log_tells_the_whole_story_and_no_secret(house: House) -> None:
    await house.link("alpha", "ada", "one")
    house.fakes["alpha"].adapter.prepares.append(Unavailable(message="busy"))
    (delivery,) = await house.release()
    await house.until_quiet(hours=0.2)
    async with house.ctx.ledger.begin() as tx:
        story = await tx.audit.of_subject(delivery.id)
        everything = await tx.audit.of_user(house.user_id, 1000)
    actions = [entry.action for entry in story]
    assert actions == [AuditAction.POST_RETRIED, AuditAction.POST_COMMITTING, AuditAction.POST_SUCCESS]
    assert [entry.detail["status"] for entry in story] == ["retried", "retried", "success"]
    for secret in ("access-1", "refresh-1", "a long enough password"):
        assert secret not in repr(everything)


async def test_bytes_or_bugs_in_an_adapter_lose_nothing(house: House) -> None:
    """A bug before the gate is a transient fault; after it, the answer counts as lost."""
    await house.link("alpha", "ada", "one")
    adapter = house.fakes["alpha"].adapter
    original = adapter.commit

    async def broken(job, handles):  # type: ignore[no-untyped-def]
        adapter.commit = original  # type: ignore[method-assign]
        await original(job, handles)
        raise ZeroDivisionError

    adapter.commit = broken  # type: ignore[method-assign]
    (delivery,) = await house.release()
    await house.until_quiet(hours=0.2)
    assert (await house.delivery(delivery.id)).status is DeliveryStatus.SUCCESS
    assert adapter.visible("one") == 1


async def test_a_token_that_is_seconds_old_gets_the_time_to_spread(house: House) -> None:
    alpha = house.fakes["alpha"]
    await house.link("alpha", "ada", "one")
    young = AuthLost(message="revoked by the user", refreshable=False, spreads=True)
    alpha.adapter.prepares.append(young)
    (delivery,) = await house.release(hold=timedelta())
    await house.round()
    assert (await house.accounts())["one"].status is AccountStatus.VALID
    assert (await house.delivery(delivery.id)).status is DeliveryStatus.RETRIED
    await house.until_quiet(hours=1)
    assert (await house.delivery(delivery.id)).status is DeliveryStatus.SUCCESS


async def test_after_half_a_minute_the_same_words_are_meant(house: House) -> None:
    await house.link("alpha", "ada", "one")
    house.fakes["alpha"].adapter.prepares.append(AuthLost(message="revoked by the user", refreshable=False, spreads=True))
    house.clock.advance(31)
    await house.release(hold=timedelta())
    await house.round()
    assert (await house.accounts())["one"].status is AccountStatus.REVOKED


async def test_an_account_with_trouble_at_the_platform_says_so(house: House) -> None:
    await house.link("alpha", "ada", "one")
    lost = AuthLost(message="Confirm who you are at alpha first.", refreshable=False, elsewhere=True)
    house.fakes["alpha"].adapter.prepares.append(lost)
    await house.release()
    await house.round()
    account = (await house.accounts())["one"]
    assert (account.status, account.status_reason) == (AccountStatus.ERROR, "Confirm who you are at alpha first.")
    await house.link("alpha", "ada", "one")
    assert (await house.accounts())["one"].status is AccountStatus.VALID

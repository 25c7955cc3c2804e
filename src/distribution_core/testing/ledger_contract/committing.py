"""The gate before the irreversible call: every answer it can give."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from attrs import evolve

from distribution_core.domain.account import AccountStatus
from distribution_core.domain.delivery import DeliveryStatus, Phase
from distribution_core.domain.outcome import Failure, FailureKind
from distribution_core.ports.gate import Gate
from distribution_core.ports.ledger import Ledger
from distribution_core.testing.ledger_contract.scene import DEADLINE, LEASE, POST, SETTLE, Scene, request_for
from distribution_core.testing.memory_clock import MemoryClock

_TICK = timedelta(microseconds=1)


class CommittingContract:
    pytestmark = pytest.mark.anyio

    async def test_open_gate_makes_the_commit_durable(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        claimed = await scene.claimed(await scene.account(await scene.user()))
        clock.advance(timedelta(seconds=5))
        now = clock.now()
        assert await scene.gate(claimed) is Gate.OPEN
        assert claimed.lease_until
        ask_after = claimed.lease_until + DEADLINE + SETTLE
        assert await scene.stored(claimed) == evolve(
            claimed,
            phase=Phase.COMMITTING,
            post=POST,
            payload_hash="12" * 32,
            fingerprint="34" * 32,
            committing_at=now,
            ask_after=ask_after,
            due_at=ask_after,
            updated_at=now,
        ), "its lease covers the call already, and is not shortened"

    async def test_the_lease_covers_the_call(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        claimed = await scene.claimed(await scene.account(await scene.user()))
        clock.advance(LEASE - timedelta(seconds=1))
        long = timedelta(minutes=10)
        assert await scene.gate(claimed, call_deadline=long) is Gate.OPEN
        stored = await scene.stored(claimed)
        assert stored.lease_until == clock.now() + long
        assert stored.ask_after == stored.lease_until + long + SETTLE

    async def test_a_crash_at_the_call_is_asked_about_after_ask_after(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        claimed = await scene.claimed(await scene.account(await scene.user()))
        assert await scene.gate(claimed) is Gate.OPEN
        clock.advance(LEASE + DEADLINE + SETTLE - _TICK)
        assert list(await scene.claim("worker-2")) == []
        clock.advance(_TICK)
        (taken,) = await scene.claim("worker-2")
        assert (taken.phase, taken.takeovers, taken.post) == (Phase.COMMITTING, 1, POST)

    async def test_committing_at_is_set_the_first_time_only(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        claimed = await scene.claimed(await scene.account(await scene.user()))
        first = clock.now()
        assert await scene.gate(claimed) is Gate.OPEN
        opened = await scene.stored(claimed)
        await scene.save(opened, phase=Phase.IDLE, status=DeliveryStatus.RETRIED, lease_until=None, due_at=clock.now())
        clock.advance(timedelta(minutes=5))
        (again,) = await scene.claim()
        assert await scene.gate(again) is Gate.OPEN
        stored = await scene.stored(claimed)
        assert stored.committing_at == first
        assert stored.ask_after == clock.now() + LEASE + DEADLINE + SETTLE

    async def test_gate_needs_the_fence(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        claimed = await scene.claimed(await scene.account(await scene.user()))
        assert await scene.gate(evolve(claimed, fence=claimed.fence - 1)) is Gate.LEASE_LOST
        assert await scene.gate(evolve(claimed, fence=claimed.fence + 1)) is Gate.LEASE_LOST
        assert await scene.gate(evolve(claimed, id=scene.new_id())) is Gate.LEASE_LOST
        assert await scene.stored(claimed) == claimed

    async def test_gate_needs_a_live_lease(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        claimed = await scene.claimed(await scene.account(await scene.user()))
        clock.advance(LEASE)
        assert await scene.gate(claimed) is Gate.LEASE_LOST, "ended, though nobody took over"
        (taken,) = await scene.claim("worker-2")
        assert await scene.gate(claimed) is Gate.LEASE_LOST
        assert await scene.gate(taken) is Gate.OPEN

    async def test_gate_opens_once_for_a_claim(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        claimed = await scene.claimed(await scene.account(await scene.user()))
        answers = await asyncio.gather(*(scene.gate(claimed) for _ in range(3)))
        assert sorted(answers) == [Gate.LEASE_LOST, Gate.LEASE_LOST, Gate.OPEN]

    @pytest.mark.parametrize("status", [DeliveryStatus.SUCCESS, DeliveryStatus.FAILED, DeliveryStatus.CANCELED])
    async def test_gate_needs_an_open_status(self, ledger: Ledger, clock: MemoryClock, status: DeliveryStatus) -> None:
        scene = Scene(ledger, clock)
        claimed = await scene.claimed(await scene.account(await scene.user()))
        changed = await scene.save(claimed, status=status)
        assert await scene.gate(changed) is Gate.LEASE_LOST

    async def test_gate_is_shut_for_an_account_that_is_switched_off(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        account = await scene.account(await scene.user())
        claimed = await scene.claimed(account)
        await scene.put(account, is_active=False)
        assert await scene.gate(claimed) is Gate.SWITCHED_OFF
        assert await scene.stored(claimed) == claimed
        await scene.put(account, is_active=True)
        assert await scene.gate(claimed) is Gate.OPEN

    @pytest.mark.parametrize("is_active", [True, False])
    async def test_gate_is_shut_for_an_unlinked_account(self, ledger: Ledger, clock: MemoryClock, is_active: bool) -> None:
        scene = Scene(ledger, clock)
        account = await scene.account(await scene.user())
        claimed = await scene.claimed(account)
        await scene.put(account, unlinked_at=clock.now(), is_active=is_active)
        assert await scene.gate(claimed) is Gate.UNLINKED
        assert await scene.stored(claimed) == claimed

    @pytest.mark.parametrize("changes", [{"is_active": False}, {"unlinked_at": datetime(2026, 1, 1, tzinfo=UTC)}])
    async def test_what_is_being_sent_already_may_be_sent_again(
        self, ledger: Ledger, clock: MemoryClock, changes: dict[str, Any]
    ) -> None:
        """Its first call may have had its effect: to stop now would be to say that nothing is posted."""
        scene = Scene(ledger, clock)
        account = await scene.account(await scene.user())
        claimed = await scene.save(await scene.claimed(account), committing_at=clock.now())
        await scene.put(account, **changes)
        assert await scene.gate(claimed) is Gate.OPEN

    async def test_a_twin_that_may_be_visible_shuts_the_gate(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        account = await scene.account(await scene.user())
        first, second = await scene.claimed(account), await scene.claimed(account, "worker-2")
        assert await scene.gate(first) is Gate.OPEN
        unseen = await scene.save(await scene.stored(first), phase=Phase.IDLE, status=DeliveryStatus.RETRIED)
        assert await scene.gate(second) is Gate.TWIN_UNANSWERED
        await scene.save(unseen, committing_at=None)
        assert await scene.gate(second) is Gate.OPEN, "a refusal proved that there is nothing"

    async def test_a_status_of_the_platform_does_not_shut_the_gate(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        account = await scene.account(await scene.user())
        claimed = await scene.claimed(account)
        await scene.put(account, status=AccountStatus.EXPIRED)
        assert await scene.gate(claimed) is Gate.OPEN, "the token is what the call itself will prove"

    @pytest.mark.parametrize("phase", [Phase.COMMITTING, Phase.PROCESSING])
    async def test_an_unanswered_twin_shuts_the_gate(self, ledger: Ledger, clock: MemoryClock, phase: Phase) -> None:
        scene = Scene(ledger, clock)
        account = await scene.account(await scene.user())
        first, second = await scene.claimed(account), await scene.claimed(account, "worker-2")
        assert await scene.gate(first) is Gate.OPEN
        opened = await scene.stored(first)
        opened = await scene.save(opened, phase=phase)
        assert await scene.gate(second) is Gate.TWIN_UNANSWERED
        assert await scene.stored(second) == second
        await scene.save(opened, phase=Phase.IDLE, status=DeliveryStatus.SUCCESS, external_post_id="1")
        assert await scene.gate(second) is Gate.OPEN, "the twin has its answer"

    async def test_a_twin_may_be_another_users(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        mine = await scene.account(await scene.user(), external_account_id="page")
        theirs = await scene.account(await scene.user(), external_account_id="page")
        first, second = await scene.claimed(mine), await scene.claimed(theirs)
        assert await scene.gate(first) is Gate.OPEN
        assert await scene.gate(second) is Gate.TWIN_UNANSWERED

    async def test_another_text_account_or_platform_is_no_twin(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        user = await scene.user()
        page = await scene.account(user, external_account_id="1")
        other_page = await scene.account(user, external_account_id="2")
        other_platform = await scene.account(user, external_account_id="1", platform="tiktok")
        claims = [await scene.claimed(account) for account in (page, page, other_page, other_platform)]
        assert await scene.gate(claims[0]) is Gate.OPEN
        assert await scene.gate(claims[1], fingerprint="56" * 32) is Gate.OPEN
        assert await scene.gate(claims[2]) is Gate.OPEN
        assert await scene.gate(claims[3]) is Gate.OPEN

    async def test_an_unlinked_or_switched_off_twin_still_counts(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        mine = await scene.account(await scene.user(), external_account_id="page")
        theirs = await scene.account(await scene.user(), external_account_id="page")
        first, second = await scene.claimed(mine), await scene.claimed(theirs)
        assert await scene.gate(first) is Gate.OPEN
        await scene.put(mine, is_active=False, unlinked_at=clock.now())
        assert await scene.gate(second) is Gate.TWIN_UNANSWERED

    async def test_one_of_two_twins_passes(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        accounts = [await scene.account(await scene.user(), external_account_id="page") for _ in range(4)]
        claims = [await scene.claimed(account) for account in accounts]
        answers = await asyncio.gather(*map(scene.gate, claims))
        assert sorted(answers) == [Gate.OPEN, *[Gate.TWIN_UNANSWERED] * 3]

    async def test_switching_off_and_the_gate_never_both_win(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        account = await scene.account(await scene.user())
        claimed = await scene.claimed(account)
        off = Failure(kind=FailureKind.REFUSED, message="off")

        async def switch_off() -> int:
            async with ledger.begin() as tx:
                await tx.accounts.put(evolve(account, is_active=False))
                return len(await tx.commits.stop_idle(tx.now, off, account_id=account.id))

        answer, stopped = await asyncio.gather(scene.gate(claimed), switch_off())
        assert (answer is Gate.OPEN) == (stopped == 0), "either it is being sent, or it was stopped"
        status = (await scene.stored(claimed)).status
        assert status is (DeliveryStatus.CANCELED if stopped else DeliveryStatus.PENDING)

    async def test_the_gate_is_undone_with_its_transaction(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        claimed = await scene.claimed(await scene.account(await scene.user()))

        async def open_and_break_off() -> None:
            async with ledger.begin() as tx:
                assert await tx.commits.open_gate(request_for(claimed)) is Gate.OPEN
                raise LookupError

        with pytest.raises(LookupError):
            await open_and_break_off()
        assert await scene.stored(claimed) == claimed

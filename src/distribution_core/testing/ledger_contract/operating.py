"""What operators ask of a ledger: what will end, and what may go."""

from datetime import timedelta
from typing import Any

from distribution_core.domain.account import AccountStatus
from distribution_core.ports.ledger import Ledger
from distribution_core.testing.ledger_contract.scene import Scene
from distribution_core.testing.memory_clock import MemoryClock

DAY = timedelta(days=1)


class OperatingContract:
    """Mixed into LedgerContract."""

    async def test_grants_that_end_soon_are_counted_by_platform(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene, now = Scene(ledger, clock), clock.now()
        user = await scene.user()
        soon, later, over = now + timedelta(hours=5), now + 3 * DAY, now - timedelta(hours=1)
        cases: list[tuple[dict[str, Any], str]] = [
            ({"access_expires_at": soon, "refresh_token": None}, "alpha"),
            ({"access_expires_at": over, "refresh_token": b"r", "refresh_expires_at": soon}, "alpha"),
            ({"access_expires_at": soon, "refresh_token": b"r", "refresh_expires_at": later}, "beta"),
            ({"access_expires_at": soon, "refresh_token": b"r", "refresh_expires_at": None}, "beta"),
            ({"access_expires_at": None, "refresh_token": None}, "beta"),
            ({"access_expires_at": over, "refresh_token": None}, "beta"),
            ({"access_expires_at": soon, "refresh_token": None, "status": AccountStatus.REVOKED}, "beta"),
        ]
        for fields, platform in cases:
            grant = await scene.grant(user, platform=platform, **fields)
            await scene.account(user, grant=grant, platform=platform)
        unlinked = await scene.grant(user, platform="beta", access_expires_at=soon, refresh_token=None)
        await scene.account(user, grant=unlinked, platform="beta", unlinked_at=now)
        await scene.grant(user, platform="beta", access_expires_at=soon, refresh_token=None)
        async with ledger.begin() as tx:
            assert dict(await tx.workers.expiring(DAY)) == {"alpha": 2}
            assert dict(await tx.workers.expiring(7 * DAY)) == {"alpha": 2, "beta": 1}
            assert not await tx.workers.expiring(timedelta(hours=1))

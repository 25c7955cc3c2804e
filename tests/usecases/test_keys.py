"""Rotating keys while all goes on, and waiting for keys that can't be had: nothing is lost by either."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from attrs import define, evolve, field

from adapters_persistence.vault import EnvelopeVault, KeyServices, LocalRing
from distribution_core.domain.account import AccountStatus, DataKey
from distribution_core.domain.delivery import DeliveryStatus
from distribution_core.domain.errors import LinkRefusedError
from distribution_core.domain.outcome import FailureKind, Processing
from distribution_core.domain.secret import Secret
from distribution_core.ports.keys import KeyServiceError, KeyStanding
from distribution_core.ports.platform import Refreshed, Tokens
from distribution_core.ports.vault import VaultUnavailableError
from distribution_core.usecases.keys import key_report, retire_keys, rotate_keys
from distribution_core.usecases.refresh_token import refresh_account
from tests.usecases.conftest import House

pytestmark = pytest.mark.anyio
OLD = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="  # the house's own key


class KilledError(BaseException):
    """The process is gone."""


@define
class Switched:
    """A key service that can be switched off, and that ends its caller after so many wraps."""

    service: KeyServices
    away: bool = False
    wraps_left: int = field(default=10**9)

    async def wrap(self, data_key: bytes) -> DataKey:
        self._ask()
        return await self.service.wrap(data_key)

    async def unwrap(self, key: DataKey) -> bytes:
        self._ask()
        return await self.service.unwrap(key)

    async def standing(self) -> KeyStanding:
        self._ask()
        return await self.service.standing()

    async def rewrap(self, key: DataKey) -> DataKey:
        self._ask()
        if not self.wraps_left:
            raise KilledError
        self.wraps_left -= 1
        return await self.service.rewrap(key)

    async def rotate(self) -> KeyStanding:
        self._ask()
        return await self.service.rotate()

    async def retire(self, version: int) -> None:
        await self.service.retire(version)

    def _ask(self) -> None:
        if self.away:
            raise VaultUnavailableError("switched off")


@pytest.fixture
def keys(house: House, tmp_path: Path) -> Switched:
    """The house on a key file, with nothing kept in memory."""
    path = tmp_path / "keys"
    path.touch(0o600)
    path.write_text(f"1:{OLD}\n", "ascii")
    keys = Switched(KeyServices(LocalRing.from_file(path)))
    house.ctx = evolve(house.ctx, vault=EnvelopeVault(keys, 0))
    return keys


def _quiet(_done: int, _total: int) -> None:
    return None


async def test_a_rotation_wraps_everything_anew_and_what_was_sealed_is_sent(house: House, keys: Switched) -> None:
    for number in range(3):
        await house.link("alpha", f"subject-{number}", f"page-{number}")
    told: list[tuple[int, int]] = []
    rotation = await rotate_keys(house.ctx, keys, lambda done, total: told.append((done, total)))
    assert (rotation.made, rotation.standing.version, rotation.rewrapped, rotation.unreadable) == (True, 2, 3, 0)
    assert told[0] == (0, 3)
    assert told[-1] == (3, 3)
    report = await key_report(house.ctx, keys)
    assert (dict(report.counts), report.left) == ({("local", 2): 3}, 0)
    await retire_keys(house.ctx, keys, 1)
    deliveries = await house.release()
    await house.round()
    assert {(await house.delivery(each.id)).status for each in deliveries} == {DeliveryStatus.SUCCESS}


async def test_who_is_killed_over_it_goes_on_where_it_was(house: House, keys: Switched) -> None:
    for number in range(120):
        await house.link("alpha", f"subject-{number}", f"page-{number}")
    keys.wraps_left = 110
    with pytest.raises(KilledError):
        await rotate_keys(house.ctx, keys, _quiet)
    report = await key_report(house.ctx, keys)
    assert report.standing.version == 2
    assert 0 < report.left < 120, "whole batches were kept"
    keys.wraps_left = 10**9
    deliveries = await house.release()
    await house.until_quiet(hours=1)
    assert {(await house.delivery(each.id)).status for each in deliveries} == {DeliveryStatus.SUCCESS}, "old ones are read"
    rotation = await rotate_keys(house.ctx, keys, _quiet)
    assert (rotation.made, rotation.standing.version, rotation.rewrapped) == (False, 2, report.left)


async def test_a_refresh_that_was_under_way_undoes_no_rotation(house: House, keys: Switched) -> None:
    await house.link("alpha", "ada", "page")
    account = (await house.accounts())["page"]
    refreshes = house.fakes["alpha"].authorizer.refreshes
    refreshes.extend(Refreshed(tokens=Tokens(access=Secret(f"access-{number}"))) for number in range(9))
    await asyncio.gather(
        rotate_keys(house.ctx, keys, _quiet), *(refresh_account(house.ctx, house.user_id, account.id) for _ in range(3))
    )
    assert (await key_report(house.ctx, keys)).left == 0
    await retire_keys(house.ctx, keys, 1)
    await refresh_account(house.ctx, house.user_id, account.id)


async def test_nothing_is_retired_that_is_needed(house: House, keys: Switched) -> None:
    await house.link("alpha", "ada", "page")
    with pytest.raises(KeyServiceError, match="newest"):
        await retire_keys(house.ctx, keys, 1)
    await keys.rotate()
    with pytest.raises(KeyServiceError, match="1 data keys are still wrapped"):
        await retire_keys(house.ctx, keys, 1)


async def test_a_data_key_that_does_not_unwrap_stops_nothing_and_is_told_of(house: House, keys: Switched) -> None:
    await house.link("alpha", "ada", "page")
    await house.link("alpha", "bob", "other")
    async with house.ctx.ledger.begin() as tx:
        (damaged, _) = await tx.wrappings.under_others("local", 9, 10)
        assert await tx.wrappings.replace(damaged, evolve(damaged.key, wrapped=bytes(60)))
    rotation = await rotate_keys(house.ctx, keys, _quiet)
    assert (rotation.rewrapped, rotation.unreadable) == (1, 1)


async def test_while_keys_can_not_be_had_deliveries_wait_at_no_attempt(house: House, keys: Switched) -> None:
    await house.link("alpha", "ada", "page")
    (delivery,) = await house.release()
    keys.away = True
    for _ in range(30):
        await house.round()
        house.clock.advance(120)
    waiting = await house.delivery(delivery.id)
    assert (waiting.status, waiting.attempts) == (DeliveryStatus.RETRIED, 0)
    assert waiting.last_error is not None
    assert (waiting.last_error.kind, waiting.last_error.code) == (FailureKind.PLATFORM_DOWN, "keys_away")
    assert (await house.accounts())["page"].status is AccountStatus.VALID
    assert not house.fakes["alpha"].adapter.timeline
    keys.away = False
    await house.round()
    assert (await house.delivery(delivery.id)).status is DeliveryStatus.SUCCESS


async def test_what_was_sent_is_asked_about_once_keys_are_there_again(house: House, keys: Switched) -> None:
    await house.link("alpha", "ada", "page")
    house.fakes["alpha"].adapter.commits.append((True, Processing(poll_after=timedelta(seconds=5))))
    (delivery,) = await house.release()
    await house.round()
    keys.away = True
    for _ in range(30):
        house.clock.advance(120)
        await house.round()
    waiting = await house.delivery(delivery.id)
    assert (waiting.status in (DeliveryStatus.PENDING, DeliveryStatus.RETRIED), waiting.is_unconfirmed) == (True, False)
    keys.away = False
    await house.until_quiet(hours=2)
    assert (await house.delivery(delivery.id)).status is DeliveryStatus.SUCCESS


async def test_linking_is_refused_in_words_and_takes_no_consent(house: House, keys: Switched) -> None:
    keys.away = True
    with pytest.raises(LinkRefusedError) as refused:
        await house.link("alpha", "ada", "page")
    assert refused.value.code == "keys_away"
    keys.away = False
    await house.link("alpha", "ada", "page")

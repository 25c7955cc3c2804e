"""One grant or account in trouble costs only itself: the others are renewed and asked in the same round."""

import logging
from typing import Any

import pytest
from attrs import define, evolve

from distribution_core.domain.account import AccountStatus, DataKey
from distribution_core.domain.errors import ConflictError
from distribution_core.domain.outcome import Rejected
from distribution_core.domain.secret import Secret
from distribution_core.ports.vault import Binding, Vault, VaultError, VaultUnavailableError
from distribution_core.usecases.refresh_token import refresh_account
from distribution_core.usecases.upkeep import take_care
from tests.usecases.conftest import House
from tests.usecases.test_upkeep import renewed, risks, scheduled, told

pytestmark = pytest.mark.anyio
_NEAR_ITS_END_S = 2 * 3600 - 60


@define
class SpoiltVault:
    """Doesn't open what belongs to some rows."""

    inner: Vault
    fault: VaultError
    rows: frozenset[str]

    async def open(self, ciphertext: bytes, key: DataKey, binding: Binding) -> Secret:
        if binding.row_id in self.rows:
            raise self.fault
        return await self.inner.open(ciphertext, key, binding)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


async def _spoil(house: House, fault: VaultError, *names: str) -> Vault:
    """Let the named accounts' tokens not open; returns the vault that opens them."""
    good, accounts = house.ctx.vault, await house.accounts()
    rows = frozenset(str(accounts[name].grant_id) for name in names)
    house.ctx = evolve(house.ctx, vault=SpoiltVault(good, fault, rows))
    return good


async def test_tokens_that_do_not_open_are_told_of_and_keep_nobody_waiting(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(3):
        await house.link("alpha", f"s{number}", f"a{number}")
    await house.link("alpha", "well", "a3")
    await house.link("beta", "bob", "b")
    good = await _spoil(house, VaultError("the key does not fit"), "a0", "a1", "a2")
    alpha, beta = house.fakes["alpha"].authorizer, house.fakes["beta"].authorizer
    alpha.refreshes.append(renewed(2))
    beta.refreshes.append(renewed(2))
    beta.probes.append(Rejected(message="The Page is restricted.", content=False))
    house.clock.advance(_NEAR_ITS_END_S)
    content = await scheduled(house)
    with caplog.at_level(logging.ERROR):
        await take_care(house.ctx, "w1")
    accounts = await house.accounts()
    assert [accounts[name].status for name in ("a0", "a1", "a2")] == [AccountStatus.ERROR] * 3
    assert "Reconnect the account." in (accounts["a0"].status_reason or "")
    assert (alpha.refresh_count, beta.refresh_count, beta.probed) == (1, 1, ["b"])
    assert {risk.code for risk in await risks(house, content)} == {"account_error", "refused"}
    assert len(await told(house, content)) == 1
    grants = {getattr(record, "grant_id", None) for record in caplog.records}
    assert {str(accounts[name].grant_id) for name in ("a0", "a1", "a2")} <= grants
    house.ctx = evolve(house.ctx, vault=good)
    alpha.refreshes.extend(renewed(number) for number in range(3, 6))
    house.clock.advance(15 * 60)
    await take_care(house.ctx, "w1")
    assert {account.status for account in (await house.accounts()).values()} == {AccountStatus.VALID}, "the key came back"


async def test_keys_that_are_away_mark_nobody(house: House) -> None:
    await house.link("alpha", "ada", "a")
    await house.link("beta", "bob", "b")
    await _spoil(house, VaultUnavailableError("the key service can't be reached"), "a")
    beta = house.fakes["beta"].authorizer
    beta.refreshes.append(renewed(2))
    house.clock.advance(_NEAR_ITS_END_S)
    content = await scheduled(house)
    await take_care(house.ctx, "w1")
    assert (house.fakes["alpha"].authorizer.refresh_count, beta.refresh_count, beta.probed) == (0, 1, ["b"])
    assert {account.status for account in (await house.accounts()).values()} == {AccountStatus.VALID}
    assert await risks(house, content) == ()


async def test_what_an_authorizer_raises_keeps_nobody_waiting(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    await house.link("alpha", "ada", "a")
    await house.link("beta", "bob", "b")
    asked: list[str] = []

    async def broken(*given: Any) -> Any:
        asked.append("alpha")
        raise KeyError("access_token")

    alpha, beta = house.fakes["alpha"].authorizer, house.fakes["beta"].authorizer
    monkeypatch.setattr(alpha, "refresh", broken)
    monkeypatch.setattr(alpha, "probe", broken)
    beta.refreshes.append(renewed(2))
    beta.probes.append(Rejected(message="The Page is restricted.", content=False))
    content = await scheduled(house, minutes=50)
    await take_care(house.ctx, "w1")
    assert [risk.code for risk in await risks(house, content)] == ["refused"]
    house.clock.advance(_NEAR_ITS_END_S)
    asked.clear()
    for _ in range(3):
        await take_care(house.ctx, "w1")
    assert (asked, beta.refresh_count) == (["alpha"], 1), "and it is not asked all the time"
    assert {account.status for account in (await house.accounts()).values()} == {AccountStatus.VALID}


async def test_who_asks_for_a_refresh_of_what_does_not_open_is_told_to_link_again(house: House) -> None:
    account = (await house.link("alpha", "ada", "a")).accounts[0]
    await _spoil(house, VaultError("the key does not fit"), "a")
    with pytest.raises(ConflictError) as refused:
        await refresh_account(house.ctx, house.user_id, account.id)
    assert refused.value.code == "needs_reconnect"

"""What every vault promises, as tests. A vault's own tests inherit `VaultContract` and give it a fixture `vault`."""

from typing import Any

import pytest
from attrs import evolve

from distribution_core.domain.secret import Secret
from distribution_core.ports.vault import Binding, Vault, VaultError

_ROW = Binding(user_id="user-1", row_id="row-1", purpose="access")
_TOKEN = "EAAB-very-secret-token"


class VaultContract:
    pytestmark = pytest.mark.anyio

    @pytest.mark.parametrize("value", [_TOKEN, "", "é\U0001f600\n", "x" * 10_000])
    async def test_what_is_sealed_opens_again(self, vault: Vault, value: str) -> None:
        key = await vault.new_data_key()
        sealed = await vault.seal(Secret(value), key, _ROW)
        assert (await vault.open(sealed, key, _ROW)).reveal() == value

    async def test_a_sealed_value_does_not_show(self, vault: Vault) -> None:
        key = await vault.new_data_key()
        assert _TOKEN.encode() not in await vault.seal(Secret(_TOKEN), key, _ROW)

    async def test_the_same_value_is_sealed_differently_each_time(self, vault: Vault) -> None:
        key = await vault.new_data_key()
        sealed = {await vault.seal(Secret(_TOKEN), key, _ROW) for _ in range(5)}
        assert len(sealed) == 5

    @pytest.mark.parametrize("moved", [{"user_id": "user-2"}, {"row_id": "row-2"}, {"purpose": "refresh"}])
    async def test_a_value_moved_to_another_row_does_not_open(self, vault: Vault, moved: dict[str, str]) -> None:
        key = await vault.new_data_key()
        sealed = await vault.seal(Secret(_TOKEN), key, _ROW)
        with pytest.raises(VaultError):
            await vault.open(sealed, key, evolve(_ROW, **moved))

    async def test_parts_of_a_binding_do_not_run_together(self, vault: Vault) -> None:
        key = await vault.new_data_key()
        sealed = await vault.seal(Secret(_TOKEN), key, evolve(_ROW, user_id="a", row_id="bc"))
        with pytest.raises(VaultError):
            await vault.open(sealed, key, evolve(_ROW, user_id="ab", row_id="c"))

    async def test_another_data_key_does_not_open_it(self, vault: Vault) -> None:
        key, other = await vault.new_data_key(), await vault.new_data_key()
        assert key.wrapped != other.wrapped
        sealed = await vault.seal(Secret(_TOKEN), key, _ROW)
        with pytest.raises(VaultError):
            await vault.open(sealed, other, _ROW)

    @pytest.mark.parametrize("changed", [{"wrapped": b""}, {"key_id": "another"}, {"key_version": 99}])
    async def test_a_changed_data_key_does_not_open_it(self, vault: Vault, changed: dict[str, Any]) -> None:
        key = await vault.new_data_key()
        sealed = await vault.seal(Secret(_TOKEN), key, _ROW)
        with pytest.raises(VaultError):
            await vault.open(sealed, evolve(key, **changed), _ROW)

    async def test_a_damaged_value_does_not_open(self, vault: Vault) -> None:
        key = await vault.new_data_key()
        sealed = await vault.seal(Secret(_TOKEN), key, _ROW)
        damaged = [sealed[:place] + bytes([sealed[place] ^ 1]) + sealed[place + 1 :] for place in range(len(sealed))]
        for value in [*damaged, sealed[:-1], sealed + b"x", b""]:
            with pytest.raises(VaultError) as refused:
                await vault.open(value, key, _ROW)
            assert _TOKEN not in str(refused.value)

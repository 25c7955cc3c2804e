"""A vault whose seals cost nothing, and which still opens a value only in its own row, by its own key."""

from attrs import define

from distribution_core.domain.account import DataKey
from distribution_core.domain.secret import Secret
from distribution_core.ports.vault import Binding, Vault, VaultError


@define
class SimVault:
    """Good for the simulation alone: a sealed value can be read by whoever holds it."""

    _keys: int = 0

    async def new_data_key(self) -> DataKey:
        self._keys += 1
        return DataKey(wrapped=str(self._keys).encode(), key_id="simulation", key_version=1)

    async def seal(self, secret: Secret, key: DataKey, binding: Binding) -> bytes:
        return _head(key, binding) + secret.reveal().encode()

    async def open(self, ciphertext: bytes, key: DataKey, binding: Binding) -> Secret:
        head = _head(key, binding)
        if not ciphertext.startswith(head):
            raise VaultError("a sealed value does not open: wrong key, wrong row, or damaged")
        return Secret(ciphertext[len(head) :].decode())


def _head(key: DataKey, binding: Binding) -> bytes:
    return f"{binding.user_id}\n{binding.row_id}\n{binding.purpose}\n".encode() + key.wrapped + b"\n"


_: type[Vault] = SimVault

"""Keeps tokens unreadable wherever they are stored."""

from typing import Protocol

from attrs import frozen

from distribution_core.domain.account import DataKey
from distribution_core.domain.secret import Secret


@frozen(kw_only=True, cache_hash=True)
class Binding:
    """The associated data that ties a ciphertext to its row: moved or swapped, it does not open."""

    user_id: str
    row_id: str
    purpose: str


class VaultError(Exception):
    """A ciphertext that does not open: wrong key, wrong row, or damaged. Says no more."""


class VaultUnavailableError(VaultError):
    """The key service can't be asked just now, or this process doesn't know a version yet: nothing is wrong with what is
    stored, so whoever meets it waits and gives nothing up."""


class Vault(Protocol):
    """Envelope encryption: a data key for each grant, wrapped by a key-encryption key. Every method raises
    VaultUnavailableError while that can't be asked."""

    async def new_data_key(self) -> DataKey: ...
    async def seal(self, secret: Secret, key: DataKey, binding: Binding) -> bytes: ...
    async def open(self, ciphertext: bytes, key: DataKey, binding: Binding) -> Secret:
        """The secret. Raises VaultError."""
        ...

"""A data key for each grant; what it seals is tied to its row by associated data."""

import json
import os
from typing import Protocol

from attrs import frozen
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from distribution_core.domain.account import DataKey
from distribution_core.domain.secret import Secret
from distribution_core.ports.vault import Binding, Vault, VaultError

_NONCE_BYTES = 12
_FORMAT = b"\x01"


class KeyWrapper(Protocol):
    """Holds the key-encryption key: a local one, or a key service."""

    async def wrap(self, data_key: bytes) -> DataKey: ...
    async def unwrap(self, key: DataKey) -> bytes:
        """Raises VaultError when the key that wrapped it is not this one."""
        ...


@frozen
class EnvelopeVault:
    """Seals with AES-256-GCM under a fresh nonce. The first byte of a ciphertext names its format."""

    wrapper: KeyWrapper

    async def new_data_key(self) -> DataKey:
        return await self.wrapper.wrap(AESGCM.generate_key(256))

    async def seal(self, secret: Secret, key: DataKey, binding: Binding) -> bytes:
        nonce = os.urandom(_NONCE_BYTES)
        cipher = AESGCM(await self.wrapper.unwrap(key))
        return _FORMAT + nonce + cipher.encrypt(nonce, secret.reveal().encode(), _associated(key, binding))

    async def open(self, ciphertext: bytes, key: DataKey, binding: Binding) -> Secret:
        if ciphertext[:1] != _FORMAT or len(ciphertext) <= 1 + _NONCE_BYTES:
            raise VaultError("this is no sealed value")
        nonce, sealed = ciphertext[1 : 1 + _NONCE_BYTES], ciphertext[1 + _NONCE_BYTES :]
        try:
            plain = AESGCM(await self.wrapper.unwrap(key)).decrypt(nonce, sealed, _associated(key, binding))
        except InvalidTag:
            raise VaultError("a sealed value does not open: wrong key, wrong row, or damaged") from None
        return Secret(plain.decode())


def _associated(key: DataKey, binding: Binding) -> bytes:
    parts = [binding.user_id, binding.row_id, binding.purpose, key.key_id, key.key_version]
    return json.dumps(parts, separators=(",", ":")).encode()


_: type[Vault] = EnvelopeVault

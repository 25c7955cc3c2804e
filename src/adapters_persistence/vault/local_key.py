"""A key-encryption key from a setting or a file on this machine."""

import base64
import binascii
import os
from typing import Self

from attrs import field, frozen
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from adapters_persistence.vault.envelope import KeyWrapper
from distribution_core.domain.account import DataKey
from distribution_core.domain.secret import Secret
from distribution_core.ports.vault import VaultError

KEY_BYTES = 32
_NONCE_BYTES = 12


class UnusableKeyError(ValueError):
    """The configured key is missing, malformed or too short; the message says what to do."""


@frozen
class LocalKey:
    """Wraps data keys with AES-256-GCM. `key_id` and `version` are stored beside each wrapped key."""

    _key: bytes = field(repr=False)
    key_id: str = "local"
    version: int = 1

    @classmethod
    def from_text(cls, text: Secret | None, *, version: int = 1) -> Self:
        """The key from base64 text. Raises UnusableKeyError in words; the key is never part of them."""
        how = 'make one with: python3 -c "import secrets,base64; print(base64.b64encode(secrets.token_bytes(32)).decode())"'
        if not text:
            raise UnusableKeyError(f"SIMULCAST_KEY is not set: tokens can't be stored without an encryption key; {how}")
        try:
            key = base64.b64decode(text.reveal().strip().encode(), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            raise UnusableKeyError(f"SIMULCAST_KEY is not base64; {how}") from None
        if len(key) != KEY_BYTES:
            raise UnusableKeyError(f"SIMULCAST_KEY holds {len(key)} bytes; it must be {KEY_BYTES}; {how}")
        return cls(key, version=version)

    def text(self) -> str:
        """The key as it stands in a setting or a file."""
        return base64.b64encode(self._key).decode()

    async def wrap(self, data_key: bytes) -> DataKey:
        nonce = os.urandom(_NONCE_BYTES)
        wrapped = nonce + AESGCM(self._key).encrypt(nonce, data_key, self._associated())
        return DataKey(wrapped=wrapped, key_id=self.key_id, key_version=self.version)

    async def unwrap(self, key: DataKey) -> bytes:
        if (key.key_id, key.key_version) != (self.key_id, self.version):
            raise VaultError(f"wrapped by key {key.key_id} version {key.key_version}, which is not configured")
        nonce, wrapped = key.wrapped[:_NONCE_BYTES], key.wrapped[_NONCE_BYTES:]
        try:
            return AESGCM(self._key).decrypt(nonce, wrapped, self._associated())
        except (InvalidTag, ValueError):
            raise VaultError("a data key does not unwrap: SIMULCAST_KEY is not the key that wrapped it") from None

    def _associated(self) -> bytes:
        return f"data-key:{self.key_id}:{self.version}".encode()


_: type[KeyWrapper] = LocalKey

"""A data key for each grant; what it seals is tied to its row by associated data."""

import json
import os
import time
from collections import OrderedDict
from collections.abc import Callable
from functools import lru_cache
from typing import Protocol

from attrs import define, field
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from distribution_core.domain.account import DataKey
from distribution_core.domain.secret import Secret
from distribution_core.ports.vault import Binding, Vault, VaultError

CACHE_S = 600.0
_NONCE_BYTES = 12
_KEPT_MAX = 10_000
# The first format names the version that wrapped its data key; all that is in it was sealed under this one.
_FIRST, _FIRST_WRAPPED_BY = b"\x01", ("local", 1)
_SECOND = b"\x02"
_ENCODER = json.JSONEncoder(separators=(",", ":"))


class KeyWrapper(Protocol):
    """Holds the key-encryption key: a local one, or a key service."""

    async def wrap(self, data_key: bytes) -> DataKey: ...
    async def unwrap(self, key: DataKey) -> bytes:
        """Raises VaultError when the key that wrapped it is not this one, VaultUnavailableError when nobody can tell."""
        ...


@define
class EnvelopeVault:
    """Seals with AES-256-GCM under a fresh nonce. The first byte of a ciphertext names its format: the second is tied to user,
    row and purpose, and to the version of the key-encryption key through its data key, whose own associated data names that;
    so a data key can be wrapped anew and what it sealed stays readable. Until a key is rotated the first one is written, which
    workers of earlier releases read.

    A data key once unwrapped is kept in memory for `cache_s` seconds: for so long a key service may be away."""

    wrapper: KeyWrapper
    cache_s: float = CACHE_S
    _monotonic: Callable[[], float] = time.monotonic
    _kept: OrderedDict[DataKey, tuple[float, AESGCM]] = field(factory=OrderedDict, init=False, repr=False)

    async def new_data_key(self) -> DataKey:
        plain = AESGCM.generate_key(256)
        key = await self.wrapper.wrap(plain)
        self._keep(key, plain)
        return key

    async def seal(self, secret: Secret, key: DataKey, binding: Binding) -> bytes:
        nonce = os.urandom(_NONCE_BYTES)
        cipher = await self._cipher(key)
        form = _FIRST if (key.key_id, key.key_version) == _FIRST_WRAPPED_BY else _SECOND
        return form + nonce + cipher.encrypt(nonce, secret.reveal().encode(), _associated(form, binding))

    async def open(self, ciphertext: bytes, key: DataKey, binding: Binding) -> Secret:
        form = ciphertext[:1]
        if form not in (_FIRST, _SECOND) or len(ciphertext) <= 1 + _NONCE_BYTES:
            raise VaultError("this is no sealed value")
        nonce, sealed = ciphertext[1 : 1 + _NONCE_BYTES], ciphertext[1 + _NONCE_BYTES :]
        try:
            plain = (await self._cipher(key)).decrypt(nonce, sealed, _associated(form, binding))
        except InvalidTag:
            raise VaultError("a sealed value does not open: wrong key, wrong row, or damaged") from None
        return Secret(plain.decode())

    async def _cipher(self, key: DataKey) -> AESGCM:
        kept = self._kept.get(key)
        if kept is not None and self._monotonic() < kept[0]:
            return kept[1]
        return self._keep(key, await self.wrapper.unwrap(key))

    def _keep(self, key: DataKey, plain: bytes) -> AESGCM:
        cipher = AESGCM(plain)
        self._kept[key] = (self._monotonic() + self.cache_s, cipher)
        self._kept.move_to_end(key)
        if len(self._kept) > _KEPT_MAX:
            self._kept.popitem(last=False)
        return cipher


@lru_cache(maxsize=4096)
def _associated(form: bytes, binding: Binding) -> bytes:
    parts = [binding.user_id, binding.row_id, binding.purpose]
    return _ENCODER.encode([*parts, *_FIRST_WRAPPED_BY] if form == _FIRST else [2, *parts]).encode()


_: type[Vault] = EnvelopeVault

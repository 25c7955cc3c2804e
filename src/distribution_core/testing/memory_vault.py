"""A vault that hides nothing from someone who looks, but binds each value to its row and key as a real one does."""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Iterator
from itertools import count

from attrs import define, field

from distribution_core.domain.account import DataKey
from distribution_core.domain.secret import Secret
from distribution_core.ports.vault import Binding, Vault, VaultError

_TAG_BYTES = 32
_NONCE_BYTES = 8


@define
class MemoryVault:
    """Base64 behind an HMAC over row and key: needs no setting, never shows the plain value, opens nowhere else."""

    _numbers: Iterator[int] = field(factory=count, repr=False)

    async def new_data_key(self) -> DataKey:
        wrapped = hashlib.sha256(f"data key {next(self._numbers)}".encode()).digest()
        return DataKey(wrapped=wrapped, key_id="memory", key_version=1)

    async def seal(self, secret: Secret, key: DataKey, binding: Binding) -> bytes:
        body = next(self._numbers).to_bytes(_NONCE_BYTES, "big") + base64.b64encode(secret.reveal().encode())
        return _tag(body, key, binding) + body

    async def open(self, ciphertext: bytes, key: DataKey, binding: Binding) -> Secret:
        tag, body = ciphertext[:_TAG_BYTES], ciphertext[_TAG_BYTES:]
        if not hmac.compare_digest(tag, _tag(body, key, binding)):
            raise VaultError("a sealed value does not open: wrong key, wrong row, or damaged")
        try:
            return Secret(base64.b64decode(body[_NONCE_BYTES:], validate=True).decode())
        except (binascii.Error, UnicodeDecodeError):
            raise VaultError("this is no sealed value") from None


def _tag(body: bytes, key: DataKey, binding: Binding) -> bytes:
    bound = json.dumps([binding.user_id, binding.row_id, binding.purpose, key.key_id, key.key_version]).encode()
    return hmac.digest(key.wrapped, bound + b"\0" + body, "sha256")


_: type[Vault] = MemoryVault

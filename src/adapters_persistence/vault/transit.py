"""The transit engine of HashiCorp Vault or OpenBao as a key service (their HTTP API, "Transit secrets engine").

It never hands out its key: data keys are wrapped and unwrapped there, with the version in the ciphertext, and our own name as
associated data (`associated_data`, for AEAD keys such as the default aes256-gcm96).
"""

import base64
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import httpx
from attrs import field, frozen

from adapters_persistence.vault.key_service import KeyService
from distribution_core.domain.account import DataKey
from distribution_core.domain.secret import Secret
from distribution_core.ports.keys import KeyStanding
from distribution_core.ports.vault import VaultError, VaultUnavailableError

_TIMEOUT_S = 5.0


@frozen(kw_only=True)
class TransitKey:
    """`address` without a path, `mount` as it is mounted (usually transit). Requests are few, so each has its own connection."""

    address: str
    mount: str
    name: str
    token: Secret
    timeout_s: float = _TIMEOUT_S
    key_id: str = field(init=False)

    @key_id.default
    def _key_id(self) -> str:
        return f"transit:{self.mount}/{self.name}"

    async def wrap(self, data_key: bytes) -> DataKey:
        given = {"plaintext": base64.b64encode(data_key).decode(), "associated_data": self._associated()}
        found = await self._ask("POST", "encrypt", given)
        wrapped = str(found["ciphertext"])
        return DataKey(wrapped=wrapped.encode(), key_id=self.key_id, key_version=_version(wrapped))

    async def unwrap(self, key: DataKey) -> bytes:
        try:
            wrapped = key.wrapped.decode("ascii")
            right = key.key_id == self.key_id and _version(wrapped) == key.key_version
        except ValueError:
            right = False
        if not right:
            raise VaultError("a data key does not unwrap: it is not what the transit engine made")
        found = await self._ask("POST", "decrypt", {"ciphertext": wrapped, "associated_data": self._associated()})
        return base64.b64decode(str(found["plaintext"]))

    async def standing(self) -> KeyStanding:
        found = await self._ask("GET", "keys")
        newest, least = int(found["latest_version"]), int(found.get("min_decryption_version", 1))
        made = found.get("keys", {}).get(str(newest))
        return KeyStanding(
            key_id=self.key_id, version=newest, made_at=_time(made), versions=tuple(range(max(least, 1), newest + 1))
        )

    async def rotate(self) -> KeyStanding:
        await self._ask("POST", "keys", {}, then="/rotate")
        return await self.standing()

    async def retire(self, version: int) -> None:
        (await self.standing()).keep_newest(version)
        await self._ask("POST", "keys", {"min_decryption_version": version + 1}, then="/config")

    def _associated(self) -> str:
        return base64.b64encode(b"simulcast data key").decode()

    async def _ask(self, method: str, what: str, body: Mapping[str, Any] | None = None, *, then: str = "") -> Mapping[str, Any]:
        url = f"{self.address}/v1/{self.mount}/{what}/{self.name}{then}"
        try:
            async with httpx.AsyncClient(timeout=self.timeout_s, trust_env=False) as http:
                answer = await http.request(method, url, json=body, headers={"x-vault-token": self.token.reveal()})
        except httpx.HTTPError as error:
            raise VaultUnavailableError(f"the key service can't be reached ({type(error).__name__})") from None
        if answer.status_code == 400 and what == "decrypt":
            # Sealed, standby, denied and limited have codes of their own: 400 judges what was sent.
            raise VaultError("a data key does not unwrap: the transit engine refuses it")
        if not answer.is_success:
            raise VaultUnavailableError(f"the key service answers {answer.status_code} to {what}")
        try:
            data = answer.json().get("data") if answer.content else {}
        except ValueError:
            raise VaultUnavailableError("the key service answers no JSON") from None
        return data if isinstance(data, dict) else {}


def _version(wrapped: str) -> int:
    """From `vault:v3:...`. Raises ValueError."""
    prefix, version, _ = wrapped.split(":", 2)
    if prefix != "vault" or not version.startswith("v"):
        raise ValueError("no ciphertext of a transit engine")
    return int(version[1:])


def _time(made: Any) -> datetime | None:
    """Seconds since 1970 for symmetric keys, an object with creation_time for others."""
    if isinstance(made, int):
        return datetime.fromtimestamp(made, UTC)
    if isinstance(made, dict) and "creation_time" in made:
        return datetime.fromisoformat(str(made["creation_time"]))
    return None


_: type[KeyService] = TransitKey

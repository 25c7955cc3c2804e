"""AWS KMS as a key service (API reference: Encrypt, Decrypt, RotateKeyOnDemand, ListKeyRotations).

KMS keeps every version of its key and finds the right one by itself; which version wrapped a data key is ours to count, from the
rotations that KMS lists. The encryption context names us and that version: it is authenticated, and shows in CloudTrail.
"""

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from attrs import define, field

from adapters_persistence.vault.key_service import KeyService
from distribution_core.domain.account import DataKey
from distribution_core.ports.keys import KeyServiceError, KeyStanding
from distribution_core.ports.vault import VaultError, VaultUnavailableError

_TIMEOUT_S = 5.0
# What KMS says of a ciphertext that is none of this key's, or came with another context; all else is about the service.
_WRONG = ("InvalidCiphertextException", "IncorrectKeyException")


@define(kw_only=True)
class KmsKey:
    """`key` is a key's id, ARN or alias. Credentials come as boto3 finds them (environment, profile, instance role)."""

    region: str
    key: str
    endpoint: str | None = None
    key_id: str = field(init=False)
    _client: Any = field(default=None, init=False, repr=False)

    @key_id.default
    def _key_id(self) -> str:
        return f"aws-kms:{self.region}/{self.key}"

    async def wrap(self, data_key: bytes) -> DataKey:
        version = (await self.standing()).version
        found = await self._ask(
            lambda kms: kms.encrypt(KeyId=self.key, Plaintext=data_key, EncryptionContext=self._context(version))
        )
        return DataKey(wrapped=found["CiphertextBlob"], key_id=self.key_id, key_version=version)

    async def unwrap(self, key: DataKey) -> bytes:
        if key.key_id != self.key_id or not key.wrapped:
            raise VaultError("a data key does not unwrap: it is not what this KMS key made")
        context = self._context(key.key_version)
        found = await self._ask(lambda kms: kms.decrypt(KeyId=self.key, CiphertextBlob=key.wrapped, EncryptionContext=context))
        plain: bytes = found["Plaintext"]
        return plain

    async def standing(self) -> KeyStanding:
        rotations = (await self._ask(lambda kms: kms.list_key_rotations(KeyId=self._id(kms)))).get("Rotations", [])
        if rotations:
            made = max(each["RotationDate"] for each in rotations)
        else:
            made = (await self._ask(lambda kms: kms.describe_key(KeyId=self.key)))["KeyMetadata"]["CreationDate"]
        newest = len(rotations) + 1
        at = made if isinstance(made, datetime) else datetime.fromtimestamp(made, UTC)
        return KeyStanding(key_id=self.key_id, version=newest, made_at=at.astimezone(UTC), versions=tuple(range(1, newest + 1)))

    async def rotate(self) -> KeyStanding:
        await self._ask(lambda kms: kms.rotate_key_on_demand(KeyId=self._id(kms)))
        return await self.standing()

    async def retire(self, version: int) -> None:
        raise KeyServiceError(
            f"KMS keeps every version of a key, so version {version} can't be retired; nothing is wrapped under it any more."
            " To do away with it, make another key, name that in SIMULCAST_KEY_SERVICE, rotate, and schedule this one's deletion."
        )

    def _context(self, version: int) -> Mapping[str, str]:
        return {"application": "simulcast", "purpose": "data-key", "version": str(version)}

    def _id(self, kms: Any) -> str:
        """Rotations are told of a key, never of an alias."""
        return str(kms.describe_key(KeyId=self.key)["KeyMetadata"]["KeyId"]) if self.key.startswith("alias/") else self.key

    async def _ask(self, call: Callable[[Any], Mapping[str, Any]]) -> Mapping[str, Any]:
        return await asyncio.to_thread(self._call, call)

    def _call(self, call: Callable[[Any], Mapping[str, Any]]) -> Mapping[str, Any]:
        import botocore.exceptions

        try:
            return call(self._opened())
        except botocore.exceptions.ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            if code in _WRONG:
                raise VaultError("a data key does not unwrap: KMS refuses it") from None
            raise VaultUnavailableError(f"the key service answers {code}") from None
        except botocore.exceptions.BotoCoreError as error:
            raise VaultUnavailableError(f"the key service can't be reached ({type(error).__name__})") from None

    def _opened(self) -> Any:
        if self._client is None:
            import boto3
            from botocore.config import Config

            config = Config(connect_timeout=_TIMEOUT_S, read_timeout=_TIMEOUT_S, retries={"total_max_attempts": 2})
            self._client = boto3.client("kms", region_name=self.region, endpoint_url=self.endpoint, config=config)
        return self._client


_: type[KeyService] = KmsKey

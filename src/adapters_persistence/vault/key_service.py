"""Where key-encryption keys live, and several such places at once: one wraps, each reads what it has wrapped."""

from typing import Protocol

from attrs import frozen

from adapters_persistence.vault.envelope import KeyWrapper
from distribution_core.domain.account import DataKey
from distribution_core.ports.keys import KeyDesk, KeyStanding
from distribution_core.ports.vault import VaultUnavailableError


class KeyService(KeyWrapper, Protocol):
    """One key with its versions. Methods raise what KeyDesk's do."""

    @property
    def key_id(self) -> str:
        """Stored beside what it wraps: it names the service and the key."""
        ...

    async def standing(self) -> KeyStanding: ...
    async def rotate(self) -> KeyStanding: ...
    async def retire(self, version: int) -> None: ...


@frozen
class KeyServices:
    """`newest` wraps; what `others` have wrapped is read by them until it is wrapped anew."""

    newest: KeyService
    others: tuple[KeyService, ...] = ()

    async def wrap(self, data_key: bytes) -> DataKey:
        return await self.newest.wrap(data_key)

    async def unwrap(self, key: DataKey) -> bytes:
        for service in (self.newest, *self.others):
            if service.key_id == key.key_id:
                return await service.unwrap(key)
        raise VaultUnavailableError(f"wrapped by key {key.key_id} version {key.key_version}, which is not configured")

    async def standing(self) -> KeyStanding:
        return await self.newest.standing()

    async def rewrap(self, key: DataKey) -> DataKey:
        return await self.newest.wrap(await self.unwrap(key))

    async def rotate(self) -> KeyStanding:
        return await self.newest.rotate()

    async def retire(self, version: int) -> None:
        await self.newest.retire(version)


_: type[KeyDesk] = KeyServices

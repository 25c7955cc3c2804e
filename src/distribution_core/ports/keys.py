"""Key-encryption keys and what is wrapped under them: their versions come and go while every token stays readable."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from attrs import frozen

from distribution_core.domain.account import DataKey


class KeyServiceError(Exception):
    """A key service can't do what was asked of it here; the message says what to do instead, and holds no secret."""


@frozen(kw_only=True)
class KeyStanding:
    """What new data keys are wrapped under: `version` of the key `key_id`. `made_at`: when that version was made, None where
    its service doesn't tell. `versions` are those that can still be read."""

    key_id: str
    version: int
    made_at: datetime | None = None
    versions: tuple[int, ...] = ()

    def keep_newest(self, retired: int) -> None:
        """Raises KeyServiceError where `retired` is the version that wraps, or beyond it."""
        if retired >= self.version:
            raise KeyServiceError(f"Version {retired} is the newest, which wraps what is new; rotate first.")


@frozen(kw_only=True)
class Wrapping:
    """A row that holds a wrapped data key: which table's, and the key as it was read."""

    table: str
    row_id: UUID | bytes
    key: DataKey


class KeyDesk(Protocol):
    """What can be done with key-encryption keys. Every method raises VaultUnavailableError while the service is away."""

    async def standing(self) -> KeyStanding: ...
    async def rewrap(self, key: DataKey) -> DataKey:
        """The same data key under the newest version. Raises VaultError for one that does not unwrap."""
        ...

    async def rotate(self) -> KeyStanding:
        """Make a new version. Raises KeyServiceError where that is done elsewhere."""
        ...

    async def retire(self, version: int) -> None:
        """Let nothing be read any more that is wrapped under this version or an older one. Raises KeyServiceError."""
        ...


class Wrappings(Protocol):
    """Every wrapped data key of the ledger."""

    async def counts(self) -> Mapping[tuple[str, int], int]:
        """How many there are under each key and version."""
        ...

    async def under_others(self, key_id: str, version: int, limit: int) -> Sequence[Wrapping]:
        """Some of those that another key or version wraps."""
        ...

    async def replace(self, wrapping: Wrapping, key: DataKey) -> bool:
        """Store the same data key as it is wrapped now; False where the row holds another one by now."""
        ...

    async def first_seen(self, key_id: str, version: int) -> datetime:
        """When this version was first noted as the newest; it is noted now where it never was."""
        ...

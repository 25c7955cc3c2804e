"""Argon2id password hashes, in a thread: hashing is slow on purpose."""

import asyncio

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from attrs import define, field

from distribution_core.domain.secret import Secret
from distribution_core.ports.passwords import Passwords


@define
class Argon2Passwords:
    """Argon2id with the library's RFC 9106 low-memory parameters."""

    _hasher: PasswordHasher = field(factory=PasswordHasher)
    _decoy: str | None = field(default=None, repr=False)

    async def hash(self, password: Secret) -> str:
        return await asyncio.to_thread(self._hasher.hash, password.reveal())

    async def verify(self, password: Secret, password_hash: str | None) -> bool:
        """Compares with a decoy when there is no such user, so that both answers take as long."""
        if self._decoy is None:
            self._decoy = await self.hash(Secret("decoy"))
        return await asyncio.to_thread(self._verify, password, password_hash)

    def _verify(self, password: Secret, password_hash: str | None) -> bool:
        try:
            self._hasher.verify(password_hash or self._decoy or "", password.reveal())
        except (VerificationError, InvalidHashError):
            return False
        # Whoever has no hash, None or empty, was compared with the decoy, which is nobody's.
        return bool(password_hash)


_: type[Passwords] = Argon2Passwords

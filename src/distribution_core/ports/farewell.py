"""A person tells the platform, not us, that our app is to go, or to forget them; the platform passes it on, signed."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from attrs import frozen

from distribution_core.domain.account import Grant, LinkChoice, SocialAccount


class ForgedFarewellError(Exception):
    """Not signed by the platform, or not readable. The message says which, and holds nothing of what was sent."""


@frozen(kw_only=True)
class Farewell:
    """Whom it is about, by the platform's own id: the person who had consented, or an account (`of_account`), which one of its
    people took our app away from."""

    app: str
    subject_id: str
    issued_at: datetime
    of_account: bool = False


class FarewellReader(Protocol):
    """Reads what one platform sends."""

    def read(self, form: Mapping[str, str]) -> Farewell:
        """Raises ForgedFarewellError."""
        ...


class Farewells(Protocol):
    """What is still held of those who have left, over all users."""

    async def grants_of(self, platform: str, app: str, subject_id: str) -> Sequence[Grant]: ...
    async def accounts_of(self, platform: str, external_account_id: str) -> Sequence[SocialAccount]:
        """Linked or not, locked against other changes until this transaction ends."""
        ...

    async def unrevoked(self, limit: int) -> Sequence[Grant]:
        """Grants that are to be revoked at the platform and were not put off beyond this transaction's time, the most urgent
        first; but those that somebody revokes just now."""
        ...

    async def abandoned(self, limit: int) -> Sequence[LinkChoice]:
        """Consents of which nothing was chosen in time, by users who are not just linking through the same app again."""
        ...

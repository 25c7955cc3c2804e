"""What a platform calls back to tell of posts. It is a reason to ask, and no answer: what it says is not taken for proof."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from attrs import frozen

from distribution_core.domain.delivery import Delivery
from distribution_core.ports.farewell import Farewell


class ForgedNoticeError(Exception):
    """Not signed by the platform, not now, or not readable."""


@frozen(kw_only=True)
class Notice:
    """Something has happened to a post of this account that was made by these handles."""

    external_account_id: str
    handles: Mapping[str, str]


class NoticeReader(Protocol):
    def read(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Notice | Farewell | None:
        """A Farewell where it tells that a person has removed our app; None for what tells of neither. Raises
        ForgedNoticeError."""
        ...


class Noticed(Protocol):
    async def unsettled(self, platform: str, external_account_id: str, limit: int) -> Sequence[Delivery]:
        """Open and failed deliveries to an external account, over all users, the newest first."""
        ...

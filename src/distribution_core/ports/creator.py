"""What a platform lets one creator do right now, where it wants that shown before each post."""

from typing import Protocol

from attrs import frozen

from distribution_core.domain.outcome import Refusal
from distribution_core.domain.quota import Quota
from distribution_core.domain.secret import Secret


@frozen(kw_only=True)
class CreatorInfo:
    """`privacy_levels` are those to choose from, in the platform's words and order; the user chooses, nothing is preset.
    `video_duration_ms_max`: None where the platform does not say."""

    nickname: str | None
    username: str | None
    avatar_url: str | None
    privacy_levels: tuple[str, ...] = ()
    comment_disabled: bool = False
    duet_disabled: bool = False
    stitch_disabled: bool = False
    video_duration_ms_max: int | None = None


class CreatorDesk(Protocol):
    """`quota` is how often one account may be asked about for people who compose."""

    @property
    def quota(self) -> Quota: ...
    async def ask(self, token: Secret) -> CreatorInfo | Refusal:
        """Fresh from the platform."""
        ...

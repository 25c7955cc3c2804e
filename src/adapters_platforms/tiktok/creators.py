"""What TikTok lets one creator do right now (Query Creator Info reference), to be asked before each post."""

from collections.abc import Mapping
from typing import Any

from attrs import frozen

from adapters_platforms.http import TransportError
from adapters_platforms.tiktok.api import TikTokApi
from adapters_platforms.tiktok.configuration import TikTokConfig
from adapters_platforms.tiktok.failures import before_commit
from distribution_core.domain.outcome import Refusal, Unavailable
from distribution_core.domain.quota import Quota
from distribution_core.domain.secret import Secret
from distribution_core.ports.creator import CreatorDesk, CreatorInfo


@frozen(kw_only=True)
class Creator:
    """`privacy_levels` are those that TikTok offers to this creator; empty: it did not say."""

    username: str | None
    nickname: str | None = None
    avatar_url: str | None = None
    privacy_levels: tuple[str, ...] = ()
    comment_disabled: bool = False
    duet_disabled: bool = False
    stitch_disabled: bool = False
    video_duration_ms_max: int | None = None


def read_creator(data: Mapping[str, Any]) -> Creator:
    """The creator in an answer's data; what is missing or of the wrong type is taken as not said."""
    levels, seconds = data.get("privacy_level_options"), data.get("max_video_post_duration_sec")

    def text(key: str) -> str | None:
        value = data.get(key)
        return value if isinstance(value, str) and value else None

    return Creator(
        username=text("creator_username"),
        nickname=text("creator_nickname"),
        avatar_url=text("creator_avatar_url"),
        privacy_levels=tuple(level for level in levels if isinstance(level, str)) if isinstance(levels, list) else (),
        comment_disabled=data.get("comment_disabled") is True,
        duet_disabled=data.get("duet_disabled") is True,
        stitch_disabled=data.get("stitch_disabled") is True,
        video_duration_ms_max=int(seconds * 1000) if isinstance(seconds, int | float) and seconds > 0 else None,
    )


async def ask_creator(api: TikTokApi, config: TikTokConfig, token: Secret) -> Creator | Refusal:
    """Fresh from TikTok. Daily caps and bans come out here, before anything is uploaded."""
    try:
        data = await api.post("/v2/post/publish/creator_info/query/", token)
    except TransportError as error:
        return Unavailable(message=str(error))
    return read_creator(data) if isinstance(data, dict) else before_commit(data, config)


@frozen(kw_only=True)
class TikTokCreators:
    """Asks for people who compose."""

    api: TikTokApi
    config: TikTokConfig
    quota: Quota

    async def ask(self, token: Secret) -> CreatorInfo | Refusal:
        found = await ask_creator(self.api, self.config, token)
        if not isinstance(found, Creator):
            return found
        return CreatorInfo(
            nickname=found.nickname,
            username=found.username,
            avatar_url=found.avatar_url,
            privacy_levels=found.privacy_levels,
            comment_disabled=found.comment_disabled,
            duet_disabled=found.duet_disabled,
            stitch_disabled=found.stitch_disabled,
            video_duration_ms_max=found.video_duration_ms_max,
        )


_: type[CreatorDesk] = TikTokCreators

"""The people of the imitation: five creators, one for each way an account can be."""

from attrs import frozen

PUBLIC = "PUBLIC_TO_EVERYONE"
FRIENDS = "MUTUAL_FOLLOW_FRIENDS"
FOLLOWERS = "FOLLOWER_OF_CREATOR"
SELF = "SELF_ONLY"
PRIVACY_LEVELS = (PUBLIC, FRIENDS, FOLLOWERS, SELF)


@frozen(kw_only=True)
class Creator:
    """A TikTok account. A private one offers no public posts, duet or stitch (Query Creator Info reference)."""

    open_id: str
    username: str
    nickname: str
    note: str = ""
    private: bool = False
    capped: bool = False
    banned: bool = False
    comment_disabled: bool = False
    video_duration_max_s: int = 300

    @property
    def privacy_options(self) -> tuple[str, ...]:
        return (FOLLOWERS, FRIENDS, SELF) if self.private else (PUBLIC, FRIENDS, SELF)


CREATORS: dict[str, Creator] = {
    creator.open_id: creator
    for creator in (
        Creator(open_id="o-ada", username="ada", nickname="Ada", video_duration_max_s=600),
        Creator(open_id="o-ben", username="ben", nickname="Ben", comment_disabled=True),
        Creator(open_id="o-cleo", username="cleo", nickname="Cleo", note="private account", private=True),
        Creator(open_id="o-dora", username="dora", nickname="Dora", note="has posted too much today", capped=True),
        Creator(open_id="o-eve", username="eve", nickname="Eve", note="banned from posting", banned=True),
    )
}


def settle_crowd(count: int) -> None:
    """Let `count` more creators move in: o-crowd-1, o-crowd-2 and so on."""
    for number in range(1, count + 1):
        creator = Creator(open_id=f"o-crowd-{number}", username=f"crowd{number}", nickname=f"Crowd {number}")
        CREATORS[creator.open_id] = creator

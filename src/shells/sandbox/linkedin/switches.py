"""What a test may turn about the imitation LinkedIn."""

from attrs import define, fields


@define
class Switches:
    """`processing_seconds`: from the last byte of media to AVAILABLE; `refresh_tokens`: whether apps get them;
    `cut_at_all_reserved`: cut a commentary at any unescaped reserved character, not at `(` alone; `early_post`: what a post
    with unready media meets (`error`, or `invisible`: 201 and nothing to see); `duplicate_seconds`: how long the same words
    are refused; `ghost_duplicates`: the refusal names a fresh URN that does not exist; `member_posts_per_day` and
    `app_posts_per_day`: quotas per UTC day; `video_bytes_min`: smaller videos fail in processing;
    `read_lag_seconds`: how long a new post is missing from the finder."""

    processing_seconds: float = 0.2
    refresh_tokens: bool = True
    cut_at_all_reserved: bool = False
    early_post: str = "error"
    duplicate_seconds: float = 600.0
    ghost_duplicates: bool = False
    member_posts_per_day: int = 150
    app_posts_per_day: int = 100_000
    video_bytes_min: int = 75_000
    read_lag_seconds: float = 0.0

    def set(self, name: str, value: object) -> None:
        """Raises KeyError for a name it does not have, TypeError for a value of another kind."""
        known = {field.name: field.type for field in fields(Switches)}
        kind = known[name]
        if kind is float and isinstance(value, int):
            value = float(value)
        if not isinstance(value, kind or object):
            raise TypeError(f"takes {kind}")
        if name == "early_post" and value not in ("error", "invisible"):
            raise ValueError("early_post is error or invisible")
        setattr(self, name, value)

    def reset(self) -> None:
        fresh = Switches()
        for field in fields(Switches):
            setattr(self, field.name, getattr(fresh, field.name))

"""What a test may turn about the imitation LinkedIn."""

from typing import Any

from attrs import define, field, fields, validators

_bool = validators.instance_of(bool)


def _seconds(_: object, __: Any, value: object) -> None:
    if not isinstance(value, float):
        raise TypeError("takes a number of seconds")
    if value < 0:
        raise ValueError("takes a number from 0")


def _count(_: object, __: Any, value: object) -> None:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError("takes a whole number")
    if value < 0:
        raise ValueError("takes a number from 0")


def _count_or_none(_: object, __: Any, value: object) -> None:
    if value is not None:
        _count(_, __, value)


def _float(value: object) -> object:
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _one_of(*choices: str) -> Any:
    return validators.in_(choices)


@define
class Switches:
    """Sign-in: `refresh_tokens`: whether apps get them; `cancel_at`: a person who cancels does so at the `authorize` page or at
    `login`; `token_spread_seconds`: how long a fresh token is called revoked; `locale_object`: userinfo's other form;
    `community_openid`: the community app may ask for openid, profile and email; `acl_field`: the name of an ACL's organization.

    Calls: `dead_versions`: more versions that are shut down; `token_before_version`: which is looked at first;
    `member_posts_per_day`, `app_posts_per_day`, `userinfo_calls_per_day` (null: none): quotas by UTC day; `development_tier`:
    the community app has 500 calls a day on each endpoint, a member 100, and no batch calls.

    Media: `processing_seconds`: from the last byte to AVAILABLE; `video_bytes_min`, `video_seconds_min`: less fails in
    processing; `etag_form`: `quoted` hex or a bare `path`; `upload_token`: what a finalize must echo.

    Posts: `cut_at_all_reserved`: cut a commentary at any unescaped reserved character, not at `(` alone;
    `urls_keep_backslashes`: an escape inside a URL shows; `early_post`: what a post with unready media meets (`error`, or
    `invisible`: 201 and nothing to see); `commentary_required`: also beside media; `duplicate_seconds`: how long the same words
    are refused; `duplicate_scope`: `text`, or `text_and_media`; `ghost_duplicates`: the refusal names a fresh URN that does not
    exist; `read_lag_seconds`: how long a new post is missing from the finder.
    """

    refresh_tokens: bool = field(default=True, validator=_bool)
    cancel_at: str = field(default="authorize", validator=_one_of("authorize", "login"))
    token_spread_seconds: float = field(default=0.0, converter=_float, validator=_seconds)
    locale_object: bool = field(default=False, validator=_bool)
    community_openid: bool = field(default=False, validator=_bool)
    acl_field: str = field(default="organization", validator=_one_of("organization", "organizationTarget"))
    dead_versions: list[str] = field(
        factory=list, validator=validators.deep_iterable(validators.instance_of(str), validators.instance_of(list))
    )
    token_before_version: bool = field(default=False, validator=_bool)
    member_posts_per_day: int = field(default=150, validator=_count)
    app_posts_per_day: int = field(default=100_000, validator=_count)
    userinfo_calls_per_day: int | None = field(default=None, validator=_count_or_none)
    development_tier: bool = field(default=False, validator=_bool)
    processing_seconds: float = field(default=0.2, converter=_float, validator=_seconds)
    video_bytes_min: int = field(default=75_000, validator=_count)
    video_seconds_min: float = field(default=3.0, converter=_float, validator=_seconds)
    etag_form: str = field(default="quoted", validator=_one_of("quoted", "path"))
    upload_token: str = field(default="", validator=validators.instance_of(str))
    cut_at_all_reserved: bool = field(default=False, validator=_bool)
    urls_keep_backslashes: bool = field(default=False, validator=_bool)
    early_post: str = field(default="error", validator=_one_of("error", "invisible"))
    commentary_required: bool = field(default=False, validator=_bool)
    duplicate_seconds: float = field(default=600.0, converter=_float, validator=_seconds)
    duplicate_scope: str = field(default="text", validator=_one_of("text", "text_and_media"))
    ghost_duplicates: bool = field(default=False, validator=_bool)
    read_lag_seconds: float = field(default=0.0, converter=_float, validator=_seconds)

    def set(self, name: str, value: object) -> None:
        """Raises KeyError for a name it does not have, TypeError or ValueError for a value that it cannot take."""
        if name not in {known.name for known in fields(Switches)}:
            raise KeyError(f"none is called that; there are {', '.join(known.name for known in fields(Switches))}")
        setattr(self, name, value)

    def reset(self) -> None:
        fresh = Switches()
        for known in fields(Switches):
            setattr(self, known.name, getattr(fresh, known.name))

"""What a test or a person may change about the imitation while it runs."""

import ipaddress
from typing import Any
from urllib.parse import urlsplit

from attrs import Attribute, define, field, fields
from attrs.validators import ge, in_, instance_of, optional


def _not_bool(_: object, attribute: "Attribute[Any]", value: object) -> None:
    if isinstance(value, bool):
        raise TypeError(f"{attribute.name} is a number")


def _loopback_url(_: object, attribute: "Attribute[Any]", value: object) -> None:
    if value is not None and not (isinstance(value, str) and is_loopback(urlsplit(value).hostname)):
        raise ValueError(f"{attribute.name} is a loopback URL or null")


def _strings(_: object, attribute: "Attribute[Any]", value: object) -> None:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise TypeError(f"{attribute.name} is a list of strings")


def _seconds(default: float) -> Any:
    return field(default=default, validator=[instance_of((int, float)), _not_bool, ge(0)])


def _cap(default: int | None) -> Any:
    return field(default=default, validator=optional([instance_of(int), _not_bool, ge(0)]))


def _flag(default: bool) -> Any:
    return field(default=default, validator=instance_of(bool))


@define
class Switches:
    """The named switches, described in the docstring of `TikTokSandbox`."""

    processing_seconds: float = _seconds(0.3)
    moderation_seconds: float = _seconds(0.3)
    token_profile: str = field(default="2026-11", validator=in_(("2026-11", "legacy")))
    require_pkce: bool = _flag(True)
    unaudited: bool = _flag(False)
    allow_loopback_pull: bool = _flag(True)
    verified_urls: list[str] = field(factory=list, validator=_strings)
    rate_limits: bool = _flag(True)
    daily_post_cap: int | None = _cap(15)
    pending_share_cap: int | None = _cap(5)
    active_user_cap: int | None = _cap(None)
    oauth_error_status: int = field(default=200, validator=in_((200, 400, 401)))
    invalid_params_code: str = field(default="invalid_params", validator=in_(("invalid_params", "invalid_param")))
    upload_range_header: str = field(default="last_index", validator=in_(("last_index", "count")))
    list_photos: bool = _flag(True)
    webhook_url: str | None = field(default=None, validator=_loopback_url)
    webhook_copies: int = field(default=1, validator=[instance_of(int), _not_bool, ge(1)])
    webhook_hold: int = field(default=1, validator=[instance_of(int), _not_bool, ge(1)])

    def set(self, name: str, value: object) -> None:
        """Raises KeyError for an unknown name, ValueError or TypeError for a value that it cannot take."""
        if name not in {attribute.name for attribute in fields(Switches)}:
            raise KeyError(name)
        setattr(self, name, value)

    def reset(self) -> None:
        fresh = Switches()
        for attribute in fields(Switches):
            setattr(self, attribute.name, getattr(fresh, attribute.name))


def is_loopback(host: str | None) -> bool:
    """Whether a URL's host is this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False

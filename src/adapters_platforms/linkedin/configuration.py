"""What the LinkedIn adapter is set to: the manifest's defaults under the user's settings, read once."""

from typing import Self

from attrs import frozen

from adapters_platforms.manifest import Manifest
from adapters_platforms.settings import PlatformSettings


@frozen(kw_only=True)
class LinkedInConfig:
    """Times in seconds where a name ends in _s. Meanings: the help texts of manifest.toml."""

    www: str
    api: str
    api_version: str
    posts_api: str
    urls_keep_underscores: bool
    member_duplicate_probe: bool
    community_openid: bool
    posting_roles: tuple[str, ...]
    upload_hosts: tuple[str, ...]
    member_image_wait_s: float
    poll_interval_s: float
    poll_count: int
    processing_wait_s: float
    processing_limit_s: float
    throttle_wait_s: float
    throttle_daily_after: int
    fresh_token_wait_s: float
    refresh_ahead_days: float
    call_timeout_s: float
    commit_deadline_s: float
    read_lag_s: float

    @classmethod
    def read(cls, manifest: Manifest, settings: PlatformSettings) -> Self:
        """Raises ValueError in words for an option that cannot be understood."""

        def number(key: str) -> float:
            value = manifest.option(settings, key)
            try:
                found = float(value)
            except ValueError:
                found = -1.0
            if not 0 <= found < 1e9:
                raise ValueError(f"linkedin option {key} is a number from 0, not {value!r}")
            return found

        return cls(
            www=manifest.base_url(settings, "www"),
            api=manifest.base_url(settings, "api"),
            api_version=settings.api_version or manifest.api_version,
            posts_api=manifest.option(settings, "posts_api"),
            urls_keep_underscores=manifest.option(settings, "url_underscores") == "raw",
            member_duplicate_probe=manifest.option(settings, "member_duplicate_probe") == "on",
            community_openid=manifest.option(settings, "community_openid") == "yes",
            posting_roles=manifest.words(settings, "posting_roles"),
            upload_hosts=manifest.words(settings, "upload_hosts"),
            member_image_wait_s=number("member_image_wait_s"),
            poll_interval_s=number("poll_interval_s"),
            poll_count=max(1, int(number("poll_count"))),
            processing_wait_s=number("processing_wait_s"),
            processing_limit_s=number("processing_limit_s"),
            throttle_wait_s=number("throttle_wait_s"),
            throttle_daily_after=max(1, int(number("throttle_daily_after"))),
            fresh_token_wait_s=number("fresh_token_wait_s"),
            refresh_ahead_days=number("refresh_ahead_days"),
            call_timeout_s=number("call_timeout_s"),
            commit_deadline_s=number("commit_deadline_s"),
            read_lag_s=number("read_lag_s"),
        )

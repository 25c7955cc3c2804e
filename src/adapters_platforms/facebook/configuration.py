"""What the Facebook adapter is set to: the manifest's defaults under the user's settings, read once."""

from datetime import timedelta
from typing import Self

from attrs import frozen

from adapters_platforms.facebook.usage import Pauses
from adapters_platforms.manifest import Manifest
from adapters_platforms.settings import PlatformSettings


@frozen(kw_only=True)
class FacebookConfig:
    """Meanings: the help texts of manifest.toml."""

    www: str
    graph: str
    video: str
    api_version: str
    drafts: bool
    unpublished_content_type: str | None
    portfolio_pages: bool
    token_in_header: bool
    token_method: str
    call_timeout_s: float
    commit_deadline_s: float
    read_lag_s: float
    refresh_ahead_days: float
    photo_hours: float
    video_chunk_bytes: int
    video_session_hours: float
    policy_wait_s: float
    usage_pauses: Pauses

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
                raise ValueError(f"facebook option {key} is a number from 0, not {value!r}")
            return found

        kind = manifest.option(settings, "unpublished_content_type")
        return cls(
            www=manifest.base_url(settings, "www"),
            graph=manifest.base_url(settings, "graph"),
            video=manifest.base_url(settings, "video"),
            api_version=settings.api_version or manifest.api_version,
            drafts=manifest.option(settings, "post_flow") == "draft",
            unpublished_content_type=None if kind == "none" else kind,
            portfolio_pages=manifest.option(settings, "portfolio_pages") == "yes",
            token_in_header=manifest.option(settings, "read_token_in") == "header",
            token_method=manifest.option(settings, "token_method"),
            call_timeout_s=number("call_timeout_s"),
            commit_deadline_s=number("commit_deadline_s"),
            read_lag_s=number("read_lag_s"),
            refresh_ahead_days=number("refresh_ahead_days"),
            photo_hours=number("photo_hours"),
            video_chunk_bytes=int(number("video_chunk_bytes")),
            video_session_hours=number("video_session_hours"),
            policy_wait_s=number("policy_wait_s"),
            usage_pauses=Pauses(
                percent=number("usage_pause_percent"),
                nearly=timedelta(seconds=number("usage_pause_s")),
                full=timedelta(seconds=number("usage_pause_full_s")),
            ),
        )

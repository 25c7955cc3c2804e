"""What the TikTok adapter is set to: the manifest's defaults under the user's settings, read once."""

from typing import Self
from urllib.parse import urlsplit

from attrs import frozen

from adapters_platforms.manifest import Manifest
from adapters_platforms.settings import PlatformSettings
from adapters_platforms.tiktok.chunks import CHUNK_BYTES_MAX, CHUNK_BYTES_MIN

NEEDED_SCOPES = ("user.info.basic", "video.publish")


@frozen(kw_only=True)
class TikTokConfig:
    """Times in seconds where a name ends in _s. Meanings: the help texts of manifest.toml."""

    www: str
    api: str
    scopes: tuple[str, ...]
    pkce: bool
    always_ask: bool
    refresh_ahead_s: float
    video_source: str
    default_privacy_level: str
    whole_file_bytes_max: int
    chunk_bytes: int
    upload_hosts: tuple[str, ...]
    upload_bytes_per_s: float
    chunk_floor_s: float
    call_timeout_s: float
    commit_deadline_s: float
    read_lag_s: float
    resend_lost_chunk: bool
    last_chunk_wait_s: float
    last_chunk_patience_s: float
    poll_first_s: float
    poll_longest_s: float
    post_id_wait_s: float
    look_back_s: float
    rate_limit_wait_s: float
    cap_wait_s: float

    @classmethod
    def read(cls, manifest: Manifest, settings: PlatformSettings) -> Self:
        """Raises ValueError in words for an option that cannot be understood."""

        def number(key: str, least: float = 0, most: float = 1e9) -> float:
            value = manifest.option(settings, key)
            try:
                found = float(value)
            except ValueError:
                found = -1.0
            if not least <= found <= most:
                raise ValueError(f"tiktok option {key} is a number from {least:g} to {most:g}, not {value!r}")
            return found

        scopes, hosts = manifest.words(settings, "scopes"), manifest.words(settings, "upload_hosts")
        for scope in NEEDED_SCOPES:
            if scope not in scopes:
                raise ValueError(f"tiktok option scopes has to hold {scope}: nothing can be posted without it")
        api = manifest.base_url(settings, "api")
        return cls(
            www=manifest.base_url(settings, "www"),
            api=api,
            scopes=scopes,
            pkce=manifest.option(settings, "pkce") == "on",
            always_ask=manifest.option(settings, "always_ask") == "on",
            refresh_ahead_s=number("refresh_ahead_s"),
            video_source=manifest.option(settings, "video_source"),
            default_privacy_level=manifest.option(settings, "default_privacy_level"),
            whole_file_bytes_max=int(number("whole_file_bytes_max", CHUNK_BYTES_MIN, CHUNK_BYTES_MAX)),
            chunk_bytes=int(number("chunk_bytes", CHUNK_BYTES_MIN, CHUNK_BYTES_MAX)),
            upload_hosts=(*hosts, urlsplit(api).hostname or ""),
            upload_bytes_per_s=number("upload_bytes_per_s", 1000),
            chunk_floor_s=number("chunk_floor_s"),
            call_timeout_s=number("call_timeout_s"),
            commit_deadline_s=number("commit_deadline_s"),
            read_lag_s=number("read_lag_s"),
            resend_lost_chunk=manifest.option(settings, "lost_last_chunk") == "resend",
            last_chunk_wait_s=number("last_chunk_wait_s"),
            last_chunk_patience_s=number("last_chunk_patience_s"),
            poll_first_s=number("poll_first_s"),
            poll_longest_s=number("poll_longest_s"),
            post_id_wait_s=number("post_id_wait_s"),
            look_back_s=number("look_back_s"),
            rate_limit_wait_s=number("rate_limit_wait_s"),
            cap_wait_s=number("cap_wait_s"),
        )

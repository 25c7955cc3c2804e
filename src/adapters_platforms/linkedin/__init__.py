"""LinkedIn: members and organizations, by the versioned Posts API or the older ugcPosts."""

from datetime import UTC, date, datetime
from functools import partial

from adapters_platforms.http import HttpClient
from adapters_platforms.linkedin.api import LinkedInApi
from adapters_platforms.linkedin.configuration import LinkedInConfig
from adapters_platforms.linkedin.discovery import Discovery
from adapters_platforms.linkedin.oauth import LinkedInAuthorizer
from adapters_platforms.linkedin.publishing import LinkedInAdapter
from adapters_platforms.linkedin.throttling import Throttling
from adapters_platforms.linkedin.versions import version_sunset, version_warning
from adapters_platforms.manifest import Manifest, load_manifest
from adapters_platforms.settings import PlatformSettings
from distribution_core.ports.media import MediaStore
from distribution_core.ports.platform import AppProfile, Ending, Platform

__all__ = ["build", "version_sunset", "version_warning"]


def build(settings: PlatformSettings, http: HttpClient, media: MediaStore) -> Platform:
    """LinkedIn under `settings`. Raises ValueError in words for an option that cannot be understood."""
    manifest = load_manifest(__name__)
    config = LinkedInConfig.read(manifest, settings)
    api = LinkedInApi(
        http=http,
        www=config.www,
        api=config.api,
        version=config.api_version,
        upload_hosts=config.upload_hosts,
        call_timeout_s=config.call_timeout_s,
    )
    throttling = Throttling(_now, config.throttle_wait_s, config.throttle_daily_after)
    authorizer = LinkedInAuthorizer(
        apps=_apps(manifest, settings, config),
        default_app=manifest.default_app,
        credentials=settings.apps,
        config=config,
        http=http,
        discovery=Discovery(api=api, config=config),
        api=api,
        throttling=throttling,
    )
    adapter = LinkedInAdapter(
        rules=manifest.rules,
        config=config,
        api=api,
        media=media,
        throttling=throttling,
        now=_now,
    )
    return Platform(
        id=manifest.id,
        name=manifest.name,
        adapter=adapter,
        authorizer=authorizer,
        colour=manifest.colour,
        help=manifest.help,
        sandboxed=settings.sandboxed,
        account_urls=manifest.pages(settings),
        limits=manifest.limits(settings),
        warnings=partial(_warnings, config.api_version),
    )


def _warnings(version: str, today: date) -> tuple[Ending, ...]:
    words, ends = version_warning(version, today), version_sunset(version)
    return (Ending(words=words, over=ends is None or ends <= today),) if words else ()


def _apps(manifest: Manifest, settings: PlatformSettings, config: LinkedInConfig) -> dict[str, AppProfile]:
    openid = ("openid", "profile") if config.community_openid else ()
    return {
        name: AppProfile(
            name=name,
            purpose=app.purpose,
            scopes=(*app.scopes, *openid) if name == "community" else app.scopes,
            uses_pkce=app.uses_pkce,
            configured=name in settings.apps,
        )
        for name, app in manifest.apps.items()
    }


def _now() -> datetime:
    return datetime.now(UTC)

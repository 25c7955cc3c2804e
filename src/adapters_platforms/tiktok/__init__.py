"""TikTok: creators, by the Content Posting API v2 with Direct Post."""

from datetime import UTC, datetime

from attrs import evolve

from adapters_platforms.http import HttpClient
from adapters_platforms.manifest import Manifest, load_manifest
from adapters_platforms.settings import PlatformSettings
from adapters_platforms.tiktok.api import TikTokApi
from adapters_platforms.tiktok.configuration import TikTokConfig
from adapters_platforms.tiktok.creators import TikTokCreators
from adapters_platforms.tiktok.notices import Webhooks
from adapters_platforms.tiktok.oauth import TikTokAuthorizer
from adapters_platforms.tiktok.publishing import TikTokAdapter
from adapters_platforms.tiktok.reconciling import Reconciler
from adapters_platforms.tiktok.uploading import Uploader
from distribution_core.domain.rules import PlatformRules
from distribution_core.ports.media import MediaStore
from distribution_core.ports.platform import AppProfile, Platform

__all__ = ["build"]


def build(settings: PlatformSettings, http: HttpClient, media: MediaStore) -> Platform:
    """TikTok under `settings`. Raises ValueError in words for an option that cannot be understood."""
    manifest = load_manifest(__name__)
    config = TikTokConfig.read(manifest, settings)
    api = TikTokApi(http=http, base=config.api, call_timeout_s=config.call_timeout_s)
    authorizer = TikTokAuthorizer(
        apps=_apps(manifest, settings, config),
        default_app=manifest.default_app,
        credentials=settings.apps,
        config=config,
        http=http,
        api=api,
    )
    uploader = Uploader(config=config, http=http, api=api, media=media, now=_now)
    adapter = TikTokAdapter(
        rules=_rules(manifest, settings),
        config=config,
        api=api,
        media=media,
        uploader=uploader,
        reconciler=Reconciler(config=config, api=api, uploader=uploader, now=_now),
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
        notices=Webhooks(app=manifest.default_app, credentials=settings.apps.get(manifest.default_app)),
        creators=TikTokCreators(api=api, config=config, quota=manifest.creator_quota) if manifest.creator_quota else None,
    )


def _apps(manifest: Manifest, settings: PlatformSettings, config: TikTokConfig) -> dict[str, AppProfile]:
    return {
        name: AppProfile(
            name=name,
            purpose=app.purpose,
            scopes=config.scopes,
            uses_pkce=app.uses_pkce and config.pkce,
            configured=name in settings.apps,
        )
        for name, app in manifest.apps.items()
    }


def _rules(manifest: Manifest, settings: PlatformSettings) -> PlatformRules:
    value = manifest.option(settings, "posts_per_day")
    if not value.isascii() or not value.isdigit():
        raise ValueError(f"tiktok option posts_per_day is a whole number from 0, not {value!r}")
    return evolve(manifest.rules, posts_per_day=int(value) or None)


def _now() -> datetime:
    return datetime.now(UTC)

"""Facebook: Pages, by the Graph API."""

from datetime import UTC, datetime

from adapters_platforms.facebook.api import GraphApi
from adapters_platforms.facebook.configuration import FacebookConfig
from adapters_platforms.facebook.farewells import SignedRequests
from adapters_platforms.facebook.oauth import FacebookAuthorizer
from adapters_platforms.facebook.publishing import FacebookAdapter
from adapters_platforms.facebook.reconciling import Reconciler
from adapters_platforms.facebook.videos import VideoUpload
from adapters_platforms.http import HttpClient
from adapters_platforms.manifest import load_manifest
from adapters_platforms.settings import PlatformSettings
from distribution_core.ports.media import MediaStore
from distribution_core.ports.platform import AppProfile, Platform

__all__ = ["build"]


def build(settings: PlatformSettings, http: HttpClient, media: MediaStore) -> Platform:
    """Facebook under `settings`. Raises ValueError in words for an option that cannot be understood."""
    manifest = load_manifest(__name__)
    config = FacebookConfig.read(manifest, settings)
    credentials = settings.apps.get(manifest.default_app)
    api = GraphApi(http=http, config=config, app_secret=credentials.client_secret if credentials else None)
    extra = ("business_management",) if config.portfolio_pages else ()
    apps = {
        name: AppProfile(
            name=name,
            purpose=app.purpose,
            scopes=(*app.scopes, *extra),
            uses_pkce=app.uses_pkce,
            configured=name in settings.apps,
        )
        for name, app in manifest.apps.items()
    }
    return Platform(
        id=manifest.id,
        name=manifest.name,
        adapter=FacebookAdapter(
            rules=manifest.rules,
            config=config,
            api=api,
            media=media,
            reconciler=Reconciler(config=config, api=api, client_id=credentials.client_id if credentials else None, now=_now),
            uploads=VideoUpload(config=config, api=api, media=media, now=_now),
            now=_now,
        ),
        authorizer=FacebookAuthorizer(
            apps=apps, default_app=manifest.default_app, credentials=credentials, config=config, api=api
        ),
        colour=manifest.colour,
        help=manifest.help,
        sandboxed=settings.sandboxed,
        account_urls=manifest.pages(settings),
        limits=manifest.limits(settings),
        farewells=SignedRequests(app=manifest.default_app, credentials=credentials),
    )


def _now() -> datetime:
    return datetime.now(UTC)

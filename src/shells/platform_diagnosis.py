"""What each platform's developer app still lacks before accounts can be linked through it, without a secret in it."""

from attrs import frozen

from adapters_platforms.manifest import Manifest
from shells.platform_settings import manifests
from shells.settings import PREFIX, Settings


@frozen(kw_only=True)
class Lack:
    """One thing to do. `setting` names the environment variable where it is one."""

    code: str
    words: str
    setting: str | None = None


@frozen(kw_only=True)
class AppDiagnosis:
    """One developer app of a platform. `redirect_uri` is what has to be registered with it, to the letter."""

    platform: str
    app: str
    redirect_uri: str
    configured: bool
    lacks: tuple[Lack, ...] = ()


def redirect_uri_of(settings: Settings, platform: str) -> str:
    """The exact redirect URI to register with a platform's developer apps."""
    return f"{settings.public_base_url}/oauth/{platform}/callback"


def diagnose(settings: Settings) -> tuple[AppDiagnosis, ...]:
    """Every app of every installed platform. The sandbox's apps lack nothing."""
    return tuple(_app(settings, manifest, app) for manifest in manifests().values() for app in manifest.apps)


def _app(settings: Settings, manifest: Manifest, app: str) -> AppDiagnosis:
    redirect_uri = redirect_uri_of(settings, manifest.id)
    if settings.sandbox_url:
        return AppDiagnosis(platform=manifest.id, app=app, redirect_uri=redirect_uri, configured=True)
    own, prefix = settings.platforms.get(manifest.id, {}), "" if app == manifest.default_app else f"{app}_"
    lacks = []
    for key, words in (("client_id", "client id"), ("client_secret", "client secret")):
        if not own.get(f"{prefix}{key}"):
            name = f"{PREFIX}{manifest.id.upper()}_{prefix.upper()}{key.upper()}"
            lacks.append(Lack(code=f"missing_{key}", words=f"Set {name} to the app's {words}.", setting=name))
    configured = not lacks
    if not configured:
        lacks.append(Lack(code="register_redirect_uri", words=f"Register the redirect URI {redirect_uri} with the app."))
    if not redirect_uri.startswith("https://"):
        words = f"{manifest.name} sends people back to https:// addresses only: {PREFIX}PUBLIC_BASE_URL begins with http://."
        lacks.append(Lack(code="redirect_uri_insecure", words=words, setting=f"{PREFIX}PUBLIC_BASE_URL"))
    return AppDiagnosis(platform=manifest.id, app=app, redirect_uri=redirect_uri, configured=configured, lacks=tuple(lacks))

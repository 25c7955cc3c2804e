"""What each platform can be configured with, read off its manifest: ids, secrets, addresses, version, options."""

from collections.abc import Mapping

from attrs import frozen

from adapters_platforms.manifest import Manifest, load_manifest
from adapters_platforms.registry import builders
from adapters_platforms.settings import AppCredentials, PlatformSettings
from distribution_core.domain.secret import Secret
from shells.settings import PREFIX, SettingsError

SANDBOX_APPS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "facebook": {"pages": ("900000000000001", "sandbox-facebook-secret")},
    "tiktok": {"creator": ("sandboxtiktokkey", "sandbox-tiktok-secret")},
    "linkedin": {
        "member": ("86sandboxmember", "sandbox-linkedin-member-secret"),
        "community": ("86sandboxcommunity", "sandbox-linkedin-community-secret"),
    },
}


def manifests() -> dict[str, Manifest]:
    """The manifest of every installed platform that has one beside its builder."""
    return {name: load_manifest(builder.__module__) for name, builder in builders().items()}


@frozen(kw_only=True)
class PlatformKey:
    """One setting of a platform. `name` is in lower case and without the platform's own; `values` stand where it is a choice."""

    name: str
    help: str
    default: str = ""
    values: tuple[str, ...] = ()


def platform_keys(found: Mapping[str, Manifest]) -> dict[str, frozenset[str]]:
    """The setting names that each platform knows, in lower case and without its own name."""
    return {name: frozenset(key.name for key in described_keys(manifest)) for name, manifest in found.items()}


def described_keys(manifest: Manifest) -> list[PlatformKey]:
    """Every setting of a platform. The default app's credentials need no app name."""
    keys = [
        PlatformKey(name="client_id", help=f"Client id of the {manifest.default_app} app"),
        PlatformKey(name="client_secret", help=f"Client secret of the {manifest.default_app} app"),
    ]
    for app, profile in manifest.apps.items():
        if app != manifest.default_app:
            keys += [
                PlatformKey(name=f"{app}_client_id", help=f"Client id of the {app} app: {profile.purpose}"),
                PlatformKey(name=f"{app}_client_secret", help=f"Client secret of the {app} app"),
            ]
    keys.append(PlatformKey(name="api_version", help="API version", default=manifest.api_version))
    keys += [PlatformKey(name=f"{key}_url", help=f"Base URL of {key}", default=url) for key, url in manifest.base_urls.items()]
    keys += [
        PlatformKey(name=key, help=option.help, default=option.default, values=option.values or ())
        for key, option in manifest.options.items()
    ]
    return keys


def structure(manifest: Manifest, own: Mapping[str, str], sandbox_url: str) -> PlatformSettings:
    """A platform's settings. With a sandbox URL its addresses and apps are the sandbox's. Raises SettingsError."""
    apps: dict[str, AppCredentials] = {}
    for app in manifest.apps:
        prefix = "" if app == manifest.default_app else f"{app}_"
        client_id, secret = own.get(f"{prefix}client_id", ""), own.get(f"{prefix}client_secret", "")
        if client_id and secret:
            apps[app] = AppCredentials(client_id=client_id, client_secret=Secret(secret))
    base_urls = {key: own[f"{key}_url"] for key in manifest.base_urls if own.get(f"{key}_url")}
    for key, url in base_urls.items():
        if not url.startswith(("http://", "https://")):
            raise SettingsError(f"{PREFIX}{manifest.id.upper()}_{key.upper()}_URL starts with http:// or https://, not {url!r}")
    if sandbox_url:
        apps = {
            app: AppCredentials(client_id=client_id, client_secret=Secret(secret))
            for app, (client_id, secret) in SANDBOX_APPS.get(manifest.id, {}).items()
        }
        base_urls = {key: f"{sandbox_url}/{manifest.id}/{key}" for key in manifest.base_urls}
    return PlatformSettings(
        apps=apps,
        base_urls=base_urls,
        api_version=own.get("api_version") or None,
        options={key: own[key] for key in manifest.options if key in own},
        sandboxed=bool(sandbox_url),
    )

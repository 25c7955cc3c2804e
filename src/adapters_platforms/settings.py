"""What a platform adapter is configured with. Defaults for addresses and versions are in its manifest."""

from collections.abc import Mapping

from attrs import field, frozen

from distribution_core.domain.secret import Secret


@frozen(kw_only=True)
class AppCredentials:
    """One developer app's id (TikTok calls it client key) and secret."""

    client_id: str
    client_secret: Secret


@frozen(kw_only=True)
class PlatformSettings:
    """`apps` by profile name; `base_urls` and `options` override the manifest's by key; `api_version` its version."""

    apps: Mapping[str, AppCredentials] = field(factory=dict)
    base_urls: Mapping[str, str] = field(factory=dict)
    api_version: str | None = None
    options: Mapping[str, str] = field(factory=dict)
    sandboxed: bool = False

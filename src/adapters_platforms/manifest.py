"""Reads a platform's manifest.toml: names, addresses, app profiles, options, rules and texts, as data."""

import tomllib
from collections.abc import Mapping
from enum import StrEnum
from importlib.resources import files
from typing import Any

import cattrs
from attrs import evolve, field, frozen

from adapters_platforms.settings import PlatformSettings
from distribution_core.domain.quota import OutboundLimits, Quota
from distribution_core.domain.rules import PlatformRules


@frozen(kw_only=True)
class ManifestApp:
    """A developer app profile: what it is for, what it asks, whether it takes PKCE."""

    purpose: str
    scopes: tuple[str, ...]
    uses_pkce: bool = False


@frozen(kw_only=True)
class Option:
    """A setting with two or more ways, because the platform's behaviour is not verified or a matter of choice."""

    default: str
    values: tuple[str, ...] | None = None
    help: str


class Level(StrEnum):
    """How strong a promise is. Neither ever makes a silent second post."""

    EXACTLY_ONCE = "exactly once"
    AT_MOST_ONCE = "at most once, and ask"


@frozen(kw_only=True)
class Guarantee:
    """What is promised of one kind of post when its answer is lost: by which flow, why, and what window remains."""

    kinds: str
    flow: str
    prepare: str
    commit: str
    lost: str
    level: Level
    window: str


@frozen(kw_only=True)
class Manifest:
    """A platform as data: tables [base_urls], [account_urls], [apps.NAME], [options.NAME] and [rules], and the lists
    [[guarantees]] and [[quotas]] of manifest.toml. A quota's `most` is overruled by the option quota_NAME, 0: no limit.
    [creator_quota] is how often a creator may be asked about while somebody composes."""

    id: str
    name: str
    colour: str
    help: str
    api_version: str
    default_app: str
    base_urls: Mapping[str, str]
    apps: Mapping[str, ManifestApp]
    options: Mapping[str, Option] = field(factory=dict)
    account_urls: Mapping[str, str] = field(factory=dict)
    guarantees: tuple[Guarantee, ...] = ()
    quotas: tuple[Quota, ...] = ()
    creator_quota: Quota | None = None
    rules: PlatformRules

    def pages(self, settings: PlatformSettings) -> dict[str, str]:
        """Where each kind of account can be looked at; `{external_account_id}` and `{handle}` are left to fill in."""
        www = self.base_url(settings, "www")
        return {kind: template.replace("{www}", www) for kind, template in self.account_urls.items()}

    def base_url(self, settings: PlatformSettings, key: str) -> str:
        """An address without a trailing slash: the configured one, else the platform's own."""
        return settings.base_urls.get(key, self.base_urls[key]).rstrip("/")

    def limits(self, settings: PlatformSettings) -> OutboundLimits:
        """What is sent at most. Raises ValueError in words for an option that is no whole number."""
        mosts = {quota.name: self._count(settings, f"quota_{quota.name}") for quota in self.quotas}
        return OutboundLimits(
            concurrency=self._count(settings, "concurrency"),
            app_concurrency=self._count(settings, "app_concurrency"),
            account_concurrency=self._count(settings, "account_concurrency"),
            quotas=tuple(evolve(quota, most=most) for quota in self.quotas if (most := mosts[quota.name]) is not None),
        )

    def _count(self, settings: PlatformSettings, key: str) -> int | None:
        value = self.option(settings, key)
        if not value.isascii() or not value.isdigit():
            raise ValueError(f"{self.id} option {key} is a whole number from 0, not {value!r}")
        return int(value) or None

    def option(self, settings: PlatformSettings, key: str) -> str:
        """An option's value. Raises ValueError in words for one that is not among its values."""
        option = self.options[key]
        value = settings.options.get(key, option.default)
        if option.values is not None and value not in option.values:
            raise ValueError(f"{self.id} option {key} is one of {', '.join(option.values)}, not {value!r}")
        return value

    def words(self, settings: PlatformSettings, key: str) -> tuple[str, ...]:
        """The parts of an option that is a list, comma separated. Raises ValueError as `option` does."""
        return tuple(word.strip() for word in self.option(settings, key).split(",") if word.strip())


def _converter() -> cattrs.Converter:
    return cattrs.Converter(forbid_extra_keys=True)


class ManifestError(ValueError):
    """A manifest can't be read; the message says whose it is and where it is wrong."""


def load_manifest(package: str) -> Manifest:
    """The manifest that lies beside an adapter's code. Raises ManifestError."""
    return read_manifest((files(package) / "manifest.toml").read_text("utf-8"), package)


def read_manifest(text: str, whose: str) -> Manifest:
    """Raises ManifestError."""
    try:
        data: dict[str, Any] = tomllib.loads(text)
        data["rules"] = {"platform": data["id"], "name": data["name"], **data.get("rules", {})}
        return _converter().structure(data, Manifest)
    except tomllib.TOMLDecodeError as error:
        raise ManifestError(f"the manifest of {whose} is no TOML: {error}") from None
    except cattrs.BaseValidationError as error:
        raise ManifestError(f"the manifest of {whose} is malformed: {'; '.join(cattrs.transform_error(error))}") from None
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise ManifestError(f"the manifest of {whose} is malformed: {type(error).__name__} {error}") from None

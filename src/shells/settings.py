"""Settings from the environment (SIMULCAST_...) or one TOML file; the environment wins. Unknown names are refused."""

import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args
from urllib.parse import urlsplit

import attrs
from attrs import field, frozen

from distribution_core.domain.secret import Secret

PREFIX = "SIMULCAST_"
_RATE = re.compile(r"[1-9][0-9]{0,8}/(second|minute|hour|day)(;[1-9][0-9]{0,8}/(second|minute|hour|day))*")
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
CONFIG_VARIABLE = "SIMULCAST_CONFIG"
# Read by the test command and between a server and its processes, not settings of the product.
_NOT_OURS = {CONFIG_VARIABLE, "SIMULCAST_TEST_REQUIRE", "SIMULCAST_SERVE_WITHOUT_WORKER"}


class SettingsError(ValueError):
    """A setting is unknown or malformed; the message is one line that names it and says what it takes."""


def _setting(default: Any, help_text: str, *, shown: bool = True) -> Any:
    """`shown` False keeps a value that may hold a password out of the settings' repr."""
    return field(default=default, metadata={"help": help_text}, repr=shown)


@frozen(kw_only=True)
class Settings:
    """Everything that can be set, besides each platform's own (see platform_settings.py)."""

    data_dir: Path = _setting(Path("var"), "Folder for the embedded database, media and demo key")
    database_url: str = _setting(
        "", "Database: sqlite:///file or postgresql://user@host/name (default: SQLite in data_dir)", shown=False
    )
    media_url: str = _setting(
        "", "Media store: file:///folder, s3://bucket, gs://bucket, az://container (default: in data_dir)", shown=False
    )
    media_links: str = _setting(
        "own",
        "Who serves what platforms pull: own (the web shell, under public_base_url) or store (the object store's signed URLs)",
    )
    key: Secret | None = _setting(
        None,
        "Key-encryption key: 32 bytes in base64, or several as version:key with spaces between, of which the highest wraps;"
        " required, or a key_file",
    )
    key_file: Path | None = _setting(
        None, "File of such versions, a line each, to which `simulcast keys rotate` adds; nobody else may read it"
    )
    key_service: str = _setting(
        "",
        "Who wraps data keys: empty (the key above), transit+https://host:8200/mount/key (Vault or OpenBao), or"
        " aws-kms://region/key (wants the extra simulcast[kms])",
    )
    key_service_token: Secret | None = _setting(None, "Token for the transit engine")
    key_cache_seconds: float = _setting(
        600.0,
        "How long an unwrapped data key is kept in memory: so long may the key service be away unnoticed, in seconds",
    )
    key_rotation_days: float = _setting(365.0, "How old the newest key version may be until health says it is overdue, in days")
    broker_url: str = _setting(
        "",
        "Message broker: amqp://, redis:// or sqs:// (confluentkafka://: preview); empty: none",
        shown=False,
    )
    broker_redelivery_seconds: float = _setting(
        0.0, "After how long the broker hands an unanswered message out again; 0: twice the longest publish"
    )
    public_base_url: str = _setting("http://127.0.0.1:8000", "Where people and platforms reach the web shell")
    host: str = _setting("127.0.0.1", "Address that the web shell listens on")
    port: int = _setting(8000, "Port that the web shell listens on")
    sandbox_url: str = _setting("", "Use the sandbox at this address in place of every real platform")
    hold_seconds: float = _setting(10.0, "How long saved content can still be changed or taken back, in seconds")
    schedule_late_hours: float = _setting(
        6.0,
        "How late a scheduled post is still sent by itself when nothing ran at its time, in hours; later it is held, or"
        " fails where its accounts were chosen already",
    )
    upkeep_seconds: float = _setting(
        20.0, "How often tokens near their end and the accounts of posts due within the hour are looked at, in seconds"
    )
    new_accounts_active: bool = _setting(True, "Whether a newly linked account is switched on")
    media_urls: str = _setting(
        "https",
        "Which addresses are fetched where content names media by one: https, http (both), loopback (this machine as well, for"
        " development), none",
    )
    keep_metadata: bool = _setting(
        False, "Whether uploaded pictures and videos keep what tells where and with what they were made (Exif, GPS)"
    )
    limits_url: str = _setting(
        "", "Where requests are counted when several processes serve the API: redis://...; empty: in each process", shown=False
    )
    rate_reads: str = _setting("1200/minute", "How often one user may read, by whatever key; several limits: with ; between")
    rate_writes: str = _setting("300/minute", "How often one user may write")
    rate_uploads: str = _setting("120/minute", "How many files one user may upload")
    rate_address: str = _setting("3000/minute", "How often one address may call the API at all, signed in or not")
    trusted_proxies: str = _setting(
        "", "Addresses of proxies whose X-Forwarded-For is believed, with spaces between; empty: none is"
    )
    cors_origins: str = _setting(
        "", "Origins of other sites whose pages may call the API with a key, with spaces between; empty: none"
    )
    access_token_minutes: int = _setting(15, "Lifetime of a session's access token, in minutes")
    session_days_max: float = _setting(
        90.0, "After how long a session ends however much it is used, in days; unused it ends after 30"
    )
    allowed_hosts: str = _setting(
        "",
        "Host names under which requests are answered, besides those of public_base_url, host and this machine, with spaces"
        " between; a * answers all",
    )
    oidc_issuer: str = _setting("", "Identity provider for sign-in (OpenID Connect), exactly as it names itself; empty: none")
    oidc_client_id: str = _setting("", "What that provider knows this installation as")
    oidc_client_secret: Secret | None = _setting(None, "The secret that goes with it; none for a public client")
    oidc_name: str = _setting("Single sign-on", "What the button in the app calls it")
    oidc_scopes: str = _setting("openid email", "What is asked of it; openid among them")
    oidc_link_by_email: bool = _setting(
        False, "Whether a user whom no identity is linked to is found by an e-mail that the provider says it has verified"
    )
    client_silence_seconds: float = _setting(
        30.0, "How long a client may take over a request's headers, or send nothing of its body, in seconds"
    )
    client_bytes_per_second: int = _setting(1_000, "How slowly a body that takes longer than that may come, in bytes a second")
    accounts_max: int = _setting(500, "How many accounts one user may have linked at once")
    media_max: int = _setting(20_000, "How many pictures and videos are kept for one user")
    media_bytes_max: int = _setting(200_000_000_000, "How many bytes those may have together")
    scheduled_max: int = _setting(2_000, "How many posts of one user may wait for their time")
    body_bytes_max: int = _setting(1_000_000, "Largest request body, in bytes, where no file is sent")
    upload_bytes_max: int = _setting(4_000_000_000, "Largest uploaded file, in bytes")
    worker_concurrency: int = _setting(16, "How many deliveries one worker process publishes at once")
    worker_nice: int = _setting(
        10, "By how much a worker process gives way to others on its machine, 0 to 19: people who wait for an answer come first"
    )
    worker_processes: int = _setting(0, "How many processes `simulcast worker` runs on a broker; 0: one for each processor")
    stop_seconds: float = _setting(20.0, "How long a worker that stops may finish what it holds; it gives the rest back")
    lease_seconds: float = _setting(60.0, "How long a worker holds a delivery before another may take it, in seconds")
    attempts_max: int = _setting(5, "How many tries that cost one a delivery gets before it waits for a person")
    backoff_seconds: float = _setting(4.0, "Longest wait after a delivery's first failed try, in seconds; it doubles with each")
    rate_limit_seconds: float = _setting(60.0, "Wait after a rate limit for which the platform names no time, in seconds")
    down_seconds: float = _setting(30.0, "Wait while a whole platform is out, in seconds")
    retain_events_days: float = _setting(7.0, "How long relayed events are kept, in days")
    retain_keys_days: float = _setting(7.0, "How long a repeat under one Idempotency-Key gets the first answer, in days")
    retain_sessions_days: float = _setting(30.0, "How long expired sessions are kept, in days")
    ready_due_seconds_max: float = _setting(
        300.0, "How long the oldest due delivery may have waited until /health/ready is red, in seconds"
    )
    metrics_token: Secret | None = _setting(
        None, "Token that /metrics wants (Authorization: Bearer); without one it answers callers on this machine only"
    )
    metrics_host: str = _setting("127.0.0.1", "Address on which a worker shows its own /metrics and /health")
    metrics_port: int = _setting(0, "Port of the same; more workers on one machine take the next free ones; 0: none")
    traces_url: str = _setting(
        "", "Where traces go: OTLP over HTTP, http://collector:4318/v1/traces; wants the extra simulcast[otel]; empty: none"
    )
    log_level: str = _setting("info", "Least severe log lines shown: debug, info, warning, error")
    log_format: str = _setting("auto", "Shape of log lines: json, text, or auto (text at a terminal, else json)")
    platforms: Mapping[str, Mapping[str, str]] = field(factory=dict, metadata={"help": "", "platforms": True}, repr=False)

    @property
    def effective_database_url(self) -> str:
        return self.database_url or f"sqlite:///{(self.data_dir / 'simulcast.db').resolve()}"

    @property
    def effective_media_url(self) -> str:
        return self.media_url or (self.data_dir / "media").resolve().as_uri()

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every value that must never be seen in a log line."""
        passwords = (urlsplit(url).password for url in self._urls if url)
        apps = (value for own in self.platforms.values() for name, value in own.items() if "secret" in name)
        own = (self.metrics_token, self.key_service_token, self.oidc_client_secret)
        keys = (*keys_in(self.key.reveal() if self.key else ""), *(each.reveal() for each in own if each))
        return tuple(value for value in (*keys, *passwords, *apps) if value)

    @property
    def _urls(self) -> tuple[str, ...]:
        return self.database_url, self.broker_url, self.media_url, self.limits_url

    @property
    def secure_cookies(self) -> bool:
        """Cookies are Secure and __Host- wherever people come over HTTPS."""
        return self.public_base_url.startswith("https://")


def load_settings(environment: Mapping[str, str] | None = None, *, platform_keys: Mapping[str, frozenset[str]]) -> Settings:
    """Settings from the TOML file that SIMULCAST_CONFIG names, overridden by the environment. `platform_keys` are the
    keys that each platform knows. Raises SettingsError, one line."""
    environment = os.environ if environment is None else environment
    values = _from_file(environment.get(CONFIG_VARIABLE), platform_keys)
    platforms: dict[str, dict[str, str]] = {name: dict(own) for name, own in values.pop("platforms", {}).items()}
    names = {attribute.name for attribute in attrs.fields(Settings)} - {"platforms"}
    for variable, text in environment.items():
        if not variable.startswith(PREFIX) or variable in _NOT_OURS:
            continue
        name = variable.removeprefix(PREFIX).lower()
        if name in names:
            values[name] = text
            continue
        platform, key = _platform_key(name, platform_keys, variable)
        platforms.setdefault(platform, {})[key] = text
    return _structured(values | {"platforms": platforms})


def _platform_key(name: str, platform_keys: Mapping[str, frozenset[str]], variable: str) -> tuple[str, str]:
    for platform, keys in platform_keys.items():
        key = name.removeprefix(f"{platform}_")
        if key != name and key in keys:
            return platform, key
    raise SettingsError(f"{variable} is no setting; `simulcast doctor --settings` lists them all")


def _from_file(path: str | None, platform_keys: Mapping[str, frozenset[str]]) -> dict[str, Any]:
    if not path:
        return {}
    try:
        values = tomllib.loads(Path(path).read_text("utf-8"))
    except OSError as error:
        raise SettingsError(f"{CONFIG_VARIABLE}: {path} can't be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise SettingsError(f"{CONFIG_VARIABLE}: {path} is no TOML: it is not UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{CONFIG_VARIABLE}: {path} is no TOML: {error}") from None
    known = {attribute.name for attribute in attrs.fields(Settings)}
    unknown = sorted(set(values) - known)
    if unknown:
        raise SettingsError(f"{path}: {unknown[0]} is no setting; `simulcast doctor --settings` lists them all")
    platforms = values.get("platforms", {})
    if not isinstance(platforms, dict):
        raise SettingsError(f"{path}: platforms holds a table for each platform: [platforms.NAME]")
    return values | {"platforms": {name: _own(path, name, own, platform_keys) for name, own in platforms.items()}}


def _own(path: str, platform: str, own: object, platform_keys: Mapping[str, frozenset[str]]) -> dict[str, str]:
    """A platform's table in the file, as the text that the environment would hold."""
    if not isinstance(own, dict) or platform not in platform_keys:
        raise SettingsError(f"{path}: platforms.{platform} is no platform; there are {', '.join(sorted(platform_keys))}")
    for key, value in own.items():
        if key not in platform_keys[platform]:
            raise SettingsError(f"{path}: platforms.{platform}.{key} is no setting of {platform}")
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise SettingsError(f"{path}: platforms.{platform}.{key} is a text or a number")
    return {key: str(value) for key, value in own.items()}


def _structured(values: Mapping[str, Any]) -> Settings:
    converted = {}
    for attribute in attrs.fields(Settings):
        if attribute.name not in values:
            continue
        value = values[attribute.name]
        try:
            converted[attribute.name] = value if attribute.metadata.get("platforms") else _convert(value, attribute.type)
        except (KeyError, ValueError, TypeError):
            shown = "its value" if attribute.type == Secret | None else repr(value)
            raise SettingsError(f"{PREFIX}{attribute.name.upper()}: {shown} is not {_words(attribute.type)}") from None
    return _checked(Settings(**converted))


def _convert(value: Any, kind: Any) -> Any:
    """The environment has texts only, the file has TOML's own kinds. Raises ValueError or TypeError."""
    if kind is bool:
        return value if isinstance(value, bool) else _BOOLEANS[str(value).lower()]
    if kind in (int, float):
        if isinstance(value, bool) or (kind is int and isinstance(value, float)):
            raise TypeError(value)
        return kind(value)
    if not isinstance(value, str):
        raise TypeError(value)
    if kind == Secret | None:
        return Secret(value) if value else None
    if kind == Path | None:
        return Path(value) if value else None
    return kind(value)


def keys_in(text: str) -> tuple[str, ...]:
    """Each key of a ring by itself: a line that is to be cleaned holds one, not all."""
    return tuple(part for token in text.split() for part in token.split(":") if len(part) > _VERSION_CHARS)


_VERSION_CHARS = 16
_BOOLEANS = {"true": True, "1": True, "yes": True, "on": True, "false": False, "0": False, "no": False, "off": False}
_SECONDS_MAX = 30 * 86_400.0  # a month: beyond it a wait is a mistake, and far beyond it no date can hold it
_RANGES: Mapping[str, tuple[float, float]] = {
    "port": (1, 65_535),
    "hold_seconds": (0, _SECONDS_MAX),
    "upkeep_seconds": (1, 3600),
    "schedule_late_hours": (0, 24 * 366),
    "access_token_minutes": (1, 60 * 24 * 7),  # no longer than a signing key counts
    "session_days_max": (1, 3_660),
    "body_bytes_max": (1, 10**12),
    "upload_bytes_max": (1, 10**12),
    "client_silence_seconds": (1, 3600),
    "client_bytes_per_second": (0, 10**9),
    "accounts_max": (1, 10**6),
    "media_max": (1, 10**9),
    "media_bytes_max": (1, 10**15),
    "scheduled_max": (1, 10**6),
    "worker_concurrency": (1, 10_000),
    "worker_processes": (0, 1_000),
    "stop_seconds": (0, 3600),
    "broker_redelivery_seconds": (0, 30 * 86400),
    "worker_nice": (0, 19),
    "lease_seconds": (1, _SECONDS_MAX),
    "attempts_max": (1, 1_000),
    "backoff_seconds": (1, _SECONDS_MAX),
    "rate_limit_seconds": (1, _SECONDS_MAX),
    "down_seconds": (1, _SECONDS_MAX),
    "ready_due_seconds_max": (1, _SECONDS_MAX),
    "metrics_port": (0, 65_535),
    "key_cache_seconds": (60, 86_400),  # below a minute, a token just refreshed could not be sealed when the service goes
    "key_rotation_days": (1, 36_500),
    "retain_events_days": (0, 36_500),
    "retain_keys_days": (1, 36_500),
    "retain_sessions_days": (0, 36_500),
}


def _checked(settings: Settings) -> Settings:
    for name, (least, most) in _RANGES.items():
        value = getattr(settings, name)
        if not least <= value <= most:
            raise SettingsError(f"{PREFIX}{name.upper()} is from {least:.0f} to {most:.0f}, not {value}")
    for name in ("public_base_url", "sandbox_url", "traces_url"):
        value = getattr(settings, name)
        if value and not value.startswith(("http://", "https://")):
            raise SettingsError(f"{PREFIX}{name.upper()} starts with http:// or https://, not {value!r}")
    if settings.limits_url and not settings.limits_url.startswith(("redis://", "rediss://")):
        raise SettingsError(f"{PREFIX}LIMITS_URL starts with redis:// or rediss://")
    for name in ("rate_reads", "rate_writes", "rate_uploads", "rate_address"):
        value = getattr(settings, name)
        if not _RATE.fullmatch(value):
            raise SettingsError(f"{PREFIX}{name.upper()} is such as 600/minute or 600/minute;20/second, not {value!r}")
    for origin in settings.cors_origins.split():
        parts = urlsplit(origin)
        if parts.scheme not in ("http", "https") or not parts.netloc or origin != f"{parts.scheme}://{parts.netloc}":
            raise SettingsError(f"{PREFIX}CORS_ORIGINS holds origins such as https://app.example.com, not {origin!r}")
    _check_oidc(settings)
    if settings.media_links not in ("own", "store"):
        raise SettingsError(f"{PREFIX}MEDIA_LINKS is own or store, not {settings.media_links!r}")
    if settings.media_urls not in ("https", "http", "loopback", "none"):
        raise SettingsError(f"{PREFIX}MEDIA_URLS is https, http, loopback or none, not {settings.media_urls!r}")
    if settings.log_level not in ("debug", "info", "warning", "error"):
        raise SettingsError(f"{PREFIX}LOG_LEVEL is debug, info, warning or error, not {settings.log_level!r}")
    if settings.log_format not in ("auto", "json", "text"):
        raise SettingsError(f"{PREFIX}LOG_FORMAT is auto, json or text, not {settings.log_format!r}")
    return attrs.evolve(
        settings, public_base_url=settings.public_base_url.rstrip("/"), sandbox_url=settings.sandbox_url.rstrip("/")
    )


def _check_oidc(settings: Settings) -> None:
    if bool(settings.oidc_issuer) != bool(settings.oidc_client_id):
        raise SettingsError(f"{PREFIX}OIDC_ISSUER and {PREFIX}OIDC_CLIENT_ID are set together or not at all")
    if settings.oidc_issuer and not is_issuer(settings.oidc_issuer):
        raise SettingsError(f"{PREFIX}OIDC_ISSUER is such as https://login.example.com, not {settings.oidc_issuer!r}")
    if "openid" not in settings.oidc_scopes.split():
        raise SettingsError(f"{PREFIX}OIDC_SCOPES holds openid, not {settings.oidc_scopes!r}")
    if not settings.oidc_name.strip():
        raise SettingsError(f"{PREFIX}OIDC_NAME says what the button is called")


def is_issuer(address: str) -> bool:
    """Whether an identity provider may be asked there: over HTTPS, or on this machine."""
    parts = urlsplit(address)
    near = parts.scheme == "http" and parts.hostname in LOOPBACK
    return bool(parts.hostname) and (parts.scheme == "https" or near) and not (parts.query or parts.fragment or parts.username)


def _words(kind: Any) -> str:
    named = {int: "a whole number", float: "a number", bool: "true or false", Path: "a path"}
    return named.get(kind, "text" if not get_args(kind) else "usable")

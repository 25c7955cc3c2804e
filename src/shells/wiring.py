"""Settings -> ports: the only place that knows every adapter."""

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial

from attrs import frozen
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from adapters_persistence.ledger.ledger import SqlLedger
from adapters_persistence.media.fetching import WebFetcher
from adapters_persistence.media.object_store import ObjectMediaStore
from adapters_persistence.media.probe import ProcessProbe
from adapters_persistence.media.signing import UrlSigner
from adapters_persistence.passwords import Argon2Passwords
from adapters_persistence.vault import EnvelopeVault, oldest_key, open_keys, read_key_file
from adapters_platforms.http import HttpClient
from adapters_platforms.registry import build_platforms
from adapters_queue.broker import Broker
from adapters_queue.in_process import InProcessDoorbell
from distribution_core.distributor import Distributor
from distribution_core.domain.retry import RetryPolicy
from distribution_core.ports.doorbell import Doorbell
from distribution_core.ports.keys import KeyDesk
from distribution_core.ports.leftovers import Retention
from distribution_core.ports.platform import Platform
from distribution_core.usecases.context import Context, Limits
from distribution_core.usecases.limits_state import breaker_states
from shells.metrics import Counted, LedgerGauges, Metrics
from shells.oidc.provider import OidcProvider
from shells.platform_settings import manifests, platform_keys, structure
from shells.settings import Settings, SettingsError, load_settings
from shells.system import SystemClock, SystemRandomness
from shells.telemetry import ShellTelemetry
from shells.traced_platform import traced
from shells.tracing import Tracer, open_tracer


@frozen(kw_only=True)
class Product:
    """The composed product, as a shell uses it."""

    settings: Settings
    context: Context
    distributor: Distributor
    signer: UrlSigner
    keys: KeyDesk
    ledger: SqlLedger
    http: HttpClient
    metrics: Metrics
    tracer: Tracer
    sso: OidcProvider | None = None

    async def ledger_is_behind(self) -> bool:
        """Whether `simulcast migrate` has work to do. Raises what the driver raises when the database is away."""
        from adapters_persistence.ledger.migrations import is_behind  # Alembic is slow to import, and a worker must start fast

        return await is_behind(self.ledger.engine)

    async def aclose(self) -> None:
        await self.http.aclose()
        await self.ledger.aclose()
        await asyncio.to_thread(self.tracer.close)


def settings_from_environment() -> Settings:
    """Raises SettingsError."""
    return load_settings(platform_keys=platform_keys(manifests()))


def derived_key(settings: Settings, purpose: str) -> bytes:
    """32 bytes for one purpose from the oldest configured key (HKDF-SHA256), so that one secret serves, none is reused, and a
    rotation signs nobody out. Raises UnusableKeyError."""
    held = read_key_file(settings.key_file) if settings.key_file else settings.key
    material = oldest_key(held).reveal().encode()
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=f"simulcast {purpose}".encode()).derive(material)


def broker_of(settings: Settings) -> Broker:
    """The configured broker. Raises BrokerUrlError."""
    longest = Limits().prepare_max + timedelta(seconds=settings.lease_seconds)
    redelivery = timedelta(seconds=settings.broker_redelivery_seconds) if settings.broker_redelivery_seconds else longest * 2
    return Broker(url=settings.broker_url, redelivery=redelivery, longest=longest)


def _doorbell(settings: Settings, platforms: Collection[str]) -> Doorbell:
    if not settings.broker_url:
        return InProcessDoorbell()
    broker = broker_of(settings)
    # Celery takes as long to import as all the rest, and who has no broker needs none of it.
    from adapters_queue.celery import CeleryDoorbell, make_app

    return CeleryDoorbell(make_app(broker, platforms), platforms)


def check_options(settings: Settings) -> None:
    """What only adapters can judge of the settings, before anything is opened. Raises SettingsError or BrokerUrlError."""
    if settings.broker_url:
        broker_of(settings)
    media = ObjectMediaStore.forgetful(UrlSigner(b"", settings.public_base_url), SystemClock())
    _platforms(settings, HttpClient.create(), media)


def _platforms(settings: Settings, http: HttpClient, media: ObjectMediaStore) -> Mapping[str, Platform]:
    """Raises SettingsError for an option that a platform can't understand."""
    found = {
        name: structure(manifest, settings.platforms.get(name, {}), settings.sandbox_url)
        for name, manifest in manifests().items()
    }
    try:
        return build_platforms(found, http, media)
    except ValueError as error:
        raise SettingsError(str(error)) from None


def _fetcher(settings: Settings) -> WebFetcher | None:
    if settings.media_urls == "none":
        return None
    plain, loopback = settings.media_urls == "http", settings.media_urls == "loopback"
    return WebFetcher(bytes_max=settings.upload_bytes_max, plain=plain, loopback=loopback)


def compose(settings: Settings) -> Product:
    """The product on its ports. Raises SettingsError, UnusableKeyError, MediaUrlError, DatabaseUrlError or
    BrokerUrlError, each in words."""
    clock, randomness, counted = SystemClock(), SystemRandomness(), Counted.create()
    keys = open_keys(settings.key, settings.key_file, settings.key_service, settings.key_service_token)
    vault = EnvelopeVault(keys, settings.key_cache_seconds)
    signer = UrlSigner(derived_key(settings, "media urls"), settings.public_base_url)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    media = ObjectMediaStore.open(
        settings.effective_media_url, signer, clock, links="store" if settings.media_links == "store" else "own"
    )
    ledger = SqlLedger.open(settings.effective_database_url)
    tracer = open_tracer(settings)
    telemetry = ShellTelemetry(counted, tracer)
    http = HttpClient.create(telemetry=telemetry)
    platforms = _platforms(settings, http, media)
    counted.begin(platforms)
    context = Context(
        ledger=ledger,
        vault=vault,
        media=media,
        probe=ProcessProbe(keep_metadata=settings.keep_metadata),
        fetcher=_fetcher(settings),
        passwords=Argon2Passwords(),
        clock=clock,
        randomness=randomness,
        doorbell=_doorbell(settings, tuple(platforms)),
        platforms=traced(platforms, telemetry) if settings.traces_url else platforms,
        limits=Limits(
            hold=timedelta(seconds=settings.hold_seconds),
            lease=timedelta(seconds=settings.lease_seconds),
            concurrency=settings.worker_concurrency,
            upkeep=timedelta(seconds=settings.upkeep_seconds),
            accounts_max=settings.accounts_max,
            media_max=settings.media_max,
            media_bytes_max=settings.media_bytes_max,
            scheduled_max=settings.scheduled_max,
            schedule_late_max=timedelta(hours=settings.schedule_late_hours),
            stopping=timedelta(seconds=settings.stop_seconds),
            session_family_max=timedelta(days=settings.session_days_max),
        ),
        retry=RetryPolicy(
            attempts_max=settings.attempts_max,
            backoff_first=timedelta(seconds=settings.backoff_seconds),
            rate_limit_default=timedelta(seconds=settings.rate_limit_seconds),
            down_wait=timedelta(seconds=settings.down_seconds),
        ),
        retention=Retention(
            sent_events=timedelta(days=settings.retain_events_days),
            first_answers=timedelta(days=settings.retain_keys_days),
            ended_sessions=timedelta(days=settings.retain_sessions_days),
        ),
        new_accounts_active=settings.new_accounts_active,
        telemetry=telemetry,
    )
    return Product(
        settings=settings,
        context=context,
        distributor=Distributor(context),
        signer=signer,
        keys=keys,
        ledger=ledger,
        http=http,
        metrics=Metrics.of(counted, LedgerGauges(ledger, clock, partial(breaker_states, context))),
        tracer=tracer,
        sso=OidcProvider.of(settings, http),
    )


@asynccontextmanager
async def open_product(settings: Settings) -> AsyncIterator[Product]:
    """The composed product, closed at the end."""
    product = compose(settings)
    try:
        yield product
    finally:
        await product.aclose()

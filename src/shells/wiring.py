"""Settings -> ports: the only place that knows every adapter."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial

from attrs import frozen
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from adapters_persistence.ledger.ledger import SqlLedger
from adapters_persistence.media.object_store import ObjectMediaStore
from adapters_persistence.media.probe import ProcessProbe
from adapters_persistence.media.signing import UrlSigner
from adapters_persistence.passwords import Argon2Passwords
from adapters_persistence.vault import EnvelopeVault, LocalKey
from adapters_platforms.http import HttpClient
from adapters_platforms.registry import build_platforms
from adapters_queue.in_process import InProcessDoorbell
from distribution_core.distributor import Distributor
from distribution_core.domain.retry import RetryPolicy
from distribution_core.domain.secret import Secret
from distribution_core.usecases.context import Context, Limits
from distribution_core.usecases.limits_state import breaker_states
from shells.metrics import Counted, LedgerGauges, Metrics
from shells.platform_settings import manifests, platform_keys, structure
from shells.settings import Settings, SettingsError, load_settings
from shells.system import SystemClock, SystemRandomness
from shells.telemetry import ShellTelemetry


@frozen(kw_only=True)
class Product:
    """The composed product, as a shell uses it."""

    settings: Settings
    context: Context
    distributor: Distributor
    signer: UrlSigner
    ledger: SqlLedger
    http: HttpClient
    metrics: Metrics

    async def ledger_is_behind(self) -> bool:
        """Whether `simulcast migrate` has work to do. Raises what the driver raises when the database is away."""
        from adapters_persistence.ledger.migrations import is_behind  # Alembic is slow to import, and a worker must start fast

        return await is_behind(self.ledger.engine)

    async def aclose(self) -> None:
        await self.http.aclose()
        await self.ledger.aclose()


def settings_from_environment() -> Settings:
    """Raises SettingsError."""
    return load_settings(platform_keys=platform_keys(manifests()))


def derived_key(key: Secret | None, purpose: str) -> bytes:
    """32 bytes for one purpose from the configured key (HKDF-SHA256), so that one secret serves and none is reused."""
    LocalKey.from_text(key)
    material = key.reveal().encode() if key else b""
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=f"simulcast {purpose}".encode()).derive(material)


def compose(settings: Settings) -> Product:
    """The product on its ports. Raises SettingsError, UnusableKeyError, MediaUrlError or DatabaseUrlError,
    each in words."""
    clock, randomness, counted = SystemClock(), SystemRandomness(), Counted.create()
    vault = EnvelopeVault(LocalKey.from_text(settings.key))
    signer = UrlSigner(derived_key(settings.key, "media urls"), settings.public_base_url)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    media = ObjectMediaStore.open(settings.effective_media_url, signer, clock)
    platform_settings = {
        name: structure(manifest, settings.platforms.get(name, {}), settings.sandbox_url)
        for name, manifest in manifests().items()
    }
    ledger = SqlLedger.open(settings.effective_database_url)
    http = HttpClient.create()
    try:
        platforms = build_platforms(platform_settings, http, media)
    except ValueError as error:
        raise SettingsError(str(error)) from None
    context = Context(
        ledger=ledger,
        vault=vault,
        media=media,
        probe=ProcessProbe(),
        passwords=Argon2Passwords(),
        clock=clock,
        randomness=randomness,
        doorbell=InProcessDoorbell(),
        platforms=platforms,
        limits=Limits(
            hold=timedelta(seconds=settings.hold_seconds),
            lease=timedelta(seconds=settings.lease_seconds),
            concurrency=settings.worker_concurrency,
            schedule_late_max=timedelta(hours=settings.schedule_late_hours),
        ),
        retry=RetryPolicy(
            attempts_max=settings.attempts_max,
            backoff_first=timedelta(seconds=settings.backoff_seconds),
            rate_limit_default=timedelta(seconds=settings.rate_limit_seconds),
            down_wait=timedelta(seconds=settings.down_seconds),
        ),
        new_accounts_active=settings.new_accounts_active,
        telemetry=ShellTelemetry(counted),
    )
    return Product(
        settings=settings,
        context=context,
        distributor=Distributor(context),
        signer=signer,
        ledger=ledger,
        http=http,
        metrics=Metrics.of(counted, LedgerGauges(ledger, clock, partial(breaker_states, context))),
    )


@asynccontextmanager
async def open_product(settings: Settings) -> AsyncIterator[Product]:
    """The composed product, closed at the end."""
    product = compose(settings)
    try:
        yield product
    finally:
        await product.aclose()

"""`simulcast doctor`: checks what the product stands on, and says what to fix."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import attrs
import click
from attrs import frozen
from rich.console import Console
from rich.table import Table
from sqlalchemy.exc import SQLAlchemyError

from adapters_persistence.ledger.engine import DatabaseUrlError
from adapters_persistence.ledger.migrations import current_revision, head_revision
from adapters_persistence.media.object_store import MediaUrlError
from adapters_persistence.vault import UnusableKeyError, open_keys
from adapters_platforms.http import HttpClient
from adapters_queue.broker import unheeded
from distribution_core.domain.errors import SsoUnavailableError
from distribution_core.ports.vault import VaultUnavailableError
from shells.cli.failure import database_words, load
from shells.cli.settings_table import settings_table
from shells.oidc.provider import OidcProvider
from shells.platform_diagnosis import diagnose
from shells.settings import PREFIX, Settings
from shells.wiring import broker_of, open_product

_BROKER_S = 5.0


@frozen(kw_only=True)
class Finding:
    """One check. `fix` says what to do; empty when all is well."""

    check: str
    ok: bool
    found: str
    fix: str = ""
    warning: bool = False


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--settings", "show_settings", is_flag=True, help="List every setting instead.")
def doctor(as_json: bool, show_settings: bool) -> None:
    """Check settings, database, key, media store, broker and platform apps."""
    if show_settings:
        click.echo(settings_table())
        return
    settings = load()
    findings = asyncio.run(examine(settings))
    well = all(finding.ok for finding in findings)
    if as_json:
        click.echo(json.dumps({"ok": well, "findings": [attrs.asdict(finding) for finding in findings]}))
    else:
        _print(findings)
    raise SystemExit(0 if well else 1)


async def examine(settings: Settings) -> list[Finding]:
    """Every check in turn; none hides another."""
    return [
        Finding(check="settings", ok=True, found="read and well formed"),
        await _key(settings),
        await asyncio.to_thread(_database, settings),
        await _media(settings),
        await asyncio.to_thread(_broker, settings),
        *await _sso(settings),
        *_platforms(settings),
        *await _warnings(settings),
    ]


async def _key(settings: Settings) -> Finding:
    try:
        keys = open_keys(settings.key, settings.key_file, settings.key_service, settings.key_service_token)
        standing = await keys.standing()
    except UnusableKeyError as error:
        return Finding(check="key", ok=False, found="not usable", fix=str(error))
    except VaultUnavailableError as error:
        return Finding(check="key", ok=False, found=str(error), fix="see that SIMULCAST_KEY_SERVICE and its token are right")
    return Finding(check="key", ok=True, found=f"{standing.key_id}, version {standing.version} wraps")


def _broker(settings: Settings) -> Finding:
    if not settings.broker_url:
        return Finding(check="broker", ok=True, found="none: work runs in process")
    from kombu import Connection

    kind = settings.broker_url.partition(":")[0]
    try:
        with Connection(settings.broker_url, connect_timeout=_BROKER_S) as connection:
            connection.ensure_connection(max_retries=1, interval_start=0, timeout=_BROKER_S)
            server = getattr(connection.connection, "server_properties", {})
            heedless = unheeded(server, broker_of(settings).redelivery)
    except Exception as error:  # noqa: BLE001, RUF100 - every broker's client raises its own kinds, and may name the password
        words = f"Check SIMULCAST_BROKER_URL, and that the broker runs ({type(error).__name__})."
        return Finding(check="broker", ok=False, found=f"{kind}: not reachable", fix=words)
    return Finding(check="broker", ok=True, found=f"{kind}: reachable", warning=bool(heedless), fix=heedless or "")


async def _sso(settings: Settings) -> list[Finding]:
    if not settings.oidc_issuer:
        return []
    http = HttpClient.create()
    try:
        provider = OidcProvider.of(settings, http)
        keys = await provider.look() if provider else 0
    except SsoUnavailableError as error:
        words = "Check SIMULCAST_OIDC_ISSUER; until it answers, people sign in by password."
        return [Finding(check="identity provider", ok=False, found=str(error), fix=words)]
    finally:
        await http.aclose()
    back = f"{settings.public_base_url}/auth/oidc/callback"
    return [Finding(check="identity provider", ok=True, found=f"{keys} keys; register {back} there")]


def _database(settings: Settings) -> Finding:
    url = settings.effective_database_url
    kind = url.partition(":")[0]
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        current, head = current_revision(url), head_revision()
    except (DatabaseUrlError, SQLAlchemyError, OSError) as error:
        words = f"Check SIMULCAST_DATABASE_URL: {database_words(error)}"
        return Finding(check="database", ok=False, found=f"{kind}: not reachable", fix=words)
    if current != head:
        state = "empty" if current is None else f"at {current}, this version needs {head}"
        return Finding(check="database", ok=False, found=f"{kind}: {state}", fix="Run `simulcast migrate`.")
    return Finding(check="database", ok=True, found=f"{kind}: at {head}")


async def _media(settings: Settings) -> Finding:
    kind = settings.effective_media_url.partition(":")[0]
    try:
        async with open_product(settings) as product:
            key = f"doctor/{product.context.new_id().hex}"
            await product.context.media.put(key, _bytes(), "application/octet-stream")
            try:
                well = await product.context.media.read(key, 0, 6) == b"doctor"
            finally:
                await product.context.media.delete(key)
    except UnusableKeyError:
        return Finding(check="media", ok=False, found=f"{kind}: not tried", fix="Set the key first.")
    except (MediaUrlError, DatabaseUrlError, OSError) as error:
        return Finding(check="media", ok=False, found=f"{kind}: not usable", fix=f"Check SIMULCAST_MEDIA_URL: {error}")
    except Exception as error:  # noqa: BLE001, RUF100 - a store's driver raises its own kinds, and doctor reports them all
        return Finding(
            check="media", ok=False, found=f"{kind}: not usable", fix=f"Check SIMULCAST_MEDIA_URL: {type(error).__name__}"
        )
    return Finding(
        check="media", ok=well, found=f"{kind}: writes and reads", fix="" if well else "The store answers other bytes."
    )


async def _bytes() -> AsyncIterator[bytes]:
    yield b"doctor"


def _platforms(settings: Settings) -> list[Finding]:
    found = diagnose(settings)
    if settings.sandbox_url:
        names = dict.fromkeys(app.platform for app in found)
        return [Finding(check=name, ok=True, found=f"sandbox at {settings.sandbox_url}") for name in names]
    return [
        Finding(
            check=f"{app.platform} ({app.app})",
            ok=True,
            warning=bool(app.lacks),
            found="configured" if app.configured else "not configured: accounts can't be linked through it",
            fix=" ".join(lack.words for lack in app.lacks),
        )
        for app in found
    ]


async def _warnings(settings: Settings) -> list[Finding]:
    """What the platforms themselves will stop taking."""
    try:
        async with open_product(settings) as product:
            today = datetime.now(UTC).date()
            return [
                Finding(
                    check=f"{platform.id} version",
                    ok=not ending.over,
                    warning=not ending.over,
                    found=ending.words,
                    fix=f"See {PREFIX}{platform.id.upper()}_API_VERSION.",
                )
                for platform in product.context.platforms.values()
                for ending in platform.warnings(today)
            ]
    except (UnusableKeyError, MediaUrlError, DatabaseUrlError):
        return []


def _print(findings: list[Finding]) -> None:
    table = Table()
    for column in ("check", "", "found", "what to do"):
        table.add_column(column, overflow="fold")
    for finding in findings:
        mark = "[yellow]note[/]" if finding.warning else "[green]ok[/]" if finding.ok else "[red]wrong[/]"
        table.add_row(finding.check, mark, finding.found, finding.fix)
    Console().print(table)

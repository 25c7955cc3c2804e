"""`simulcast apikey`: keys for a user's programs, from the command line."""

import json
from datetime import timedelta
from uuid import UUID

import click
from rich.console import Console
from rich.table import Table

from distribution_core.domain.api_key import ApiKey, ApiScope
from distribution_core.usecases.api_keys import api_keys, create_api_key, revoke_api_key
from shells.cli.acting import IdType, act, json_option, user_option
from shells.wiring import Product


@click.group()
def apikey() -> None:
    """Keys by which programs call the API."""


@apikey.command("add")
@click.argument("name")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    required=True,
    type=click.Choice([scope.value for scope in ApiScope]),
    help="As often as you like.",
)
@click.option("--days", type=click.IntRange(1, 366), help="How long it is good; without: until it is revoked.")
@user_option
@json_option
def add(name: str, scopes: tuple[str, ...], days: int | None, email: str | None, as_json: bool) -> None:
    """Make a key called NAME, and print it this once."""

    async def make(product: Product, user_id: UUID) -> tuple[str, ApiKey]:
        chosen = [ApiScope(scope) for scope in scopes]
        lifetime = timedelta(days=days) if days else None
        made = await create_api_key(product.context, user_id, name=name, scopes=chosen, lifetime=lifetime)
        return made.key.reveal(), made.row

    key, row = act(email, make)
    click.echo(json.dumps({"key": key, **_facts(row)}) if as_json else f"{key}\n(shown this once; id {row.id})")


@apikey.command("list")
@user_option
@json_option
def list_all(email: str | None, as_json: bool) -> None:
    """Show what keys there are, and when each was last used."""

    async def read(product: Product, user_id: UUID) -> list[ApiKey]:
        return list(await api_keys(product.context, user_id))

    found = act(email, read)
    if as_json:
        click.echo(json.dumps({"api_keys": [_facts(key) for key in found]}))
        return
    table = Table("id", "name", "begins", "scopes", "ends", "last used")
    for key in found:
        ends, used = (at.isoformat(timespec="minutes") if at else "never" for at in (key.expires_at, key.last_used_at))
        table.add_row(str(key.id), key.name, key.prefix, " ".join(key.scopes), ends, used)
    Console().print(table)


@apikey.command("revoke")
@click.argument("key_id", type=IdType())
@user_option
def revoke(key_id: UUID, email: str | None) -> None:
    """End the key with the id KEY_ID."""

    async def end(product: Product, user_id: UUID) -> None:
        await revoke_api_key(product.context, user_id, key_id)

    act(email, end)
    click.echo("It works no more.")


def _facts(key: ApiKey) -> dict[str, object]:
    return {
        "id": str(key.id),
        "name": key.name,
        "prefix": key.prefix,
        "scopes": [scope.value for scope in key.scopes],
        "expires_at": key.expires_at.isoformat() if key.expires_at else None,
        "last_used_at": key.last_used_at.isoformat() if key.last_used_at else None,
    }

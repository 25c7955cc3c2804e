"""`simulcast keys`: versions of the key-encryption key, and what is wrapped under them."""

import json
from typing import Any

import click
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from distribution_core.usecases.keys import KeyReport, Rotation, key_report, retire_keys, rotate_keys
from shells.cli.acting import json_option, operate
from shells.readiness import key_overdue
from shells.wiring import Product


@click.group()
def keys() -> None:
    """The key-encryption key, its versions, and what is wrapped under them."""


@keys.command()
@json_option
def status(as_json: bool) -> None:
    """Show what wraps new data keys, how old it is, and how many each version still wraps."""

    async def look(product: Product) -> tuple[KeyReport, bool]:
        found = await key_report(product.context, product.keys)
        return found, key_overdue(product, found.since)

    report, overdue = operate(look)
    if as_json:
        click.echo(json.dumps(_facts(report, overdue=overdue)))
        return
    table = Table("key", "version", "wraps", "newest")
    standing = report.standing
    under = sorted({*report.counts, (standing.key_id, standing.version)})
    for key_id, version in under:
        newest = "yes" if (key_id, version) == (standing.key_id, standing.version) else ""
        table.add_row(key_id, str(version), str(report.counts.get((key_id, version), 0)), newest)
    Console().print(table)
    late = " It is overdue: run `simulcast keys rotate`." if overdue else ""
    click.echo(f"Version {standing.version} has wrapped since {report.since:%Y-%m-%d}.{late}")


@keys.command()
@json_option
def rotate(as_json: bool) -> None:
    """Make a new version and wrap every data key anew, while all goes on. Broken off, it goes on where it was."""
    with Progress(transient=True, disable=as_json) as shown:
        bar = shown.add_task("Wrapping data keys anew", total=None)

        def tell(done: int, total: int) -> None:
            shown.update(bar, completed=done, total=total)

        rotation = operate(lambda product: rotate_keys(product.context, product.keys, tell))
    if as_json:
        click.echo(json.dumps(_rotated(rotation)))
    else:
        made = "is new" if rotation.made else "was there already"
        click.echo(
            f"Version {rotation.standing.version} of {rotation.standing.key_id} {made} and wraps everything:"
            f" {rotation.rewrapped} data keys were wrapped anew."
        )
    if rotation.unreadable:
        raise click.ClickException(
            f"{rotation.unreadable} data keys do not unwrap under any configured key, and stay as they are: their accounts"
            " have to be linked again."
        )


@keys.command()
@click.argument("version", type=click.IntRange(1))
@json_option
def retire(version: int, as_json: bool) -> None:
    """Let VERSION and all before it be read no more; refused while anything is wrapped under them."""
    standing = operate(lambda product: retire_keys(product.context, product.keys, version))
    left = {"key_id": standing.key_id, "version": standing.version, "versions": list(standing.versions)}
    click.echo(json.dumps(left) if as_json else f"Versions that can still be read: {', '.join(map(str, standing.versions))}.")


def _facts(report: KeyReport, *, overdue: bool) -> dict[str, Any]:
    return {
        "key_id": report.standing.key_id,
        "version": report.standing.version,
        "since": report.since.isoformat(),
        "overdue": overdue,
        "versions": list(report.standing.versions),
        "wrapped": [
            {"key_id": key_id, "version": version, "data_keys": number}
            for (key_id, version), number in sorted(report.counts.items())
        ],
        "left": report.left,
    }


def _rotated(rotation: Rotation) -> dict[str, Any]:
    return {
        "key_id": rotation.standing.key_id,
        "version": rotation.standing.version,
        "made": rotation.made,
        "rewrapped": rotation.rewrapped,
        "unreadable": rotation.unreadable,
    }

"""`simulcast purge`: takes away what has done its work and outlived its retention."""

import asyncio
import json

import click

from distribution_core.usecases.purge import purge as take_away
from shells.cli.acting import json_option
from shells.cli.failure import as_command_error, load
from shells.wiring import open_product


@click.command()
@json_option
def purge(as_json: bool) -> None:
    """Take away old events, answers, sessions and workers' traces. Workers do so by themselves about once an hour."""
    settings = load()

    async def purging() -> dict[str, int]:
        async with open_product(settings) as product:
            return {what.value: number for what, number in (await take_away(product.context)).items()}

    try:
        gone = asyncio.run(purging())
    except Exception as error:  # noqa: BLE001, RUF100 - as_command_error raises what it does not know
        raise as_command_error(error) from None
    if as_json:
        click.echo(json.dumps(gone))
        return
    for what, number in gone.items():
        click.echo(f"{number:>9}  {what.replace('_', ' ')}")

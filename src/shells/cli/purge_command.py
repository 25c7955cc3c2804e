"""`simulcast purge`: takes away what has done its work and outlived its retention."""

import json

import click

from distribution_core.usecases.purge import purge as take_away
from shells.cli.acting import json_option, operate
from shells.wiring import Product


@click.command()
@json_option
def purge(as_json: bool) -> None:
    """Take away old events, answers, sessions and workers' traces. Workers do so by themselves about once an hour."""

    async def purging(product: Product) -> dict[str, int]:
        return {what.value: number for what, number in (await take_away(product.context)).items()}

    gone = operate(purging)
    if as_json:
        click.echo(json.dumps(gone))
        return
    for what, number in gone.items():
        click.echo(f"{number:>9}  {what.replace('_', ' ')}")

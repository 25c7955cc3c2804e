"""`simulcast content`: take content back, or send again what failed of it."""

import json
from uuid import UUID

import click

from distribution_core.usecases.cancel_content import Canceled, cancel_content
from distribution_core.usecases.redrive import Redriven, redrive_failed
from shells.cli.acting import IdType, act, json_option, user_option
from shells.wiring import Product


@click.group()
def content() -> None:
    """What was saved."""


@content.command()
@click.argument("content_id", type=IdType())
@user_option
@json_option
def cancel(content_id: UUID, email: str | None, as_json: bool) -> None:
    """Take content back: before its release nothing is sent, afterwards what is not yet being sent is stopped."""

    async def back(product: Product, user_id: UUID) -> Canceled:
        return await cancel_content(product.context, user_id, content_id)

    canceled = act(email, back)
    nothing_sent = canceled.content.selected_at is None
    outcomes = {str(delivery.id): outcome.value for delivery, outcome in canceled.deliveries}
    if as_json:
        click.echo(json.dumps({"nothing_sent": nothing_sent, "deliveries": outcomes}))
        return
    if nothing_sent:
        click.echo("Taken back: nothing was sent.")
    for delivery_id, outcome in outcomes.items():
        click.echo(f"{delivery_id}  {outcome.replace('_', ' ')}")


@content.command()
@click.argument("content_id", type=IdType())
@user_option
@json_option
def retry(content_id: UUID, email: str | None, as_json: bool) -> None:
    """Send all failed deliveries of one content again; unconfirmed ones are skipped."""

    async def again(product: Product, user_id: UUID) -> Redriven:
        return await redrive_failed(product.context, user_id, content_id)

    done = act(email, again)
    skipped = {str(delivery.id): why for delivery, why in done.skipped}
    if as_json:
        click.echo(json.dumps({"again": [str(delivery.id) for delivery in done.again], "skipped": skipped}))
        return
    click.echo(f"{len(done.again)} sent again, {len(skipped)} skipped.")
    for delivery_id, why in skipped.items():
        click.echo(f"{delivery_id}  {why}")

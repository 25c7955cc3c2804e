"""`simulcast content`: see what was saved, take it back, send what was held, or send again what failed of it."""

import json
from datetime import datetime
from uuid import UUID

import click
import msgspec
from rich.table import Column, Table

from distribution_core.domain.content import Content
from distribution_core.domain.risk import risks_of
from distribution_core.domain.zones import shown_in
from distribution_core.usecases.activity import Activity, activity
from distribution_core.usecases.cancel_content import Canceled, cancel_content
from distribution_core.usecases.redrive import Redriven, redrive_failed
from distribution_core.usecases.release_held import release_held
from shells.cli.acting import IdType, act, json_option, user_option
from shells.cli.console import open_console
from shells.web.shapes.content import ContentOut
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


@content.command("list")
@click.option("--held", is_flag=True, help="Only what was found too late to be sent by itself.")
@user_option
@json_option
def list_content(held: bool, email: str | None, as_json: bool) -> None:
    """What was saved most recently, with times in the user's zone."""

    async def read(product: Product, user_id: UUID) -> Activity:
        return await activity(product.context, user_id, limit=product.context.limits.activity_page_max)

    found = act(email, read)
    contents = [item.content for item in found.items if item.content.held_at or not held]
    if as_json:
        click.echo(json.dumps(msgspec.to_builtins([ContentOut.of_read(each, found) for each in contents])))
        return
    table = Table(
        Column("content", no_wrap=True, min_width=36), "state", "when", "text", Column("what to know", overflow="fold"), box=None
    )
    for each in contents:
        state, at = _state(each)
        when = f"{shown_in(at, found.time_zone):%Y-%m-%d %H:%M:%S %Z}" if at else ""
        table.add_row(str(each.id), state, when, (each.title or each.body)[:40], _to_know(each, found))
    open_console().print(table)


def _to_know(content: Content, found: Activity) -> str:
    risks = risks_of(content, found.accounts.values())
    told = (f"At risk: {found.accounts[risk.account_id].display_name}: {risk.reason}" for risk in risks)
    return content.held_reason or " ".join(told)


def _state(content: Content) -> tuple[str, datetime | None]:
    """Where it stands, and the time that belongs to that."""
    for state, at in (("canceled", content.canceled_at), ("sent", content.selected_at), ("held", content.held_at)):
        if at is not None:
            return state, at
    return ("waiting", content.release_at) if content.release_at else ("private", None)


@content.command()
@click.argument("content_id", type=IdType())
@user_option
@json_option
def release(content_id: UUID, email: str | None, as_json: bool) -> None:
    """Send now what was held because its schedule had been missed."""

    async def send(product: Product, user_id: UUID) -> Content:
        return await release_held(product.context, user_id, content_id)

    released = act(email, send)
    if as_json:
        click.echo(json.dumps(msgspec.to_builtins(ContentOut.of(released))))
        return
    click.echo("Released: it goes now.")


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

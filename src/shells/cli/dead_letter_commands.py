"""`simulcast deadletters`: see what will not be tried again by itself, and send it again."""

import json
from uuid import UUID

import click
import msgspec
from attrs import evolve
from rich.table import Table

from distribution_core.domain.outcome import FailureKind
from distribution_core.ports.dead_letters import DeadLetterFilter
from distribution_core.usecases.dead_letters import count_dead_letters, dead_letters
from distribution_core.usecases.redrive import Redriven, redrive_all, redrive_chosen
from shells.cli.acting import IdType, act, json_option, user_option
from shells.cli.console import open_console
from shells.cli.delivery_commands import show_deliveries
from shells.cli.failure import CommandError
from shells.web.routes.showing import shown
from shells.web.shapes.dead_letters import DeadLetterCountOut, RedriveOut
from shells.web.shapes.deliveries import DeliveryOut
from shells.wiring import Product

KINDS = [kind.value for kind in FailureKind]
platform_option = click.option("--platform", help="Only those of one platform.")
kind_option = click.option("--kind", type=click.Choice(KINDS), help="Only those that failed so.")


@click.group()
def deadletters() -> None:
    """What will not be tried again by itself."""


@deadletters.command("list")
@platform_option
@kind_option
@click.option("--limit", default=100, show_default=True, type=click.IntRange(1, 100), help="How many at most.")
@click.option("--before", type=IdType(), help="Go on after this delivery.")
@user_option
@json_option
def list_dead_letters(
    platform: str | None, kind: str | None, limit: int, before: UUID | None, email: str | None, as_json: bool
) -> None:
    """Dead letters, those made last first. Unconfirmed ones are settled by `simulcast delivery resolve`."""

    async def read(product: Product, user_id: UUID) -> tuple[list[DeliveryOut], dict[UUID, str], UUID | None]:
        which = _filter(platform, kind)
        found = await dead_letters(product.context, user_id, which, limit=limit, before=before)
        items = [shown(product, each, found.accounts.get(each.social_account_id)) for each in found.deliveries]
        words = {content.id: content.title or content.body for content in found.contents.values()}
        return items, words, found.next_before

    items, words, next_before = act(email, read)
    show_deliveries(items, as_json, words)
    if next_before is not None:
        click.echo(f"There may be more: --before {next_before}", err=True)


@deadletters.command("count")
@user_option
@json_option
def count(email: str | None, as_json: bool) -> None:
    """How many there are, by platform and kind."""

    async def read(product: Product, user_id: UUID) -> list[DeadLetterCountOut]:
        return [DeadLetterCountOut.of(each) for each in await count_dead_letters(product.context, user_id)]

    counts = act(email, read)
    if as_json:
        click.echo(json.dumps(msgspec.to_builtins(counts)))
        return
    table = Table("platform", "kind", "number", box=None)
    for each in counts:
        table.add_row(each.platform, each.kind.value, str(each.number))
    open_console().print(table)


@deadletters.command("retry")
@click.argument("delivery_ids", type=IdType(), nargs=-1)
@click.option("--all", "every", is_flag=True, help="All of them, or all that --platform and --kind leave.")
@platform_option
@kind_option
@user_option
@json_option
def retry(
    delivery_ids: tuple[UUID, ...], every: bool, platform: str | None, kind: str | None, email: str | None, as_json: bool
) -> None:
    """Send dead letters again: those named, or --all. Unconfirmed ones are skipped."""
    if bool(delivery_ids) == every:
        raise CommandError("Say which: the ids of deliveries, or --all.")
    if delivery_ids and (platform or kind):
        raise CommandError("--platform and --kind go with --all.")

    async def again(product: Product, user_id: UUID) -> Redriven:
        if delivery_ids:
            return await redrive_chosen(product.context, user_id, delivery_ids)
        return await _redrive_to_the_end(product, user_id, _filter(platform, kind))

    done = RedriveOut.of(act(email, again))
    if as_json:
        click.echo(json.dumps(msgspec.to_builtins(done)))
    else:
        click.echo(f"{len(done.again)} sent again, {len(done.skipped)} skipped.")
        for delivery_id, why in done.skipped.items():
            click.echo(f"{delivery_id}  {why}")
    if done.missing:
        raise CommandError(f"There is no dead letter {', '.join(str(each) for each in done.missing)}.")


async def _redrive_to_the_end(product: Product, user_id: UUID, which: DeadLetterFilter) -> Redriven:
    done = await redrive_all(product.context, user_id, which)
    while done.next_before is not None:
        more = await redrive_all(product.context, user_id, which, before=done.next_before)
        done = evolve(more, again=done.again + more.again, skipped=done.skipped + more.skipped)
    return done


def _filter(platform: str | None, kind: str | None) -> DeadLetterFilter:
    return DeadLetterFilter(platform=platform, kind=FailureKind(kind) if kind else None)

"""`simulcast deadletters`: see what will not be tried again by itself, and send it again."""

import json
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar
from uuid import UUID

import click
import msgspec
from attrs import evolve
from rich.table import Table

from distribution_core.domain.account import User
from distribution_core.domain.outcome import FailureKind
from distribution_core.ports.dead_letters import DeadLetterFilter
from distribution_core.usecases.dead_letters import check_filter, count_dead_letters, dead_letter_owners, dead_letters
from distribution_core.usecases.redrive import Redriven, redrive_all, redrive_chosen
from shells.cli.acting import IdType, act, json_option, operate, user_option
from shells.cli.console import open_console
from shells.cli.delivery_commands import show_deliveries
from shells.cli.failure import CommandError
from shells.web.routes.showing import shown
from shells.web.shapes.dead_letters import DeadLetterCountOut, RedriveOut
from shells.web.shapes.deliveries import DeliveryOut
from shells.wiring import Product

T = TypeVar("T")
Page = tuple[list[DeliveryOut], dict[UUID, str], UUID | None]
KINDS = [kind.value for kind in FailureKind]
platform_option = click.option("--platform", help="Only those of one platform.")
kind_option = click.option("--kind", type=click.Choice(KINDS), help="Only those that failed so.")
all_users_option = click.option("--all-users", is_flag=True, help="Those of the whole installation, user by user.")


@click.group()
def deadletters() -> None:
    """What will not be tried again by itself: one user's, or with --all-users everybody's."""


@deadletters.command("list")
@platform_option
@kind_option
@click.option("--limit", default=100, show_default=True, type=click.IntRange(1, 100), help="How many at most, of each user.")
@click.option("--before", type=IdType(), help="Go on after this delivery.")
@user_option
@all_users_option
@json_option
def list_dead_letters(
    platform: str | None, kind: str | None, limit: int, before: UUID | None, email: str | None, all_users: bool, as_json: bool
) -> None:
    """Dead letters, those made last first. Unconfirmed ones are settled by `simulcast delivery resolve`."""
    which = _filter(platform, kind)
    if all_users and before is not None:
        raise CommandError("--before goes on with one user: say which with --user EMAIL.")

    async def read(product: Product, user_id: UUID) -> Page:
        found = await dead_letters(product.context, user_id, which, limit=limit, before=before)
        items = [shown(product, each, found.accounts.get(each.social_account_id)) for each in found.deliveries]
        words = {content.id: content.title or content.body for content in found.contents.values()}
        return items, words, found.next_before

    if all_users:
        _show_pages(_for_all(email, which, lambda product, user: read(product, user.id)), as_json)
        return
    items, words, next_before = act(email, read, or_all=before is None)
    show_deliveries(items, as_json, words)
    if next_before is not None:
        click.echo(f"There may be more: --before {next_before}", err=True)


def _show_pages(pages: list[tuple[str, Page]], as_json: bool) -> None:
    users = [email for email, (items, _, _) in pages for _ in items]
    found = [each for _, (items, _, _) in pages for each in items]
    show_deliveries(found, as_json, {content_id: text for _, (_, words, _) in pages for content_id, text in words.items()}, users)
    for email, (_, _, next_before) in pages:
        if next_before is not None:
            click.echo(f"There may be more of {email}: --user {email} --before {next_before}", err=True)


@deadletters.command("count")
@user_option
@all_users_option
@json_option
def count(email: str | None, all_users: bool, as_json: bool) -> None:
    """How many there are, by user, platform and kind."""

    async def read(product: Product, user_id: UUID) -> list[DeadLetterCountOut]:
        return [DeadLetterCountOut.of(each) for each in await count_dead_letters(product.context, user_id)]

    if all_users:
        everybody = _for_all(email, DeadLetterFilter(), lambda product, user: read(product, user.id))
        rows = [{"user": owner} | _plain(each) for owner, counts in everybody for each in counts]
    else:
        rows = [_plain(each) for each in act(email, read, or_all=True)]
    if as_json:
        click.echo(json.dumps(rows))
        return
    table = Table(*(["user"] if all_users else []), "platform", "kind", "number", box=None)
    for row in rows:
        table.add_row(*map(str, row.values()))
    open_console().print(table)


@deadletters.command("retry")
@click.argument("delivery_ids", type=IdType(), nargs=-1)
@click.option("--all", "every", is_flag=True, help="All of them, or all that --platform and --kind leave.")
@platform_option
@kind_option
@user_option
@all_users_option
@json_option
def retry(
    delivery_ids: tuple[UUID, ...],
    every: bool,
    platform: str | None,
    kind: str | None,
    email: str | None,
    all_users: bool,
    as_json: bool,
) -> None:
    """Send dead letters again: those named, or --all. Unconfirmed ones are skipped."""
    if bool(delivery_ids) == every:
        raise CommandError("Say which: the ids of deliveries, or --all.")
    if delivery_ids and (platform or kind or all_users):
        raise CommandError("--platform, --kind and --all-users go with --all.")
    which = _filter(platform, kind)
    if all_users:
        _retry_for_all(email, which, as_json)
        return

    async def again(product: Product, user_id: UUID) -> Redriven:
        if delivery_ids:
            return await redrive_chosen(product.context, user_id, delivery_ids)
        return await redrive_to_the_end(product, user_id, which)

    done = RedriveOut.of(act(email, again, or_all=every))
    if as_json:
        click.echo(json.dumps(_plain(done)))
    else:
        _tell(done)
    if done.missing:
        raise CommandError(f"There is no dead letter {', '.join(str(each) for each in done.missing)}.")


def _retry_for_all(email: str | None, which: DeadLetterFilter, as_json: bool) -> None:
    """Each user is told of when it is done, so that one sees how far it came if it is broken off; again, it does the rest."""

    async def again(product: Product, user: User) -> RedriveOut:
        done = RedriveOut.of(await redrive_to_the_end(product, user.id, which, f"{user.email}: "))
        if not as_json and (done.again or done.skipped):
            _tell(done, f"{user.email}: ")
        return done

    told = [(owner, done) for owner, done in _for_all(email, which, again) if done.again or done.skipped]
    if as_json:
        click.echo(json.dumps([{"user": owner} | _plain(done) for owner, done in told]))
        return
    sent, skipped = sum(len(done.again) for _, done in told), sum(len(done.skipped) for _, done in told)
    click.echo(f"In all: {sent} sent again, {skipped} skipped, of {len(told)} users.")


def _tell(done: RedriveOut, whose: str = "") -> None:
    click.echo(f"{whose}{len(done.again)} sent again, {len(done.skipped)} skipped.")
    for delivery_id, why in done.skipped.items():
        click.echo(f"{delivery_id}  {why}")


def _for_all(email: str | None, which: DeadLetterFilter, deed: Callable[[Product, User], Awaitable[T]]) -> list[tuple[str, T]]:
    """The deed for everybody who has dead letters, one after another, each with the e-mail."""
    if email is not None:
        raise CommandError("Say --user EMAIL or --all-users, not both.")

    async def each_in_turn(product: Product) -> list[tuple[str, T]]:
        check_filter(product.context, which)
        return [(user.email, await deed(product, user)) async for user in dead_letter_owners(product.context)]

    return operate(each_in_turn)


async def redrive_to_the_end(product: Product, user_id: UUID, which: DeadLetterFilter, whose: str = "") -> Redriven:
    """Says on standard error how far it is, where that takes more than one call."""
    done = await redrive_all(product.context, user_id, which)
    while done.next_before is not None:
        click.echo(f"{whose}{len(done.again) + len(done.skipped):,} done so far.", err=True)
        more = await redrive_all(product.context, user_id, which, before=done.next_before)
        done = evolve(more, again=done.again + more.again, skipped=done.skipped + more.skipped)
    return done


def _filter(platform: str | None, kind: str | None) -> DeadLetterFilter:
    return DeadLetterFilter(platform=platform, kind=FailureKind(kind) if kind else None)


def _plain(value: Any) -> Any:
    return msgspec.to_builtins(value)

"""`simulcast delivery`: see what became of posts, send failed ones again, and say what became of unconfirmed ones."""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import click
import msgspec
from rich.table import Column, Table

from distribution_core.domain.account import SocialAccount
from distribution_core.domain.delivery import Delivery, DeliveryStatus
from distribution_core.usecases.activity import activity, content_activity, delivery_history
from distribution_core.usecases.ask_again import ask_again
from distribution_core.usecases.redrive import redrive
from distribution_core.usecases.resolve import resolve
from shells.cli.acting import IdType, act, json_option, user_option
from shells.cli.console import open_console
from shells.cli.failure import CommandError
from shells.web.routes.showing import shown, shown_alone
from shells.web.shapes.deliveries import AttemptOut, DeliveryOut
from shells.wiring import Product

UNCONFIRMED = "unconfirmed"
_ID_CHARS = 36
_WORDS_CHARS = 24
STATUSES = (*(status.value for status in DeliveryStatus), UNCONFIRMED)


@click.group()
def delivery() -> None:
    """What became of each content on each account."""


@delivery.command("list")
@click.option("--status", type=click.Choice(STATUSES), help="Only these.")
@click.option("--content", "content_id", type=IdType(), help="Only those of one content.")
@user_option
@json_option
def list_deliveries(status: str | None, content_id: UUID | None, email: str | None, as_json: bool) -> None:
    """The most recent deliveries, newest content first."""

    async def read(product: Product, user_id: UUID) -> list[DeliveryOut]:
        limit = product.context.limits.activity_page_max
        if content_id is None:
            found = await activity(product.context, user_id, limit=limit)
        else:
            found = await content_activity(product.context, user_id, content_id)
        accounts: dict[UUID, SocialAccount] = found.accounts
        every = [each for item in found.items for each in item.deliveries]
        return [shown(product, each, accounts.get(each.social_account_id)) for each in every if status in (None, _state(each))]

    show_deliveries(act(email, read), as_json)


@delivery.command("show")
@click.argument("delivery_id", type=IdType())
@user_option
@json_option
def show_delivery(delivery_id: UUID, email: str | None, as_json: bool) -> None:
    """One delivery with its attempts."""

    async def read(product: Product, user_id: UUID) -> DeliveryOut:
        found, attempts = await delivery_history(product.context, user_id, delivery_id)
        one = await shown_alone(product, found)
        return msgspec.structs.replace(one, history=[AttemptOut.of(attempt) for attempt in attempts])

    one = act(email, read)
    if as_json:
        click.echo(json.dumps(_plain(one)))
        return
    show_deliveries([one], as_json=False)
    table = Table("attempt", "started", "outcome", "error", box=None)
    for attempt in one.history or ():
        table.add_row(
            str(attempt.number),
            f"{attempt.started_at:%Y-%m-%d %H:%M:%S}",
            attempt.outcome or "under way",
            attempt.error.message if attempt.error else "",
        )
    open_console().print(table)


@delivery.command("retry")
@click.argument("delivery_id", type=IdType())
@user_option
@json_option
def retry_delivery(delivery_id: UUID, email: str | None, as_json: bool) -> None:
    """Send a failed delivery again."""

    async def again(product: Product, user_id: UUID) -> DeliveryOut:
        return await shown_alone(product, await redrive(product.context, user_id, delivery_id))

    show_deliveries([act(email, again)], as_json)


@delivery.command("resolve")
@click.argument("delivery_id", type=IdType())
@click.option("--posted/--not-posted", default=None, help="What you found on the platform.")
@click.option("--post-id", help="The post's id, if you know it.")
@user_option
@json_option
def resolve_delivery(delivery_id: UUID, posted: bool | None, post_id: str | None, email: str | None, as_json: bool) -> None:
    """Say whether an unconfirmed delivery is posted: look first. --not-posted sends it again."""
    if posted is None:
        raise CommandError("Say what you found: --posted or --not-posted.")
    if post_id and not posted:
        raise CommandError("--post-id goes with --posted.")

    async def settle(product: Product, user_id: UUID) -> DeliveryOut:
        settled = await resolve(product.context, user_id, delivery_id, posted=posted, external_post_id=post_id)
        return await shown_alone(product, settled)

    show_deliveries([act(email, settle)], as_json)


@delivery.command("ask")
@click.argument("delivery_id", type=IdType())
@user_option
@json_option
def ask(delivery_id: UUID, email: str | None, as_json: bool) -> None:
    """Ask the platform again about an unconfirmed delivery."""

    async def look(product: Product, user_id: UUID) -> DeliveryOut:
        return await shown_alone(product, await ask_again(product.context, user_id, delivery_id))

    show_deliveries([act(email, look)], as_json)


def _state(one: Delivery) -> str:
    return UNCONFIRMED if one.is_unconfirmed else one.status.value


def show_deliveries(
    found: list[DeliveryOut], as_json: bool, words: Mapping[UUID, str] | None = None, users: Sequence[str] | None = None
) -> None:
    """A table for people, with the beginning of each content's `words` where they are given, or JSON. `users` are the
    e-mails of whose each delivery is, to stand in front."""
    whose = [{} for _ in found] if users is None else [{"user": email} for email in users]
    if as_json:
        said = [{"words": words.get(each.content_id)} if words else {} for each in found]
        click.echo(json.dumps([front | _plain(each) | more for front, each, more in zip(whose, found, said, strict=True)]))
        return
    user = [] if users is None else [Column("user", overflow="fold")]
    whole = Column("delivery", no_wrap=True, min_width=_ID_CHARS)
    post = [Column("post", no_wrap=True, max_width=_WORDS_CHARS)] if words else []
    table = Table(
        *user, whole, *post, "platform", "account", "status", "attempts", Column("what to know", overflow="fold"), box=None
    )
    for front, each in zip(whose, found, strict=True):
        error = each.last_error.message if each.last_error else ""
        status = UNCONFIRMED if each.unconfirmed else each.status
        # Only where there is something to look at.
        look = f" {each.look_url}" if each.look_url and (each.unconfirmed or each.permalink) else ""
        beginning = [" ".join(words.get(each.content_id, "").split())] if words else []
        facts = (each.platform, each.account_name or "", status, str(each.attempts), f"{error}{look}".strip())
        table.add_row(*front.values(), str(each.id), *beginning, *facts)
    open_console().print(table)


def _plain(value: Any) -> Any:
    return msgspec.to_builtins(value)

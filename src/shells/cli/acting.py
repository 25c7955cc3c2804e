"""Acting on the command line, for a user or on the installation: one product for one deed."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar
from uuid import UUID

import click

from shells.cli.failure import CommandError, as_command_error, load
from shells.wiring import Product, open_product

T = TypeVar("T")
user_option = click.option("--user", "email", help="The master account's e-mail. Not needed where there is only one.")
json_option = click.option("--json", "as_json", is_flag=True, help="The same facts for machines.")


def act(email: str | None, deed: Callable[[Product, UUID], Awaitable[T]], *, or_all: bool = False) -> T:
    """Do one thing as a user. Raises CommandError in one line for whatever stands in the way; `or_all` says that the
    command has --all-users, which that line then names."""

    async def as_user(product: Product) -> T:
        return await deed(product, await _user_id(product, email, or_all=or_all))

    return operate(as_user)


def operate(deed: Callable[[Product], Awaitable[T]]) -> T:
    """Do one thing to the installation itself. Raises CommandError as `act` does."""
    settings = load()

    async def doing() -> T:
        async with open_product(settings) as product:
            return await deed(product)

    try:
        return asyncio.run(doing())
    except click.ClickException:
        raise
    except Exception as error:  # noqa: BLE001, RUF100 - as_command_error raises what it does not know
        raise as_command_error(error) from None


class IdType(click.ParamType[UUID]):
    """An id, refused in words."""

    name = "id"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> UUID:
        try:
            return value if isinstance(value, UUID) else UUID(value)
        except ValueError:
            raise CommandError(f"{str(value)[:60]!r} is not an id.") from None


async def _user_id(product: Product, email: str | None, *, or_all: bool) -> UUID:
    async with product.context.ledger.begin() as tx:
        if email is not None:
            user = await tx.users.find(email=email)
            if user is None:
                raise CommandError(f"There is no user with the e-mail {email}.")
            return user.id
        ids = await tx.users.ids(2)
    if not ids:
        raise CommandError("There is no user yet; `simulcast user add` makes one.")
    if len(ids) > 1:
        raise CommandError(f"There are several users: say which with --user EMAIL{', or --all-users' if or_all else ''}.")
    return ids[0]

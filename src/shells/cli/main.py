"""The command's entry point and its simple subcommands.

What only one of them needs is imported there: a worker that takes over for a dead one should be there at once.
"""

import asyncio
import contextlib
import os
import signal
import socket
import sys
from importlib import import_module
from uuid import UUID

import click

from distribution_core.domain.secret import Secret
from distribution_core.usecases.change_settings import change_settings
from distribution_core.usecases.sign_in import add_user
from shells.cli.failure import CommandError, ConfigurationError, as_command_error, load
from shells.event_loop import run
from shells.garbage import collect_seldom
from shells.logs import log_as_set
from shells.readiness import warn_of_ends
from shells.settings import Settings
from shells.showing import shown
from shells.wiring import Product, compose, open_product

ELSEWHERE = {
    "apikey": "shells.cli.api_key_commands",
    "content": "shells.cli.content_commands",
    "deadletters": "shells.cli.dead_letter_commands",
    "delivery": "shells.cli.delivery_commands",
    "demo": "shells.cli.demo_command",
    "doctor": "shells.cli.doctor",
    "keys": "shells.cli.key_commands",
    "purge": "shells.cli.purge_command",
}


class _Commands(click.Group):
    """The commands here, and those that are imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted([*super().list_commands(ctx), *ELSEWHERE])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in ELSEWHERE:
            return super().get_command(ctx, cmd_name)
        found: click.Command = getattr(import_module(ELSEWHERE[cmd_name]), cmd_name)
        return found


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="simulcast")
def cli() -> None:
    """Write once, and every social account you have switched on carries it, exactly once."""


@cli.command()
@click.option("--no-worker", is_flag=True, help="Serve only; `simulcast worker` does the work.")
def serve(no_worker: bool) -> None:
    """Serve the API, with a worker inside unless there is a broker for workers of their own."""
    from shells.web.app import NO_WORKER_VARIABLE
    from shells.web.server import serve_web

    settings = load()
    _check(settings)
    if no_worker or settings.broker_url:
        os.environ[NO_WORKER_VARIABLE] = "1"
    _show_setup(settings)
    serve_web(settings)


@cli.command()
def worker() -> None:
    """Publish what is due, until stopped. Run as many as you like."""
    settings = load()
    _check(settings)
    if settings.broker_url:
        from shells.worker.fleet import run_fleet

        run_fleet(settings)
        return
    log_as_set(settings)
    run(_work(settings))


@cli.command()
@click.option("--port", default=8001, show_default=True, type=click.IntRange(1, 65535))
@click.option("--host", default="127.0.0.1", show_default=True, help="A loopback address.")
@click.option(
    "--accounts",
    default=0,
    show_default=True,
    type=click.IntRange(0, 1000),
    help="How many more people live on each platform, with their Pages and organizations.",
)
def sandbox(host: str, port: int, accounts: int) -> None:
    """Serve the imitation platforms on loopback."""
    from shells.sandbox.server import server

    try:
        running = server(host, port, accounts=accounts)
    except ValueError as error:
        raise ConfigurationError(str(error)) from None
    click.echo(f"Sandbox platforms: http://{host}:{port}/", err=True)
    running.run()


@cli.command()
def migrate() -> None:
    """Bring the database to this version's tables."""
    from adapters_persistence.ledger.migrations import head_revision, upgrade

    settings = load()
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    try:
        upgrade(settings.effective_database_url)
    except Exception as error:  # noqa: BLE001, RUF100 - as_command_error raises what it does not know
        raise as_command_error(error) from None
    click.echo(f"The database is at revision {head_revision()}.")


@cli.group()
def user() -> None:
    """Master accounts."""


@user.command("add")
@click.argument("email")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
def user_add(email: str, password_stdin: bool) -> None:
    """Create a master account that signs in with EMAIL."""
    from shells.cli.acting import operate

    _check(load())
    if password_stdin:
        password = sys.stdin.readline().rstrip("\n")
    else:
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    operate(lambda product: add_user(product.context, email, Secret(password)))
    click.echo(f"{email} can sign in.")


@user.command("set")
@click.argument("email")
@click.option("--time-zone", help="Where this user reads times: an IANA name such as Europe/Berlin, or UTC.")
def user_set(email: str, time_zone: str | None) -> None:
    """Change a master account's settings."""
    from shells.cli.acting import act

    if time_zone is None:
        raise CommandError("Say what to set: --time-zone ZONE.")

    async def change(product: Product, user_id: UUID) -> None:
        await change_settings(product.context, user_id, {"time_zone": time_zone})

    act(email, change)
    click.echo(f"{email} reads times in {time_zone}.")


async def _work(settings: Settings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    async with open_product(settings) as product:
        collect_seldom()
        os.nice(settings.worker_nice)
        warn_of_ends(product)
        for name in (signal.SIGTERM, signal.SIGINT):
            with contextlib.suppress(NotImplementedError):
                loop.add_signal_handler(name, stop.set)
        async with shown(product):
            await product.distributor.work(f"worker-{socket.gethostname()}-{os.getpid()}", stop)


def _show_setup(settings: Settings) -> None:
    """Print where the first user is created, to the terminal alone: it is a secret, and logs are kept."""
    from sqlalchemy.exc import SQLAlchemyError

    from distribution_core.domain.errors import LedgerUnavailableError
    from shells.setup_token import setup_url

    async def url() -> Secret | None:
        async with open_product(settings) as product:
            return None if await product.ledger_is_behind() else await setup_url(product)

    # Without a database the server starts too, and its health says what is wrong.
    with contextlib.suppress(LedgerUnavailableError, SQLAlchemyError, OSError):
        found = asyncio.run(url())
        if found is not None:
            click.echo(f"There is no user yet. Create the first one: {found.reveal()}", err=True)


def _check(settings: Settings) -> None:
    """Fail in words before a server process is started that would fail in a trace."""
    try:
        compose(settings)
    except Exception as error:  # noqa: BLE001, RUF100 - as_command_error raises what it does not know
        raise as_command_error(error) from None


def main() -> None:
    """Run the command."""
    cli(prog_name="simulcast")

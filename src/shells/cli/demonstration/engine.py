"""What the demo's work is done by: a worker inside the web shell, or PostgreSQL, RabbitMQ and two workers of their own."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from attrs import frozen

from shells.cli.failure import CommandError

ENGINES = ("embedded", "celery")


@frozen(kw_only=True)
class Engine:
    """Settings that the servers get besides the demo's own, and the workers that run beside them."""

    environment: Mapping[str, str]
    workers: int = 0


@contextmanager
def open_engine(name: str, folder: Path) -> Iterator[Engine]:
    """The engine's servers, until the block ends. Raises CommandError where one of them can't be had."""
    if name == "embedded":
        yield Engine(environment={})
        return
    # The servers are what tests have: an installation that has neither still has the embedded demo.
    from shells.local_servers.postgres import NoPostgresError, Postgres
    from shells.local_servers.rabbitmq import NoRabbitError, Rabbit

    postgres, rabbit = Postgres(_made(folder / "postgres")), Rabbit(_made(folder / "rabbitmq"))
    with ExitStack() as running:
        try:
            running.callback(postgres.stop)
            postgres.create()
            running.callback(rabbit.stop)
            rabbit.start()
        except (NoPostgresError, NoRabbitError) as error:
            raise CommandError(f"the demo's servers are missing: {error}; `make setup` installs them") from None
        yield Engine(
            environment={
                "SIMULCAST_DATABASE_URL": postgres.url,
                "SIMULCAST_BROKER_URL": rabbit.url,
                "SIMULCAST_WORKER_PROCESSES": "1",
            },
            workers=2,
        )


def _made(folder: Path) -> Path:
    folder.mkdir()
    # PostgreSQL does not run as root, and is somebody else there.
    folder.chmod(0o777)
    return folder

"""How a command fails: one line on standard error, and an exit code that is not zero."""

import click
from sqlalchemy.exc import OperationalError, ProgrammingError

from adapters_persistence.ledger.engine import DatabaseUrlError
from adapters_persistence.media.object_store import MediaUrlError
from adapters_persistence.vault import UnusableKeyError
from adapters_queue.broker import BrokerUrlError
from distribution_core.domain.errors import LedgerUnavailableError, SimulcastError
from distribution_core.ports.keys import KeyServiceError
from distribution_core.ports.vault import VaultUnavailableError
from shells.settings import Settings, SettingsError
from shells.wiring import check_options, settings_from_environment

CONFIGURATION = (SettingsError, UnusableKeyError, MediaUrlError, DatabaseUrlError, BrokerUrlError)


class CommandError(click.ClickException):
    """Something the user can mend."""

    exit_code = 1

    def __init__(self, message: str) -> None:
        super().__init__(" ".join(message.split()))

    def show(self, file: object = None) -> None:
        click.echo(f"simulcast: {self.message}", err=True)


class ConfigurationError(CommandError):
    """The configuration is at fault."""

    exit_code = 2


def as_command_error(error: Exception) -> CommandError:
    """The error as a user meets it. Raises the original when it is a bug, so that its trace is seen."""
    if isinstance(error, CONFIGURATION):
        return ConfigurationError(str(error))
    if isinstance(error, LedgerUnavailableError):
        return CommandError(f"the database is not usable: {error}; `simulcast doctor` says more")
    if isinstance(error, SimulcastError | KeyServiceError | VaultUnavailableError):
        return CommandError(str(error))
    if isinstance(error, OperationalError | ProgrammingError):
        return CommandError(f"the database is not usable: {database_words(error)}; `simulcast doctor` says more")
    raise error


def load() -> Settings:
    """The settings of this process. Raises CommandError with exit code 2."""
    try:
        settings = settings_from_environment()
        check_options(settings)
    except (SettingsError, BrokerUrlError) as error:
        raise ConfigurationError(str(error)) from None
    return settings


def database_words(error: Exception) -> str:
    """What the driver said, in one line and without the statement."""
    return " ".join(str(getattr(error, "orig", error)).split())[:300]

"""Where tables for people are printed."""

from rich.console import Console

_PIPED_COLUMNS = 250


def open_console() -> Console:
    """As wide as the terminal; into a pipe or file so wide that nothing is cut."""
    console = Console()
    return console if console.is_terminal else Console(width=_PIPED_COLUMNS)

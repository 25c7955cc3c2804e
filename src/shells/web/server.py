"""Serves the web application with Granian in a process of its own."""

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from shells.settings import Settings


def serve_web(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT; requests under way are finished."""
    Granian(
        "shells.web.app:from_environment",
        factory=True,
        address=settings.host,
        port=settings.port,
        interface=Interfaces.ASGI,
        workers=1,
        log_level=LogLevels.warning,
        workers_kill_timeout=30,
    ).serve()

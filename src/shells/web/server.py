"""Serves the web application with Granian in a process of its own."""

from granian import Granian
from granian.constants import Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels

from shells.logs import log_as_set
from shells.settings import Settings

# Granian's own lines go the way of all others.
_LOGGERS = {name: {"handlers": [], "propagate": True} for name in ("_granian", "granian.access")}


def serve_web(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT; requests under way are finished."""
    log_as_set(settings)
    Granian(
        "shells.web.app:from_environment",
        factory=True,
        address=settings.host,
        port=settings.port,
        interface=Interfaces.ASGI,
        workers=1,
        http1_settings=HTTP1Settings(header_read_timeout=int(settings.client_silence_seconds * 1000)),
        log_level=LogLevels.warning,
        log_dictconfig={"version": 1, "disable_existing_loggers": False, "loggers": _LOGGERS},
        workers_kill_timeout=30,
    ).serve()

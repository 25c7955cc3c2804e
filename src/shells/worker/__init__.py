"""The worker shell: Celery processes that are nudged, each with one event loop that publishes.

`celery -A shells.worker worker` finds the application under this package's name `celery`.
"""

from typing import Any


def __getattr__(name: str) -> Any:
    """The application is made from the environment when it is first asked for."""
    if name == "celery":
        from shells.cli.failure import CONFIGURATION
        from shells.worker.app import application

        try:
            return application()
        except CONFIGURATION as error:
            raise SystemExit(f"simulcast: {error}") from None
    raise AttributeError(name)

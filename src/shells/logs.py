"""Log lines as JSON on standard error, with what their writer attached."""

import logging
import sys
from typing import Any

import structlog


def configure_logging(level: str) -> None:
    """Send every log line of the process through structlog's JSON renderer. httpx stays quiet: it logs whole URLs."""
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, structlog.processors.JSONRenderer()],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for name in ("httpx", "httpcore", "aiosqlite", "alembic", "PIL"):
        logging.getLogger(name).setLevel(logging.WARNING)

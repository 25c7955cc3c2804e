"""Reads log lines back."""

import io
import json
import logging
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import structlog

from shells.logs import configure_logging


@contextmanager
def written(form: str = "json", level: str = "debug", secrets: tuple[str, ...] = ()) -> Iterator[io.StringIO]:
    """What is logged within, as a process of the product would write it; afterwards everything is as before."""
    root = logging.getLogger()
    handlers, root_level, hook, shown = root.handlers[:], root.level, sys.excepthook, warnings.showwarning
    stream = io.StringIO()
    configure_logging(level, form, secrets=secrets, stream=stream)
    try:
        yield stream
    finally:
        logging.captureWarnings(False)
        root.handlers, sys.excepthook, warnings.showwarning = handlers, hook, shown
        root.setLevel(root_level)
        structlog.reset_defaults()


def parsed(text: str) -> list[dict[str, Any]]:
    """The JSON lines among what a process wrote; other lines are no lines of ours and fail the test."""
    return [json.loads(line) for line in text.splitlines() if line.strip()]

"""Hears the signal that stops the server, before the server waits for the answers that are still under way."""

import asyncio
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

_SIGNALS = (signal.SIGTERM, signal.SIGINT)


@contextmanager
def on_stop_signal(act: Callable[[], None]) -> Iterator[None]:
    """While the block runs, `act` in its event loop when the process is told to stop; whoever heard the signal before still
    hears it. Does nothing where signals are not handled at all, or not in this thread."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    heard_before = {number: signal.getsignal(number) for number in _SIGNALS}
    # An event loop hears signals by a file descriptor, which tells it of them whatever handler stands here.
    replaced = {number: handler for number, handler in heard_before.items() if callable(handler)}

    def handler_after(before: Callable[[int, FrameType | None], Any]) -> Callable[[int, FrameType | None], None]:
        def handle(number: int, frame: FrameType | None) -> None:
            loop.call_soon_threadsafe(act)
            before(number, frame)

        return handle

    for number, handler in replaced.items():
        signal.signal(number, handler_after(handler))
    try:
        yield
    finally:
        for number, handler in replaced.items():
            signal.signal(number, handler)

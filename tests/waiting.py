"""Waiting for a condition, never for a time."""

import time
from collections.abc import Callable

_LOOK_S = 0.05


def until(holds: Callable[[], object], why: str = "it did not come to hold", *, timeout_s: float = 60) -> None:
    """Return once it holds; fail with `why` where it does not in time."""
    deadline = time.monotonic() + timeout_s
    while not holds():
        assert time.monotonic() < deadline, why
        time.sleep(_LOOK_S)

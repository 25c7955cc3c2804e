"""How often Python looks for cycles among what it keeps."""

import gc

_YOUNG = 50_000
_OLDER = 20
_OLDEST = 50


def collect_seldom() -> None:
    """Call once a process is set up. A worker makes many small values and hardly a cycle; Python's own measure, every 700
    new objects, took a fifth of its time. What is there by now stays, and is looked at no more."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, _OLDER, _OLDEST)

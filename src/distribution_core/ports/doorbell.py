"""The queue as the core sees it: it only says "look now"."""

from typing import Protocol


class Doorbell(Protocol):
    """A lost or repeated ring loses and repeats nothing: the ledger is the truth, the sweep finds what is due."""

    async def ring(self) -> None: ...
    async def wait(self, timeout_s: float) -> None:
        """Return at the next ring, or after `timeout_s` seconds."""
        ...

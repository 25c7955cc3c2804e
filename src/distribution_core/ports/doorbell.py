"""The queue as the core sees it: it only says "look now"."""

from typing import Protocol

SELECTOR = "selector"
"""Who is to look for content that falls due. Every other name is a platform's: its deliveries are to be looked for."""


class Doorbell(Protocol):
    """A lost or repeated ring loses and repeats nothing: the ledger is the truth, the sweep finds what is due."""

    async def ring(self, *whom: str) -> None:
        """`whom` are SELECTOR and platforms; nobody named: everybody. Never waits for a queue, and never fails for one."""
        ...

    async def wait(self, timeout_s: float) -> None:
        """Return at the next ring, or after `timeout_s` seconds."""
        ...

    def wake(self) -> None:
        """End the wait of this process, and of no other."""
        ...

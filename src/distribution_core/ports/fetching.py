"""Media that is given by an address on the web."""

from collections.abc import AsyncIterator
from typing import Protocol


class MediaFetcher(Protocol):
    """Fetches only what anybody on the internet could: never what is reachable from our own network alone."""

    def stream(self, url: str) -> AsyncIterator[bytes]:
        """Raises InvalidInputError, in the same words whether nothing is there or it may not be looked at."""
        ...

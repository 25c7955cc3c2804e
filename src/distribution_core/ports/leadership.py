"""Which one of many processes does what one is enough for."""

from typing import Protocol


class Leadership(Protocol):
    async def holds(self) -> bool:
        """Whether this process leads now; it takes the lead where nobody has it. A leader that dies, or loses its
        connection, leads no more."""
        ...

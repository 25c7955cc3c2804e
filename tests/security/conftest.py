"""One stack to be attacked by each test process."""

from tests.identity_provider import at
from tests.stack import running, stack, visitor

__all__ = ["at", "running", "stack", "visitor"]

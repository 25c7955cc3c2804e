"""One stack to be attacked by each test process."""

from tests.stack import running, stack, visitor

__all__ = ["running", "stack", "visitor"]

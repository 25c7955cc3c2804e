"""One stack for each test process."""

from tests.stack import running, stack, visitor

__all__ = ["running", "stack", "visitor"]

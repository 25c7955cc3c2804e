"""Entry points: everything that starts a process or composes the product."""

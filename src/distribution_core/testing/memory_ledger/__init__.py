"""The ledger in memory: the same promises as the SQL one, on dicts."""

from distribution_core.testing.memory_ledger.ledger import MemoryLedger

__all__ = ["MemoryLedger"]

"""The fake keeps the promises that the real ledgers keep, so what is proven on it holds for them."""

import pytest

from distribution_core.ports.ledger import Ledger
from distribution_core.testing.ledger_contract import LedgerContract
from distribution_core.testing.memory_clock import MemoryClock
from distribution_core.testing.memory_ledger import MemoryLedger


class TestMemoryLedger(LedgerContract):
    @pytest.fixture
    def clock(self) -> MemoryClock:
        return MemoryClock()

    @pytest.fixture
    def ledger(self, clock: MemoryClock) -> Ledger:
        return MemoryLedger(clock)

    async def test_a_transaction_within_a_transaction_is_refused(self, ledger: Ledger) -> None:
        async with ledger.begin():
            with pytest.raises(RuntimeError):
                async with ledger.begin():
                    pass
        async with ledger.begin() as tx:
            assert len(await tx.users.ids(100)) == 0

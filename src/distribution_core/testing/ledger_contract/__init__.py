"""What every ledger promises, as tests. A ledger's own tests inherit `LedgerContract` and give it two fixtures:
`ledger`, empty and on the time of the other, and `clock`, a MemoryClock.

    class TestMyLedger(LedgerContract):
        @pytest.fixture
        def clock(self) -> MemoryClock: ...

        @pytest.fixture
        def ledger(self, clock: MemoryClock) -> Ledger: ...

They run under the anyio plugin; `pytest.register_assert_rewrite` on this package, before it is imported, makes their
failures speak.
"""

from distribution_core.testing.ledger_contract.batching import BatchingContract
from distribution_core.testing.ledger_contract.burying import BuryingContract
from distribution_core.testing.ledger_contract.caring import CaringContract
from distribution_core.testing.ledger_contract.claiming import ClaimingContract
from distribution_core.testing.ledger_contract.committing import CommittingContract
from distribution_core.testing.ledger_contract.fencing import FencingContract
from distribution_core.testing.ledger_contract.holding import HoldingContract
from distribution_core.testing.ledger_contract.linking import LinkingContract
from distribution_core.testing.ledger_contract.listing import ListingContract
from distribution_core.testing.ledger_contract.operating import OperatingContract
from distribution_core.testing.ledger_contract.recording import RecordingContract
from distribution_core.testing.ledger_contract.saving import SavingContract
from distribution_core.testing.ledger_contract.selecting import SelectingContract
from distribution_core.testing.ledger_contract.sharing import SharingContract
from distribution_core.testing.ledger_contract.signing_in import SigningInContract
from distribution_core.testing.ledger_contract.stopping import StoppingContract
from distribution_core.testing.ledger_contract.transactions import TransactionsContract
from distribution_core.testing.ledger_contract.wrapping import WrappingContract

__all__ = ["LedgerContract"]


class LedgerContract(
    SigningInContract,
    LinkingContract,
    SavingContract,
    SelectingContract,
    ClaimingContract,
    FencingContract,
    CommittingContract,
    BatchingContract,
    StoppingContract,
    BuryingContract,
    CaringContract,
    RecordingContract,
    OperatingContract,
    SharingContract,
    ListingContract,
    TransactionsContract,
    WrappingContract,
    HoldingContract,
):
    """The whole contract."""

"""A journal in memory, for trying an adapter without a ledger."""

from collections.abc import Mapping
from typing import Any

from attrs import define, field

from distribution_core.domain.errors import LeaseLostError
from distribution_core.ports.platform import Journal


@define
class MemoryJournal:
    """Keeps handles and the order in which they came. `lose_lease` makes the next record raise."""

    _handles: dict[str, Any] = field(factory=dict)
    records: list[Mapping[str, Any]] = field(factory=list)
    lose_lease: bool = False

    @property
    def handles(self) -> Mapping[str, Any]:
        return dict(self._handles)

    async def record(self, **handles: Any) -> None:
        if self.lose_lease:
            raise LeaseLostError("the lease was taken over")
        self.records.append(handles)
        self._handles = {key: value for key, value in (self._handles | handles).items() if value is not None}


_: type[Journal] = MemoryJournal

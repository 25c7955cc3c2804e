"""The publisher's writes for many deliveries: here, one after another."""

from collections.abc import Collection, Sequence
from datetime import timedelta
from uuid import UUID

from attrs import frozen

from distribution_core.domain.delivery import Delivery
from distribution_core.ports.batches import Batches, Ended, Ending, JournalEntry, Surroundings
from distribution_core.ports.gate import CommitRequest, Gate
from distribution_core.ports.ledger import DuplicateError
from distribution_core.testing.memory_ledger.attempts import MemoryAttempts
from distribution_core.testing.memory_ledger.commits import MemoryCommits
from distribution_core.testing.memory_ledger.deliveries import MemoryDeliveries
from distribution_core.testing.memory_ledger.state import Unit


@frozen
class MemoryBatches:
    unit: Unit

    async def surroundings(self, deliveries: Sequence[Delivery]) -> Sequence[Surroundings]:
        rows = self.unit.rows
        found = []
        for delivery in deliveries:
            account = rows.accounts[delivery.social_account_id]
            grant = rows.grants.get(account.grant_id) if account.grant_id else None
            found.append(Surroundings(account=account, content=rows.contents[delivery.content_id], grant=grant))
        return found

    async def journal(self, entries: Sequence[JournalEntry], lease: timedelta) -> Sequence[bool]:
        deliveries = MemoryDeliveries(self.unit)
        return [await deliveries.journal(entry.delivery_id, entry.fence, entry.handles, lease) for entry in entries]

    async def open_gates(self, requests: Sequence[CommitRequest]) -> Sequence[tuple[Gate, Delivery | None]]:
        commits, answers = MemoryCommits(self.unit), []
        for request in requests:
            gate = await commits.open_gate(request)
            answers.append((gate, self.unit.rows.deliveries[request.delivery_id] if gate is Gate.OPEN else None))
        return answers

    async def end(self, endings: Sequence[Ending]) -> Sequence[Ended]:
        return [await self._end(ending) for ending in endings]

    async def unlinked(self, account_ids: Collection[UUID]) -> Collection[UUID]:
        return [each for each in set(account_ids) if not self.unit.rows.accounts[each].is_linked]

    async def _end(self, ending: Ending) -> Ended:
        try:
            if not await MemoryDeliveries(self.unit).save(ending.after, was=ending.was):
                return Ended.PASSED_BY
        except DuplicateError:
            return Ended.TAKEN
        await MemoryAttempts(self.unit).finish(ending.attempt)
        return Ended.SAVED


_: type[Batches] = MemoryBatches

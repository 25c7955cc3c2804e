"""Takes away what has done its work."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from attrs import frozen

from distribution_core.ports.leftovers import Leftover, Leftovers
from distribution_core.testing.memory_ledger.state import Unit

_AGES: Mapping[Leftover, tuple[str, Callable[[Any], datetime | None]]] = {
    Leftover.SENT_EVENTS: ("outbox", lambda event: event.sent_at),
    Leftover.FIRST_ANSWERS: ("idempotency", lambda answer: answer.created_at),
    Leftover.ENDED_SESSIONS: ("sessions", lambda session: session.expires_at),
    Leftover.ENDED_LINKINGS: ("link_intents", lambda intent: intent.expires_at),
    Leftover.ENDED_CHOICES: ("link_choices", lambda choice: choice.expires_at),
    Leftover.ENDED_SSO_ROUNDS: ("sso_rounds", lambda begun: begun.expires_at),
    Leftover.USED_SSO_TOKENS: ("used_sso_tokens", lambda expires_at: expires_at),
    Leftover.SILENT_WORKERS: ("workers", lambda polled_at: polled_at),
}


@frozen
class MemoryLeftovers:
    unit: Unit

    async def purge(self, what: Leftover, before: datetime, limit: int) -> int:
        name, age_of = _AGES[what]
        table: dict[Any, Any] = getattr(self.unit.rows, name)
        ages = {key: age for key, row in table.items() if (age := age_of(row)) is not None and age < before}
        gone = sorted(ages, key=lambda key: ages[key])[:limit]
        for key in gone:
            del table[key]
        return len(gone)


_: type[Leftovers] = MemoryLeftovers

"""What can go wrong, by name, and how often it does in one scenario."""

from collections import Counter
from random import Random
from typing import Self

from attrs import define, field

NETWORK = (
    "unreachable",
    "error_before_effect",
    "error_after_effect",
    "answer_lost_before_effect",
    "answer_lost_after_effect",
    "late_effect",
    "effect_beyond_all_bounds",
    "throttled",
)
LEDGER = ("ledger_down", "commit_refused", "commit_answer_lost")
NUDGES = ("nudge_lost", "nudge_repeated", "nudge_late")
PROCESSES = ("killed", "stalled_beyond_lease", "clock_jumped", "stopped_softly")
TOKENS = ("token_expired", "grant_revoked", "refresh_answer_lost")
READS = ("read_back_lags",)
PLATFORM = ("processing_failed", "draft_vanished")
FAULTS = (*NETWORK, *LEDGER, *NUDGES, *PROCESSES, *TOKENS, *READS, *PLATFORM)


@define
class Weather:
    """Chances of each fault while it lasts. After `clears_at` (virtual seconds) there is none any more."""

    random: Random
    clears_at: float
    rates: dict[str, float]
    seen: Counter[str] = field(factory=Counter)

    @classmethod
    def of(cls, random: Random) -> Self:
        """Some scenarios are calm but for one kind of fault, some have everything at once."""
        rates = dict.fromkeys(FAULTS, 0.0)
        for kind in FAULTS:
            if random.random() < 0.25:
                rates[kind] = random.choice((0.02, 0.06, 0.2))
        for kind in LEDGER:
            rates[kind] = min(rates[kind], 0.04)
        return cls(random, random.uniform(45, 600), rates)

    def strikes(self, kind: str, now: float) -> bool:
        """Whether this fault happens here and now; counted when it does."""
        if now >= self.clears_at:
            return False
        rate = self.rates[kind]
        if rate and self.random.random() < rate:
            self.seen[kind] += 1
            return True
        return False

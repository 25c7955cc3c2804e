"""What a run of many scenarios has met: every fault, crash point and transition, so that none is claimed untried."""

from collections import Counter
from typing import Any

from attrs import define, field

from distribution_core.testing.simulation.judge import EXPECTED_TRANSITIONS
from distribution_core.testing.simulation.scenario import Result
from distribution_core.testing.simulation.weather import FAULTS
from distribution_core.testing.simulation.world import CRASH_POINTS

_YEAR_S = 365.25 * 86400


@define
class Census:
    """Counts over scenarios. `violations` are (seed, sentence)."""

    scenarios: int = 0
    virtual_s: float = 0.0
    posts: int = 0
    deliveries: int = 0
    faults: Counter[str] = field(factory=Counter)
    crash_points: Counter[str] = field(factory=Counter)
    transitions: Counter[str] = field(factory=Counter)
    violations: list[tuple[int, str]] = field(factory=list)

    def add(self, result: Result) -> None:
        self.scenarios += 1
        self.virtual_s += result.virtual_s
        self.posts += result.posts
        self.deliveries += result.deliveries
        self.faults.update(result.faults)
        self.crash_points.update(result.crash_points)
        self.transitions.update({f"{before} -> {after}": count for (before, after), count in result.transitions.items()})
        self.violations += [(result.seed, what) for what in result.violations[:1]]

    def untried(self) -> tuple[str, ...]:
        """What should have been met and was not."""
        transitions = (f"{before} -> {after}" for before, after in EXPECTED_TRANSITIONS)
        wanted = ((FAULTS, self.faults), (CRASH_POINTS, self.crash_points), (transitions, self.transitions))
        return tuple(name for names, met in wanted for name in names if not met[name])

    def as_json(self, seconds: float) -> dict[str, Any]:
        """The closing line. `seconds` is how long the run took on the clock on the wall."""
        return {
            "scenarios": self.scenarios,
            "virtual_years": round(self.virtual_s / _YEAR_S, 2),
            "faults": dict(sorted(self.faults.items())),
            "violations": len(self.violations),
            "scenarios_per_s": round(self.scenarios / seconds, 1) if seconds else 0.0,
        }

"""Figures of interleaved rounds: medians, ratios, and how they are shown."""

from collections.abc import Sequence
from statistics import median

from attrs import define, field
from rich.console import Console
from rich.table import Table


@define
class Figures:
    """What each form reached in each round, in the unit of its table."""

    rounds: dict[str, list[float]] = field(factory=dict)

    def add(self, form: str, value: float) -> None:
        self.rounds.setdefault(form, []).append(value)

    def median(self, form: str) -> float:
        """Raises KeyError for a form that was not measured."""
        return median(self.rounds[form])

    def best(self, forms: Sequence[str]) -> str:
        """The form with the highest median."""
        return max(forms, key=self.median)

    def show(self, console: Console, title: str, unit: str, baseline: str | None = None) -> None:
        """A table, each form with its rounds, its median, and its ratio to the baseline."""
        table = Table("form", "rounds", f"median {unit}", *([f"to {baseline}"] if baseline else []), title=title, box=None)
        for form, values in self.rounds.items():
            cells = [form, ", ".join(f"{value:,.1f}" for value in values), f"{self.median(form):,.1f}"]
            if baseline:
                cells.append(f"{self.median(form) / self.median(baseline):.2f}")
            table.add_row(*cells)
        console.print(table)

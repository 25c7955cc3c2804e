"""Where the run stands: a bar on a terminal, a line every few seconds anywhere else."""

import sys
import time
from types import TracebackType
from typing import Self

import psycopg
from attrs import define, field
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

_LINE_EVERY_S = 5.0
_FINAL = "SELECT count(*) FILTER (WHERE status IN ('success', 'failed', 'canceled')), count(*) FROM deliveries"


@define
class Display:
    """Shows how many of `total` deliveries have ended."""

    total: int
    _bar: Progress = field(init=False)
    _task: TaskID = field(init=False)
    _began: float = field(factory=time.monotonic)
    _last: float = 0.0
    _text: str = ""

    def __attrs_post_init__(self) -> None:
        console = Console(stderr=True)
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        self._bar = Progress(*columns, console=console, disable=not console.is_terminal)
        self._task = self._bar.add_task("Starting", total=self.total)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._bar.stop()

    def show(self, text: str, ended: int, more: str = "") -> None:
        """`text` says what is being done; a new text, or some seconds, make a new line."""
        self._bar.update(self._task, description=f"{text} {more}", completed=ended)
        now = time.monotonic()
        if self._bar.disable and (text != self._text or now - self._last >= _LINE_EVERY_S):
            self._text, self._last = text, now
            print(f"{now - self._began:6.1f} s  {text}: {ended} of {self.total} ended {more}", file=sys.stderr, flush=True)


def ended(database_url: str) -> tuple[int, int]:
    """How many deliveries have ended and how many there are, for the display alone; (0, 0) while the database is gone."""
    try:
        with psycopg.connect(database_url, connect_timeout=3) as connection:
            row = connection.execute(_FINAL).fetchone()
    except psycopg.Error:
        return 0, 0
    return (int(row[0]), int(row[1])) if row else (0, 0)

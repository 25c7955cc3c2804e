"""What goes wrong outside: the platforms' faults, the platforms out of reach, the database gone."""

import signal
import threading
from collections.abc import Callable, Mapping
from typing import Any

import httpx
from attrs import define, field, frozen

from chaos.broker import Broker
from shells.local_servers.postgres import Postgres

SLOW_S = 9.0
"""Longer than every time-out of the run's settings."""


@frozen(kw_only=True)
class Rates:
    """Probabilities for each call to a platform."""

    error_before: float = 0.05
    error_after: float = 0.025
    drop_after: float = 0.025
    slow: float = 0.02
    rate_limited: float = 0.03


def fault_rules(rates: Rates) -> list[dict[str, Any]]:
    """Rules for the sandbox. It tries them in order, so each rate is that of the calls which the earlier ones left."""
    left, rules = 1.0, []
    for kind, rate, options in (
        ("error_before", rates.error_before, {}),
        ("error_after", rates.error_after, {}),
        ("drop_after", rates.drop_after, {}),
        ("slow", rates.slow, {"seconds": SLOW_S}),
        ("rate_limited", rates.rate_limited, {}),
    ):
        rules.append({"platform": "*", "kind": kind, "rate": rate / left, "count": None, "options": options})
        left -= rate
    return rules


SWITCHES: Mapping[str, Mapping[str, Any]] = {
    "facebook": {"refuse_duplicates": False, "chunk_bytes": 65_536},
    "linkedin": {"duplicate_seconds": 0.0},
}
"""The platforms save nobody from a duplicate, and take a video in pieces."""


@define
class Weather:
    """Runs its events in a thread of its own, `after_s` seconds each, while the run goes on."""

    sandbox_url: str
    sandbox_signal: Callable[[int], None]
    postgres: Postgres
    rates: Rates
    outage_s: float
    database_down_s: float
    broker: Broker | None = None
    outages: int = 0
    error: BaseException | None = None
    _over: threading.Event = field(factory=threading.Event)
    _thread: threading.Thread | None = None

    def begin(self, seconds: float) -> None:
        """Faults from now on; the database goes at about a third of `seconds`, the platforms at about two thirds;
        the broker's messages are lost before, and the broker itself between them."""
        for platform, values in SWITCHES.items():
            httpx.put(f"{self.sandbox_url}/_sandbox/switches/{platform}", json=values, timeout=60).raise_for_status()
        self._set(fault_rules(self.rates))
        self._over.clear()
        self._thread = threading.Thread(target=self._events, args=(seconds,), name="weather", daemon=True)
        self._thread.start()

    @property
    def is_spent(self) -> bool:
        """Whether all that was to happen has happened, or could not."""
        return self._thread is None or not self._thread.is_alive()

    def end(self) -> None:
        """Fair weather: what has begun is undone, and no fault is left. Raises what an event failed with."""
        self._over.set()
        if self._thread is not None:
            self._thread.join()
        if self.error is not None:
            raise self.error
        self._set([])

    def _events(self, seconds: float) -> None:
        try:
            if not self._over.wait(seconds * 0.15) and self.broker is not None:
                self.broker.purge()
            if not self._over.wait(seconds * 0.15):
                self.postgres.crash()
                self._over.wait(self.database_down_s)
                self.postgres.restart()
            if not self._over.is_set() and self.broker is not None:
                self.broker.server.kill()
                self._over.wait(self.database_down_s)
                self.broker.server.restart()
                self.broker.purge()
            if not self._over.wait(seconds * 0.3):
                self.sandbox_signal(signal.SIGSTOP)
                self.outages += 1
                self._over.wait(self.outage_s)
                self.sandbox_signal(signal.SIGCONT)
        except Exception as error:
            self.error = error

    def _set(self, rules: list[dict[str, Any]]) -> None:
        httpx.put(f"{self.sandbox_url}/_sandbox/faults", json={"faults": rules}, timeout=60).raise_for_status()

"""Call quotas: a Page's calls in a rolling day and the headers that tell of them (Graph API rate limits)."""

import json
from datetime import datetime, timedelta

from attrs import define, field

from shells.sandbox.clock import SandboxClock
from shells.sandbox.facebook.errors import GraphError, too_many_calls
from shells.sandbox.facebook.switches import Switches

_DAY = timedelta(hours=24)
_MINUTE = timedelta(minutes=1)
APP_HEADER_FROM_PERCENT = 10  # the app header shows only once enough calls were made; the number is ours


@define
class Usage:
    """Calls by Page and minute: exact enough for a day, and small however many there are."""

    clock: SandboxClock
    switches: Switches
    _pages: dict[str, dict[datetime, int]] = field(factory=dict)
    _app_calls: int = 0

    def count(self, page_id: str | None) -> None:
        """One more call. Raises GraphError 80001 for a Page that has none left; that call counts too."""
        self._app_calls += 1
        if page_id is None:
            return
        spent = self._spent(page_id)
        minute = self.clock.now().replace(second=0, microsecond=0)
        minutes = self._pages.setdefault(page_id, {})
        minutes[minute] = minutes.get(minute, 0) + 1
        if spent >= self.switches.page_calls_per_day:
            raise self._refusal(page_id)

    def headers(self, page_id: str | None) -> dict[str, str]:
        """What an answer carries: the BUC header for Page tokens, the app header for people's once it is worth it."""
        if page_id is None:
            share = min(self._app_calls // 20, 99)
            row = {"call_count": share, "total_time": share, "total_cputime": share}
            return {"x-app-usage": json.dumps(row)} if share >= APP_HEADER_FROM_PERCENT else {}
        share = min(100 * self._spent(page_id) // self.switches.page_calls_per_day, 100)
        used = {"call_count": share, "total_cputime": share, "total_time": share}
        return {
            "x-business-use-case-usage": json.dumps({page_id: [{"type": "pages", **used, "estimated_time_to_regain_access": 0}]})
        }

    def clear(self) -> None:
        self._pages.clear()
        self._app_calls = 0

    def _spent(self, page_id: str) -> int:
        oldest = self.clock.now() - _DAY
        kept = {minute: calls for minute, calls in self._pages.get(page_id, {}).items() if minute > oldest}
        self._pages[page_id] = kept
        return sum(kept.values())

    def _refusal(self, page_id: str) -> GraphError:
        first = min(self._pages[page_id])
        wait = max(1, -(-(first + _DAY + _MINUTE - self.clock.now()) // _MINUTE))
        return too_many_calls(page_id, int(wait))

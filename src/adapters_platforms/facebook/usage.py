"""What Facebook's usage headers say: percentages of a rolling limit, which throttles at 100 (Graph API rate limits)."""

import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any, Final

from distribution_core.domain.quota import Scope
from distribution_core.ports.usage import NearlyUsed

# X-Page-Usage is legacy: absent from the current page, and still sent.
_HEADERS: Final = {"x-app-usage": Scope.APP, "x-page-usage": Scope.ACCOUNT, "x-business-use-case-usage": Scope.ACCOUNT}
_SHARES = ("call_count", "total_time", "total_cputime")
_PAUSE = timedelta(minutes=1)
_PAUSE_FULL = timedelta(minutes=5)
_PAUSE_LONGEST = timedelta(hours=24)


def nearly_used(headers: Mapping[str, str], pause_percent: float) -> tuple[NearlyUsed, ...]:
    """The limits of which so much is used that a pause does good: calling while throttled prolongs it. A header that can't
    be read says nothing."""
    found = []
    for header, scope in _HEADERS.items():
        rows = list(_rows(headers.get(header)))
        percent = max((_number(row.get(share)) for row in rows for share in _SHARES), default=0.0)
        minutes = max((_number(row.get("estimated_time_to_regain_access")) for row in rows), default=0.0)
        if percent >= pause_percent or minutes > 0:
            least = _PAUSE_FULL if percent >= 100 else _PAUSE
            wait = min(max(timedelta(minutes=minutes), least), _PAUSE_LONGEST)
            found.append(NearlyUsed(name=header, scope=scope, wait=wait))
    return tuple(found)


def _rows(value: str | None) -> Iterator[Mapping[str, Any]]:
    """One row of shares, or lists of them by business."""
    try:
        data = json.loads(value or "{}")
    except ValueError:
        return
    if not isinstance(data, dict):
        return
    if any(share in data for share in _SHARES):
        yield data
        return
    for rows in data.values():
        yield from (row for row in rows if isinstance(row, dict)) if isinstance(rows, list) else ()


def _number(value: object) -> float:
    return min(float(value), 1e6) if isinstance(value, int | float) and not isinstance(value, bool) and value > 0 else 0.0

"""What Facebook's usage headers say: percentages of a rolling limit, which throttles at 100 (Graph API rate limits)."""

import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any, Final

from attrs import frozen

from distribution_core.domain.quota import Scope
from distribution_core.ports.usage import NearlyUsed

# X-Page-Usage is legacy: absent from the current page, and still sent.
_HEADERS: Final = {"x-app-usage": Scope.APP, "x-page-usage": Scope.ACCOUNT, "x-business-use-case-usage": Scope.ACCOUNT}
_SHARES = ("call_count", "total_time", "total_cputime")
_PAUSE_LONGEST = timedelta(hours=24)


@frozen(kw_only=True)
class Pauses:
    """From `percent` of a limit on it is left alone, for `nearly` or, when all is used, `full`: how long a rolling limit
    takes to come back is not documented, unless an answer says so."""

    percent: float
    nearly: timedelta
    full: timedelta


def nearly_used(headers: Mapping[str, str], pauses: Pauses) -> tuple[NearlyUsed, ...]:
    """The limits of which so much is used that a pause does good: calling while throttled prolongs it. A header that can't
    be read says nothing."""
    found = []
    for header, scope in _HEADERS.items():
        rows = list(_rows(headers.get(header)))
        percent = max((_number(row.get(share)) for row in rows for share in _SHARES), default=0.0)
        minutes = max((_number(row.get("estimated_time_to_regain_access")) for row in rows), default=0.0)
        if percent >= pauses.percent or minutes > 0:
            wait = timedelta(minutes=minutes) or (pauses.full if percent >= 100 else pauses.nearly)
            wait = min(wait, _PAUSE_LONGEST)
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

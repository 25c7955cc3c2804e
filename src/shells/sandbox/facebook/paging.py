"""Cursor paging of lists, and paging by time (Graph API results guide)."""

import base64
import binascii
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import urlencode

from shells.sandbox.facebook.bodies import Parameters
from shells.sandbox.facebook.errors import invalid_parameter
from shells.sandbox.facebook.moments import parse_moment

LIMIT_MAX = 100
_PROOF = "appsecret_proof"
_FIRST = "first"
Row = TypeVar("Row")


def cut(
    parameters: Parameters, rows: Sequence[Row], url: str, *, thin: bool, default: int = 25
) -> tuple[Sequence[Row], dict[str, Any]]:
    """The rows of the page asked for and its `paging`. `thin`: an empty page first, then short ones. Raises GraphError."""
    limit = parameters.number("limit") if "limit" in parameters.values else default
    if limit is None or not 1 <= limit <= LIMIT_MAX:
        raise invalid_parameter(f"Param limit must be from 1 to {LIMIT_MAX}")
    after = parameters.text("after")
    if after is None and thin:
        return [], {"cursors": {"before": _cursor(_FIRST), "after": _cursor("0")}, "next": _next(parameters, url, _cursor("0"))}
    start = _offset(after) if after is not None else 0
    size = max(1, limit // 2) if thin else limit
    shown = rows[start : start + size]
    if not shown:
        return [], {}
    end = start + len(shown)
    paging: dict[str, Any] = {"cursors": {"before": _cursor(str(start)), "after": _cursor(str(end))}}
    if end < len(rows):
        paging["next"] = _next(parameters, url, paging["cursors"]["after"])
    return shown, paging


def listed(rows: list[dict[str, Any]], paging: dict[str, Any]) -> dict[str, Any]:
    """A list's body; an empty list at its end has no paging."""
    return {"data": rows, "paging": paging} if paging else {"data": rows}


def window(parameters: Parameters) -> Callable[[datetime], bool]:
    """Whether a time lies between `since` and `until`. Raises GraphError for what is no time."""
    since, until = (
        parse_moment(name, text) if (text := parameters.text(name)) is not None else None for name in ("since", "until")
    )
    return lambda moment: (since is None or moment >= since) and (until is None or moment <= until)


def _next(parameters: Parameters, url: str, after: str) -> str:
    # Graph repeats the token in the link, but not its proof: that the caller adds itself.
    kept = {key: parameters.text(key) for key in parameters.values if key not in (_PROOF, "after")}
    return f"{url}?{urlencode(kept | {'after': after})}"


def _cursor(text: str) -> str:
    return base64.urlsafe_b64encode(f"c:{text}".encode()).decode().rstrip("=")


def _offset(cursor: str) -> int:
    try:
        kind, _, text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode().partition(":")
    except (ValueError, binascii.Error):
        kind, text = "", ""
    if kind != "c" or not text.isdecimal() or len(text) > 9:
        raise invalid_parameter("Invalid cursor: expected one that an earlier answer gave")
    return int(text)

"""How long a version of LinkedIn's API lives, and the warning ahead of its end."""

import re
import tomllib
from datetime import date
from importlib.resources import files

_DATA = tomllib.loads((files(__package__) / "sunsets.toml").read_text("utf-8"))
_SUNSETS: dict[str, date] = _DATA["sunset"]
_NEVER: frozenset[str] = frozenset(_DATA["never"])
_VERSION = re.compile(r"(20\d\d)(0[1-9]|1[0-2])(?:\.\d\d)?")

WARN_DAYS = 60


def version_sunset(version: str) -> date | None:
    """The day on which `version` (YYYYMM or YYYYMM.RR) stops answering; None for one that never lived or is long dead.

    A version newer than our table is taken to live for the year that LinkedIn promises, to its mid-month.
    """
    match = _VERSION.fullmatch(version)
    if match is None:
        return None
    month = match[1] + match[2]
    if month in _SUNSETS:
        return _SUNSETS[month]
    if month in _NEVER or month < min(_SUNSETS):
        return None
    return date(int(match[1]) + 1, int(match[2]), 15)


def version_warning(version: str, today: date) -> str | None:
    """A sentence for doctor and logs when `version` is dead, no version, or ends within 60 days; else None."""
    if _VERSION.fullmatch(version) is None:
        return f"LinkedIn versions look like 202609; {version!r} does not, and LinkedIn will refuse every call."
    sunset = version_sunset(version)
    newest = max(_SUNSETS)
    if sunset is None:
        return f"LinkedIn version {version} is not active and every call will fail; use {newest} or later."
    if sunset <= today:
        return f"LinkedIn version {version} ended on {sunset.isoformat()} and every call will fail; use a later one."
    days = (sunset - today).days
    if days > WARN_DAYS:
        return None
    left = "1 day" if days == 1 else f"{days} days"
    return f"LinkedIn version {version} ends on {sunset.isoformat()}, in {left}; move to a later one before that."

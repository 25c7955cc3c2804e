"""Time zones by their IANA names. The ledger holds UTC; a zone is only how a time is shown."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo


def is_zone(name: str) -> bool:
    """Whether the zone database has this name."""
    try:
        ZoneInfo(name)
    # ZoneInfoNotFoundError is a KeyError; the others are for a name that is a folder, too long or no name at all.
    except (KeyError, OSError, ValueError):
        return False
    return True


def shown_in(at: datetime, zone: str | None) -> datetime:
    """The same moment on the clocks of a zone (None: UTC), with that moment's offset: unambiguous also in the hour that
    comes twice in autumn. Raises ZoneInfoNotFoundError for an unknown zone."""
    return at.astimezone(ZoneInfo(zone) if zone else UTC)

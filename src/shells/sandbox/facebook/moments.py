"""Times as Graph takes and writes them."""

from datetime import UTC, datetime, timedelta

from shells.sandbox.facebook.errors import invalid_parameter


def parse_moment(name: str, value: str) -> datetime:
    """Unix seconds or ISO 8601, without an offset in UTC (strtotime's words are not imitated). Raises GraphError."""
    try:
        if value.strip().isdecimal():
            return datetime.fromtimestamp(int(value), UTC)
        moment = datetime.fromisoformat(value.strip())
    except (ValueError, OverflowError, OSError):
        raise invalid_parameter(f"Param {name} must be a time") from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def parse_schedule(value: str, now: datetime, *, longest: timedelta, earliest: timedelta = timedelta(minutes=10)) -> datetime:
    """A time to publish at, from ten minutes ahead up to `longest`. Raises GraphError."""
    moment = parse_moment("scheduled_publish_time", value)
    if not now + earliest <= moment <= now + longest:
        raise invalid_parameter("The specified scheduled publish time is invalid.")
    return moment


def written(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S+0000")

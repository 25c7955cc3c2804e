"""UUIDv7 from a clock reading and random bytes, both given from outside (RFC 9562, section 5.7)."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

SERIES_BITS = 32
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_NEITHER_VERSION_NOR_VARIANT = ~(0xF << 76 | 0x3 << 62)
_VERSION_7_VARIANT_RFC = 0x7 << 76 | 0x2 << 62


def uuid7(unix_ms: int, random: bytes) -> UUID:
    """A time-ordered id from Unix time in milliseconds and ten random bytes. Raises ValueError for fewer bytes, and for a
    time before 1970 or beyond 48 bits."""
    if len(random) < 10:
        raise ValueError("uuid7 needs ten random bytes")
    value = unix_ms << 80 | int.from_bytes(random[:10], "big")
    return UUID(int=value & _NEITHER_VERSION_NOR_VARIANT | _VERSION_7_VARIANT_RFC)


def unix_ms_of(identifier: UUID) -> int:
    """The Unix time in milliseconds at which a UUIDv7 was made."""
    return identifier.int >> 80


def first_id_at(at: datetime) -> UUID:
    """The least UUIDv7 of this time's millisecond, reckoned in whole numbers. Raises ValueError as `uuid7` does."""
    return uuid7((at - _EPOCH) // _MILLISECOND, bytes(10))


def time_of(identifier: UUID) -> datetime:
    """The millisecond at which a UUIDv7 was made."""
    return _EPOCH + unix_ms_of(identifier) * _MILLISECOND


def next_id(last: UUID | None, unix_ms: int, random: Callable[[int], bytes]) -> UUID:
    """The id to give out after `last`: ids of one process only grow, whatever its clock does, and the first of a millisecond is
    left to chance, of which ten bytes are asked for (RFC 9562, section 6.2, method 2)."""
    if last is not None and last.int >> 80 >= unix_ms:
        return UUID(int=last.int + 1)
    return uuid7(unix_ms, random(10))


def series_of(identifier: UUID) -> UUID:
    """The first id of a series that shares this one's time and most of its chance: its last 32 bits count
    (RFC 9562, section 6.2, method 1), so that a database can number the ids of a whole batch by itself."""
    return UUID(int=identifier.int >> SERIES_BITS << SERIES_BITS)


def nth(first: UUID, place: int) -> UUID:
    """The id at this place, from 0, of a series. Raises ValueError outside it."""
    if not 0 <= place < 1 << SERIES_BITS:
        raise ValueError(f"a series of ids has no place {place}")
    return UUID(int=first.int + place)

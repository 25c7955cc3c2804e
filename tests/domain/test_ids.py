"""UUIDv7 as RFC 9562 lays it out."""

from datetime import UTC, datetime, timedelta
from uuid import RFC_4122, UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distribution_core.domain.ids import first_id_at, next_id, time_of, unix_ms_of, uuid7

milliseconds = st.integers(min_value=0, max_value=(1 << 48) - 1)
randoms = st.binary(min_size=10, max_size=16)


@given(milliseconds, randoms)
def test_version_variant_and_time(unix_ms: int, random: bytes) -> None:
    made = uuid7(unix_ms, random)
    assert (made.version, made.variant) == (7, RFC_4122)
    assert unix_ms_of(made) == unix_ms


@given(st.datetimes(datetime(1970, 1, 1), datetime(9999, 1, 1), timezones=st.just(UTC)), randoms)  # noqa: DTZ001 - of the zone given
def test_the_first_id_of_a_time_is_of_its_millisecond(at: datetime, random: bytes) -> None:
    first = first_id_at(at)
    assert time_of(first) == at.replace(microsecond=at.microsecond // 1000 * 1000)
    assert first_id_at(time_of(first)) == first
    assert first <= uuid7(unix_ms_of(first), random) < first_id_at(at + timedelta(milliseconds=1))


@given(milliseconds, milliseconds, randoms, randoms)
def test_later_ids_sort_later(one: int, other: int, random: bytes, other_random: bytes) -> None:
    if one == other:
        return
    first, second = uuid7(min(one, other), random), uuid7(max(one, other), other_random)
    assert first < second
    assert first.bytes < second.bytes
    assert str(first) < str(second)


@given(milliseconds, randoms)
def test_every_random_bit_counts(unix_ms: int, random: bytes) -> None:
    """All bits but the six that name version and variant; bytes beyond the tenth are not read."""
    made = uuid7(unix_ms, random)
    flips = set()
    for bit in range(80):
        changed = bytearray(random)
        changed[bit // 8] ^= 0x80 >> bit % 8
        flips.add(uuid7(unix_ms, bytes(changed)))
    assert len(flips - {made}) == 74
    assert uuid7(unix_ms, random + b"more") == made


def test_the_example_of_the_rfc() -> None:
    """RFC 9562, appendix A.6: rand_a is 0xCC3, rand_b is 0x18C4DC0C0C07398F."""
    random = bytes.fromhex("0cc3") + bytes.fromhex("18c4dc0c0c07398f")
    assert uuid7(0x017F22E279B0, random) == UUID("017F22E2-79B0-7CC3-98C4-DC0C0C07398F")


@pytest.mark.parametrize("size", [0, 9])
def test_too_few_random_bytes_are_refused(size: int) -> None:
    with pytest.raises(ValueError, match=r"ten random bytes$"):
        uuid7(0, bytes(size))


@pytest.mark.parametrize("unix_ms", [-1, 1 << 48, 1 << 49])
def test_a_time_that_an_id_cannot_hold_is_refused(unix_ms: int) -> None:
    """Folded into 48 bits it would sort among the ids of another year."""
    with pytest.raises(ValueError, match="range"):
        uuid7(unix_ms, bytes(10))


def test_the_first_id_is_left_to_chance() -> None:
    assert next_id(None, 1, lambda size: b"0123456789"[:size]) == uuid7(1, b"0123456789")


@given(st.lists(st.tuples(st.integers(0, 3), randoms), max_size=20))
def test_ids_of_one_process_only_grow(drawn: list[tuple[int, bytes]]) -> None:
    """Also where many are made in one millisecond, or the clock is set back."""
    made: list[UUID] = []
    for unix_ms, random in drawn:
        made.append(next_id(made[-1] if made else None, unix_ms, lambda _, random=random: random))  # type: ignore[misc]
        if len(made) < 2 or unix_ms > unix_ms_of(made[-2]):
            assert made[-1] == uuid7(unix_ms, random), "the first of a millisecond is left to chance"
    assert made == sorted(set(made))


def test_the_next_id_of_a_millisecond_is_its_neighbour() -> None:
    made = uuid7(1, bytes(10))
    assert next_id(made, 1, bytes).int == made.int + 1
    assert next_id(made, 0, bytes).int == made.int + 1
    assert next_id(made, 2, bytes) == uuid7(2, bytes(10))

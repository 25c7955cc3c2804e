"""Chunk plans that TikTok takes under every reading of its guide."""

from hypothesis import given
from hypothesis import strategies as st

from adapters_platforms.tiktok.chunks import CHUNK_BYTES_MAX, CHUNK_BYTES_MIN, ChunkPlan, plan_chunks

SETTINGS = st.integers(CHUNK_BYTES_MIN, CHUNK_BYTES_MAX)


def plan(size: int) -> ChunkPlan:
    return plan_chunks(size, whole_file_bytes_max=64_000_000, chunk_bytes=10_000_000)


def test_the_safe_plan() -> None:
    assert plan(1) == ChunkPlan(video_bytes=1, chunk_bytes=1, count=1)
    assert plan(64_000_000) == ChunkPlan(video_bytes=64_000_000, chunk_bytes=64_000_000, count=1)
    assert plan(64_000_001) == ChunkPlan(video_bytes=64_000_001, chunk_bytes=10_000_000, count=6)
    assert plan(50_000_123).last_bytes == 50_000_123
    assert plan(4_000_000_000).count == 400


@given(size=st.integers(1, 4_000_000_000), whole=SETTINGS, chunk=SETTINGS)
def test_every_plan_keeps_the_guides_rules(size: int, whole: int, chunk: int) -> None:
    found = plan_chunks(size, whole_file_bytes_max=whole, chunk_bytes=chunk)
    assert found.count == size // found.chunk_bytes <= 1000
    if found.count == 1:
        assert found.chunk_bytes == size <= CHUNK_BYTES_MAX
    else:
        assert CHUNK_BYTES_MIN <= found.chunk_bytes <= CHUNK_BYTES_MAX
        assert found.last_bytes <= 2 * CHUNK_BYTES_MAX
    first = 0
    for index in range(found.count):
        assert found.start(index) == first
        first += found.length(index)
    assert first == size


@given(size=st.integers(1, 400_000_000), chunk=SETTINGS)
def test_progress_counts_whole_chunks_only(size: int, chunk: int) -> None:
    found = plan_chunks(size, whole_file_bytes_max=CHUNK_BYTES_MIN, chunk_bytes=chunk)
    for index in range(found.count):
        assert found.sent(found.start(index)) == index
        assert found.sent(found.start(index) + 1) in (None, found.count)
    assert found.sent(size) == found.count

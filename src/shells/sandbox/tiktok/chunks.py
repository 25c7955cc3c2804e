"""TikTok's rules for cutting a video into chunks (media transfer guide, and what live answers add to it)."""

from attrs import frozen

MIB = 1024 * 1024
# The guide's own example takes 4 MB as 4,194,304 bytes.
CHUNK_MIN_BYTES = 5 * MIB
CHUNK_MAX_BYTES = 64 * MIB
VIDEO_MAX_BYTES = 4 * 1024 * MIB
CHUNKS_MAX = 1000


class ChunkPlanError(ValueError):
    """A plan that TikTok refuses, in TikTok's words."""


@frozen(kw_only=True)
class ChunkPlan:
    """How the bytes of one video arrive: in order, each `chunk_bytes` long, the last one with the remainder."""

    video_bytes: int
    chunk_bytes: int
    count: int

    def length_at(self, first: int) -> int:
        """The length of the chunk that starts at byte `first`."""
        index = first // self.chunk_bytes
        return self.video_bytes - first if index >= self.count - 1 else self.chunk_bytes


def plan_chunks(video_bytes: int, chunk_bytes: int, count: int) -> ChunkPlan:
    """The plan, checked. Raises ChunkPlanError with the platform's message."""
    if not 1 <= video_bytes <= VIDEO_MAX_BYTES:
        raise ChunkPlanError("The video size is invalid")
    if not 1 <= count <= CHUNKS_MAX:
        raise ChunkPlanError("The total chunk count is invalid")
    whole = chunk_bytes == video_bytes
    # One chunk means the whole file: 64 MB x 1 for a 100 MB file is refused although floor gives 1 (seen August 2026).
    if count == 1 and not whole:
        raise ChunkPlanError("The chunk size is invalid")
    if chunk_bytes > CHUNK_MAX_BYTES or (chunk_bytes < CHUNK_MIN_BYTES and not whole):
        raise ChunkPlanError("The chunk size is invalid")
    if count != video_bytes // chunk_bytes:
        raise ChunkPlanError("The total chunk count is invalid")
    return ChunkPlan(video_bytes=video_bytes, chunk_bytes=chunk_bytes, count=count)

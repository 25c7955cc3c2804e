"""How a video is cut for its upload: TikTok counts chunks by floor, and the last one takes the rest (media transfer guide)."""

from attrs import frozen

CHUNK_BYTES_MIN = 5 * 1024 * 1024
CHUNK_BYTES_MAX = 64 * 1024 * 1024


@frozen(kw_only=True)
class ChunkPlan:
    """`count` chunks of `chunk_bytes`, the last one with what is left over. One chunk is always the whole file:
    live answers refuse one chunk whose size is not the file's (seen August 2026)."""

    video_bytes: int
    chunk_bytes: int
    count: int

    def start(self, index: int) -> int:
        return index * self.chunk_bytes

    def length(self, index: int) -> int:
        return self.video_bytes - self.start(index) if index == self.count - 1 else self.chunk_bytes

    @property
    def last_bytes(self) -> int:
        """What the chunk carries that ends the upload, and with it publishes."""
        return self.length(self.count - 1)

    def sent(self, uploaded_bytes: int) -> int | None:
        """How many chunks so many bytes are; None where they end inside a chunk."""
        if uploaded_bytes >= self.video_bytes:
            return self.count
        index, rest = divmod(uploaded_bytes, self.chunk_bytes)
        return None if rest or index >= self.count else index


def plan_chunks(video_bytes: int, *, whole_file_bytes_max: int, chunk_bytes: int) -> ChunkPlan:
    """A plan that TikTok takes under every reading of its pages. Raises ValueError for a video without bytes."""
    if video_bytes < 1:
        raise ValueError("a video has bytes")
    # Two chunks at least, else floor makes one chunk that is neither small enough nor the whole file.
    chunk = min(chunk_bytes, video_bytes // 2)
    if video_bytes <= whole_file_bytes_max or chunk < CHUNK_BYTES_MIN:
        return ChunkPlan(video_bytes=video_bytes, chunk_bytes=video_bytes, count=1)
    return ChunkPlan(video_bytes=video_bytes, chunk_bytes=chunk, count=video_bytes // chunk)

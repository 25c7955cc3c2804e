"""How fast a platform answers just now: by that much a worker claims ahead."""

from attrs import define, field, frozen

_WINDOW_S = 0.25


@frozen
class _Count:
    window: int
    now: int
    before: int


@define
class Pace:
    """Counts in windows of a quarter of a second. What hangs has no pace, so nothing is claimed to wait for it."""

    _counts: dict[str, _Count] = field(factory=dict)

    def answered(self, platform: str, at_s: float) -> None:
        """One call ended, at this monotonic time."""
        count = self._at(platform, at_s)
        self._counts[platform] = _Count(count.window, count.now + 1, count.before)

    def lately(self, platform: str, at_s: float) -> int:
        """How many ended within about a window."""
        count = self._at(platform, at_s)
        return max(count.now, count.before)

    def _at(self, platform: str, at_s: float) -> _Count:
        window, count = int(at_s / _WINDOW_S), self._counts.get(platform)
        if count is None or count.window < window - 1:
            return _Count(window, 0, 0)
        return count if count.window == window else _Count(window, 0, count.now)

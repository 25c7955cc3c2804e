"""Calls per minute and token owner (TikTok API v2 rate limits, August 2026, and the Content Posting references)."""

from collections import deque

from attrs import define, field

from shells.sandbox.clock import SandboxClock

WINDOW_MS = 60_000
CALLS_PER_MINUTE = {
    "video_init": 6,
    "inbox_init": 6,
    "content_init": 6,
    "status": 30,
    "creator_info": 20,
    "user_info": 600,
    "video_list": 600,
    "video_query": 600,
}


@define
class CallMeter:
    """One-minute sliding windows by call and creator."""

    clock: SandboxClock
    _seen: dict[tuple[str, str], deque[int]] = field(factory=dict)

    def admit(self, call: str, open_id: str) -> bool:
        """Count a call; False when the minute is used up. Calls without a documented limit always pass."""
        limit = CALLS_PER_MINUTE.get(call)
        if limit is None:
            return True
        now = self.clock.epoch_ms()
        window = self._seen.setdefault((call, open_id), deque())
        while window and window[0] <= now - WINDOW_MS:
            window.popleft()
        if len(window) >= limit:
            return False
        window.append(now)
        return True

    def clear(self) -> None:
        self._seen.clear()

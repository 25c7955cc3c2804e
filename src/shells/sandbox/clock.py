"""The sandbox's own time, which tests may push forward to see tokens and uploads expire."""

from datetime import UTC, datetime, timedelta

from attrs import define, field


@define
class SandboxClock:
    """Wall-clock UTC time plus an offset that only ever grows."""

    _offset: timedelta = field(factory=timedelta)

    def now(self) -> datetime:
        return datetime.now(UTC) + self._offset

    def epoch_s(self) -> int:
        return int(self.now().timestamp())

    def epoch_ms(self) -> int:
        return int(self.now().timestamp() * 1000)

    def advance(self, seconds: float) -> None:
        if seconds < 0:
            raise ValueError("the sandbox clock only moves forward")
        self._offset += timedelta(seconds=seconds)

    def reset(self) -> None:
        self._offset = timedelta()

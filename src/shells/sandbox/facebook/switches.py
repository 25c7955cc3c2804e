"""What a test may turn about the imitation Facebook."""

from attrs import define, fields


@define
class Switches:
    """`processing_seconds`: from a video's last call to its post; `chunk_bytes`: what a transfer asks for at once;
    `read_lag_seconds`: how long a new post can't be read back; `refuse_duplicates`: 506 for the same words twice."""

    processing_seconds: float = 0.3
    chunk_bytes: int = 1_048_576
    read_lag_seconds: float = 0.0
    refuse_duplicates: bool = True

    def set(self, name: str, value: object) -> None:
        """Raises KeyError for a name it does not have, TypeError for a value of another kind."""
        known = {field.name: field.type for field in fields(Switches)}
        kind = known[name]
        if kind is float and isinstance(value, int):
            value = float(value)
        if not isinstance(value, kind or object):
            raise TypeError(f"takes {kind}")
        setattr(self, name, value)

    def reset(self) -> None:
        fresh = Switches()
        for field in fields(Switches):
            setattr(self, field.name, getattr(fresh, field.name))

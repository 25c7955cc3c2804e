"""What a test may turn about the imitation Facebook."""

from attrs import define, fields


@define
class Switches:
    """Named settings, each with the behaviour that the documentation describes as its default."""

    processing_seconds: float = 0.3
    """From a video's last call to its post; make it huge for a video that is stuck."""
    chunk_bytes: int = 1_048_576
    """What a video transfer asks for at once."""
    read_lag_seconds: float = 0.0
    """How long a new post or video can't be read back."""
    read_lag_polls: int = 0
    """How many times reading a new post or video by its id answers 100/33."""
    refuse_duplicates: bool = True
    """506 for the words, or the link, of the Page's latest post."""
    require_proof: bool = True
    """The app's setting "Require App Secret"; a proof that is sent is checked either way."""
    page_calls_per_day: int = 1_000_000
    """A Page's calls in a rolling day until 80001 (4,800 for each engaged user in reality)."""
    reels_per_day: int = 30
    """Reels that a Page may publish in a rolling day."""
    thin_pages: bool = False
    """Lists come with an empty page first, then half of what was asked for at a time."""
    allow_loopback_fetch: bool = True
    """Photo and video URLs may point to this machine, which the real Facebook cannot reach."""

    def set(self, name: str, value: object) -> None:
        """Raises KeyError for a name it does not have, TypeError for a value of another kind."""
        kind = {field.name: field.type for field in fields(Switches)}[name]
        if kind is float and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        if kind is None or type(value) is not kind:
            raise TypeError(f"takes {kind}")
        setattr(self, name, value)

    def reset(self) -> None:
        fresh = Switches()
        for field in fields(Switches):
            setattr(self, field.name, getattr(fresh, field.name))

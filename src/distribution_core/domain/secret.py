"""A value that never shows itself."""

import hmac

from attrs import field, frozen


@frozen(eq=False)
class Secret:
    """A token, password or key in memory. Its repr, str and errors never hold the value."""

    _value: str = field(repr=False)

    def reveal(self) -> str:
        """The value itself. Call it where it is sent or sealed, nowhere else."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(***)"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and hmac.compare_digest(self._value.encode(), other._value.encode())

    def __hash__(self) -> int:
        return hash(("Secret", self._value))

    def __bool__(self) -> bool:
        return bool(self._value)

"""A value that never shows itself."""

import base64
import hashlib
import hmac
from typing import NoReturn


class Secret:
    """A token, password or key in memory. Its repr, str and errors never hold the value; it is no attrs class and
    refuses to be pickled, so that no dump of a larger object carries it along."""

    __slots__ = ("_value",)
    _value: str

    def __init__(self, value: str) -> None:
        object.__setattr__(self, "_value", value)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError("a secret does not change")

    def reveal(self) -> str:
        """The value itself. Call it where it is sent or sealed, nowhere else."""
        return self._value

    def digest(self) -> bytes:
        """What may be stored of 32 random bytes, to know them again: there is nothing to guess, so nothing that a slow hash
        would make harder."""
        return hashlib.sha256(self._value.encode()).digest()

    def __repr__(self) -> str:
        return "Secret(***)"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and hmac.compare_digest(self._value.encode(), other._value.encode())

    def __hash__(self) -> int:
        return hash(self._value)

    def __bool__(self) -> bool:
        return bool(self._value)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not pickled")


def token_text(value: bytes) -> str:
    """Random or derived bytes as text that stands in an address or a cookie as it is."""
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()

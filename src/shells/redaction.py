"""Takes secrets out of what is about to be logged. The second net: nothing should put one there to begin with."""

import re
from collections.abc import Iterable, Mapping, MutableMapping
from typing import Any

from attrs import frozen

HIDDEN = "[redacted]"
_DEPTH_MAX = 6
_SECRET_NAMES = re.compile(
    r"(?i)password|passwd|secret|authorization|cookie|api_?key|verifier|signature|credential|(^|_)token$|^key$|^csrf"
)
_PARTS: tuple[tuple[re.Pattern[str], str], ...] = (
    # What PostgreSQL adds to an error shows a row's values. It runs to the next part of the message, or to a blank line.
    (
        re.compile(r"DETAIL:.*?(?=\n(?:HINT|CONTEXT|QUERY|LINE \d+|\[SQL)\b|\n\[|\n\s*\n|\nTraceback|\Z)", re.DOTALL),
        "DETAIL: " + HIDDEN,
    ),
    (re.compile(r"(?i)\b(bearer|basic)\s+[a-z0-9._~+/=-]{6,}"), rf"\1 {HIDDEN}"),
    (re.compile(r"(://[^\s:/@]+):[^\s/@]+@"), rf"\1:{HIDDEN}@"),
    (
        re.compile(
            r"""(?ix)(["']?\b(?:\w*(?:password|secret|token|verifier|signature|proof|cookie)|api_?key|sig|csrf|(?<=[?&'"])(?:code|state))
            ["']?\s*[=:]\s*)(["']?)(?!\[redacted\])[^\s"'&,;)}\]]{4,}"""
        ),
        rf"\1\2{HIDDEN}",
    ),
    # A cookie as http.cookiejar shows it, and ours by name.
    (re.compile(r"(<Cookie [^=>]{1,80}=)[^\s>]+"), rf"\1{HIDDEN}"),
    (re.compile(r"(simulcast_(?:access|refresh)=)[^\s;,'\">]+"), rf"\1{HIDDEN}"),
    (re.compile(r"\beyJ[\w-]{8,}\.[\w-]+\.[\w-]+"), HIDDEN),
    (re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), "[e-mail]"),
)


@frozen
class Redactor:
    """Hides `known` values wherever they stand, whatever is named like a secret, and whatever looks like one."""

    known: tuple[str, ...] = ()

    @classmethod
    def of(cls, known: Iterable[str]) -> "Redactor":
        """Longest first, so that none leaves a rest of another; what is shorter than six characters hides nothing."""
        return cls(tuple(sorted({value for value in known if len(value) >= 6}, key=len, reverse=True)))

    def __call__(self, _logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        """As a structlog processor, last before the renderer."""
        for name, value in event.items():
            event[name] = HIDDEN if _names_secret(name, value) else self.value(value)
        return event

    def value(self, value: Any, depth: int = 0) -> Any:
        """The same with every secret in it hidden; what is no plain data becomes its redacted repr."""
        match value:
            case None | bool() | int() | float():
                return value
            case str():
                return self.text(value)
            case Mapping() if depth < _DEPTH_MAX:
                return {
                    str(name): HIDDEN if _names_secret(str(name), part) else self.value(part, depth + 1)
                    for name, part in value.items()
                }
            case list() | tuple() | set() | frozenset() if depth < _DEPTH_MAX:
                return [self.value(part, depth + 1) for part in value]
            case _:
                return self.text(str(value))

    def text(self, text: str) -> str:
        for secret in self.known:
            text = text.replace(secret, HIDDEN)
        for pattern, instead in _PARTS:
            text = pattern.sub(instead, text)
        return text


def _names_secret(name: str, value: Any) -> bool:
    return not isinstance(value, bool | int | float | None) and _SECRET_NAMES.search(name) is not None

"""Facebook's complete failure table: (code, subcode) to what has to happen next (Graph API error handling, Pages API error
codes, rate limiting). Messages change, so they are not read, but for code 368, which stands for two things."""

import json
from collections.abc import Mapping
from datetime import timedelta
from enum import Enum, auto
from typing import Any, Final, assert_never

from attrs import frozen

from adapters_platforms.http import Answer
from distribution_core.domain.outcome import AuthLost, Refusal, Rejected, Throttled, Unavailable, Unconfirmed
from distribution_core.domain.quota import Scope


class Class(Enum):
    """What an answer means. AMBIGUOUS: a write may have taken effect; UNKNOWN: not in the table."""

    AMBIGUOUS = auto()
    LIMITED = auto()
    APP_LIMITED = auto()
    POLICY = auto()
    EXPIRED = auto()
    LOST = auto()
    ACT_AT_FACEBOOK = auto()
    ROLE_LOST = auto()
    CONFIG = auto()
    PERMISSION = auto()
    DUPLICATE = auto()
    CONTENT = auto()
    MISSING = auto()
    PHOTOS_SPENT = auto()
    MEDIA = auto()
    OFFSET = auto()
    UNKNOWN = auto()


TABLE: Final[Mapping[tuple[int, int | None], Class]] = {
    (1, None): Class.AMBIGUOUS,
    (1, 99): Class.AMBIGUOUS,
    (1, 2853006): Class.PERMISSION,
    (2, None): Class.AMBIGUOUS,
    (4, None): Class.APP_LIMITED,
    (17, None): Class.LIMITED,
    (32, None): Class.LIMITED,
    (341, None): Class.LIMITED,
    (613, None): Class.LIMITED,
    (613, 1996): Class.LIMITED,
    (80001, None): Class.LIMITED,
    (80002, None): Class.LIMITED,
    (80004, None): Class.LIMITED,
    (102, None): Class.EXPIRED,
    (190, None): Class.EXPIRED,
    (190, 463): Class.EXPIRED,
    (190, 467): Class.EXPIRED,
    (190, 458): Class.LOST,
    (190, 460): Class.LOST,
    (190, 492): Class.ROLE_LOST,
    (190, 459): Class.ACT_AT_FACEBOOK,
    (190, 464): Class.ACT_AT_FACEBOOK,
    (190, 2069032): Class.CONFIG,
    (101, None): Class.CONFIG,
    (104, None): Class.CONFIG,
    (2500, None): Class.CONFIG,
    (3, None): Class.PERMISSION,
    (10, None): Class.PERMISSION,
    (200, 2069030): Class.PERMISSION,
    (200, 2069031): Class.PERMISSION,
    (200, 2069033): Class.PERMISSION,
    (506, None): Class.DUPLICATE,
    (368, None): Class.POLICY,
    (368, 1390008): Class.POLICY,
    (100, None): Class.CONTENT,
    (100, 33): Class.MISSING,
    (100, 1366046): Class.MEDIA,
    (100, 1366051): Class.PHOTOS_SPENT,
    (100, 1609005): Class.CONTENT,
    (100, 1609008): Class.CONTENT,
    (100, 36007): Class.CONFIG,
    (100, 36008): Class.CONFIG,
    (100, 36009): Class.CONFIG,
    (324, None): Class.MEDIA,
    (352, None): Class.MEDIA,
    (382, None): Class.MEDIA,
    (389, None): Class.MEDIA,
    (6000, None): Class.MEDIA,
    (6001, None): Class.MEDIA,
    (1363040, None): Class.MEDIA,
    (1363127, None): Class.MEDIA,
    (1363128, None): Class.MEDIA,
    (1363129, None): Class.MEDIA,
}

# Whether these seven-digit numbers stand as code or as subcode is unverified, so they count in either place.
ANYWHERE: Final[Mapping[int, Class]] = {
    1363037: Class.OFFSET,
    1363040: Class.MEDIA,
    1363127: Class.MEDIA,
    1363128: Class.MEDIA,
    1363129: Class.MEDIA,
    1366046: Class.MEDIA,
    1366051: Class.PHOTOS_SPENT,
    1390008: Class.POLICY,
    1609005: Class.CONTENT,
    1609008: Class.CONTENT,
}
_PERMISSION_CODES = range(200, 300)
_MESSAGE_MAX = 300
_ALREADY = "already posted"
# What Facebook itself calls transient says nothing about the content.
_PASSING = (Class.CONTENT, Class.MEDIA, Class.UNKNOWN)
# On the second sending of a call, these may be said because the first one took effect.
_TELLING = (Class.DUPLICATE, Class.PHOTOS_SPENT, Class.MISSING, Class.CONTENT, Class.MEDIA, Class.OFFSET)


@frozen(kw_only=True)
class Problem:
    """An error answer, read. `data` is error_data: where to resume an upload."""

    status: int
    code: str
    message: str
    meaning: Class
    wait: timedelta | None = None
    data: Mapping[str, Any]


def read_problem(answer: Answer) -> Problem:
    """An answer that is no success, whatever its shape."""
    error = answer.json_object().get("error")
    error = error if isinstance(error, dict) else {}
    code, subcode = _number(error.get("code")), _number(error.get("error_subcode"))
    words = error.get("error_user_msg") or error.get("message")
    meaning = _meaning(answer.status, code, subcode)
    if meaning is Class.POLICY and _ALREADY in str(error.get("message")).lower():
        meaning = Class.DUPLICATE
    if meaning in _PASSING and error.get("is_transient") is True:
        meaning = Class.AMBIGUOUS
    data = error.get("error_data")
    return Problem(
        status=answer.status,
        code="/".join(str(part) for part in (code, subcode) if part is not None) or f"http {answer.status}",
        message=" ".join(words.split())[:_MESSAGE_MAX] if isinstance(words, str) else f"HTTP {answer.status} without words",
        meaning=meaning,
        wait=_wait(answer),
        data=data if isinstance(data, dict) else {},
    )


def before_commit(problem: Problem, policy_wait_s: float) -> Refusal:
    """What a failure means while nothing visible has been asked for. An unknown one is transient."""
    said = f"Facebook: {problem.message}"
    match problem.meaning:
        case Class.LIMITED:
            return Throttled(message=said, code=problem.code, wait=problem.wait)
        case Class.APP_LIMITED:
            # A wait in the header is one business's own: with it that account waits, not the whole app for as long.
            scope = Scope.APP if problem.wait is None else Scope.ACCOUNT
            return Throttled(message=said, code=problem.code, wait=problem.wait, scope=scope)
        case Class.POLICY:
            return Throttled(message=said, code=problem.code, wait=timedelta(seconds=policy_wait_s))
        case Class.EXPIRED:
            return AuthLost(message=said, code=problem.code)
        case Class.LOST:
            return AuthLost(message=said, code=problem.code, refreshable=False)
        case Class.ACT_AT_FACEBOOK:
            words = f"{said} Sign in at facebook.com, do what it asks, then reconnect."
            return AuthLost(message=words, code=problem.code, refreshable=False, elsewhere=True)
        case Class.ROLE_LOST:
            words = f"{said} Ask an admin of the Page for the right to create content, then reconnect."
            return AuthLost(message=words, code=problem.code, refreshable=False, elsewhere=True)
        case Class.CONFIG | Class.PERMISSION:
            return Rejected(message=said, code=problem.code, content=False)
        case Class.DUPLICATE:
            return Rejected(message="Facebook holds the same post from shortly before.", code=problem.code)
        case Class.CONTENT | Class.MEDIA:
            return Rejected(message=said, code=problem.code)
        case Class.MISSING | Class.PHOTOS_SPENT:
            return Unavailable(message=said, code=problem.code, stale=True)
        case Class.OFFSET | Class.AMBIGUOUS | Class.UNKNOWN:
            return Unavailable(message=said, code=problem.code)
        case _:
            assert_never(problem.meaning)


def after_commit(problem: Problem, policy_wait_s: float, *, again: bool = False) -> Refusal | Unconfirmed:
    """What a failure means as the answer to the call that publishes: Facebook can answer 500 after the post went live.
    `again`: the call was sent before and its answer lost, so that a refusal may only tell of the first one's effect."""
    doubtful = problem.meaning in (Class.AMBIGUOUS, Class.UNKNOWN, Class.PHOTOS_SPENT)
    if doubtful or (again and problem.meaning in _TELLING):
        return Unconfirmed(message=f"Facebook answered {problem.status}: {problem.message}", code=problem.code)
    if problem.meaning is Class.OFFSET:
        return Unavailable(message=f"Facebook: {problem.message}", code=problem.code, stale=True)
    return before_commit(problem, policy_wait_s)


def _meaning(status: int, code: int | None, subcode: int | None) -> Class:
    if status >= 500 and (code, subcode) != (1, 2853006):
        return Class.AMBIGUOUS
    for number in (subcode, code):
        if number is not None and number in ANYWHERE:
            return ANYWHERE[number]
    if code is None:
        return Class.UNKNOWN
    found = TABLE.get((code, subcode)) or TABLE.get((code, None))
    if found is None and code in _PERMISSION_CODES:
        return Class.PERMISSION
    return found or Class.UNKNOWN


def _number(value: object) -> int | None:
    if isinstance(value, str) and value.isascii() and value.isdigit():
        return int(value[:18])
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _wait(answer: Answer) -> timedelta | None:
    """What the business use case header asks for; its unit is minutes (Graph API rate limiting)."""
    try:
        usage = json.loads(answer.headers.get("x-business-use-case-usage", "{}"))
        minutes = max(int(row.get("estimated_time_to_regain_access", 0)) for rows in usage.values() for row in rows)
    except (ValueError, TypeError, AttributeError):
        return None
    return timedelta(minutes=minutes) if minutes > 0 else None

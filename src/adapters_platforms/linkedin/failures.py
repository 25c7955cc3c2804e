"""LinkedIn's complete failure table: status and code, to what has to happen next (Learn, error-handling and the API pages)."""

import json
import re
from collections.abc import Mapping
from enum import Enum, auto
from typing import Final, assert_never

from attrs import frozen

from adapters_platforms.http import Answer, TransportError
from adapters_platforms.linkedin.throttling import Throttling
from adapters_platforms.linkedin.urns import find_post_urn
from distribution_core.domain.outcome import AuthLost, Refusal, Rejected, Throttled, Unavailable, Unconfirmed


class Class(Enum):
    """What an answer means. AMBIGUOUS: nobody knows whether it took effect; UNKNOWN: not in the table."""

    CONTENT = auto()
    DUPLICATE = auto()
    REFUSED = auto()
    CONFIG = auto()
    RETRY = auto()
    REUPLOAD = auto()
    EXPIRED = auto()
    REVOKED = auto()
    THROTTLED = auto()
    AMBIGUOUS = auto()
    UNKNOWN = auto()


TABLE: Final[Mapping[tuple[int, str], Class]] = {
    (400, "INVALID_URN_TYPE"): Class.REFUSED,
    (400, "INVALID_URN_ID"): Class.REFUSED,
    (400, "MISSING_FIELD"): Class.CONTENT,
    (400, "INVALID_VALUE_FOR_FIELD"): Class.CONTENT,
    (400, "FIELD_LENGTH_TOO_LONG"): Class.CONTENT,
    (400, "INVALID_VALUE_BLANK_FIELD"): Class.CONTENT,
    (400, "MEDIA_ASSET_WAITING_UPLOAD"): Class.RETRY,
    (400, "MEDIA_ASSET_PROCESSING_FAILED"): Class.CONTENT,
    (400, "EXPIRED_UPLOAD_URL"): Class.REUPLOAD,
    (400, "UPDATING_ASSET_FAILED"): Class.REUPLOAD,
    (400, "VERSION_MISSING"): Class.CONFIG,
    (400, "DUPLICATE_POST"): Class.DUPLICATE,
    (401, "EMPTY_ACCESS_TOKEN"): Class.EXPIRED,
    (401, "INVALID_ACCESS_TOKEN"): Class.EXPIRED,
    (401, "EXPIRED_ACCESS_TOKEN"): Class.EXPIRED,
    (401, "REVOKED_ACCESS_TOKEN"): Class.REVOKED,
    (401, "65600"): Class.EXPIRED,
    (401, "65601"): Class.REVOKED,
    (401, "65602"): Class.EXPIRED,
    (401, "401"): Class.EXPIRED,
    (403, "ACCESS_DENIED"): Class.REFUSED,
    (403, "100"): Class.REFUSED,
    (404, "NOT_FOUND"): Class.REFUSED,
    (409, "CONFLICT"): Class.AMBIGUOUS,
    (422, "DUPLICATE_POST"): Class.DUPLICATE,
    (422, "UNPROCESSABLE_ENTITY"): Class.CONTENT,
    (426, "NONEXISTENT_VERSION"): Class.CONFIG,
    (429, "TOO_MANY_REQUESTS"): Class.THROTTLED,
    (429, "101"): Class.THROTTLED,
    (500, "INTERNAL_SERVER_ERROR"): Class.AMBIGUOUS,
    (503, "SERVICE_UNAVAILABLE"): Class.AMBIGUOUS,
    (504, "GATEWAY_TIMEOUT"): Class.AMBIGUOUS,
}

# LinkedIn often leaves the code out: then the status alone decides.
BY_STATUS: Final[Mapping[int, Class]] = {
    400: Class.CONTENT,
    401: Class.EXPIRED,
    403: Class.REFUSED,
    404: Class.REFUSED,
    405: Class.REFUSED,
    409: Class.AMBIGUOUS,
    411: Class.REFUSED,
    413: Class.CONTENT,
    414: Class.REFUSED,
    422: Class.CONTENT,
    426: Class.CONFIG,
    429: Class.THROTTLED,
    500: Class.AMBIGUOUS,
    502: Class.AMBIGUOUS,
    503: Class.AMBIGUOUS,
    504: Class.AMBIGUOUS,
}

# Statuses whose meaning no code changes: a new code under 429 is still a limit.
_STATUS_DECIDES = frozenset({401, 426, 429})
_MESSAGE_MAX = 300
_SPACES = re.compile(r"\s+")


@frozen(kw_only=True)
class Problem:
    """An error answer, read. `code` is the most telling one LinkedIn gave; `urn` a post that the message names."""

    status: int
    code: str | None
    message: str
    meaning: Class
    urn: str | None = None
    retry_after_s: float | None = None


def read_problem(answer: Answer) -> Problem:
    """An answer that is no success, whatever its shape."""
    data = answer.json_object()
    codes = _codes(data)
    known = next((code for code in codes if (answer.status, code) in TABLE), None)
    if known is not None:
        meaning = TABLE[answer.status, known]
    elif codes and answer.status not in _STATUS_DECIDES:
        meaning = Class.UNKNOWN
    else:
        meaning = BY_STATUS.get(answer.status, Class.UNKNOWN)
    message = data.get("message")
    words = _SPACES.sub(" ", message).strip()[:_MESSAGE_MAX] if isinstance(message, str) and message.strip() else ""
    return Problem(
        status=answer.status,
        code=known or (codes[0] if codes else None),
        message=words or f"HTTP {answer.status} without words",
        meaning=meaning,
        urn=find_post_urn(json.dumps(data)) if meaning is Class.DUPLICATE else None,
        retry_after_s=_retry_after(answer.headers.get("retry-after")),
    )


def _codes(data: Mapping[str, object]) -> list[str]:
    """Every code in an error envelope, the most telling first."""
    details = data.get("errorDetails")
    inputs = details.get("inputErrors") if isinstance(details, dict) else None
    items = [item for item in inputs if isinstance(item, dict)] if isinstance(inputs, list) else []
    found = [item["code"] for item in items if isinstance(item.get("code"), str)]
    for key in ("code", "serviceErrorCode"):
        value = data.get(key)
        if isinstance(value, str | int) and not isinstance(value, bool) and str(value):
            found.append(str(value))
    return found


def _retry_after(value: str | None) -> float | None:
    try:
        seconds = float(value) if value is not None else -1.0
    except ValueError:
        return None
    return seconds if 0 <= seconds < 7 * 86_400 else None


def before_commit(problem: Problem, throttling: Throttling, who: str) -> Refusal:
    """What a failure means while nothing visible has been asked for. An unknown one is transient."""
    said = f"LinkedIn: {problem.message}"
    match problem.meaning:
        case Class.CONTENT:
            return Rejected(message=said, code=problem.code)
        case Class.DUPLICATE:
            earlier = f" ({problem.urn})" if problem.urn else ""
            return Rejected(message=f"LinkedIn holds the same post from shortly before{earlier}.", code=problem.code)
        case Class.REFUSED:
            return Rejected(message=said, code=problem.code, content=False)
        case Class.CONFIG:
            # Nothing at all goes through by this version, whatever the post: all of it waits until somebody sets another.
            words = f"{said} Set LinkedIn's API version to one that is alive (`simulcast doctor` names it)."
            return Unavailable(message=words, code=problem.code, down=True)
        case Class.EXPIRED:
            return AuthLost(message=said, code=problem.code)
        case Class.REVOKED:
            return AuthLost(message=said, code=problem.code, refreshable=False, spreads=True)
        case Class.THROTTLED:
            return Throttled(message=said, code=problem.code, wait=throttling.wait(who, problem.retry_after_s))
        case Class.REUPLOAD:
            return Unavailable(message=said, code=problem.code, stale=True)
        case Class.RETRY | Class.AMBIGUOUS | Class.UNKNOWN:
            return Unavailable(message=said, code=problem.code)
        case _:
            assert_never(problem.meaning)


def after_commit(problem: Problem, throttling: Throttling, who: str) -> Refusal | Unconfirmed:
    """What a failure means as the answer to the call that publishes. An unknown one may have published."""
    if problem.meaning in (Class.AMBIGUOUS, Class.UNKNOWN):
        return Unconfirmed(message=f"LinkedIn answered {problem.status}: {problem.message}", code=problem.code)
    return before_commit(problem, throttling, who)


def lost_before_commit(error: TransportError) -> Unavailable:
    """A call without an answer while nothing visible has been asked for."""
    return Unavailable(message=str(error))

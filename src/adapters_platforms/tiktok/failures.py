"""TikTok's complete failure table: code, fail_reason and upload status, to what has to happen next."""

import logging
import re
from collections.abc import Mapping
from datetime import timedelta
from enum import Enum, auto
from typing import Any, Final, assert_never

from attrs import frozen

from adapters_platforms.http import Answer
from adapters_platforms.tiktok.configuration import TikTokConfig
from distribution_core.domain.outcome import AuthLost, Refusal, Rejected, Throttled, Unavailable, Unconfirmed

log = logging.getLogger(__name__)


class Class(Enum):
    """What an answer means. AMBIGUOUS: nobody knows whether it took effect; UNKNOWN: not in the table."""

    CONTENT = auto()
    REFUSED = auto()
    EXPIRED = auto()
    RECONNECT = auto()
    THROTTLED = auto()
    CAPPED = auto()
    GONE = auto()
    RETRY = auto()
    OUT_OF_STEP = auto()
    AMBIGUOUS = auto()
    UNKNOWN = auto()


# `error.code` of the envelope (references of the Content Posting API, TikTok API v2 error handling).
CODES: Final[Mapping[str, Class]] = {
    "access_token_invalid": Class.EXPIRED,
    "scope_not_authorized": Class.RECONNECT,
    "scope_permission_missed": Class.RECONNECT,
    "rate_limit_exceeded": Class.THROTTLED,
    # The pages have the singular, live answers the plural.
    "invalid_param": Class.CONTENT,
    "invalid_params": Class.CONTENT,
    "invalid_file_upload": Class.CONTENT,
    "privacy_level_option_mismatch": Class.CONTENT,
    "spam_risk_too_many_posts": Class.CAPPED,
    "spam_risk_too_many_pending_share": Class.CAPPED,
    "reached_active_user_cap": Class.CAPPED,
    "spam_risk_user_banned_from_posting": Class.REFUSED,
    "unaudited_client_can_only_post_to_private_accounts": Class.REFUSED,
    "url_ownership_unverified": Class.REFUSED,
    "app_version_check_failed": Class.REFUSED,
    "invalid_publish_id": Class.GONE,
    "token_not_authorized_for_specified_publish_id": Class.GONE,
    "publish_not_cancellable": Class.REFUSED,
    "internal_error": Class.AMBIGUOUS,
}

# Where no code came with it. Any other status is UNKNOWN, any 5xx AMBIGUOUS.
BY_STATUS: Final[Mapping[int, Class]] = {401: Class.EXPIRED, 429: Class.THROTTLED}

# `fail_reason` of a post that came to nothing (Get Post Status reference); what is not here is permanent.
FAIL_REASONS: Final[Mapping[str, Class]] = {
    "file_format_check_failed": Class.CONTENT,
    "duration_check_failed": Class.CONTENT,
    "frame_rate_check_failed": Class.CONTENT,
    "picture_size_check_failed": Class.CONTENT,
    "internal": Class.RETRY,
    "video_pull_failed": Class.RETRY,
    "photo_pull_failed": Class.RETRY,
    "publish_cancelled": Class.REFUSED,
    "auth_removed": Class.RECONNECT,
    "spam_risk_too_many_posts": Class.CAPPED,
    "spam_risk_user_banned_from_posting": Class.REFUSED,
    "spam_risk_text": Class.CONTENT,
    "spam_risk": Class.REFUSED,
}

# The upload host answers by status alone (media transfer guide). 429 is not documented there.
UPLOAD_STATUSES: Final[Mapping[int, Class]] = {
    400: Class.REFUSED,
    403: Class.GONE,
    404: Class.GONE,
    416: Class.OUT_OF_STEP,
    429: Class.THROTTLED,
}

_MESSAGE_MAX = 300
_SPACES = re.compile(r"\s+")
_WAIT_S_MAX = 7 * 86_400

_WORDS: Final[Mapping[str, str]] = {
    "spam_risk_too_many_posts": "TikTok takes no more posts of this creator today.",
    "spam_risk_too_many_pending_share": "The creator has too many unfinished drafts at TikTok.",
    "reached_active_user_cap": "The developer app has reached its number of creators for today.",
    "spam_risk_user_banned_from_posting": "TikTok has banned this creator from posting.",
    "unaudited_client_can_only_post_to_private_accounts": (
        "Until TikTok has audited the developer app, it posts to private accounts only, as SELF_ONLY."
    ),
    "url_ownership_unverified": (
        "TikTok pulls only from verified addresses: verify the domain of the public base URL in TikTok's developer portal."
    ),
    "privacy_level_option_mismatch": "TikTok does not offer this privacy level to this creator any more.",
    "scope_not_authorized": "The creator has not allowed this. Link the account again and allow all of it.",
    "scope_permission_missed": "The creator has not allowed this. Link the account again and allow all of it.",
    "auth_removed": "The creator has taken back the access.",
    "file_format_check_failed": "TikTok does not take this file format or codec.",
    "duration_check_failed": "TikTok does not take a video of this length from this creator.",
    "frame_rate_check_failed": "TikTok takes 23 to 60 frames a second.",
    "picture_size_check_failed": "TikTok does not take a picture of this size.",
    "spam_risk_text": "TikTok takes the text for spam.",
    "spam_risk": "TikTok takes the post for spam.",
    "internal": "TikTok failed on its own side.",
    "video_pull_failed": "TikTok could not fetch the video from the public base URL.",
    "photo_pull_failed": "TikTok could not fetch the pictures from the public base URL.",
    "publish_cancelled": "The post was cancelled at TikTok.",
}


@frozen(kw_only=True)
class Problem:
    """An error answer, read. `message` is for people."""

    status: int
    code: str | None
    message: str
    meaning: Class
    retry_after_s: float | None = None


def read_problem(answer: Answer) -> Problem:
    """An answer of the API that is no success. The code decides, then the HTTP status."""
    error = answer.json_object().get("error")
    found: dict[str, Any] = error if isinstance(error, dict) else {"code": error}
    named = found.get("code")
    code = named if isinstance(named, str) and named not in ("", "ok") else None
    log_id = found.get("log_id") or found.get("logid")
    if log_id:
        log.info("TikTok refused a call", extra={"code": code, "log_id": str(log_id)[:100], "http_status": answer.status})
    if code is not None and code in CODES:
        meaning = CODES[code]
    elif answer.status >= 500:
        meaning = Class.AMBIGUOUS
    else:
        meaning = BY_STATUS.get(answer.status, Class.UNKNOWN)
    return Problem(
        status=answer.status,
        code=code,
        message=_words(code, found.get("message"), answer.status),
        meaning=meaning,
        retry_after_s=_retry_after(answer.headers.get("retry-after")),
    )


def read_upload_problem(answer: Answer) -> Problem:
    """An answer of the upload host that is no success. Its bodies are not documented and are not shown."""
    meaning = UPLOAD_STATUSES.get(answer.status, Class.AMBIGUOUS if answer.status >= 500 else Class.UNKNOWN)
    return Problem(
        status=answer.status,
        code=f"upload_{answer.status}",
        message=f"TikTok's upload host answered {answer.status}.",
        meaning=meaning,
        retry_after_s=_retry_after(answer.headers.get("retry-after")),
    )


def before_commit(problem: Problem, config: TikTokConfig) -> Refusal:
    """What a failure means while nothing visible has been asked for. An unknown one is transient."""
    said, code = problem.message, problem.code
    match problem.meaning:
        case Class.CONTENT:
            return Rejected(message=said, code=code)
        case Class.REFUSED:
            return Rejected(message=said, code=code, content=False)
        case Class.EXPIRED:
            return AuthLost(message=said, code=code)
        case Class.RECONNECT:
            return AuthLost(message=said, code=code, refreshable=False)
        case Class.THROTTLED:
            wait = max(problem.retry_after_s or 0, config.rate_limit_wait_s)
            return Throttled(message=said, code=code, wait=timedelta(seconds=wait))
        case Class.CAPPED:
            return Throttled(message=said, code=code, wait=timedelta(seconds=config.cap_wait_s))
        case Class.GONE:
            return Unavailable(message=said, code=code, stale=True)
        case Class.RETRY | Class.OUT_OF_STEP | Class.AMBIGUOUS | Class.UNKNOWN:
            return Unavailable(message=said, code=code)
        case _:
            assert_never(problem.meaning)


def after_commit(problem: Problem, config: TikTokConfig) -> Refusal | Unconfirmed:
    """What a failure means as the answer to the call that publishes. An unknown one may have published, and an upload
    that is further than we know may have ended."""
    if problem.meaning in (Class.AMBIGUOUS, Class.UNKNOWN, Class.OUT_OF_STEP):
        return Unconfirmed(message=problem.message, code=problem.code)
    return before_commit(problem, config)


def after_failure(reason: object, config: TikTokConfig) -> Refusal:
    """What a `fail_reason` means: a definite end, so that an unknown one is permanent, not unconfirmed."""
    code = reason if isinstance(reason, str) and reason else None
    problem = Problem(
        status=200,
        code=code,
        message=_words(code, None, 200) if code else "TikTok took the post and failed to publish it, without a reason.",
        meaning=FAIL_REASONS.get(code or "", Class.REFUSED),
    )
    return before_commit(problem, config)


def _words(code: str | None, message: object, status: int) -> str:
    if code is not None and code in _WORDS:
        return _WORDS[code]
    said = _SPACES.sub(" ", message).strip()[:_MESSAGE_MAX] if isinstance(message, str) else ""
    if said:
        return f"TikTok: {said}"
    return f"TikTok answered {code}." if code else f"TikTok answered {status} without words."


def _retry_after(value: str | None) -> float | None:
    try:
        seconds = float(value) if value is not None else -1.0
    except ValueError:
        return None
    return seconds if 0 <= seconds < _WAIT_S_MAX else None

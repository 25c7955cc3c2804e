"""Every answer of LinkedIn's means one thing, before the call that publishes and after it."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from adapters_platforms.http import Answer
from adapters_platforms.linkedin.failures import TABLE, after_commit, before_commit, read_problem
from adapters_platforms.linkedin.throttling import Throttling
from distribution_core.domain.outcome import AuthLost, Refusal, Rejected, Throttled, Unavailable, Unconfirmed

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def throttling(*times: datetime) -> Throttling:
    """One whose every look at the clock sees the next of `times`; without any, noon."""
    clock = iter(times)
    return Throttling(lambda: next(clock) if times else NOON, 60, 2)


def answer(status: int, data: Any = None, **headers: str) -> Answer:
    body = b"<html>oops" if data is None else json.dumps(data).encode()
    return Answer(status=status, headers=httpx.Headers({k.replace("_", "-"): v for k, v in headers.items()}), body=body)


def envelope(status: int, code: str) -> Answer:
    return answer(status, {"status": status, "code": code, "message": "words"})


def before(found: Answer) -> Refusal:
    return before_commit(read_problem(found), throttling(), "me")


def after(found: Answer) -> Refusal | Unconfirmed:
    return after_commit(read_problem(found), throttling(), "me")


@pytest.mark.parametrize(
    ("status", "code", "kind", "attributes"),
    [
        (400, "FIELD_LENGTH_TOO_LONG", Rejected, {"content": True}),
        (400, "INVALID_URN_ID", Rejected, {"content": False}),
        (400, "MEDIA_ASSET_WAITING_UPLOAD", Unavailable, {"stale": False}),
        (400, "EXPIRED_UPLOAD_URL", Unavailable, {"stale": True}),
        (400, "UPDATING_ASSET_FAILED", Unavailable, {"stale": True}),
        (400, "VERSION_MISSING", Unavailable, {"down": True}),
        (401, "EXPIRED_ACCESS_TOKEN", AuthLost, {"refreshable": True}),
        (401, "INVALID_ACCESS_TOKEN", AuthLost, {"refreshable": True}),
        (401, "REVOKED_ACCESS_TOKEN", AuthLost, {"refreshable": False}),
        (403, "ACCESS_DENIED", Rejected, {"content": False}),
        (404, "NOT_FOUND", Rejected, {"content": False}),
        (409, "CONFLICT", Unconfirmed, {}),
        (422, "DUPLICATE_POST", Rejected, {"content": True}),
        (422, "UNPROCESSABLE_ENTITY", Rejected, {"content": True}),
        (426, "NONEXISTENT_VERSION", Unavailable, {"down": True}),
        (429, "TOO_MANY_REQUESTS", Throttled, {"wait": timedelta(seconds=60)}),
        (500, "INTERNAL_SERVER_ERROR", Unconfirmed, {}),
        (503, "SERVICE_UNAVAILABLE", Unconfirmed, {}),
    ],
)
def test_codes_on_the_call_that_publishes(status: int, code: str, kind: type, attributes: dict[str, Any]) -> None:
    found = after(envelope(status, code))
    assert type(found) is kind
    assert {name: getattr(found, name) for name in attributes} == attributes
    assert found.code == code


@pytest.mark.parametrize(("status", "code"), list(TABLE))
def test_every_code_in_the_table_is_read_from_an_envelope(status: int, code: str) -> None:
    named = {"serviceErrorCode": int(code)} if code.isdigit() else {"code": code}
    problem = read_problem(answer(status, {"status": status, "message": "words", **named}))
    assert problem.meaning is TABLE[status, code]
    assert isinstance(before_commit(problem, throttling(), "me"), Refusal)


@pytest.mark.parametrize("status", [400, 403, 422, 500, 418, 302])
def test_an_unknown_code_is_transient_before_and_unconfirmed_after(status: int) -> None:
    found = envelope(status, "NEVER_SEEN")
    assert before(found) == Unavailable(message="LinkedIn: words", code="NEVER_SEEN")
    assert isinstance(after(found), Unconfirmed)


@pytest.mark.parametrize(
    ("status", "kind"), [(400, Rejected), (401, AuthLost), (403, Rejected), (422, Rejected), (429, Throttled)]
)
def test_a_refusal_without_a_code_goes_by_its_status(status: int, kind: type) -> None:
    assert type(after(answer(status, {"status": status, "message": "words"}))) is kind


@pytest.mark.parametrize("status", [500, 502, 503, 504, 418])
def test_html_instead_of_json(status: int) -> None:
    assert isinstance(before(answer(status)), Unavailable)
    assert isinstance(after(answer(status)), Unconfirmed)


def test_revoked_by_number_alone() -> None:
    found = after(answer(401, {"status": 401, "serviceErrorCode": 65601, "message": "x"}))
    assert found == AuthLost(message="LinkedIn: x", code="65601", refreshable=False, spreads=True)


def test_the_duplicate_is_found_inside_and_names_the_earlier_post() -> None:
    captured = {
        "errorDetailType": "com.linkedin.common.error.BadRequest",
        "message": "com.linkedin...BadRequestResponseException: Content is a duplicate of urn:li:share:714",
        "errorDetails": {"inputErrors": [{"description": "Duplicate", "input": {}, "code": "DUPLICATE_POST"}]},
        "status": 422,
    }
    assert read_problem(answer(422, captured)).urn == "urn:li:share:714"
    found = after(answer(422, captured))
    assert isinstance(found, Rejected)
    assert "urn:li:share:714" in found.message


def test_the_second_429_in_a_row_waits_for_the_next_utc_day() -> None:
    minute = timedelta(seconds=60)
    counted = throttling(NOON - minute, NOON, NOON + minute)
    assert counted.wait("me", None) == minute
    assert timedelta(hours=12) <= counted.wait("me", None) < timedelta(hours=12, minutes=5)
    assert counted.wait("me", None) == minute


def test_429s_that_come_together_are_one() -> None:
    """Three deliveries of one account meet the same passing limit: none of them may wait for the next day."""
    second = timedelta(seconds=1)
    counted = throttling(NOON, NOON + second, NOON + 59 * second, NOON + 60 * second)
    assert [counted.wait("me", None).total_seconds() for _ in range(3)] == [60, 60, 60]
    assert counted.wait("me", None) > timedelta(hours=11)


def test_a_success_between_two_429_makes_the_second_a_first() -> None:
    counted = throttling(NOON, NOON + timedelta(seconds=60))
    counted.wait("me", None)
    counted.passed("me")
    assert counted.wait("me", None) == timedelta(seconds=60)


def test_one_account_s_429_is_not_another_s() -> None:
    counted = throttling()
    counted.wait("me", None)
    assert counted.wait("you", None) == timedelta(seconds=60)


def test_retry_after_is_honoured() -> None:
    assert before(answer(429, {"status": 429}, retry_after="7")) == Throttled(
        message="LinkedIn: HTTP 429 without words", wait=timedelta(seconds=7)
    )

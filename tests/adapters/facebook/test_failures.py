"""Every answer of Facebook's means one thing, before the call that publishes and after it."""

import json
from datetime import timedelta
from typing import Any

import httpx
import pytest

from adapters_platforms.facebook.failures import ANYWHERE, TABLE, Class, after_commit, before_commit, read_problem
from adapters_platforms.http import Answer
from distribution_core.domain.outcome import AuthLost, Refusal, Rejected, Throttled, Unavailable, Unconfirmed
from distribution_core.domain.quota import Scope


def answer(status: int, data: Any = None, **headers: str) -> Answer:
    body = b"<html>oops" if data is None else json.dumps(data).encode()
    return Answer(status=status, headers=httpx.Headers({k.replace("_", "-"): v for k, v in headers.items()}), body=body)


def error(code: Any, subcode: int | None = None, status: int = 400, **rest: Any) -> Answer:
    return answer(status, {"error": {"message": "words", "code": code, "error_subcode": subcode, **rest}})


def before(found: Answer) -> Refusal:
    return before_commit(read_problem(found), 60)


def after(found: Answer, *, again: bool = False) -> Refusal | Unconfirmed:
    return after_commit(read_problem(found), 60, again=again)


@pytest.mark.parametrize(
    ("code", "subcode", "kind", "attributes"),
    [
        (1, None, Unconfirmed, {}),
        (1, 99, Unconfirmed, {}),
        (1, 2853006, Rejected, {"content": False}),
        (2, None, Unconfirmed, {}),
        (4, None, Throttled, {"wait": None, "scope": Scope.APP}),
        (17, None, Throttled, {"scope": Scope.ACCOUNT}),
        (32, None, Throttled, {"scope": Scope.ACCOUNT}),
        (341, None, Throttled, {}),
        (613, None, Throttled, {}),
        (613, 1996, Throttled, {}),
        (80001, None, Throttled, {}),
        (102, None, AuthLost, {"refreshable": True}),
        (190, None, AuthLost, {"refreshable": True}),
        (190, 463, AuthLost, {"refreshable": True}),
        (190, 467, AuthLost, {"refreshable": True}),
        (190, 458, AuthLost, {"refreshable": False}),
        (190, 460, AuthLost, {"refreshable": False}),
        (190, 492, AuthLost, {"refreshable": False}),
        (190, 459, AuthLost, {"refreshable": False}),
        (190, 464, AuthLost, {"refreshable": False}),
        (190, 2069032, Rejected, {"content": False}),
        (104, None, Rejected, {"content": False}),
        (3, None, Rejected, {"content": False}),
        (10, None, Rejected, {"content": False}),
        (200, None, Rejected, {"content": False}),
        (200, 2069030, Rejected, {"content": False}),
        (283, None, Rejected, {"content": False}),
        (299, None, Rejected, {"content": False}),
        (506, None, Rejected, {"content": True}),
        (368, None, Throttled, {"wait": timedelta(seconds=60)}),
        (368, 1390008, Throttled, {"wait": timedelta(seconds=60)}),
        (100, None, Rejected, {"content": True}),
        (100, 33, Unavailable, {"stale": True}),
        (100, 1366046, Rejected, {"content": True}),
        (100, 1366051, Unconfirmed, {}),
        (100, 1609005, Rejected, {"content": True}),
        (100, 1609008, Rejected, {"content": True}),
        (324, None, Rejected, {"content": True}),
        (352, None, Rejected, {"content": True}),
        (382, None, Rejected, {"content": True}),
        (389, None, Rejected, {"content": True}),
        (6000, None, Rejected, {"content": True}),
        (6001, 1363037, Unavailable, {"stale": True}),
        (6001, 1363128, Rejected, {"content": True}),
    ],
)
def test_codes_on_the_call_that_publishes(code: int, subcode: int | None, kind: type, attributes: dict[str, Any]) -> None:
    found = after(error(code, subcode))
    assert type(found) is kind
    assert {name: getattr(found, name) for name in attributes} == attributes
    assert found.code == (f"{code}/{subcode}" if subcode else str(code))


@pytest.mark.parametrize(("code", "subcode"), list(TABLE))
def test_every_code_in_the_table_is_read_from_an_error(code: int, subcode: int | None) -> None:
    problem = read_problem(error(code, subcode))
    assert problem.meaning is TABLE[code, subcode]
    assert problem.meaning is not Class.UNKNOWN
    assert isinstance(before_commit(problem, 60), Refusal)


@pytest.mark.parametrize("number", list(ANYWHERE))
def test_a_seven_digit_number_counts_as_code_and_as_subcode(number: int) -> None:
    assert read_problem(error(number)).meaning is ANYWHERE[number]
    assert read_problem(error(100, number)).meaning is ANYWHERE[number]


@pytest.mark.parametrize("found", [error(987654), error(None), answer(404), answer(302), answer(200), error("x")])
def test_an_unknown_answer_is_transient_before_and_unconfirmed_after(found: Answer) -> None:
    assert isinstance(before(found), Unavailable)
    assert isinstance(after(found), Unconfirmed)


@pytest.mark.parametrize(
    "found", [answer(500), answer(502), answer(503, {"x": 1}), error(100, status=500), error(506, status=503)]
)
def test_a_server_error_proves_nothing_whatever_its_code_says(found: Answer) -> None:
    assert isinstance(before(found), Unavailable)
    assert isinstance(after(found), Unconfirmed)


def test_an_unknown_subcode_means_what_its_code_means() -> None:
    assert read_problem(error(190, 12345)).meaning is Class.EXPIRED
    assert read_problem(error("190", 463)).meaning is Class.EXPIRED


@pytest.mark.parametrize(
    ("code", "subcode"), [(100, 33), (100, 1366051), (506, None), (100, None), (6001, None), (6001, 1363037)]
)
def test_on_a_second_sending_a_refusal_may_tell_of_the_first_ones_effect(code: int, subcode: int | None) -> None:
    assert isinstance(after(error(code, subcode), again=True), Unconfirmed)


@pytest.mark.parametrize(("code", "kind"), [(190, AuthLost), (4, Throttled), (200, Rejected)])
def test_on_a_second_sending_a_refusal_of_the_asker_is_one(code: int, kind: type) -> None:
    assert type(after(error(code), again=True)) is kind


def test_a_wait_that_a_business_is_told_is_not_the_whole_apps() -> None:
    usage = '{"555": [{"type": "pages", "call_count": 100, "estimated_time_to_regain_access": 19}]}'
    found = before(answer(400, {"error": {"message": "words", "code": 4}}, x_business_use_case_usage=usage))
    assert isinstance(found, Throttled)
    assert (found.wait, found.scope) == (timedelta(minutes=19), Scope.ACCOUNT)


def test_what_facebook_calls_transient_says_nothing_about_the_content() -> None:
    found = error(100, is_transient=True)
    assert isinstance(before(found), Unavailable)
    assert isinstance(after(found), Unconfirmed)
    assert isinstance(after(error(190, is_transient=True)), AuthLost)


def test_code_368_is_a_duplicate_where_its_words_say_so() -> None:
    found = error(368, message="You've already posted this on Facebook.")
    assert isinstance(after(found), Rejected)


@pytest.mark.parametrize(
    ("header", "wait"),
    [
        ('{"555": [{"type": "pages", "call_count": 100, "estimated_time_to_regain_access": 19}]}', timedelta(minutes=19)),
        (
            '{"555": [{"estimated_time_to_regain_access": 3}], "7": [{"estimated_time_to_regain_access": 5}]}',
            timedelta(minutes=5),
        ),
        ('{"555": [{"type": "pages"}]}', None),
        ('{"555": 7}', None),
        ("[]", None),
        ("{", None),
    ],
)
def test_the_wait_is_the_headers_in_minutes(header: str, wait: timedelta | None) -> None:
    found = answer(400, {"error": {"code": 80001, "message": "words"}}, x_business_use_case_usage=header)
    assert after(found) == Throttled(message="Facebook: words", code="80001", wait=wait)


def test_the_words_for_the_user_come_first_and_stay_short() -> None:
    problem = read_problem(error(100, error_user_msg="Say  it\n" + "x" * 1000))
    assert problem.message.startswith("Say it x")
    assert len(problem.message) == 300

"""The failure table: every code of TikTok's pages, before and after the call that publishes."""

import json
from datetime import timedelta
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters_platforms.http import Answer
from adapters_platforms.manifest import load_manifest
from adapters_platforms.settings import PlatformSettings
from adapters_platforms.tiktok.configuration import TikTokConfig
from adapters_platforms.tiktok.failures import (
    CODES,
    FAIL_REASONS,
    after_commit,
    after_failure,
    before_commit,
    read_problem,
    read_upload_problem,
)
from adapters_platforms.tiktok.reconciling import post_ids
from distribution_core.domain.outcome import AuthLost, Rejected, Throttled, Unavailable, Unconfirmed

CONFIG = TikTokConfig.read(load_manifest("adapters_platforms.tiktok"), PlatformSettings())


def refused(code: object, status: int, message: object = "words", headers: Any = None) -> Answer:
    body = json.dumps({"data": {}, "error": {"code": code, "message": message, "log_id": "2026"}}).encode()
    return Answer(status=status, headers=httpx.Headers(headers), body=body)


# The fact sheet's own table: code, HTTP status, what it amounts to before a commit, and whether it is definite after one.
DOCUMENTED: list[tuple[str, int, Any, bool]] = [
    ("access_token_invalid", 401, AuthLost, True),
    ("scope_not_authorized", 401, AuthLost, True),
    ("scope_permission_missed", 400, AuthLost, True),
    ("rate_limit_exceeded", 429, Throttled, True),
    ("invalid_param", 400, Rejected, True),
    ("invalid_params", 400, Rejected, True),
    ("invalid_file_upload", 400, Rejected, True),
    ("privacy_level_option_mismatch", 403, Rejected, True),
    ("spam_risk_too_many_posts", 403, Throttled, True),
    ("spam_risk_too_many_posts", 200, Throttled, True),
    ("spam_risk_too_many_pending_share", 403, Throttled, True),
    ("reached_active_user_cap", 200, Throttled, True),
    ("spam_risk_user_banned_from_posting", 200, Rejected, True),
    ("unaudited_client_can_only_post_to_private_accounts", 403, Rejected, True),
    ("url_ownership_unverified", 403, Rejected, True),
    ("url_ownership_unverified", 200, Rejected, True),
    ("app_version_check_failed", 400, Rejected, True),
    ("invalid_publish_id", 400, Unavailable, True),
    ("token_not_authorized_for_specified_publish_id", 400, Unavailable, True),
    ("publish_not_cancellable", 400, Rejected, True),
    ("internal_error", 500, Unavailable, False),
    ("internal_error", 200, Unavailable, False),
    ("something_new", 400, Unavailable, False),
    ("something_new", 503, Unavailable, False),
    ("", 401, AuthLost, True),
    ("", 429, Throttled, True),
    ("", 502, Unavailable, False),
    ("", 403, Unavailable, False),
    ("ok", 200, Unavailable, False),
]


@pytest.mark.parametrize(("code", "status", "kind", "definite"), DOCUMENTED)
def test_a_code_has_one_meaning(code: str, status: int, kind: type, definite: bool) -> None:
    problem = read_problem(refused(code, status))
    assert isinstance(before_commit(problem, CONFIG), kind)
    assert isinstance(after_commit(problem, CONFIG), kind if definite else Unconfirmed)


def test_the_table_and_the_sheet_name_the_same_codes() -> None:
    assert set(CODES) == {code for code, *_ in DOCUMENTED} - {"", "ok", "something_new"}
    assert len(FAIL_REASONS) == 13


def test_waits_are_the_platforms_or_ours() -> None:
    limited = before_commit(read_problem(refused("rate_limit_exceeded", 429)), CONFIG)
    assert isinstance(limited, Throttled)
    assert limited.wait == timedelta(seconds=60)
    longer = before_commit(read_problem(refused("rate_limit_exceeded", 429, headers={"retry-after": "90"})), CONFIG)
    assert isinstance(longer, Throttled)
    assert longer.wait == timedelta(seconds=90)
    never = before_commit(read_problem(refused("rate_limit_exceeded", 429, headers={"retry-after": "soon"})), CONFIG)
    assert isinstance(never, Throttled)
    assert never.wait == timedelta(seconds=60)


def test_a_lost_scope_needs_the_person_and_a_dead_token_a_refresh() -> None:
    assert before_commit(read_problem(refused("access_token_invalid", 401)), CONFIG) == AuthLost(
        message="TikTok: words", code="access_token_invalid"
    )
    lost = before_commit(read_problem(refused("scope_not_authorized", 401)), CONFIG)
    assert isinstance(lost, AuthLost)
    assert not lost.refreshable


@pytest.mark.parametrize(
    ("status", "kind", "definite"),
    [
        (400, Rejected, True),
        (403, Unavailable, True),
        (404, Unavailable, True),
        (416, Unavailable, False),
        (429, Throttled, True),
        (500, Unavailable, False),
        (502, Unavailable, False),
        (206, Unavailable, False),
        (418, Unavailable, False),
    ],
)
def test_an_upload_status_has_one_meaning(status: int, kind: type, definite: bool) -> None:
    problem = read_upload_problem(Answer(status=status, headers=httpx.Headers(), body=b"upload_token=secret"))
    assert isinstance(before_commit(problem, CONFIG), kind)
    assert isinstance(after_commit(problem, CONFIG), kind if definite else Unconfirmed)
    assert "secret" not in problem.message


def test_an_upload_that_ended_is_begun_again() -> None:
    gone = before_commit(read_upload_problem(Answer(status=404, headers=httpx.Headers(), body=b"")), CONFIG)
    assert isinstance(gone, Unavailable)
    assert gone.stale


@pytest.mark.parametrize("reason", [None, "", 7, "new_reason"])
def test_an_unknown_end_is_an_end(reason: object) -> None:
    end = after_failure(reason, CONFIG)
    assert isinstance(end, Rejected)
    assert not end.content


@given(body=st.binary(max_size=60), status=st.integers(200, 599))
def test_any_answer_can_be_read(body: bytes, status: int) -> None:
    problem = read_problem(Answer(status=status, headers=httpx.Headers(), body=body))
    assert problem.message
    after_commit(problem, CONFIG)


@pytest.mark.parametrize(
    ("data", "ids"),
    [
        ({"publicaly_available_post_id": [7678907398077074696]}, ["7678907398077074696"]),
        ({"publicaly_available_post_id": ["7678907398077074696", 8]}, ["7678907398077074696", "8"]),
        ({"publicly_available_post_id": [9]}, ["9"]),
        ({"publicaly_available_post_id": 9}, ["9"]),
        ({"publicaly_available_post_id": []}, []),
        ({"publicaly_available_post_id": [None, "x", True, 0, 1.5]}, []),
        ({}, []),
    ],
)
def test_post_ids_are_numbers_kept_as_text(data: dict[str, Any], ids: list[str]) -> None:
    assert post_ids(data) == ids

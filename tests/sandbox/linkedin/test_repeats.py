"""Duplicates, quotas, and faults on the create."""

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from tests.sandbox.linkedin.conftest import WORKS

CAPTURED = {
    "errorDetailType": "com.linkedin.common.error.BadRequest",
    "errorDetails": {"inputErrors": [{"description": "Duplicate post is detected", "input": {}, "code": "DUPLICATE_POST"}]},
    "status": 422,
}


def words(urn: str) -> str:
    return f"com.linkedin.content.common.exception.BadRequestResponseException: Content is a duplicate of {urn}"


def test_the_same_words_are_refused_for_ten_minutes(linkedin: Any) -> None:
    token = linkedin.token()
    urn = linkedin.created(token)
    linkedin.advance(590)
    answer = linkedin.create(token)
    assert answer.status_code == 422
    assert answer.json() == CAPTURED | {"message": words(urn)}
    linkedin.created(token, "Other words")
    linkedin.advance(20)
    linkedin.created(token)
    assert len(linkedin.posts()) == 3


def test_another_author_may_say_the_same(linkedin: Any) -> None:
    linkedin.created(linkedin.token())
    linkedin.created(linkedin.token(person="ben-li"), author="urn:li:person:ben-li")
    linkedin.created(linkedin.token("community"), author=WORKS)


def test_the_window_can_be_longer_and_outlives_the_post(linkedin: Any) -> None:
    linkedin.switch(duplicate_seconds=3600)
    token = linkedin.token()
    urn = linkedin.created(token)
    linkedin.one("DELETE", urn, token)
    linkedin.advance(3000)
    assert linkedin.create(token).json()["message"] == words(urn)


def test_a_ghost_is_named_afresh_each_time_and_does_not_exist(linkedin: Any) -> None:
    linkedin.switch(ghost_duplicates=True)
    token = linkedin.token("community")
    urn = linkedin.created(token, author=WORKS)
    ghosts = {linkedin.create(token, author=WORKS).json()["message"].rpartition(" ")[2] for _ in range(2)}
    assert len(ghosts | {urn}) == 3
    for ghost in ghosts:
        assert int(ghost.rpartition(":")[2]) >> 22 >= int(urn.rpartition(":")[2]) >> 22
        assert linkedin.one("GET", ghost, token).status_code == 404


def test_pictures_may_tell_posts_apart(linkedin: Any, picture: bytes) -> None:
    token = linkedin.token()
    content = lambda: {"media": {"id": linkedin.image(token, picture)}}  # noqa: E731
    linkedin.created(token, content=content())
    assert linkedin.create(token, content=content()).status_code == 422
    linkedin.switch(duplicate_scope="text_and_media")
    linkedin.created(token, content=content())


def test_a_refused_create_says_nothing_yet(linkedin: Any) -> None:
    token = linkedin.token()
    assert linkedin.create(token, visibility="CONTAINER").status_code == 400
    assert linkedin.create(token).status_code == 201


def test_quotas_of_app_and_member_end_at_midnight_utc(linkedin: Any) -> None:
    linkedin.switch(member_posts_per_day=2, app_posts_per_day=3)
    ada, ben = linkedin.token(), linkedin.token(person="ben-li")
    for number in range(2):
        linkedin.created(ada, f"Post {number}")
    throttled = linkedin.create(ada, "Post 3")
    assert throttled.status_code == 429
    assert "retry-after" not in throttled.headers
    assert throttled.json() == {
        "status": 429,
        "serviceErrorCode": 101,
        "code": "TOO_MANY_REQUESTS",
        "message": "Resource level throttle MEMBER DAY limit for calls to this resource is reached.",
    }
    linkedin.created(ben, author="urn:li:person:ben-li")
    words_of_app = linkedin.create(ben, "More", "urn:li:person:ben-li").json()["message"]
    assert words_of_app == "Resource level throttle APPLICATION DAY limit for calls to this resource is reached."
    linkedin.created(linkedin.token("community"), author=WORKS)
    now = datetime.fromtimestamp(linkedin.now_ms() / 1000, UTC)
    linkedin.advance(86_400 - (now.hour * 3600 + now.minute * 60 + now.second))
    linkedin.created(ada, "A new day")


def test_the_development_tier_counts_every_endpoint_and_has_no_batches(linkedin: Any) -> None:
    linkedin.switch(development_tier=True)
    token = linkedin.token("community")
    assert linkedin.call("GET", "rest/organizations?ids=List(55001)", token).status_code == 403
    statuses = [linkedin.call("GET", "rest/organizations/55001", token).status_code for _ in range(101)]
    assert statuses == [200] * 100 + [429]
    assert linkedin.call("GET", "rest/organizationAcls?q=roleAssignee", token).status_code == 200


def test_userinfo_has_a_throttle_of_its_own(linkedin: Any) -> None:
    linkedin.switch(userinfo_calls_per_day=1)
    token = linkedin.token()
    assert [linkedin.call("GET", "v2/userinfo", token).status_code for _ in range(2)] == [200, 429]
    assert linkedin.create(token).status_code == 201


@pytest.mark.parametrize(("kind", "count"), [("drop_before", 0), ("drop_after", 1)])
def test_a_create_whose_connection_drops(linkedin: Any, kind: str, count: int) -> None:
    token = linkedin.token()
    linkedin.fault("create", kind)
    with pytest.raises(httpx.RemoteProtocolError):
        linkedin.create(token)
    assert len(linkedin.posts()) == count
    assert linkedin.create(token).status_code == (422 if count else 201)


@pytest.mark.parametrize("status", [409, 500, 503, 504])
@pytest.mark.parametrize(("kind", "count"), [("error_before", 0), ("error_after", 1)])
def test_a_create_that_answers_an_error(linkedin: Any, status: int, kind: str, count: int) -> None:
    token = linkedin.token()
    linkedin.fault("create", kind, options={"status": status})
    answer = linkedin.create(token)
    codes = {409: "CONFLICT", 500: "INTERNAL_SERVER_ERROR", 503: "SERVICE_UNAVAILABLE", 504: "GATEWAY_TIMEOUT"}
    assert (answer.status_code, answer.json()["code"]) == (status, codes[status])
    assert len(linkedin.posts()) == count


@pytest.mark.parametrize(
    ("kind", "options", "status", "code"),
    [
        ("rate_limited", {}, 429, 101),
        ("rate_limited", {"wait_seconds": 7}, 429, 101),
        ("token_expired", {}, 401, 65602),
        ("token_revoked", {}, 401, 65601),
    ],
)
def test_planted_limits_and_dead_tokens(linkedin: Any, kind: str, options: dict[str, int], status: int, code: int) -> None:
    token = linkedin.token()
    linkedin.fault("create", kind, options=options)
    answer = linkedin.create(token)
    assert (answer.status_code, answer.json()["serviceErrorCode"]) == (status, code)
    assert answer.headers.get("retry-after") == ("7" if options else None)
    assert linkedin.create(token).status_code == 201


def test_a_fault_may_be_for_one_account(linkedin: Any) -> None:
    token = linkedin.token("community")
    linkedin.fault("create", "error_before", account="55002", count=None)
    assert linkedin.create(token, author=WORKS).status_code == 201
    assert linkedin.create(token, author="urn:li:organization:55002").status_code == 500
    linkedin.fault("finder", "error_before", account="55001", count=None)
    assert linkedin.find(token, "urn:li:organization:55002").status_code == 200
    assert linkedin.find(token, WORKS).status_code == 500
    linkedin.fault("userinfo", "error_before", account="ben-li", count=None)
    assert linkedin.call("GET", "v2/userinfo", linkedin.token()).status_code == 200
    assert linkedin.call("GET", "v2/userinfo", linkedin.token(person="ben-li")).status_code == 500

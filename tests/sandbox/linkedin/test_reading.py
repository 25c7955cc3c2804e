"""Reading back: by URN and by author, for organizations only."""

from typing import Any
from urllib.parse import quote

import pytest

from tests.sandbox.linkedin.conftest import ADA, WORKS

HARBOR = "urn:li:organization:55003"


def test_an_organization_s_post_reads_back(linkedin: Any) -> None:
    token = linkedin.token("community")
    before = linkedin.now_ms()
    urn = linkedin.created(token, "Hi", WORKS)
    row = linkedin.one("GET", f"{urn}", token).json()
    assert before <= row["createdAt"] == row["publishedAt"] == row["lastModifiedAt"]
    assert row["createdAt"] == int(urn.rpartition(":")[2]) >> 22
    assert (row["id"], row["author"], row["commentary"], row["visibility"]) == (urn, WORKS, "Hi", "PUBLIC")
    assert (row["lifecycleState"], row["lifecycleStateInfo"]) == ("PUBLISHED", {"isEditedByAuthor": False})
    assert linkedin.call("GET", f"rest/posts/{quote(urn, safe='')}?viewContext=AUTHOR", token).status_code == 200


def test_a_member_s_posts_are_not_for_apps(linkedin: Any) -> None:
    token = linkedin.token()
    urn = linkedin.created(token)
    for answer, method in (
        (linkedin.find(token, ADA), "FINDER-author"),
        (linkedin.one("GET", urn, token), "GET"),
    ):
        assert answer.status_code == 403
        assert answer.json() == {
            "status": 403,
            "serviceErrorCode": 100,
            "code": "ACCESS_DENIED",
            "message": f"Not enough permissions to access: partnerApiPostsExternal.{method}.20260901",
        }
    answer = linkedin.find(linkedin.token("community"), ADA)
    assert answer.status_code == 400
    assert answer.json()["message"] == "Member permissions must be used when using member as author"


def test_an_organization_s_posts_are_for_those_with_a_role(linkedin: Any) -> None:
    ben = linkedin.token("community", person="ben-li")
    urn = linkedin.created(ben, author=HARBOR)
    ada = linkedin.token("community")
    assert linkedin.find(ada, HARBOR).status_code == 403
    assert linkedin.one("GET", urn, ada).status_code == 403
    assert len(linkedin.find(ben, HARBOR).json()["elements"]) == 1


def test_pages_of_posts_end_with_a_short_one(linkedin: Any) -> None:
    token = linkedin.token("community")
    urns = []
    for number in range(5):
        urns.append(linkedin.created(token, f"Post {number}", WORKS))
        linkedin.advance(1)
    newest_first = list(reversed(urns))
    seen = []
    for start in (0, 2, 4, 6):
        body = linkedin.find(token, WORKS, f"&start={start}&count=2&sortBy=CREATED").json()
        assert body["paging"] == {"start": start, "count": 2, "links": []}
        seen.append([row["id"] for row in body["elements"]])
    assert seen == [newest_first[:2], newest_first[2:4], newest_first[4:], []]


def test_the_last_changed_comes_first_unless_asked_otherwise(linkedin: Any) -> None:
    token = linkedin.token("community")
    old = linkedin.created(token, "Old", WORKS)
    linkedin.advance(1)
    new = linkedin.created(token, "New", WORKS)
    linkedin.advance(1)
    linkedin.one("POST", old, token, {"patch": {"$set": {"commentary": "Changed"}}}, x_restli_method="PARTIAL_UPDATE")
    order = lambda query: [row["id"] for row in linkedin.find(token, WORKS, query).json()["elements"]]  # noqa: E731
    assert order("") == [old, new]
    assert order("&sortBy=CREATED") == [new, old]


def test_a_new_post_may_be_missing_from_the_list_for_a_while(linkedin: Any) -> None:
    linkedin.switch(read_lag_seconds=60)
    token = linkedin.token("community")
    urn = linkedin.created(token, author=WORKS)
    assert linkedin.find(token, WORKS).json()["elements"] == []
    assert linkedin.one("GET", urn, token).status_code == 200
    linkedin.advance(60)
    assert len(linkedin.find(token, WORKS).json()["elements"]) == 1


@pytest.mark.parametrize("query", ["q=author", "q=writer&author=urn%3Ali%3Aorganization%3A55001"])
def test_a_finder_is_named_and_fed(linkedin: Any, query: str) -> None:
    assert linkedin.call("GET", f"rest/posts?{query}", linkedin.token("community")).status_code == 400


@pytest.mark.parametrize("query", ["&count=many", "&start=-1", "&sortBy=LIKES", "&viewContext=GOD"])
def test_a_finder_s_parameters_are_checked(linkedin: Any, query: str) -> None:
    assert linkedin.find(linkedin.token("community"), WORKS, query).status_code == 400


def test_a_deleted_post_is_gone(linkedin: Any) -> None:
    token = linkedin.token("community")
    urn = linkedin.created(token, author=WORKS)
    assert linkedin.one("DELETE", urn, token).status_code == 204
    assert linkedin.find(token, WORKS).json()["elements"] == []
    assert linkedin.one("GET", urn, token).json()["code"] == "NOT_FOUND"

"""Creating, changing and deleting posts: who may, what is read, what is refused and in which words."""

from typing import Any

import pytest

from tests.sandbox.linkedin.conftest import ADA, WORKS, post_body

BEN, GUILD, HARBOR = "urn:li:person:ben-li", "urn:li:organization:55002", "urn:li:organization:55003"
AUTHOR_REFUSED = {
    "status": 403,
    "serviceErrorCode": 100,
    "code": "ACCESS_DENIED",
    "message": "Field Value validation failed in REQUEST_BODY: Data Processing Exception while processing fields [/author]",
}


def test_a_post_is_named_in_a_header_and_nowhere_else(linkedin: Any) -> None:
    before = linkedin.now_ms()
    answer = linkedin.create(linkedin.token())
    assert (answer.status_code, answer.content) == (201, b"")
    urn = answer.headers["x-restli-id"]
    assert urn.startswith("urn:li:share:")
    assert before <= int(urn.rpartition(":")[2]) >> 22 <= linkedin.now_ms()
    [post] = linkedin.posts()
    assert (post["post_id"], post["kind"], post["text"], post["audience"]) == (urn, "text", "Hi", "PUBLIC")


def test_ids_tell_the_sandbox_s_time(linkedin: Any) -> None:
    linkedin.advance(86_400)
    urn = linkedin.created(linkedin.token())
    assert abs((int(urn.rpartition(":")[2]) >> 22) - linkedin.now_ms()) < 5000


@pytest.mark.parametrize("name", ["author", "commentary", "visibility", "distribution", "lifecycleState"])
def test_required_fields(linkedin: Any, name: str) -> None:
    answer = linkedin.call("POST", "rest/posts", linkedin.token(), post_body(**{name: None}))
    assert answer.status_code == 422
    assert answer.json()["message"] == f"ERROR :: /{name} :: field is required but not found and has no default value\n"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"colour": "red"}, "/colour :: unrecognized field found but not allowed"),
        ({"commentary": 7}, "/commentary :: 7 cannot be coerced to String"),
        ({"visibility": "EVERYONE"}, '/visibility :: "EVERYONE" is not an enum symbol'),
        ({"distribution": {}}, "/distribution/feedDistribution :: field is required"),
        ({"distribution": {"feedDistribution": "ALL"}}, '/distribution/feedDistribution :: "ALL" is not an enum symbol'),
        ({"isReshareDisabledByAuthor": "no"}, "/isReshareDisabledByAuthor ::"),
        ({"content": {"poem": {}}}, "/content/poem :: unrecognized field"),
        ({"content": {}}, "/content :: "),
        ({"content": {"media": {}}}, "/content/media/id :: field is required"),
        ({"content": {"multiImage": {"images": ["x"]}}}, "/content/multiImage/images/0 :: "),
    ],
)
def test_a_body_outside_the_schema(linkedin: Any, changes: dict[str, Any], words: str) -> None:
    answer = linkedin.create(linkedin.token(), **changes)
    assert answer.status_code == 422
    assert words in answer.json()["message"]
    assert linkedin.posts() == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"lifecycleState": "DRAFT"}, "INVALID_VALUE_FOR_FIELD"),
        ({"visibility": "CONTAINER"}, "INVALID_VALUE_FOR_FIELD"),
        ({"distribution": {"feedDistribution": "MAIN_FEED", "targetEntities": [{}]}}, "INVALID_VALUE_FOR_FIELD"),
        ({"commentary": "x" * 3001}, "FIELD_LENGTH_TOO_LONG"),
        ({"content": {"article": {"source": "a.test", "title": "T"}}}, "INVALID_VALUE_FOR_FIELD"),
        ({"content": {"article": {"source": "https://a.test"}}}, "MISSING_FIELD"),
        ({"content": {"media": {"id": "urn:li:image:none"}}}, "INVALID_URN_ID"),
        ({"content": {"media": {"id": "urn:li:digitalmediaAsset:D1"}}}, "INVALID_URN_TYPE"),
        ({"reshareContext": {"parent": "urn:li:share:1"}}, "INVALID_URN_ID"),
    ],
)
def test_a_body_that_means_nothing(linkedin: Any, changes: dict[str, Any], code: str) -> None:
    answer = linkedin.create(linkedin.token(), **changes)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert linkedin.posts() == []


def test_the_longest_commentary_is_3000_characters(linkedin: Any) -> None:
    assert linkedin.create(linkedin.token(), "x" * 3000).status_code == 201


@pytest.mark.parametrize("visibility", ["PUBLIC", "CONNECTIONS", "LOGGED_IN"])
def test_members_choose_their_audience(linkedin: Any, visibility: str) -> None:
    linkedin.created(linkedin.token(), visibility=visibility)
    assert linkedin.posts()[0]["audience"] == visibility


def test_an_organization_has_no_connections(linkedin: Any) -> None:
    assert linkedin.create(linkedin.token("community"), author=WORKS, visibility="CONNECTIONS").status_code == 400


def test_a_dark_post_is_on_no_timeline(linkedin: Any) -> None:
    token = linkedin.token("community")
    urn = linkedin.created(token, author=WORKS, distribution={"feedDistribution": "NONE"})
    assert linkedin.posts("55001") == []
    assert linkedin.one("GET", urn, token).status_code == 200


@pytest.mark.parametrize("author", [WORKS, GUILD])
def test_an_organization_s_posting_roles(linkedin: Any, author: str) -> None:
    linkedin.created(linkedin.token("community"), author=author)
    assert len(linkedin.posts(author.rpartition(":")[2])) == 1


@pytest.mark.parametrize(("app", "author"), [("member", BEN), ("community", HARBOR), ("community", "urn:li:organization:1")])
def test_a_foreign_author_is_refused_in_linkedin_s_words(linkedin: Any, app: str, author: str) -> None:
    answer = linkedin.create(linkedin.token(app), author=author)
    assert (answer.status_code, answer.json()) == (403, AUTHOR_REFUSED)
    assert linkedin.posts(author.rpartition(":")[2]) == []


@pytest.mark.parametrize(
    ("app", "author", "words"),
    [
        ("member", WORKS, "Organization permissions must be used when using organization as author"),
        ("community", ADA, "Member permissions must be used when using member as author"),
    ],
)
def test_an_author_of_a_kind_that_the_scopes_do_not_cover(linkedin: Any, app: str, author: str, words: str) -> None:
    answer = linkedin.create(linkedin.token(app), author=author)
    assert answer.status_code == 400
    assert answer.json() == {"status": 400, "message": words}


def test_a_token_without_write_scopes(linkedin: Any) -> None:
    answer = linkedin.create(linkedin.token(scopes="openid profile"))
    assert answer.status_code == 403
    assert answer.json()["message"] == "Not enough permissions to access: partnerApiPostsExternal.CREATE.20260901"


@pytest.mark.parametrize(
    ("author", "code"),
    [("urn:li:company:55001", "INVALID_URN_TYPE"), ("urn:li:member:1", "INVALID_URN_TYPE"), ("ada-li", "INVALID_URN_ID")],
)
def test_an_author_is_a_person_or_an_organization(linkedin: Any, author: str, code: str) -> None:
    answer = linkedin.create(linkedin.token(), author=author)
    assert (answer.status_code, answer.json()["code"]) == (400, code)


def test_a_link_becomes_a_card(linkedin: Any) -> None:
    article = {"source": "https://a.test/x", "title": "A (title)", "description": "D"}
    linkedin.created(linkedin.token(), content={"article": article})
    [post] = linkedin.posts()
    assert (post["kind"], post["link"], post["title"]) == ("link", "https://a.test/x", "A (title)")


def test_words_may_be_missing_in_a_reshare_or_beside_content(linkedin: Any) -> None:
    token = linkedin.token()
    nothing = linkedin.create(token, "")
    assert (nothing.status_code, nothing.json()["code"]) == (422, "UNPROCESSABLE_ENTITY")
    parent = linkedin.created(token, "Hi")
    linkedin.created(token, "", reshareContext={"parent": parent})
    card = {"article": {"source": "https://a.test", "title": "T"}}
    linkedin.created(token, "", content=card)
    linkedin.switch(commentary_required=True)
    assert linkedin.create(token, "", content=card).status_code == 422


def test_a_commentary_can_be_changed(linkedin: Any) -> None:
    token = linkedin.token("community")
    urn = linkedin.created(token, "Old", author=WORKS)
    linkedin.advance(5)
    patch = {"patch": {"$set": {"commentary": "New \\(and better\\)"}}}
    assert linkedin.one("POST", urn, token, patch).status_code == 400
    assert linkedin.one("POST", urn, token, patch, x_restli_method="PARTIAL_UPDATE").status_code == 204
    assert linkedin.posts("55001")[0]["text"] == "New (and better)"
    row = linkedin.one("GET", urn, token).json()
    assert row["lifecycleStateInfo"] == {"isEditedByAuthor": True}
    assert row["lastModifiedAt"] - row["createdAt"] >= 5000


@pytest.mark.parametrize(
    ("patch", "status"),
    [
        ({}, 400),
        ({"patch": {"$set": {}}}, 400),
        ({"patch": {"$set": {"author": ADA}}}, 422),
        ({"patch": {"$set": {"commentary": "x" * 3001}}}, 400),
    ],
)
def test_a_change_that_cannot_be(linkedin: Any, patch: dict[str, Any], status: int) -> None:
    token = linkedin.token()
    urn = linkedin.created(token)
    assert linkedin.one("POST", urn, token, patch, x_restli_method="PARTIAL_UPDATE").status_code == status
    assert linkedin.posts()[0]["text"] == "Hi"


def test_deleting_twice_is_deleting_once(linkedin: Any) -> None:
    token = linkedin.token()
    urn = linkedin.created(token)
    for _ in range(2):
        assert linkedin.one("DELETE", urn, token, x_restli_method="DELETE").status_code == 204
        assert linkedin.posts() == []


def test_nobody_changes_or_deletes_another_s_post(linkedin: Any) -> None:
    urn, ben = linkedin.created(linkedin.token()), linkedin.token(person="ben-li")
    refused = linkedin.one("DELETE", urn, ben)
    assert refused.json()["message"] == "Not enough permissions to access: partnerApiPostsExternal.DELETE.20260901"
    patch = {"patch": {"$set": {"commentary": "Mine"}}}
    assert linkedin.one("POST", urn, ben, patch, x_restli_method="PARTIAL_UPDATE").status_code == 403
    assert linkedin.one("DELETE", urn, linkedin.token(scopes="openid", person="ben-li")).status_code == 403
    assert linkedin.posts()[0]["text"] == "Hi"


def test_a_post_s_urn_is_a_share_s_or_a_ugc_post_s(linkedin: Any) -> None:
    token = linkedin.token("community")
    assert linkedin.one("GET", "urn:li:activity:7", token).json()["code"] == "INVALID_URN_TYPE"
    assert linkedin.one("GET", "urn:li:share:7", token).json()["code"] == "NOT_FOUND"

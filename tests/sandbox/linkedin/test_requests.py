"""What every API call must look like: versions, Rest.li's encoding and names, sizes, tunnelling."""

from typing import Any
from urllib.parse import quote, urlencode

import httpx
import pytest

from tests.sandbox.linkedin.conftest import ADA, WORKS, post_body

CREATE = ("POST", "rest/posts")


def test_a_version_is_needed_and_the_missing_one_is_named(linkedin: Any) -> None:
    answer = linkedin.call(*CREATE, linkedin.token(), post_body(), linkedin_version=None)
    assert answer.status_code == 400
    assert answer.json() == {
        "status": 400,
        "code": "VERSION_MISSING",
        "message": "A version must be present. Please specify a version by adding the Linkedin-Version header.",
    }


@pytest.mark.parametrize(
    ("version", "spelled"),
    [("202511", "20251101"), ("202512", "20251201"), ("202504", "20250401"), ("203001", "20300101"), ("202511.02", "20251102")],
)
def test_dead_skipped_and_future_versions_are_not_active(linkedin: Any, version: str, spelled: str) -> None:
    answer = linkedin.call(*CREATE, linkedin.token(), post_body(), linkedin_version=version)
    assert answer.status_code == 426
    assert answer.json() == {
        "status": 426,
        "code": "NONEXISTENT_VERSION",
        "message": f"Requested version {spelled} is not active",
    }
    assert linkedin.posts() == []


@pytest.mark.parametrize("version", ["202601", "202609", "202609.01", "202611"])
def test_versions_that_live(linkedin: Any, version: str) -> None:
    assert linkedin.call(*CREATE, linkedin.token(), post_body(), linkedin_version=version).status_code == 201


def test_a_version_can_be_shut_down(linkedin: Any) -> None:
    linkedin.switch(dead_versions=["202609"])
    assert linkedin.create(linkedin.token()).status_code == 426


@pytest.mark.parametrize(("token_first", "status"), [(False, 426), (True, 401)])
def test_version_and_token_are_looked_at_in_either_order(linkedin: Any, token_first: bool, status: int) -> None:
    linkedin.switch(token_before_version=token_first)
    assert linkedin.call(*CREATE, "made-up", post_body(), linkedin_version="202511").status_code == status


def test_answers_carry_their_trace(linkedin: Any) -> None:
    for answer in (linkedin.create(linkedin.token()), linkedin.create("made-up")):
        assert {"x-li-uuid", "x-li-fabric", "x-li-request-id"} <= set(answer.headers)


def test_urns_are_encoded_in_paths_and_queries(linkedin: Any) -> None:
    token = linkedin.token("community")
    urn = linkedin.created(token, author=WORKS)
    raw_path = linkedin.call("GET", f"rest/posts/{urn}", token)
    assert (raw_path.status_code, raw_path.json()["message"]) == (400, "Syntax exception in path variables")
    raw_query = linkedin.call("GET", f"rest/posts?q=author&author={WORKS}", token)
    assert (raw_query.status_code, raw_query.json()["message"]) == (400, "Invalid query parameters passed to request")
    assert linkedin.one("GET", urn, token).status_code == 200
    assert linkedin.call("GET", f"rest/posts/{urn}", token, x_restli_protocol_version=None).status_code == 200


def test_lists_stay_unencoded(linkedin: Any) -> None:
    token = linkedin.token("community")
    assert linkedin.call("GET", "rest/organizations?ids=List(55001)", token).status_code == 200
    encoded = linkedin.call("GET", f"rest/organizations?ids={quote('List(55001)', safe='')}", token)
    assert encoded.status_code == 400


def test_an_unknown_protocol_or_a_method_that_does_not_fit(linkedin: Any) -> None:
    token = linkedin.token()
    assert linkedin.call(*CREATE, token, post_body(), x_restli_protocol_version="3.0.0").status_code == 400
    assert linkedin.call(*CREATE, token, post_body(), x_restli_method="FINDER").status_code == 400
    assert linkedin.call(*CREATE, token, post_body(), X_RestLi_Method="CREATE").status_code == 201


def test_unknown_query_parameters_are_not_permitted_and_projections_are(linkedin: Any) -> None:
    token = linkedin.token("community")
    answer = linkedin.find(token, WORKS, "&colour=red")
    assert answer.status_code == 403
    assert "Unpermitted fields present in PARAMETER" in answer.json()["message"]
    assert linkedin.find(token, WORKS, "&fields=id,commentary").status_code == 200


@pytest.mark.parametrize("body", [b"{", b"[]", b""])
def test_a_body_is_a_json_object(linkedin: Any, body: bytes) -> None:
    headers = {
        "authorization": f"Bearer {linkedin.token()}",
        "linkedin-version": "202609",
        "x-restli-protocol-version": "2.0.0",
        "content-type": "application/json",
    }
    url = f"{linkedin.url}/linkedin/api/rest/posts"
    assert linkedin.http.post(url, content=body, headers=headers).status_code == 400
    assert linkedin.http.post(url, content=b"{}", headers=headers | {"content-type": "text/plain"}).status_code == 415
    chunked = linkedin.http.post(url, content=iter([b"{}"]), headers=headers)
    assert chunked.status_code == 411


def test_long_queries_are_refused_and_may_be_tunnelled(linkedin: Any) -> None:
    token = linkedin.token("community")
    linkedin.created(token, author=WORKS)
    fields = "id," * 1500
    assert linkedin.find(token, WORKS, f"&fields={fields}").status_code == 414
    headers = {
        "authorization": f"Bearer {token}",
        "linkedin-version": "202609",
        "x-restli-protocol-version": "2.0.0",
        "x-restli-method": "FINDER",
        "x-http-method-override": "GET",
        "content-type": "application/x-www-form-urlencoded",
    }
    form = urlencode({"q": "author", "author": WORKS, "fields": fields})
    answer = linkedin.http.post(f"{linkedin.url}/linkedin/api/rest/posts", content=form, headers=headers)
    assert [row["author"] for row in answer.json()["elements"]] == [WORKS]
    acls = urlencode({"q": "roleAssignee", "role": "ADMINISTRATOR"})
    answer = linkedin.http.post(f"{linkedin.url}/linkedin/api/rest/organizationAcls", content=acls, headers=headers)
    assert [row["organization"] for row in answer.json()["elements"]] == [WORKS]


def test_the_older_api_has_no_versions(linkedin: Any) -> None:
    assert linkedin.call("GET", "v2/userinfo", linkedin.token(), linkedin_version="200001").status_code == 200


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("no_such_switch", 1),
        ("early_post", "maybe"),
        ("refresh_tokens", "yes"),
        ("member_posts_per_day", -1),
        ("member_posts_per_day", True),
        ("processing_seconds", "soon"),
        ("dead_versions", [202609]),
    ],
)
def test_switches_take_what_they_are_for(linkedin: Any, name: str, value: object) -> None:
    assert linkedin.switch(**{name: value}).status_code == 400


def test_pages_of_posts_and_accounts_are_there(linkedin: Any) -> None:
    urn = linkedin.created(linkedin.token())
    page = httpx.get(linkedin.posts()[0]["permalink"], follow_redirects=True)
    assert page.status_code == 200
    assert urn in page.text
    assert httpx.get(f"{linkedin.url}/linkedin/www/feed/update/urn:li:share:7/").status_code == 404
    assert ADA.endswith("ada-li")

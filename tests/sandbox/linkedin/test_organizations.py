"""Roles in organizations, and organizations by id."""

from typing import Any

import pytest

ACLS = "rest/organizationAcls?q=roleAssignee"


def organizations(answer: Any) -> list[str]:
    return [row["organization"].rpartition(":")[2] for row in answer.json()["elements"]]


def test_each_role_is_asked_for_alone(linkedin: Any) -> None:
    token = linkedin.token("community")
    answer = linkedin.call("GET", f"{ACLS}&role=ADMINISTRATOR&state=APPROVED", token, x_restli_method="FINDER")
    assert answer.json() == {
        "elements": [
            {
                "role": "ADMINISTRATOR",
                "organization": "urn:li:organization:55001",
                "roleAssignee": "urn:li:person:ada-li",
                "state": "APPROVED",
            }
        ],
        "paging": {"start": 0, "count": 10, "links": []},
    }
    assert organizations(linkedin.call("GET", f"{ACLS}&role=CONTENT_ADMINISTRATOR", token)) == ["55002"]
    assert organizations(linkedin.call("GET", f"{ACLS}&role=ANALYST", token)) == ["55003"]
    assert organizations(linkedin.call("GET", f"{ACLS}&state=REVOKED", token)) == []
    assert organizations(linkedin.call("GET", f"{ACLS}&start=1&count=1", token)) == ["55002"]
    assert organizations(linkedin.call("GET", ACLS, linkedin.token("community", person="ben-li"))) == ["55003"]


def test_the_other_field_name(linkedin: Any) -> None:
    linkedin.switch(acl_field="organizationTarget")
    [row] = linkedin.call("GET", f"{ACLS}&role=ADMINISTRATOR", linkedin.token("community")).json()["elements"]
    assert row["organizationTarget"] == "urn:li:organization:55001"
    assert "organization" not in row


@pytest.mark.parametrize("query", ["&role=CHEF", "&state=MAYBE", "&count=x"])
def test_the_finder_s_parameters_are_checked(linkedin: Any, query: str) -> None:
    assert linkedin.call("GET", ACLS + query, linkedin.token("community")).status_code == 400


def test_organizations_by_id(linkedin: Any) -> None:
    token = linkedin.token("community")
    told = linkedin.call("GET", "rest/organizations/55001", token).json()
    assert told == {"id": 55001, "localizedName": "Lovelace Works", "vanityName": "lovelace-works"}
    assert linkedin.call("GET", "rest/organizations/1", token).status_code == 404
    foreign = linkedin.call("GET", "rest/organizations/55001", linkedin.token("community", person="ben-li"))
    assert foreign.status_code == 403
    assert foreign.json()["message"].startswith("Viewer don't have permission to the ADMIN_ONLY VisibilityReduction")


def test_organizations_in_one_call(linkedin: Any) -> None:
    told = linkedin.call("GET", "rest/organizations?ids=List(55001,55002,1)", linkedin.token("community")).json()
    assert {key: item["localizedName"] for key, item in told["results"].items()} == {
        "55001": "Lovelace Works",
        "55002": "Harbour Guild",
    }
    assert told["statuses"] == {"55001": 200, "55002": 200, "1": 404}


@pytest.mark.parametrize(
    ("path", "what"),
    [
        (ACLS, "partnerApiOrganizationAcls.FINDER-roleAssignee.20260901"),
        ("rest/organizations/55001", "partnerApiOrganizations.GET.20260901"),
        ("rest/organizations?ids=List(55001)", "partnerApiOrganizations.BATCH_GET.20260901"),
    ],
)
def test_member_tokens_see_none_of_it(linkedin: Any, path: str, what: str) -> None:
    answer = linkedin.call("GET", path, linkedin.token())
    assert answer.status_code == 403
    assert answer.json()["message"] == f"Not enough permissions to access: {what}"

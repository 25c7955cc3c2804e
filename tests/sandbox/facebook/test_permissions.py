"""What a person allowed: permissions, declined ones, Pages, inspection and revocation."""

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.sandbox.facebook.conftest import APP, BAKERY, BOOKS, CALLBACK, SCOPES, SECRET, Graph, error_of


def _consent_without(graph: Graph, left_out: str, **other: str) -> str:
    """A consent that leaves one permission unticked; the user token that came of it."""
    page = graph.dialog(**other)
    form = {
        "request_id": re.findall(r'name="request_id" value="([^"]+)"', page.text),
        "person": ["1020"],
        "accounts": [BAKERY],
        "scopes": [scope for scope in re.findall(r'name="scopes" value="([^"]+)"', page.text) if scope != left_out],
        "decision": ["allow"],
    }
    back = graph.client.post(f"{graph.base}/facebook/consent", data=form)
    code = parse_qs(urlsplit(back.headers["location"]).query)["code"][0]
    return str(graph.exchange(code).json()["access_token"])


def _permissions(graph: Graph, token: str) -> dict[str, str]:
    rows = graph.call("GET", "me/permissions", token).json()["data"]
    return {row["permission"]: row["status"] for row in rows}


def test_a_declined_permission_is_told_and_only_asked_again_on_request(graph: Graph) -> None:
    token = _consent_without(graph, "pages_manage_posts")
    assert _permissions(graph, token)["pages_manage_posts"] == "declined"
    assert _permissions(graph, token)["pages_show_list"] == "granted"
    assert _permissions(graph, graph.long_token())["pages_manage_posts"] == "declined"
    assert _permissions(graph, graph.long_token(auth_type="rerequest"))["pages_manage_posts"] == "granted"


def test_one_permission_is_taken_back_from_tokens_that_live(graph: Graph, page: str) -> None:
    user = graph.long_token()
    assert graph.call("DELETE", "me/permissions/pages_manage_posts", user).json() == {"success": True}
    assert _permissions(graph, user)["pages_manage_posts"] == "declined"
    assert error_of(graph.call("POST", f"{BAKERY}/feed", page, json={"message": "x"}))[:2] == (403, 200)
    assert error_of(graph.call("DELETE", "me/permissions/pages_manage_posts", user))[1] == 100


def test_nobody_revokes_for_another_but_the_app(graph: Graph) -> None:
    user = graph.long_token()
    assert error_of(graph.call("DELETE", "1021/permissions", user))[1:] == (100, 33)
    app = {"access_token": f"{APP}|{SECRET}"}
    assert graph.client.delete(graph.url("1020/permissions"), params=app).json() == {"success": True}
    assert error_of(graph.call("GET", "me", user)) == (400, 190, 458)


def test_after_removing_the_app_everything_is_asked_again(graph: Graph) -> None:
    token = _consent_without(graph, "pages_manage_posts")
    graph.call("DELETE", "me/permissions", token)
    assert _permissions(graph, graph.long_token())["pages_manage_posts"] == "granted"


def test_choosing_other_pages_takes_the_first_ones_back(graph: Graph, page: str) -> None:
    user = graph.long_token(accounts=[BOOKS])
    assert [row["id"] for row in graph.call("GET", "me/accounts", user).json()["data"]] == [BOOKS]
    assert error_of(graph.call("POST", f"{BAKERY}/feed", page, json={"message": "x"}))[:2] == (403, 200)


def test_a_page_has_one_token_for_each_person(graph: Graph) -> None:
    assert graph.page_token() == graph.page_token()
    assert graph.page_token(BAKERY) != graph.page_token(BOOKS)


def test_page_tokens_of_a_short_token_end_with_it(graph: Graph) -> None:
    short = graph.exchange(graph.consent()["code"]).json()["access_token"]
    rows = graph.call("GET", "me/accounts", short).json()["data"]
    token = next(row["access_token"] for row in rows if row["id"] == BAKERY)
    graph.advance(5401)
    assert error_of(graph.call("GET", "me", token)) == (400, 190, 463)
    query = {"grant_type": "fb_exchange_token", "client_id": APP, "client_secret": SECRET, "fb_exchange_token": short}
    assert error_of(graph.client.get(graph.url("oauth/access_token"), params=query)) == (400, 190, 463)


def test_a_late_code_is_refused(graph: Graph) -> None:
    code = graph.consent()["code"]
    graph.advance(601)
    assert error_of(graph.exchange(code)) == (400, 100, 36007)
    assert error_of(graph.exchange("made-up"))[:2] == (400, 100)
    assert error_of(graph.exchange(""))[:2] == (400, 100)


def test_a_password_change_ends_person_and_pages(graph: Graph, page: str) -> None:
    user = graph.long_token()
    body = {"platform": "facebook", "account_id": "1020", "action": "revoke"}
    assert graph.client.post(f"{graph.base}/_sandbox/tokens", json=body).json()["tokens"] >= 2
    for token in (user, page):
        assert error_of(graph.call("GET", "me", token)) == (400, 190, 460)
    fresh = graph.page_token()
    assert fresh != page
    assert graph.call("GET", "me", fresh).json()["id"] == BAKERY


def test_response_types(graph: Graph) -> None:
    assert set(graph.consent(response_type="code granted_scopes")["granted_scopes"].split(",")) >= set(SCOPES.split(","))
    page = graph.dialog(response_type="token")
    form: dict[str, Any] = {"request_id": re.findall(r'name="request_id" value="([^"]+)"', page.text)[0], "person": "1020"}
    back = graph.client.post(f"{graph.base}/facebook/consent", data=form | {"decision": "allow", "accounts": BAKERY})
    where, _, fragment = back.headers["location"].partition("#")
    assert where == CALLBACK
    assert {"access_token", "expires_in", "state"} <= set(parse_qs(fragment))


def test_a_consent_is_answered_once_and_not_for_ever(graph: Graph) -> None:
    asked = [re.findall(r'name="request_id" value="([^"]+)"', graph.dialog().text)[0] for _ in range(2)]
    url = f"{graph.base}/facebook/consent"
    forms = [{"request_id": request, "person": "1020", "decision": "allow"} for request in asked]
    assert [graph.client.post(url, data=forms[0]).status_code for _ in range(2)] == [302, 400]
    graph.advance(16 * 60)
    assert graph.client.post(url, data=forms[1]).status_code == 400


def test_the_app_token_is_given_for_its_secret(graph: Graph) -> None:
    query = {"client_id": APP, "client_secret": SECRET, "grant_type": "client_credentials"}
    assert graph.client.get(graph.url("oauth/access_token"), params=query).json()["token_type"] == "bearer"
    refused = graph.client.get(graph.url("oauth/access_token"), params=query | {"grant_type": "password"})
    assert error_of(refused)[:2] == (400, 100)


def test_inspection_tells_pages_and_dates(graph: Graph) -> None:
    user = graph.long_token(accounts=[BOOKS])
    app = {"access_token": f"{APP}|{SECRET}", "input_token": user}
    data = graph.client.get(graph.url("debug_token"), params=app).json()["data"]
    assert data["data_access_expires_at"] > data["expires_at"] > data["issued_at"]
    assert {"scope": "pages_manage_posts", "target_ids": [BOOKS]} in data["granular_scopes"]
    graph.call("DELETE", "me/permissions", user)
    data = graph.client.get(graph.url("debug_token"), params=app).json()["data"]
    assert (data["is_valid"], data["error"]["code"], data["error"]["subcode"]) == (False, 190, 458)
    assert error_of(graph.client.get(graph.url("debug_token"), params={"input_token": user}))[1] == 2500

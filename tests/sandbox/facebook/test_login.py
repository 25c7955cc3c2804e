"""Login dialog, tokens, Pages, permissions."""

import pytest

from tests.sandbox.facebook.conftest import APP, BAKERY, BOOKS, CALLBACK, MILL, SECRET, Graph, error_of, proof


def test_consent_page_says_it_is_a_sandbox_and_offers_pages(graph: Graph) -> None:
    page = graph.dialog()
    assert "Sandbox." in page.text
    assert "Ada&#39;s Bakery" in page.text


@pytest.mark.parametrize(
    "wrong",
    [{"client_id": "1"}, {"redirect_uri": "https://evil.test/oauth/facebook/callback"}, {"scope": "everything"}, {"state": ""}],
)
def test_dialog_refuses_wrong_requests_without_redirecting(graph: Graph, wrong: dict[str, str]) -> None:
    assert graph.dialog(**wrong).status_code == 400


def test_a_denied_consent_comes_back_as_documented(graph: Graph) -> None:
    back = graph.consent(decision="deny")
    assert (back["error"], back["error_code"], back["error_reason"], back["state"]) == (
        "access_denied",
        "200",
        "user_denied",
        "s1",
    )


def test_a_code_works_once_and_only_with_its_redirect_uri(graph: Graph) -> None:
    code = graph.consent()["code"]
    assert error_of(graph.exchange(code, redirect_uri=CALLBACK + "x"))[:2] == (400, 100)
    first = graph.exchange(code)
    assert set(first.json()) == {"access_token", "token_type", "expires_in"}
    assert error_of(graph.exchange(code)) == (400, 100, 36009)


def test_a_code_is_bound_to_the_app_secret(graph: Graph) -> None:
    code = graph.consent()["code"]
    assert graph.exchange(code, client_secret="wrong").status_code == 400


def test_a_long_lived_token_lives_sixty_days_and_its_page_tokens_for_ever(graph: Graph) -> None:
    user = graph.long_token()
    page = next(row["access_token"] for row in graph.call("GET", "me/accounts", user).json()["data"] if row["id"] == BAKERY)
    graph.advance(61 * 24 * 3600)
    assert error_of(graph.call("GET", "me", user)) == (400, 190, 463)
    assert graph.call("GET", "me", page).json()["id"] == BAKERY


def test_pages_come_in_pages_and_carry_tasks(graph: Graph) -> None:
    user = graph.long_token()
    first = graph.call("GET", "me/accounts", user, params={"limit": 2, "fields": "id,name,tasks,access_token"}).json()
    assert [row["id"] for row in first["data"]] == [BAKERY, BOOKS]
    after = first["paging"]["cursors"]["after"]
    assert "next" in first["paging"]
    second = graph.call("GET", "me/accounts", user, params={"limit": 2, "after": after, "fields": "id,tasks"}).json()
    assert [row["id"] for row in second["data"]] == [MILL]
    assert "CREATE_CONTENT" not in second["data"][0]["tasks"]
    assert "next" not in second["paging"]
    assert error_of(graph.call("GET", "me/accounts", user, params={"limit": 101}))[1] == 100


def test_only_ticked_pages_are_handed_over_and_portfolio_pages_need_their_scope(graph: Graph) -> None:
    rows = graph.call("GET", "me/accounts", graph.long_token(accounts=[BOOKS])).json()["data"]
    assert [row["id"] for row in rows] == [BOOKS]
    assert graph.call("GET", "me/accounts", graph.long_token("1022")).json()["data"] == []
    scope = "pages_show_list,business_management"
    assert len(graph.call("GET", "me/accounts", graph.long_token("1022", scope=scope)).json()["data"]) == 1
    assert graph.call("GET", "me/accounts", graph.long_token("1021")).json()["data"] == []


def test_proof_is_demanded_and_belongs_to_its_token(graph: Graph) -> None:
    user = graph.long_token()
    bare = graph.client.get(graph.url("me"), params={"access_token": user})
    assert error_of(bare)[:2] == (400, 100)
    assert bare.json()["error"]["type"] == "GraphMethodException"
    wrong = graph.client.get(graph.url("me"), params={"access_token": user, "appsecret_proof": proof("other")})
    assert "Invalid appsecret_proof" in wrong.json()["error"]["message"]
    header = {"authorization": f"OAuth {user}"}
    assert graph.client.get(graph.url("me"), headers=header, params={"appsecret_proof": proof(user)}).json()["id"] == "1020"


def test_debug_token_tells_kinds_apart(graph: Graph) -> None:
    user, page = graph.long_token(), graph.page_token()
    app = f"{APP}|{SECRET}"

    def inspect(token: str) -> dict[str, object]:
        data: dict[str, object] = graph.client.get(
            graph.url("debug_token"), params={"input_token": token, "access_token": app}
        ).json()["data"]
        return data

    assert (inspect(user)["type"], inspect(user)["is_valid"]) == ("USER", True)
    assert (inspect(page)["type"], inspect(page)["expires_at"], inspect(page)["profile_id"]) == ("PAGE", 0, BAKERY)
    assert inspect("made-up")["is_valid"] is False


def test_revoking_ends_every_token(graph: Graph) -> None:
    user, page = graph.long_token(), graph.page_token()
    assert graph.call("DELETE", "1020/permissions", user).json() == {"success": True}
    assert error_of(graph.call("GET", "me", page)) == (400, 190, 458)


def test_tokens_end_on_command(graph: Graph) -> None:
    page = graph.page_token()
    ended = graph.client.post(
        f"{graph.base}/_sandbox/tokens", json={"platform": "facebook", "account_id": BAKERY, "action": "revoke"}
    )
    assert ended.json()["tokens"] >= 1
    assert error_of(graph.call("GET", "me", page)) == (400, 190, 460)


def test_versions(graph: Graph) -> None:
    user = graph.long_token()
    params = {"access_token": user, "appsecret_proof": proof(user)}
    assert graph.client.get(f"{graph.base}/facebook/graph/v19.0/me", params=params).status_code == 200
    assert error_of(graph.client.get(f"{graph.base}/facebook/graph/v99.0/me", params=params))[1] == 2500

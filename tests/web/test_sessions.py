"""Signing in and out over HTTP, and what a write must carry."""

import httpx
import pytest

from tests.running import PASSWORD, Running


def _client(running: Running) -> httpx.Client:
    return httpx.Client(base_url=running.web, timeout=30)


def _sign_in(client: httpx.Client, email: str) -> str:
    answer = client.post("/auth/login", json={"email": email, "password": PASSWORD.reveal()})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["csrf_token"])


def test_cookies_are_http_only_and_name_no_secret_in_the_body(running: Running) -> None:
    with _client(running) as client:
        answer = client.post("/auth/login", json={"email": running.new_user(), "password": PASSWORD.reveal()})
    cookies = {line.partition("=")[0]: line.lower() for line in answer.headers.get_list("set-cookie")}
    assert "httponly" in cookies["simulcast_access"]
    assert "httponly" in cookies["simulcast_refresh"]
    assert all("samesite" in line for line in cookies.values())
    for name in ("simulcast_access", "simulcast_refresh"):
        assert answer.cookies[name] not in answer.text


@pytest.mark.parametrize("body", [{"email": "nobody@example.com", "password": "x" * 12}, {"email": "", "password": ""}])
def test_a_wrong_sign_in_is_one_and_the_same_401(running: Running, body: dict[str, str]) -> None:
    answer = httpx.post(f"{running.web}/auth/login", json=body)
    assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json")
    assert answer.json()["detail"] == "The e-mail or the password is wrong."


@pytest.mark.parametrize(
    "path", ["/accounts", "/activity", "/deliveries", "/content/x/deliveries", "/auth/session", "/oauth/facebook/authorize"]
)
def test_without_a_session_there_is_nothing_to_see(running: Running, path: str) -> None:
    assert httpx.get(f"{running.web}{path}").status_code == 401


def test_a_write_needs_the_csrf_token_and_our_own_origin(running: Running) -> None:
    with _client(running) as client:
        token = _sign_in(client, running.new_user())
        body = {"body": "x"}
        assert client.post("/content", json=body).status_code == 403
        assert client.post("/content", json=body, headers={"x-csrf-token": "0" * 64}).status_code == 403
        good = {"x-csrf-token": token}
        assert client.post("/content", json=body, headers=good | {"origin": "https://evil.test"}).status_code == 403
        assert client.post("/content", json=body, headers=good | {"sec-fetch-site": "cross-site"}).status_code == 403
        assert client.post("/content", json=body, headers=good | {"origin": running.web}).status_code == 201


def test_another_sessions_csrf_token_is_none(running: Running) -> None:
    email = running.new_user()
    with _client(running) as mine, _client(running) as other:
        _sign_in(mine, email)
        theirs = _sign_in(other, email)
        assert mine.post("/content", json={"body": "x"}, headers={"x-csrf-token": theirs}).status_code == 403


def test_a_refresh_gives_a_new_pair_and_a_replay_ends_the_session(running: Running) -> None:
    with _client(running) as client:
        _sign_in(client, running.new_user())
        stolen = client.cookies["simulcast_refresh"]
        assert client.post("/auth/refresh").status_code == 200
        assert client.cookies["simulcast_refresh"] != stolen
        assert client.get("/accounts").status_code == 200
        replay = httpx.post(f"{running.web}/auth/refresh", cookies={"simulcast_refresh": stolen})
        assert replay.status_code == 401
        assert client.get("/accounts").status_code == 401


def test_signing_out_ends_the_session_on_the_server(running: Running) -> None:
    with _client(running) as client:
        token = _sign_in(client, running.new_user())
        kept = dict(client.cookies)
        assert client.post("/auth/logout", headers={"x-csrf-token": token}).status_code == 204
        assert httpx.get(f"{running.web}/accounts", cookies=kept).status_code == 401
        assert httpx.post(f"{running.web}/auth/refresh", cookies=kept).status_code == 401


def test_a_made_up_token_is_refused(running: Running) -> None:
    for token in ("x", "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.", ""):
        assert httpx.get(f"{running.web}/accounts", cookies={"simulcast_access": token}).status_code == 401


def test_sessions_are_listed_and_ended_from_anywhere(running: Running) -> None:
    email = running.new_user()
    with _client(running) as here, _client(running) as there, _client(running) as stranger:
        csrf = {"x-csrf-token": _sign_in(here, email)}
        there.headers["user-agent"] = "A phone\u00a0of mine"
        _sign_in(there, email)
        foreign = {"x-csrf-token": _sign_in(stranger, running.new_user())}
        found = here.get("/me/sessions").json()["sessions"]
        assert [(each["current"], each["device"][:7]) for each in found] == [(False, "A phone"), (True, "python-")]
        theirs = found[0]["id"]
        assert stranger.delete(f"/me/sessions/{theirs}", headers=foreign).status_code == 404
        assert there.get("/me").status_code == 200
        assert here.delete(f"/me/sessions/{theirs}").status_code == 403, "a write proves where it comes from"
        assert here.delete(f"/me/sessions/{theirs}", headers=csrf).status_code == 204
        assert there.get("/me").status_code == 401
        assert there.post("/auth/refresh").status_code == 401
        assert here.delete(f"/me/sessions/{theirs}", headers=csrf).status_code == 404
        assert here.get("/me").status_code == 200


def test_all_other_sessions_end_at_once(running: Running) -> None:
    email = running.new_user()
    with _client(running) as here, _client(running) as there, _client(running) as elsewhere:
        csrf = {"x-csrf-token": _sign_in(here, email)}
        _sign_in(there, email)
        _sign_in(elsewhere, email)
        assert here.delete("/me/sessions", headers=csrf).json() == {"ended": 2}
        assert [client.get("/me").status_code for client in (here, there, elsewhere)] == [200, 401, 401]
        assert here.delete("/me/sessions", headers=csrf).json() == {"ended": 0}

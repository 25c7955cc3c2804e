"""Login Kit: consent, exchange, refresh under both token profiles, revocation."""

import base64
import hashlib
from typing import Any

import httpx
import pytest


def test_consent_hands_over_a_code_and_the_scopes_that_were_ticked(tiktok: Any) -> None:
    page = tiktok.authorize(scope="user.info.basic,video.publish,video.list")
    assert page.status_code == 200
    assert "Sandbox" in page.text
    assert "form-action" not in page.headers["content-security-policy"]

    callback = tiktok.answer(page, person="o-ben", scopes=["video.publish"])
    assert callback["state"] == "s-1"
    assert callback["scopes"] == "user.info.basic,video.publish"

    answer = tiktok.exchange(callback["code"])
    assert answer.status_code == 200
    body = answer.json()
    assert body.keys() == {
        *("access_token", "expires_in", "open_id", "refresh_token", "refresh_expires_in", "scope", "token_type")
    }
    assert body["access_token"].startswith("act.")
    assert body["refresh_token"].startswith("rft.")
    assert (body["expires_in"], body["refresh_expires_in"]) == (7200, 15552000)
    assert (body["open_id"], body["scope"], body["token_type"]) == ("o-ben", "user.info.basic,video.publish", "Bearer")


def test_cancelling_sends_access_denied_and_a_page_is_answered_once(tiktok: Any) -> None:
    page = tiktok.authorize()
    callback = tiktok.answer(page, decision="deny")
    assert callback["error"] == "access_denied"
    assert callback["state"] == "s-1"
    assert "code" not in callback
    request_id = page.text.split('name="request_id" value="')[1].split('"')[0]
    again = tiktok.http.post(f"{tiktok.url}/tiktok/consent", data={"request_id": request_id, "decision": "allow"})
    assert again.status_code == 400


@pytest.mark.parametrize(
    "change",
    [
        {"client_key": "someone"},
        {"redirect_uri": "https://evil.example/oauth/tiktok/callback"},
        {"redirect_uri": "http://127.0.0.1:8000/oauth/tiktok/callback?x=1"},
        {"redirect_uri": "http://127.0.0.1/oauth/tiktok/callback"},
        {"redirect_uri": "http://127.0.0.1:8000/oauth/tiktok/callback#f"},
        {"redirect_uri": "http://127.0.0.1:8000/other"},
        {"redirect_uri": None},
        {"code_challenge": None},
        {"code_challenge_method": "plain"},
    ],
)
def test_an_app_that_is_set_up_wrong_gets_a_page_and_never_a_redirect(tiktok: Any, change: dict[str, str | None]) -> None:
    answer = tiktok.authorize(**change)
    assert answer.status_code == 400
    assert "location" not in answer.headers


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "video.everything"}, "invalid_scope"),
        ({"scope": "user.info.basic video.publish"}, "invalid_scope"),
        ({"scope": None}, "invalid_scope"),
    ],
)
def test_a_bad_request_goes_back_to_the_app_with_its_state(tiktok: Any, change: dict[str, str | None], error: str) -> None:
    answer = tiktok.authorize(**change)
    query = httpx.URL(answer.headers["location"]).params
    assert (query["error"], query["state"]) == (error, "s-1")


def test_pkce_is_optional_when_the_switch_says_web_app(tiktok: Any) -> None:
    tiktok.switch(require_pkce=False)
    callback = tiktok.answer(tiktok.authorize(code_challenge=None, code_challenge_method=None))
    assert "access_token" in tiktok.exchange(callback["code"], code_verifier=None).json()


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"client_secret": "wrong"}, "invalid_client"),
        ({"client_key": "wrong"}, "invalid_client"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"redirect_uri": "http://localhost:8000/oauth/tiktok/callback"}, "invalid_request"),
        ({"redirect_uri": None}, "invalid_request"),
        ({"code": "made-up"}, "invalid_grant"),
        ({"code_verifier": "w" * 43}, "invalid_request"),
        ({"code_verifier": None}, "invalid_request"),
    ],
)
def test_oauth_errors_are_flat_and_come_with_http_200(tiktok: Any, change: dict[str, str | None], error: str) -> None:
    code = tiktok.answer(tiktok.authorize())["code"]
    answer = tiktok.exchange(**({"code": code} | change))
    assert answer.status_code == 200
    assert answer.json()["error"] == error
    assert answer.json().keys() == {"error", "error_description", "log_id"}
    tiktok.switch(oauth_error_status=400)
    assert tiktok.exchange(**({"code": code} | change)).status_code == 400


def test_the_challenge_is_lowercase_hex_and_not_base64url(tiktok: Any) -> None:
    digest = hashlib.sha256(b"v" * 43).digest()
    for challenge in (base64.urlsafe_b64encode(digest).rstrip(b"=").decode(), digest.hex().upper()):
        code = tiktok.answer(tiktok.authorize(code_challenge=challenge))["code"]
        assert tiktok.exchange(code).json()["error_description"] == "Code verifier or code challenge is invalid."


def test_the_token_endpoint_takes_forms_only(tiktok: Any) -> None:
    answer = tiktok.http.post(f"{tiktok.url}/tiktok/api/v2/oauth/token/", json={"grant_type": "refresh_token"})
    assert answer.json()["error"] == "invalid_request"


def test_the_trailing_slash_belongs_to_the_path(tiktok: Any) -> None:
    assert tiktok.http.post(f"{tiktok.url}/tiktok/api/v2/oauth/token", data={}).status_code == 404


def test_a_code_works_once_and_for_five_minutes(tiktok: Any) -> None:
    code = tiktok.answer(tiktok.authorize())["code"]
    assert "access_token" in tiktok.exchange(code).json()
    assert tiktok.exchange(code).json()["error"] == "invalid_grant"
    late = tiktok.answer(tiktok.authorize())["code"]
    tiktok.advance(301)
    assert tiktok.exchange(late).json()["error"] == "invalid_grant"


def test_every_refresh_of_the_2026_profile_rotates_strictly(tiktok: Any) -> None:
    first = tiktok.login()
    second = tiktok.refresh(first["refresh_token"]).json()
    assert second["refresh_token"] != first["refresh_token"]
    assert second["refresh_expires_in"] == 15552000
    assert tiktok.refresh(first["refresh_token"]).json()["error"] == "invalid_grant"
    assert "access_token" in tiktok.refresh(second["refresh_token"]).json()


def test_the_legacy_profile_keeps_the_refresh_token_and_its_end(tiktok: Any) -> None:
    tiktok.switch(token_profile="legacy")
    first = tiktok.login()
    assert (first["expires_in"], first["refresh_expires_in"]) == (86400, 31536000)
    tiktok.advance(1000)
    second = tiktok.refresh(first["refresh_token"]).json()
    assert second["refresh_token"] == first["refresh_token"]
    assert second["refresh_expires_in"] <= 31536000 - 1000
    assert second["access_token"] != first["access_token"]


def test_a_lost_refresh_answer_costs_the_pair(tiktok: Any) -> None:
    tokens = tiktok.login()
    tiktok.fault("refresh", "drop_after")
    with pytest.raises(httpx.HTTPError):
        tiktok.refresh(tokens["refresh_token"])
    assert tiktok.refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"


def test_tokens_end_with_time(tiktok: Any) -> None:
    tokens = tiktok.login()
    tiktok.advance(7201)
    expired = tiktok.get("user/info/?fields=open_id", tokens["access_token"])
    assert expired.status_code == 401
    assert expired.json()["error"]["code"] == "access_token_invalid"
    tiktok.advance(15552000)
    assert tiktok.refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"


def test_expire_and_revoke_on_command(tiktok: Any) -> None:
    tokens = tiktok.login()
    command = {"platform": "tiktok", "account_id": "o-ada"}
    assert tiktok.http.post(f"{tiktok.url}/_sandbox/tokens", json=command | {"action": "expire"}).json() == {"tokens": 1}
    assert tiktok.get("user/info/?fields=open_id", tokens["access_token"]).status_code == 401
    fresh = tiktok.refresh(tokens["refresh_token"]).json()
    assert tiktok.get("user/info/?fields=open_id", fresh["access_token"]).status_code == 200
    assert tiktok.http.post(f"{tiktok.url}/_sandbox/tokens", json=command | {"action": "revoke"}).json() == {"tokens": 2}
    assert tiktok.get("user/info/?fields=open_id", fresh["access_token"]).status_code == 401
    assert tiktok.refresh(fresh["refresh_token"]).json()["error"] == "invalid_grant"


def test_revoking_needs_a_live_access_token_and_ends_everything(tiktok: Any) -> None:
    tokens = tiktok.login()
    assert tiktok.oauth("revoke", token="made-up").json()["error"] == "invalid_grant"
    assert tiktok.oauth("revoke", token=tokens["access_token"], client_secret="no").json()["error"] == "invalid_client"
    assert tiktok.oauth("revoke", token=tokens["access_token"]).json() == {}
    assert tiktok.refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"
    assert tiktok.get("user/info/?fields=open_id", tokens["access_token"]).status_code == 401

"""Sign-in as LinkedIn's OAuth pages tell it: consent, codes, tokens, and their ends."""

import re
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from tests.sandbox.linkedin.conftest import REDIRECT, SCOPES, query_of

SIXTY_DAYS, YEAR = 5_184_000, 31_536_000


def test_a_consent_gives_a_code_and_the_code_a_token(linkedin: Any) -> None:
    back = linkedin.answer(linkedin.authorize(), SCOPES["member"])
    assert back["state"] == "s-1"
    tokens = linkedin.exchange(back["code"]).json()
    assert tokens["expires_in"] == SIXTY_DAYS
    assert tokens["refresh_token_expires_in"] == YEAR
    assert tokens["scope"] == "openid,profile,email,w_member_social"
    assert tokens["token_type"] == "Bearer"
    assert len(tokens["access_token"]) > 300


def test_the_consent_page_asks_who_and_names_the_app(linkedin: Any) -> None:
    page = linkedin.authorize("community").text
    assert re.findall(r'name="person" value="([^"]+)"', page) == ["ada-li", "ben-li"]
    assert "community app" in page


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"client_id": "86nobody"}, 401),
        ({"redirect_uri": "https://evil.test/oauth/linkedin/callback"}, 401),
        ({"redirect_uri": "http://127.0.0.1:8000/elsewhere"}, 401),
        ({"redirect_uri": "ftp://127.0.0.1/oauth/linkedin/callback"}, 401),
        ({"redirect_uri": f"{REDIRECT}#x"}, 401),
        ({"response_type": "token"}, 400),
        ({"scope": None}, 400),
    ],
)
def test_a_wrong_request_never_redirects(linkedin: Any, changes: dict[str, str | None], status: int) -> None:
    answer = linkedin.authorize(**changes)
    assert answer.status_code == status
    assert "location" not in answer.headers


def test_a_scope_that_the_app_lacks_comes_back_as_an_error(linkedin: Any) -> None:
    back = query_of(linkedin.authorize(scope="openid w_organization_social"))
    assert back["error"] == "unauthorized_scope_error"
    assert back["error_description"] == "Scope &quot;w_organization_social&quot; is not authorized for your application"
    assert back["state"] == "s-1"


def test_openid_is_not_the_community_app_s_unless_switched_on(linkedin: Any) -> None:
    scopes = "openid w_organization_social"
    assert query_of(linkedin.authorize("community", scope=scopes))["error"] == "unauthorized_scope_error"
    linkedin.switch(community_openid=True)
    assert "id_token" in linkedin.login("community", scopes)


@pytest.mark.parametrize("where", ["authorize", "login"])
def test_a_person_may_cancel(linkedin: Any, where: str) -> None:
    linkedin.switch(cancel_at=where)
    back = linkedin.answer(linkedin.authorize(), SCOPES["member"], decision="deny")
    assert back["error"] == f"user_cancelled_{where}"
    assert back["error_description"]
    assert "code" not in back


def test_all_scopes_or_none(linkedin: Any) -> None:
    back = linkedin.answer(linkedin.authorize(), "openid profile")
    assert back["error"] == "user_cancelled_authorize"


def test_a_consent_is_answered_once(linkedin: Any) -> None:
    page = linkedin.authorize()
    linkedin.answer(page, SCOPES["member"])
    request_id = page.text.split('name="request_id" value="')[1].split('"')[0]
    again = linkedin.http.post(f"{linkedin.url}/linkedin/consent", data={"request_id": request_id, "person": "ada-li"})
    assert again.status_code == 400


def test_a_code_is_good_once(linkedin: Any) -> None:
    code = linkedin.code()
    assert linkedin.exchange(code).status_code == 200
    again = linkedin.exchange(code)
    assert again.status_code == 401
    assert again.json() == {
        "error": "invalid_request",
        "error_description": "Unable to retrieve access token: authorization code not found",
    }


@pytest.mark.parametrize("wrong", ["redirect", "app", "late"])
def test_a_code_is_bound_to_app_redirect_and_half_an_hour(linkedin: Any, wrong: str) -> None:
    code = linkedin.code()
    if wrong == "late":
        linkedin.advance(1800)
    changes = {"redirect_uri": REDIRECT.replace("8000", "8001")} if wrong == "redirect" else {}
    answer = linkedin.exchange(code, "community" if wrong == "app" else "member", **changes)
    assert answer.status_code == 400
    assert answer.json()["error"] == "invalid_redirect_uri"
    assert "does not match authorization code. Or authorization code expired" in answer.json()["error_description"]


@pytest.mark.parametrize("name", ["grant_type", "code", "redirect_uri", "client_id", "client_secret"])
def test_each_parameter_is_required(linkedin: Any, name: str) -> None:
    form = {"grant_type": "authorization_code", "code": linkedin.code(), "redirect_uri": REDIRECT} | {name: None}
    answer = linkedin.oauth("accessToken", **form)
    assert answer.status_code == 400
    wanted = {"error": "invalid_request", "error_description": f'A required parameter "{name}" is missing'}
    assert answer.json() == wanted


def test_the_form_is_a_form(linkedin: Any) -> None:
    answer = linkedin.http.post(f"{linkedin.url}/linkedin/www/oauth/v2/accessToken", json={"grant_type": "refresh_token"})
    assert answer.status_code == 400
    assert answer.json()["error_description"] == 'A required parameter "grant_type" is missing'


def test_the_secret_is_checked_and_the_code_survives(linkedin: Any) -> None:
    code = linkedin.code()
    answer = linkedin.exchange(code, client_secret="wrong")
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert linkedin.exchange(code).status_code == 200


def test_a_refresh_never_extends_the_year(linkedin: Any) -> None:
    tokens = linkedin.login()
    linkedin.advance(YEAR - 1000)
    renewed = linkedin.refresh(tokens["refresh_token"]).json()
    assert renewed["refresh_token"] == tokens["refresh_token"]
    assert renewed["access_token"] != tokens["access_token"]
    assert 990 <= renewed["refresh_token_expires_in"] <= 1000
    assert renewed["expires_in"] == renewed["refresh_token_expires_in"]
    linkedin.advance(1000)
    ended = linkedin.refresh(tokens["refresh_token"])
    assert ended.status_code == 400
    assert ended.json() == {
        "error": "invalid_request",
        "error_description": "The provided authorization grant or refresh token is invalid, expired or revoked",
    }


def test_a_refresh_token_is_its_app_s_and_no_access_token(linkedin: Any) -> None:
    tokens = linkedin.login()
    assert linkedin.refresh(tokens["refresh_token"], "community").status_code == 400
    assert linkedin.refresh(tokens["access_token"]).status_code == 400
    answer = linkedin.call("GET", "v2/userinfo", tokens["refresh_token"])
    assert (answer.status_code, answer.json()["serviceErrorCode"]) == (401, 65600)


def test_apps_without_refresh_tokens(linkedin: Any) -> None:
    kept = linkedin.login()["refresh_token"]
    linkedin.switch(refresh_tokens=False)
    assert not {"refresh_token", "refresh_token_expires_in"} & set(linkedin.login())
    assert linkedin.refresh(kept).status_code == 400


def test_three_ways_for_a_token_to_be_no_good(linkedin: Any) -> None:
    def refused(token: str | None) -> tuple[int, str, int]:
        answer = linkedin.call("GET", "v2/userinfo", token)
        return answer.status_code, answer.json()["code"], answer.json()["serviceErrorCode"]

    revoked, expired = linkedin.token(), linkedin.token(person="ben-li")
    assert linkedin.call("GET", "v2/userinfo", expired).status_code == 200
    assert linkedin.oauth("revoke", token=revoked).content == b""
    linkedin.advance(SIXTY_DAYS)
    assert refused("made-up") == (401, "INVALID_ACCESS_TOKEN", 65600)
    assert refused(revoked) == (401, "REVOKED_ACCESS_TOKEN", 65601)
    assert refused(expired) == (401, "EXPIRED_ACCESS_TOKEN", 65602)
    assert refused(None) == (401, "EMPTY_ACCESS_TOKEN", 401)


def test_other_scopes_end_earlier_tokens_and_the_same_scopes_do_not(linkedin: Any) -> None:
    first, second, ben = linkedin.login(), linkedin.token(), linkedin.token(person="ben-li")
    community = linkedin.token("community")
    assert linkedin.call("GET", "v2/userinfo", first["access_token"]).status_code == 200
    linkedin.token(scopes="openid profile w_member_social")
    for ended in (first["access_token"], second):
        assert linkedin.call("GET", "v2/userinfo", ended).json()["code"] == "REVOKED_ACCESS_TOKEN"
    assert linkedin.refresh(first["refresh_token"]).status_code == 400
    assert linkedin.call("GET", "v2/userinfo", ben).status_code == 200
    assert linkedin.call("GET", "rest/organizations/55001", community).status_code == 200


def test_the_sandbox_can_end_an_account_s_tokens(linkedin: Any) -> None:
    member, community = linkedin.login(), linkedin.token("community")
    for account, action, count in (("ada-li", "expire", 2), ("55001", "revoke", 4)):
        data = {"platform": "linkedin", "account_id": account, "action": action}
        assert linkedin.http.post(f"{linkedin.url}/_sandbox/tokens", json=data).json() == {"tokens": count}
        code = "EXPIRED_ACCESS_TOKEN" if action == "expire" else "REVOKED_ACCESS_TOKEN"
        assert linkedin.call("GET", "v2/userinfo", member["access_token"]).json()["code"] == code
    assert linkedin.call("GET", "rest/organizations/55001", community).json()["code"] == "REVOKED_ACCESS_TOKEN"


def test_a_fresh_token_may_still_be_spreading(linkedin: Any) -> None:
    linkedin.switch(token_spread_seconds=60)
    token = linkedin.token()
    assert linkedin.call("GET", "v2/userinfo", token).json()["serviceErrorCode"] == 65601
    linkedin.advance(60)
    assert linkedin.call("GET", "v2/userinfo", token).status_code == 200


def test_introspection_tells_a_token_s_state(linkedin: Any) -> None:
    token = linkedin.token()
    told = linkedin.oauth("introspectToken", token=token).json()
    assert (told["active"], told["status"], told["auth_type"]) == (True, "active", "3L")
    assert told["expires_at"] - told["created_at"] == SIXTY_DAYS
    assert told["scope"] == "openid,profile,email,w_member_social"
    assert linkedin.oauth("introspectToken", "community", token=token).json() == {"active": False}
    linkedin.advance(SIXTY_DAYS)
    assert linkedin.oauth("introspectToken", token=token).json()["status"] == "expired"
    linkedin.oauth("revoke", token=token)
    assert linkedin.oauth("introspectToken", token=token).json()["status"] == "revoked"


@pytest.mark.parametrize(
    ("changes", "status"),
    [({"token": None}, 400), ({"client_id": "86nobody"}, 400), ({"client_secret": "wrong"}, 401)],
)
def test_introspection_refuses_strangers(linkedin: Any, changes: dict[str, str | None], status: int) -> None:
    assert linkedin.oauth("introspectToken", **({"token": "x"} | changes)).status_code == status


def test_an_app_cannot_revoke_another_s_token(linkedin: Any) -> None:
    token = linkedin.token()
    assert linkedin.oauth("revoke", "community", token=token).status_code == 200
    assert linkedin.call("GET", "v2/userinfo", token).status_code == 200
    assert linkedin.oauth("revoke", client_secret="wrong", token=token).status_code == 401


def test_userinfo_needs_no_version_and_tells_what_was_granted(linkedin: Any) -> None:
    told = linkedin.call("GET", "v2/userinfo", linkedin.token()).json()
    assert told == {
        "sub": "ada-li",
        "name": "Ada Lovelace",
        "given_name": "Ada",
        "family_name": "Lovelace",
        "locale": "en-US",
        "email": "ada@example.com",
        "email_verified": True,
    }
    linkedin.switch(locale_object=True)
    bare = linkedin.call("GET", "v2/userinfo", linkedin.token(scopes="openid")).json()
    assert bare == {"sub": "ada-li"}
    named = linkedin.call("GET", "v2/userinfo", linkedin.token(scopes="openid profile")).json()
    assert named["locale"] == {"country": "US", "language": "en"}


def test_userinfo_is_refused_without_openid(linkedin: Any) -> None:
    answer = linkedin.call("GET", "v2/userinfo", linkedin.token("community"))
    assert answer.status_code == 403
    assert answer.json() == {
        "status": 403,
        "serviceErrorCode": 100,
        "code": "ACCESS_DENIED",
        "message": "Not enough permissions to access: userinfo.GET.NO_VERSION",
    }


def test_the_id_token_can_be_checked_by_the_published_key(linkedin: Any) -> None:
    document = httpx.get(f"{linkedin.url}/linkedin/www/oauth/.well-known/openid-configuration").json()
    keys = KeySet.import_key_set(httpx.get(document["jwks_uri"]).json())
    tokens = linkedin.login()
    claims = jwt.decode(tokens["id_token"], keys, algorithms=["RS256"]).claims
    assert (claims["iss"], claims["aud"], claims["sub"]) == (document["issuer"], "86sandboxmember", "ada-li")
    assert "id_token" not in linkedin.login("community")

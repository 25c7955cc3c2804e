"""Linking a creator, renewing and ending the tokens under both of TikTok's token profiles."""

import hashlib
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from adapters_platforms.http import Answer
from adapters_platforms.tiktok.oauth import hex_challenge, read_oauth_error, read_tokens
from distribution_core.domain.outcome import AuthLost, Ready, Unavailable
from distribution_core.domain.secret import Secret
from distribution_core.ports.platform import LinkError, Refreshed, RefreshRefused, RefreshUnavailable, Tokens

pytestmark = pytest.mark.anyio
REDIRECT = "http://127.0.0.1:8000/oauth/tiktok/callback"
VERIFIER = Secret("v" * 64)


def answered(body: str, status: int = 200) -> Answer:
    return Answer(status=status, headers=httpx.Headers(), body=body.encode())


async def test_a_creator_is_known_by_open_id_and_has_one_account(stage: Any) -> None:
    consent = await stage.link(stage.build())
    assert consent.subject_id == "o-ada"
    [account] = consent.accounts
    assert (account.external_account_id, account.kind) == ("o-ada", "creator")
    assert (account.handle, account.display_name) == ("ada", "Ada")
    assert account.avatar_url
    assert account.avatar_url.startswith("http")
    assert consent.tokens.scopes == ("user.info.basic", "user.info.profile", "video.publish", "video.list")


@pytest.mark.parametrize(
    ("profile", "access", "refresh"),
    [("2026-11", timedelta(hours=2), timedelta(days=180)), ("legacy", timedelta(days=1), timedelta(days=365))],
)
async def test_lifetimes_are_what_the_answer_says(stage: Any, profile: str, access: timedelta, refresh: timedelta) -> None:
    stage.switch(token_profile=profile)
    tokens = (await stage.link(stage.build())).tokens
    assert tokens.access_lifetime == access
    assert abs(tokens.refresh_lifetime - refresh) <= timedelta(seconds=2)


async def test_the_authorize_url_is_as_login_kit_wants_it(stage: Any) -> None:
    url = stage.build().authorizer.authorize_url("creator", REDIRECT, "a+b c", VERIFIER)
    query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    assert urlsplit(url).path == "/tiktok/www/v2/auth/authorize/"
    assert query == {
        "client_key": "sandboxtiktokkey",
        "response_type": "code",
        "scope": "user.info.basic,user.info.profile,video.publish,video.list",
        "redirect_uri": REDIRECT,
        "state": "a+b c",
        "disable_auto_auth": "1",
        "code_challenge": hashlib.sha256(b"v" * 64).hexdigest(),
        "code_challenge_method": "S256",
    }


def test_the_challenge_is_hexadecimal() -> None:
    assert hex_challenge(Secret("abc")) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


async def test_pkce_can_be_left_out(stage: Any) -> None:
    stage.switch(require_pkce=False)
    platform = stage.build(pkce="off", always_ask="off")
    assert not platform.authorizer.apps["creator"].uses_pkce
    url = platform.authorizer.authorize_url("creator", REDIRECT, "s", None)
    assert "challenge" not in url
    assert "disable_auto_auth" not in url
    back = stage.consent(url)
    consent = await platform.authorizer.exchange("creator", Secret(back["code"]), REDIRECT, None)
    assert consent.subject_id == "o-ada"


async def test_another_verifier_is_refused_although_http_says_200(stage: Any) -> None:
    platform = stage.build()
    back = stage.consent(platform.authorizer.authorize_url("creator", REDIRECT, "s", VERIFIER))
    with pytest.raises(LinkError, match="verifier") as refused:
        await platform.authorizer.exchange("creator", Secret(back["code"]), REDIRECT, Secret("w" * 64))
    assert refused.value.code == "exchange_failed"


@pytest.mark.parametrize("status", [200, 400, 401])
async def test_a_code_works_once(stage: Any, status: int) -> None:
    stage.switch(oauth_error_status=status)
    platform = stage.build()
    back = stage.consent(platform.authorizer.authorize_url("creator", REDIRECT, "s", VERIFIER))
    await platform.authorizer.exchange("creator", Secret(back["code"]), REDIRECT, VERIFIER)
    with pytest.raises(LinkError) as refused:
        await platform.authorizer.exchange("creator", Secret(back["code"]), REDIRECT, VERIFIER)
    assert refused.value.code == "exchange_failed"
    assert back["code"] not in str(refused.value)


async def test_cancel_comes_back_as_an_error(stage: Any) -> None:
    url = stage.build().authorizer.authorize_url("creator", REDIRECT, "s", VERIFIER)
    back = stage.consent(url, decision="deny")
    assert back["error"] == "access_denied"
    assert "code" not in back


async def test_an_unticked_scope_is_named(stage: Any) -> None:
    with pytest.raises(LinkError, match=r"video\.publish") as refused:
        await stage.link(stage.build(), without="video.publish")
    assert refused.value.code == "missing_scope"


async def test_fewer_scopes_can_be_asked_for(stage: Any) -> None:
    consent = await stage.link(stage.build(scopes="user.info.basic, video.publish"))
    assert consent.tokens.scopes == ("user.info.basic", "video.publish")
    assert consent.accounts[0].handle is None
    assert consent.accounts[0].display_name == "Ada"
    with pytest.raises(ValueError, match=r"video\.publish"):
        stage.build(scopes="user.info.basic")


async def test_an_app_without_credentials_names_its_settings(stage: Any) -> None:
    authorizer = stage.build(apps={}).authorizer
    assert not authorizer.apps["creator"].configured
    with pytest.raises(LinkError, match="SIMULCAST_TIKTOK_CLIENT_ID") as refused:
        authorizer.authorize_url("creator", REDIRECT, "s", VERIFIER)
    assert refused.value.code == "not_configured"
    with pytest.raises(LinkError) as refused:
        await authorizer.exchange("creator", Secret("c"), REDIRECT, VERIFIER)
    assert refused.value.code == "not_configured"
    assert isinstance(await authorizer.refresh("creator", Tokens(access=Secret("a"), refresh=Secret("r"))), RefreshUnavailable)
    assert not await authorizer.revoke("creator", Tokens(access=Secret("a")), "o-ada")


async def test_an_account_that_tiktok_does_not_name_is_not_linked(stage: Any) -> None:
    stage.fault("user_info", "error_before")
    with pytest.raises(LinkError) as refused:
        await stage.link(stage.build())
    assert refused.value.code == "discovery_failed"


async def test_a_refresh_rotates_and_the_old_token_is_dead(stage: Any) -> None:
    platform = stage.build()
    before = (await stage.link(platform)).tokens
    first = await platform.authorizer.refresh("creator", before)
    assert isinstance(first, Refreshed)
    assert first.tokens.refresh != before.refresh
    assert isinstance(await platform.authorizer.refresh("creator", before), RefreshRefused)
    assert isinstance(await platform.authorizer.refresh("creator", first.tokens), Refreshed)


async def test_the_older_profile_gives_the_same_refresh_token_back(stage: Any) -> None:
    stage.switch(token_profile="legacy")
    platform = stage.build()
    before = (await stage.link(platform)).tokens
    answer = await platform.authorizer.refresh("creator", before)
    assert isinstance(answer, Refreshed)
    assert answer.tokens.refresh == before.refresh
    assert answer.tokens.access_lifetime == timedelta(days=1)


async def test_a_refresh_that_cannot_be_made_is_no_revocation(stage: Any) -> None:
    platform = stage.build()
    tokens = (await stage.link(platform)).tokens
    for kind in ("error_before", "drop_before", "rate_limited"):
        stage.fault("refresh", kind)
        answer = await platform.authorizer.refresh("creator", tokens)
        assert isinstance(answer, RefreshUnavailable)
        assert answer.possible
    missing = await platform.authorizer.refresh("creator", Tokens(access=Secret("a")))
    assert isinstance(missing, RefreshUnavailable)
    assert not missing.possible


async def test_revoking_ends_the_consent_with_an_expired_access_token_too(stage: Any) -> None:
    platform = stage.build()
    first = (await stage.link(platform)).tokens
    assert await platform.authorizer.revoke("creator", first, "o-ada")
    assert isinstance(await platform.authorizer.refresh("creator", first), RefreshRefused)
    second = (await stage.link(platform)).tokens
    stage.tokens("expire")
    assert await platform.authorizer.revoke("creator", second, "o-ada")
    assert not await platform.authorizer.revoke("creator", second, "o-ada")


async def test_a_refresh_is_due_minutes_before_the_end(stage: Any) -> None:
    authorizer = stage.build().authorizer
    assert (authorizer.refresh_ahead, authorizer.extends_access_token) == (timedelta(minutes=5), False)


async def test_a_probe_tells_whether_the_token_works(stage: Any) -> None:
    platform = stage.build()
    consent = await stage.link(platform)

    async def probe() -> Any:
        return await platform.authorizer.probe(consent.tokens.access, "creator", consent.subject_id)

    assert await probe() == Ready()
    for kind in ("error_before", "drop_before"):
        stage.fault("*", kind)
        assert isinstance(await probe(), Unavailable)
    stage.tokens("expire")
    assert isinstance(await probe(), AuthLost)
    assert stage.posts() == []


@pytest.mark.parametrize(
    "body",
    [
        "",
        "<html>",
        "[]",
        "{}",
        '{"access_token": ""}',
        '{"access_token": 7}',
        '{"access_token": "a", "error": "invalid_grant"}',
        '{"access_token": "a", "error": {"code": "internal_error"}}',
    ],
)
def test_what_is_no_token_is_not_taken_for_one(body: str) -> None:
    assert read_tokens(answered(body), ()) is None
    assert read_tokens(answered('{"access_token": "a"}', 401), ()) is None
    assert read_oauth_error(answered(body))[0]


def test_a_token_answer_may_leave_things_out() -> None:
    tokens = read_tokens(answered('{"access_token": "a", "expires_in": "soon", "error": ""}'), ("x",), Secret("r"))
    assert tokens == Tokens(access=Secret("a"), refresh=Secret("r"), scopes=("x",))

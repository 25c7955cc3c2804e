"""Linking members and Pages, renewing and ending their tokens."""

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from distribution_core.domain.outcome import AuthLost, Ready, Unavailable
from distribution_core.domain.secret import Secret
from distribution_core.ports.platform import LinkError, Refreshed, RefreshRefused, RefreshUnavailable, Tokens

pytestmark = pytest.mark.anyio
REDIRECT = "http://127.0.0.1:8000/oauth/linkedin/callback"


async def test_a_member_is_known_by_sub_and_has_one_account(stage: Any) -> None:
    consent = await stage.link(stage.build(), "member")
    assert consent.subject_id == "ada-li"
    [account] = consent.accounts
    assert (account.external_account_id, account.kind, account.display_name) == ("ada-li", "member", "Ada Lovelace")
    assert set(consent.tokens.scopes) == {"openid", "profile", "email", "w_member_social"}
    assert consent.tokens.access_lifetime is not None
    assert timedelta(days=59) < consent.tokens.access_lifetime <= timedelta(days=60)
    assert consent.tokens.refresh


async def test_the_community_app_opens_every_page_with_a_posting_role(stage: Any) -> None:
    consent = await stage.link(stage.build(), "community")
    assert {(a.external_account_id, a.kind, a.display_name) for a in consent.accounts} == {
        ("55001", "organization", "Lovelace Works"),
        ("55002", "organization", "Harbour Guild"),
    }
    assert consent.subject_id == "ada-li"


async def test_another_person_gets_their_own_pages(stage: Any) -> None:
    consent = await stage.link(stage.build(), "community", "ben-li")
    assert [a.external_account_id for a in consent.accounts] == ["55003"]


async def test_nobody_s_page_opens_with_a_role_that_may_not_post(stage: Any) -> None:
    with pytest.raises(LinkError) as refused:
        await stage.link(stage.build(posting_roles="DIRECT_SPONSORED_CONTENT_POSTER"), "community")
    assert refused.value.code == "no_accounts"


async def test_the_authorize_url_has_spaces_that_linkedin_reads(stage: Any) -> None:
    url = stage.build().authorizer.authorize_url("member", REDIRECT, "a+b c", None)
    assert "scope=openid%20profile%20email%20w_member_social" in url
    assert parse_qs(urlsplit(url).query)["state"] == ["a+b c"]


async def test_cancel_comes_back_as_an_error(stage: Any) -> None:
    url = stage.build().authorizer.authorize_url("member", REDIRECT, "s", None)
    back = stage.consent(url, "ada-li", "deny")
    assert back["error"].startswith("user_cancelled")
    assert "code" not in back


async def test_an_app_without_credentials_names_its_settings(stage: Any) -> None:
    platform = stage.build(apps={})
    assert not platform.authorizer.apps["community"].configured
    with pytest.raises(LinkError, match="SIMULCAST_LINKEDIN_COMMUNITY_CLIENT_ID") as refused:
        platform.authorizer.authorize_url("community", REDIRECT, "s", None)
    assert refused.value.code == "not_configured"
    with pytest.raises(LinkError, match="SIMULCAST_LINKEDIN_CLIENT_ID"):
        await platform.authorizer.exchange("member", Secret("x"), REDIRECT, None)


async def test_a_wrong_code_is_said_without_secrets(stage: Any) -> None:
    with pytest.raises(LinkError) as refused:
        await stage.build().authorizer.exchange("member", Secret("wrong-code"), REDIRECT, None)
    assert refused.value.code == "exchange_failed"
    assert "sandbox-linkedin-member-secret" not in str(refused.value)
    assert "wrong-code" not in str(refused.value)


@pytest.mark.parametrize(
    "body",
    [
        {"error": "invalid_request", "access_token": "x"},
        {"access_token": ""},
        {"access_token": 7},
        [],
    ],
)
async def test_an_answer_is_a_token_only_if_it_holds_one(stage: Any, body: Any) -> None:
    stage.fault("token", "custom", status=200, body=body)
    with pytest.raises(LinkError) as refused:
        await stage.link(stage.build(), "member")
    assert refused.value.code == "exchange_failed"


async def test_a_scope_that_was_not_granted_is_named(stage: Any) -> None:
    stage.fault("token", "custom", status=200, body={"access_token": "AQX", "scope": "openid profile email"})
    with pytest.raises(LinkError, match="w_member_social") as refused:
        await stage.link(stage.build(), "member")
    assert refused.value.code == "missing_scope"


async def test_a_token_that_is_still_spreading_is_asked_with_again(stage: Any) -> None:
    stage.fault("userinfo", "token_revoked", count=2)
    assert (await stage.link(stage.build(), "member")).subject_id == "ada-li"


async def test_a_refresh_gives_a_new_access_token(stage: Any) -> None:
    platform = stage.build()
    before = (await stage.link(platform, "member")).tokens
    answer = await platform.authorizer.refresh("member", before)
    assert isinstance(answer, Refreshed)
    assert answer.tokens.access != before.access
    assert answer.tokens.refresh
    assert answer.tokens.scopes == before.scopes


async def test_without_a_refresh_token_there_is_nothing_to_refresh(stage: Any) -> None:
    stage.switch(refresh_tokens=False)
    platform = stage.build()
    tokens = (await stage.link(platform, "member")).tokens
    assert tokens.refresh is None
    answer = await platform.authorizer.refresh("member", tokens)
    assert isinstance(answer, RefreshUnavailable)
    assert not answer.possible


async def test_a_dead_refresh_token_is_refused_and_a_server_fault_is_not(stage: Any) -> None:
    platform = stage.build()
    dead = Tokens(access=Secret("a"), refresh=Secret("dead"))
    assert isinstance(await platform.authorizer.refresh("member", dead), RefreshRefused)
    stage.fault("refresh", "error_before")
    answer = await platform.authorizer.refresh("member", dead)
    assert isinstance(answer, RefreshUnavailable)
    assert answer.possible


async def test_revoke_ends_the_token(stage: Any) -> None:
    platform = stage.build()
    consent = await stage.link(platform, "member")
    assert await platform.authorizer.revoke("member", consent.tokens, consent.subject_id)
    assert isinstance(await platform.authorizer.refresh("member", consent.tokens), RefreshRefused)
    stage.fault("revoke", "error_before", count=None)
    assert not await platform.authorizer.revoke("member", consent.tokens, consent.subject_id)


async def test_refresh_is_due_days_ahead(stage: Any) -> None:
    assert stage.build(refresh_ahead_days="7").authorizer.refresh_ahead == timedelta(days=7)


@pytest.mark.parametrize("app", ["member", "community"])
async def test_a_probe_tells_whether_the_token_works(stage: Any, app: str) -> None:
    platform = stage.build()
    consent = await stage.link(platform, app)
    account = consent.accounts[0]

    async def probe() -> Any:
        return await platform.authorizer.probe(consent.tokens.access, account.kind, account.external_account_id)

    assert await probe() == Ready()
    for kind in ("error_before", "drop_before"):
        stage.fault("*", kind)
        assert isinstance(await probe(), Unavailable)
    stage.tokens("revoke", "ada-li")
    assert isinstance(await probe(), AuthLost)
    assert stage.posts() == []


async def test_openid_on_the_community_app_is_asked_only_where_it_is_set(stage: Any) -> None:
    assert "openid" not in stage.build().authorizer.apps["community"].scopes
    assert "openid" in stage.build(community_openid="yes").authorizer.apps["community"].scopes


@pytest.mark.parametrize("options", [{"posts_api": "rest"}, {"poll_count": "many"}, {"commit_deadline_s": "-1"}])
async def test_a_malformed_option_is_named(stage: Any, options: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=f"linkedin option {next(iter(options))}"):
        stage.build(**options)

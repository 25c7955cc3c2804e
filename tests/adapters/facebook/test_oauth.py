"""Linking Pages: consent, exchange, every Page with its own token, extension and revocation."""

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from distribution_core.domain.outcome import AuthLost, Ready, Unavailable
from distribution_core.domain.secret import Secret
from distribution_core.ports.platform import LinkError, Refreshed, RefreshRefused, RefreshUnavailable, Tokens

pytestmark = pytest.mark.anyio
REDIRECT = "http://127.0.0.1:8000/oauth/facebook/callback"


async def test_one_consent_opens_every_page_that_was_handed_over(stage: Any) -> None:
    consent = await stage.link(stage.build())
    assert consent.subject_id == "1020"
    assert {"pages_show_list", "pages_read_engagement", "pages_manage_posts"} <= set(consent.tokens.scopes)
    assert consent.tokens.refresh is None
    assert timedelta(days=59) < consent.tokens.access_lifetime < timedelta(days=61)
    bakery, books, mill = consent.accounts
    assert [(page.external_account_id, page.kind, page.display_name) for page in (bakery, books, mill)] == [
        ("5550001", "page", "Ada's Bakery"),
        ("5550002", "page", "Harbour Books"),
        ("5550003", "page", "Old Mill"),
    ]
    assert (bakery.problem, books.problem) == (None, None)
    assert "create content" in mill.problem
    tokens = {page.token.reveal() for page in consent.accounts} | {consent.tokens.access.reveal()}
    assert len(tokens) == 4


async def test_pages_are_listed_to_the_end_though_a_page_of_them_is_empty(stage: Any) -> None:
    stage.switch(thin_pages=True)
    assert len((await stage.link(stage.build())).accounts) == 3


async def test_someone_without_pages_consents_to_no_accounts(stage: Any) -> None:
    consent = await stage.link(stage.build(), "1021")
    assert (consent.subject_id, consent.accounts) == ("1021", ())


async def test_a_portfolios_page_is_listed_where_that_is_asked_for(stage: Any) -> None:
    assert (await stage.link(stage.build(), "1022")).accounts == ()
    consent = await stage.link(stage.build(portfolio_pages="yes"), "1022")
    assert [page.display_name for page in consent.accounts] == ["Night Market"]
    assert "business_management" in consent.tokens.scopes


async def test_the_authorize_url_says_who_asks_for_what(stage: Any) -> None:
    url = stage.build().authorizer.authorize_url("pages", REDIRECT, "s", None)
    assert {key: values[0] for key, values in parse_qs(urlsplit(url).query).items()} == {
        "response_type": "code",
        "client_id": "900000000000001",
        "redirect_uri": REDIRECT,
        "scope": "pages_show_list,pages_read_engagement,pages_manage_posts",
        "state": "s",
        "auth_type": "rerequest",
    }
    assert urlsplit(url).path == "/facebook/www/v26.0/dialog/oauth"


async def test_a_declined_scope_is_named_and_asked_again(stage: Any) -> None:
    platform = stage.build()
    with pytest.raises(LinkError, match="pages_manage_posts") as caught:
        await stage.link(platform, without="pages_manage_posts")
    assert caught.value.code == "missing_scope"
    assert len((await stage.link(platform)).accounts) == 3


async def test_a_code_works_once_and_only_here(stage: Any) -> None:
    authorizer = stage.build().authorizer
    back = stage.consent(authorizer.authorize_url("pages", REDIRECT, "s", None))
    code = Secret(back["code"])
    with pytest.raises(LinkError, match="redirect_uri"):
        await authorizer.exchange("pages", code, REDIRECT.replace("8000", "8001"), None)
    await authorizer.exchange("pages", code, REDIRECT, None)
    with pytest.raises(LinkError, match="used") as caught:
        await authorizer.exchange("pages", code, REDIRECT, None)
    assert caught.value.code == "exchange_failed"
    assert back["code"] not in str(caught.value)
    with pytest.raises(LinkError, match="36009"):
        await authorizer.exchange("pages", code, REDIRECT, None)


async def test_a_denied_consent_comes_back_without_a_code(stage: Any) -> None:
    url = stage.build().authorizer.authorize_url("pages", REDIRECT, "s", None)
    back = stage.consent(url, decision="deny")
    assert (back["error"], "code" in back, back["state"]) == ("access_denied", False, "s")


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_tokens_are_exchanged_by_either_method(stage: Any, method: str) -> None:
    assert len((await stage.link(stage.build(token_method=method))).accounts) == 3


@pytest.mark.parametrize("where", ["header", "query"])
async def test_reads_carry_their_token_either_way(stage: Any, where: str) -> None:
    assert len((await stage.link(stage.build(read_token_in=where))).accounts) == 3


async def test_an_unconfigured_app_says_what_it_lacks(stage: Any) -> None:
    platform = stage.build(apps={})
    assert platform.authorizer.apps["pages"].configured is False
    assert platform.authorizer.default_app == "pages"
    with pytest.raises(LinkError, match="SIMULCAST_FACEBOOK_CLIENT_ID") as caught:
        platform.authorizer.authorize_url("pages", REDIRECT, "s", None)
    assert caught.value.code == "not_configured"
    with pytest.raises(LinkError, match="SIMULCAST_FACEBOOK_CLIENT_ID"):
        await platform.authorizer.exchange("pages", Secret("c"), REDIRECT, None)
    answer = await platform.authorizer.refresh("pages", Tokens(access=Secret("t")))
    assert isinstance(answer, RefreshUnavailable)


async def test_an_unknown_app_is_refused(stage: Any) -> None:
    with pytest.raises(LinkError, match="pages") as caught:
        stage.build().authorizer.authorize_url("member", REDIRECT, "s", None)
    assert caught.value.code == "unknown_app"


@pytest.mark.parametrize(
    "body",
    [{}, {"access_token": ""}, {"access_token": 7}, {"access_token": None}, {"access_token": "t", "error": {"message": "no"}}],
)
async def test_an_answer_without_a_token_is_none(stage: Any, body: dict[str, Any]) -> None:
    platform = stage.build()
    back = stage.consent(platform.authorizer.authorize_url("pages", REDIRECT, "s", None))
    stage.fault("token", "custom", status=200, body=body)
    with pytest.raises(LinkError) as caught:
        await platform.authorizer.exchange("pages", Secret(back["code"]), REDIRECT, None)
    assert caught.value.code == "exchange_failed"


@pytest.mark.parametrize("call", ["token", "me", "permissions", "accounts"])
async def test_a_platform_that_breaks_off_is_named(stage: Any, call: str) -> None:
    platform = stage.build()
    back = stage.consent(platform.authorizer.authorize_url("pages", REDIRECT, "s", None))
    stage.fault(call, "drop_before")
    with pytest.raises(LinkError) as caught:
        await platform.authorizer.exchange("pages", Secret(back["code"]), REDIRECT, None)
    assert caught.value.code == "platform_unavailable"


@pytest.mark.parametrize("body", [[], {"data": 7}, {"data": [7, {}, {"id": ""}], "paging": {"next": 7}}, {"paging": []}])
async def test_a_list_in_another_shape_lists_nothing(stage: Any, body: Any) -> None:
    platform = stage.build()
    back = stage.consent(platform.authorizer.authorize_url("pages", REDIRECT, "s", None))
    stage.fault("accounts", "custom", status=200, body=body)
    assert (await platform.authorizer.exchange("pages", Secret(back["code"]), REDIRECT, None)).accounts == ()


async def test_a_page_without_a_token_or_without_tasks(stage: Any) -> None:
    platform = stage.build()
    back = stage.consent(platform.authorizer.authorize_url("pages", REDIRECT, "s", None))
    rows = [{"id": "1", "name": "A", "tasks": ["CREATE_CONTENT"]}, {"id": "2", "access_token": "t"}]
    rows += [{"id": "3", "access_token": "t", "tasks": ["PROFILE_PLUS_FULL_CONTROL"]}]
    stage.fault("accounts", "custom", status=200, body={"data": rows})
    accounts = (await platform.authorizer.exchange("pages", Secret(back["code"]), REDIRECT, None)).accounts
    assert accounts[0].problem == "Facebook gave no token for this Page."
    assert [account.problem for account in accounts[1:]] == [None, None]
    assert accounts[1].display_name == "2"


async def test_a_refresh_extends_the_token_and_reads_the_pages_anew(stage: Any) -> None:
    platform = stage.build()
    consent = await stage.link(platform)
    assert platform.authorizer.extends_access_token
    stage.advance(50 * 86400)
    answer = await platform.authorizer.refresh("pages", consent.tokens)
    assert isinstance(answer, Refreshed)
    assert answer.tokens.access != consent.tokens.access
    assert answer.tokens.access_lifetime > timedelta(days=59)
    assert answer.tokens.scopes == consent.tokens.scopes
    assert [page.external_account_id for page in answer.accounts] == ["5550001", "5550002", "5550003"]
    assert all(page.token for page in answer.accounts)


async def test_page_tokens_are_had_anew_after_they_died(stage: Any) -> None:
    platform = stage.build()
    consent = await stage.link(platform)
    stage.tokens("expire", "5550001")
    answer = await platform.authorizer.refresh("pages", consent.tokens)
    assert isinstance(answer, Refreshed)
    assert answer.accounts[0].token != consent.accounts[0].token
    assert answer.accounts[1].token == consent.accounts[1].token


@pytest.mark.parametrize("how", ["expired", "revoked"])
async def test_a_dead_token_cannot_be_extended(stage: Any, how: str) -> None:
    platform = stage.build()
    consent = await stage.link(platform)
    if how == "expired":
        stage.advance(61 * 86400)
    else:
        stage.tokens("revoke", "1020")
    assert isinstance(await platform.authorizer.refresh("pages", consent.tokens), RefreshRefused)


@pytest.mark.parametrize(("call", "kind"), [("token", "error_before"), ("token", "drop_after"), ("accounts", "error_before")])
async def test_a_refresh_that_could_not_be_made_is_no_revocation(stage: Any, call: str, kind: str) -> None:
    platform = stage.build()
    consent = await stage.link(platform)
    stage.fault(call, kind)
    answer = await platform.authorizer.refresh("pages", consent.tokens)
    assert isinstance(answer, RefreshUnavailable)
    assert isinstance(await platform.authorizer.refresh("pages", consent.tokens), Refreshed)


async def test_a_refresh_is_due_days_before_the_end(stage: Any) -> None:
    authorizer = stage.build(refresh_ahead_days="10").authorizer
    assert (authorizer.refresh_ahead, authorizer.extends_access_token) == (timedelta(days=10), True)


async def test_a_probe_tells_whether_the_pages_token_works(stage: Any) -> None:
    platform = stage.build()
    page = (await stage.link(platform)).accounts[0]

    async def probe() -> Any:
        return await platform.authorizer.probe(page.token, page.kind, page.external_account_id)

    assert await probe() == Ready()
    stage.fault("read", "error_before")
    assert isinstance(await probe(), Unavailable)
    stage.fault("read", "drop_before")
    assert isinstance(await probe(), Unavailable)
    stage.tokens("revoke", "1020")
    assert isinstance(await probe(), AuthLost)
    assert stage.posts() == []


async def test_revoking_ends_every_token(stage: Any) -> None:
    platform = stage.build()
    consent = await stage.link(platform)
    assert await platform.authorizer.revoke("pages", consent.tokens, consent.subject_id)
    assert isinstance(await platform.authorizer.refresh("pages", consent.tokens), RefreshRefused)
    assert not await platform.authorizer.revoke("pages", consent.tokens, consent.subject_id)


async def test_an_unconfirmed_revocation_is_none(stage: Any) -> None:
    platform = stage.build()
    consent = await stage.link(platform)
    for kind, options in (("drop_before", {}), ("custom", {"status": 200, "body": {"success": False}}), ("error_before", {})):
        stage.fault("revoke", kind, **options)
        assert not await platform.authorizer.revoke("pages", consent.tokens, consent.subject_id)


async def test_an_unreachable_platform_is_named_without_secrets(stage: Any) -> None:
    platform = stage.build(graph="http://127.0.0.1:9/facebook/graph")
    with pytest.raises(LinkError) as caught:
        await platform.authorizer.exchange("pages", Secret("the-code"), REDIRECT, None)
    assert caught.value.code == "platform_unavailable"
    assert "the-code" not in str(caught.value)
    assert "sandbox-facebook-secret" not in repr(platform) + str(caught.value)


@pytest.mark.parametrize(("key", "value"), [("post_flow", "twice"), ("photo_hours", "soon"), ("read_lag_s", "-1")])
async def test_an_option_that_cannot_be_understood_is_named(stage: Any, key: str, value: str) -> None:
    with pytest.raises(ValueError, match=key):
        stage.build(**{key: value})

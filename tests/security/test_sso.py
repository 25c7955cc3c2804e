"""Signing in at a real identity provider: who comes in, and what is tried to get in without being them."""

import secrets
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import httpx
import pytest
from attrs import evolve
from joserfc import jwt

from shells.wiring import Product
from tests.identity_provider import CLIENT_ID, IdentityProvider, identity_provider
from tests.running import PASSWORD, Running, running_stack

HTML = {"accept": "text/html"}
Known = tuple[str, str]


@pytest.fixture(scope="module")
def here(at: IdentityProvider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    settings = {**at.settings, "SIMULCAST_TRUSTED_PROXIES": "127.0.0.1"}
    with running_stack(tmp_path_factory.mktemp("sso"), **settings) as running:
        at.redirect_uris = [f"{running.web}/auth/oidc/callback"]
        at.start()
        yield running


@pytest.fixture
def browser(here: Running) -> Iterator[httpx.Client]:
    """One at an address of its own, so that nobody's failures count for others."""
    with a_browser(here) as client:
        yield client


def a_browser(here: Running) -> httpx.Client:
    address = f"10.{secrets.randbelow(250)}.{secrets.randbelow(250)}.{secrets.randbelow(250)}"
    return httpx.Client(base_url=here.web, headers={"x-forwarded-for": address}, timeout=30)


def bind(here: Running, issuer: str, email: str, subject: str) -> None:
    async def plant(product: Product) -> None:
        async with product.ledger.begin() as tx:
            user = await tx.users.find(email=email)
            assert user is not None
            await tx.users.save(evolve(user, sso_issuer=issuer, sso_subject=subject))

    here.with_product(plant)


@pytest.fixture
def known(here: Running, at: IdentityProvider) -> Known:
    """A user who is linked: their e-mail here, and who they are at the provider."""
    email, subject = here.new_user(), f"person-{secrets.token_hex(4)}"
    bind(here, at.issuer, email, subject)
    return email, subject


def begin(browser: httpx.Client, **query: str) -> str:
    answer = browser.get("/auth/oidc/start", params=query)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def come_back(browser: httpx.Client, address: str, **headers: str) -> httpx.Response:
    return browser.get(address, headers=HTML | headers)


def outcome(answer: httpx.Response) -> str | None:
    assert answer.status_code == 303, answer.text
    found = parse_qs(urlsplit(answer.headers["location"]).query).get("sso")
    return found[0] if found else None


def signed_in(browser: httpx.Client) -> bool:
    return browser.get("/auth/session").status_code == 200


def actions(here: Running, email: str) -> list[tuple[str, Any]]:
    async def read(product: Product) -> list[tuple[str, Any]]:
        async with product.ledger.begin() as tx:
            user = await tx.users.find(email=email)
            assert user is not None
            return [(entry.action.value, dict(entry.detail)) for entry in await tx.audit.of_user(user.id, 20)]

    return here.with_product(read)


def token(at: IdentityProvider, subject: str, **changed: Any) -> str:
    """As the provider signs them, but of whatever is wanted."""
    now = int(time.time())
    claims = {"iss": at.issuer, "aud": CLIENT_ID, "sub": subject, "iat": now, "exp": now + 300, "jti": secrets.token_hex(8)}
    return jwt.encode({"alg": "RS256", "kid": at.key.kid}, claims | changed, at.key)


def test_who_is_linked_signs_in_and_comes_back_to_where_they_were(
    here: Running, at: IdentityProvider, browser: httpx.Client, known: Known
) -> None:
    email, subject = known
    away = begin(browser, return_to="/app/activity?only=failed")
    asked = dict(parse_qsl(urlsplit(away).query))
    assert (asked["response_type"], asked["code_challenge_method"], asked["client_id"]) == ("code", "S256", CLIENT_ID)
    assert asked["redirect_uri"] == f"{here.web}/auth/oidc/callback"
    assert len(asked["state"]) >= 43
    assert len(asked["nonce"]) >= 43
    browser.cookies.set("simulcast_access", "planted", domain="127.0.0.1", path="/")
    answer = come_back(browser, at.consent(away, subject))
    assert answer.headers["location"] == f"{here.web}/app/activity?only=failed"
    assert "planted" not in answer.cookies.values()
    assert "simulcast_sso" not in browser.cookies, "used up"
    assert browser.get("/auth/session").json()["email"] == email
    assert actions(here, email)[0] == ("login", {"method": "sso"})
    assert {"simulcast_access", "simulcast_refresh", "simulcast_csrf", "simulcast_device"} <= set(answer.cookies)


def test_each_sign_in_is_a_session_of_its_own(here: Running, at: IdentityProvider, browser: httpx.Client, known: Known) -> None:
    kept = []
    for _ in range(2):
        come_back(browser, at.consent(begin(browser), known[1]))
        kept.append((browser.cookies["simulcast_refresh"], browser.get("/auth/session").json()["csrf_token"]))
    assert kept[0][0] != kept[1][0]
    assert kept[0][1] != kept[1][1], "it is bound to the session's id"


def test_the_trips_cookie_is_bound_to_this_browser_and_says_nothing_to_scripts(here: Running, browser: httpx.Client) -> None:
    line = browser.get("/auth/oidc/start").headers["set-cookie"].lower()
    assert line.startswith("simulcast_sso=")
    for word in ("httponly", "samesite=lax", "path=/", "max-age=600"):
        assert word in line
    assert "domain=" not in line


def test_over_https_that_cookie_is_bound_to_this_host(at: IdentityProvider, here: Running, tmp_path: Path) -> None:
    with running_stack(tmp_path, SIMULCAST_PUBLIC_BASE_URL="https://posts.example", **at.settings) as public:
        answer = httpx.get(f"{public.web}/auth/oidc/start")
    line = answer.headers["set-cookie"].lower()
    assert line.startswith("__host-simulcast_sso=")
    for word in ("secure", "httponly", "samesite=lax", "path=/"):
        assert word in line
    assert "domain=" not in line
    asked = dict(parse_qsl(urlsplit(answer.headers["location"]).query))
    assert asked["redirect_uri"] == "https://posts.example/auth/oidc/callback"


def test_a_stranger_with_the_same_mail_is_nobody(here: Running, at: IdentityProvider, browser: httpx.Client) -> None:
    """The provider vouches for the address; here an address is no identity unless the house says so."""
    email = here.new_user()
    answer = come_back(browser, at.consent(begin(browser, return_to="/app/activity"), email))
    assert outcome(answer) == "not_linked"
    assert answer.headers["location"].startswith(f"{here.web}/app/activity?")
    assert not signed_in(browser)
    program = browser.get(at.consent(begin(browser), email))
    assert (program.status_code, program.json()["code"]) == (401, "sso_not_linked")
    assert "Settings" in program.json()["detail"]


def test_an_answer_counts_once(here: Running, at: IdentityProvider, browser: httpx.Client, known: Known) -> None:
    back = at.consent(begin(browser), known[1])
    held = dict(browser.cookies)
    assert outcome(come_back(browser, back)) is None
    with a_browser(here) as thief:
        thief.cookies.update(held)
        assert outcome(come_back(thief, back)) == "state_invalid"
        assert not signed_in(thief)


def test_of_many_who_bring_one_answer_at_once_one_comes_in(
    here: Running, at: IdentityProvider, browser: httpx.Client, known: Known
) -> None:
    back, held = at.consent(begin(browser), known[1]), dict(browser.cookies)
    with ThreadPoolExecutor(6) as pool:
        brought = pool.map(lambda _: httpx.get(back, cookies=held, headers=HTML), range(6))
    assert sorted(outcome(each) or "" for each in brought) == ["", *["state_invalid"] * 5]


def test_an_answer_in_another_browser_is_none(here: Running, at: IdentityProvider, browser: httpx.Client, known: Known) -> None:
    """Else somebody could be signed in as whoever sent them a link."""
    with a_browser(here) as other:
        assert outcome(come_back(other, at.consent(begin(browser), known[1]))) == "state_invalid"
        begin(other)
        assert outcome(come_back(other, at.consent(begin(browser), known[1]))) == "state_invalid"
        assert not signed_in(other)
    assert outcome(come_back(browser, f"{here.web}/auth/oidc/callback?code=x&state=made-up")) == "state_invalid"
    assert outcome(come_back(browser, f"{here.web}/auth/oidc/callback")) == "state_invalid"


def test_a_code_of_another_trip_is_none(here: Running, at: IdentityProvider, browser: httpx.Client, known: Known) -> None:
    """The attacker's own code with the victim's state: PKCE and the nonce belong to one trip."""
    with a_browser(here) as attacker:
        theirs = dict(parse_qsl(urlsplit(at.consent(begin(attacker), "attacker")).query))
    mine = dict(parse_qsl(urlsplit(at.consent(begin(browser), known[1])).query))
    swapped = f"{here.web}/auth/oidc/callback?{urlencode(mine | {'code': theirs['code']})}"
    assert outcome(come_back(browser, swapped)) == "exchange_failed"
    assert not signed_in(browser)


def test_a_code_that_was_spent_is_none(here: Running, at: IdentityProvider, browser: httpx.Client, known: Known) -> None:
    first = dict(parse_qsl(urlsplit(at.consent(begin(browser), known[1])).query))
    assert outcome(come_back(browser, f"{here.web}/auth/oidc/callback?{urlencode(first)}")) is None
    second = dict(parse_qsl(urlsplit(begin(browser)).query))
    replay = {"code": first["code"], "state": second["state"], "iss": at.issuer}
    assert outcome(come_back(browser, f"{here.web}/auth/oidc/callback?{urlencode(replay)}")) == "exchange_failed"


def test_an_answer_of_another_issuer_is_none(here: Running, at: IdentityProvider, browser: httpx.Client, known: Known) -> None:
    for wrong in ("https://evil.example", None):
        told = dict(parse_qsl(urlsplit(at.consent(begin(browser), known[1])).query))
        assert told.pop("iss") == at.issuer
        told |= {"iss": wrong} if wrong else {}
        assert outcome(come_back(browser, f"{here.web}/auth/oidc/callback?{urlencode(told)}")) == "token_invalid"


def test_who_declines_is_told_so(here: Running, browser: httpx.Client) -> None:
    for error, told in (("access_denied", "declined"), ("server_error", "provider_error"), ("<script>", "provider_error")):
        state = dict(parse_qsl(urlsplit(begin(browser)).query))["state"]
        answer = come_back(browser, f"{here.web}/auth/oidc/callback?{urlencode({'state': state, 'error': error})}")
        assert outcome(answer) == told


@pytest.mark.parametrize(
    "path",
    [
        "https://evil.example", "//evil.example", "/\\evil.example", "/app//evil.example", "/app@evil.example",
        "/app.evil.example", "javascript:alert(1)", "/app/../auth/logout", "/app/%2e%2e/x", "/app\r\nset-cookie: a=b", "/app#x",
        "app", "", "/appx", "/app/\u2028",
    ],
)  # fmt: skip
def test_nobody_is_sent_on_to_another_place(
    here: Running, at: IdentityProvider, browser: httpx.Client, known: Known, path: str
) -> None:
    answer = come_back(browser, at.consent(begin(browser, return_to=path), known[1]))
    assert answer.headers["location"] == f"{here.web}/app"


def test_keys_that_change_keep_nobody_out(here: Running, at: IdentityProvider, browser: httpx.Client, known: Known) -> None:
    old, subject = at.key, known[1]
    assert outcome(come_back(browser, at.consent(begin(browser), subject))) is None
    at.rotate(secrets.token_hex(4))
    assert outcome(come_back(browser, at.consent(begin(browser), subject))) is None
    withdrawn = jwt.encode({"alg": "RS256", "kid": old.kid}, {"iss": at.issuer, "aud": CLIENT_ID, "sub": subject}, old)
    assert browser.post("/auth/login", json={"sso_token": withdrawn}).status_code == 401


def test_a_provider_that_is_away_is_said_to_be_and_passwords_go_on(
    here: Running, at: IdentityProvider, browser: httpx.Client, known: Known
) -> None:
    email, subject = known
    back = at.consent(begin(browser), subject)
    at.stop()
    try:
        program = browser.get(back)
        assert (program.status_code, program.json()["code"]) == (503, "sso_unavailable")
        assert program.headers["content-type"] == "application/problem+json"
        assert "retry-after" in program.headers
        assert "password" in program.json()["detail"]
        answer = browser.post("/auth/login", json={"email": email, "password": PASSWORD.reveal()})
        assert answer.status_code == 200
    finally:
        at.start()
    assert outcome(come_back(browser, at.consent(begin(browser), subject))) is None


def test_a_token_signs_a_program_in_once(here: Running, at: IdentityProvider, browser: httpx.Client, known: Known) -> None:
    email, subject = known
    given = token(at, subject)
    answer = browser.post("/auth/login", json={"sso_token": given})
    assert (answer.status_code, answer.json()["email"]) == (200, email)
    assert signed_in(browser)
    again = browser.post("/auth/login", json={"sso_token": given})
    assert (again.status_code, again.json()["code"]) == (401, "sso_token_used")
    fits = {"sso_token": token(at, subject, nonce="mine"), "sso_nonce": "mine"}
    assert browser.post("/auth/login", json=fits).status_code == 200
    other = {"sso_token": token(at, subject, nonce="mine"), "sso_nonce": "another"}
    assert browser.post("/auth/login", json=other).json()["code"] == "sso_token_invalid"


def test_a_token_that_is_old_for_others_or_of_nobody_signs_in_nobody(
    here: Running, at: IdentityProvider, browser: httpx.Client, known: Known
) -> None:
    now = int(time.time())
    for changed in ({"aud": "another"}, {"iat": now - 900}, {"exp": now - 60}, {"iss": "https://evil.example"}):
        answer = browser.post("/auth/login", json={"sso_token": token(at, known[1], **changed)})
        assert (answer.status_code, answer.json()["code"]) == (401, "sso_token_invalid"), changed
    assert browser.post("/auth/login", json={"sso_token": token(at, "nobody")}).json()["code"] == "sso_not_linked"
    for body in ({}, {"email": "a@b.example"}, {"password": "x"}, {"sso_token": "x", "email": "a@b", "password": "x"}):
        assert browser.post("/auth/login", json=body).status_code == 422, body
    site = {"origin": "https://evil.example"}
    assert browser.post("/auth/login", json={"sso_token": token(at, known[1])}, headers=site).status_code == 403


def test_guesses_by_token_are_counted_as_others_are(here: Running, browser: httpx.Client) -> None:
    statuses = [browser.post("/auth/login", json={"sso_token": "a.b.c"}).status_code for _ in range(61)]
    assert statuses == [401] * 60 + [429]
    assert browser.get("/auth/oidc/callback", headers=HTML).status_code == 429
    assert browser.post("/auth/login", json={"email": "a@b.example", "password": "x"}).status_code == 429


def test_somebody_links_themselves_and_takes_it_off(here: Running, at: IdentityProvider, browser: httpx.Client) -> None:
    email, subject = here.new_user(), f"person-{secrets.token_hex(4)}"
    session = browser.post("/auth/login", json={"email": email, "password": PASSWORD.reveal()}).json()
    csrf = {"x-csrf-token": session["csrf_token"]}
    assert browser.post("/me/sso").status_code == 403, "a write proves where it comes from"
    away = browser.post("/me/sso", headers=csrf).json()["url"]
    answer = come_back(browser, at.consent(away, subject))
    assert answer.headers["location"] == f"{here.web}/app/settings?sso=linked"
    assert browser.get("/me").json()["sso_issuer"] == at.issuer
    assert ("link_sso", {"issuer": at.issuer}) in actions(here, email)
    assert browser.post("/me/sso", headers=csrf).json()["code"] == "linked_already"
    with a_browser(here) as elsewhere:
        assert outcome(come_back(elsewhere, at.consent(begin(elsewhere), subject))) is None
        assert elsewhere.get("/auth/session").json()["email"] == email
        assert browser.delete("/me/sso", headers=csrf).status_code == 204
        assert outcome(come_back(elsewhere, at.consent(begin(elsewhere), subject))) == "not_linked"
    assert browser.get("/me").json()["sso_issuer"] is None


def test_an_identity_belongs_to_one_and_is_linked_by_a_session_that_lives(
    here: Running, at: IdentityProvider, browser: httpx.Client, known: Known
) -> None:
    email = here.new_user()

    def away() -> str:
        session = browser.post("/auth/login", json={"email": email, "password": PASSWORD.reveal()}).json()
        csrf.update({"x-csrf-token": session["csrf_token"]})
        return str(browser.post("/me/sso", headers=csrf).json()["url"])

    csrf: dict[str, str] = {}
    assert outcome(come_back(browser, at.consent(away(), known[1]))) == "taken"
    back = at.consent(away(), "somebody new")
    with a_browser(here) as other:
        assert outcome(come_back(other, back)) == "state_invalid"
    back = at.consent(away(), "somebody new")
    browser.post("/auth/logout", headers=csrf)
    assert outcome(come_back(browser, back)) == "session_ended"
    assert ("link_sso", {"issuer": at.issuer}) not in actions(here, email)


@pytest.fixture(scope="module")
def trusting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Running, IdentityProvider]]:
    """An installation that believes the provider's e-mails, with nobody in it yet, as a public client."""
    with identity_provider(tmp_path_factory.mktemp("trusted")) as provider:
        public = {"SIMULCAST_OIDC_CLIENT_ID": "simulcast-public", "SIMULCAST_OIDC_CLIENT_SECRET": ""}
        settings = {
            **provider.settings,
            **public,
            "SIMULCAST_OIDC_LINK_BY_EMAIL": "true",
            "SIMULCAST_TRUSTED_PROXIES": "127.0.0.1",
        }
        with running_stack(tmp_path_factory.mktemp("trusting"), has_user=False, **settings) as running:
            provider.redirect_uris = [f"{running.web}/auth/oidc/callback"]
            provider.start()
            yield running, provider


def test_a_verified_mail_finds_who_is_there_and_makes_nobody(trusting: tuple[Running, IdentityProvider]) -> None:
    here, at = trusting
    with a_browser(here) as browser:
        assert outcome(come_back(browser, at.consent(begin(browser), "first@example.com"))) == "setup_open"
        assert browser.get("/setup").json()["open"] is True
        email = here.new_user()
        unverified = f"unverified-{secrets.token_hex(4)}@example.com"

        async def rename(product: Product) -> None:
            async with product.ledger.begin() as tx:
                user = await tx.users.find(email=email)
                assert user is not None
                await tx.users.save(evolve(user, email=unverified))

        here.with_product(rename)
        assert outcome(come_back(browser, at.consent(begin(browser), unverified))) == "not_linked"
        assert outcome(come_back(browser, at.consent(begin(browser), "nobody@example.com"))) == "not_linked"
        second = here.new_user()
        assert outcome(come_back(browser, at.consent(begin(browser), second.upper()))) is None
        assert browser.get("/auth/session").json()["email"] == second
        assert ("link_sso", {"issuer": at.issuer, "by": "email"}) in actions(here, second)
        assert outcome(come_back(browser, at.consent(begin(browser), second))) == "not_linked", "bound to the other subject"

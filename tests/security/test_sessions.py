"""A session is what the server says it is: never adopted, never doubled, ended for good."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from shells.cli.demonstration.visitor import Visitor
from tests.running import PASSWORD, Running, running_stack


def sign_in(web: str, email: str, **cookies: str) -> httpx.Response:
    with httpx.Client(base_url=web, cookies=cookies) as client:
        return client.post("/auth/login", json={"email": email, "password": PASSWORD.reveal()})


def test_what_a_browser_brings_along_becomes_no_session(running: Running) -> None:
    planted = {"simulcast_access": "planted", "simulcast_refresh": "planted", "simulcast_csrf": "planted"}
    email = running.new_user()
    first, second = sign_in(running.web, email, **planted), sign_in(running.web, email, **planted)
    given = [answer.cookies[name] for answer in (first, second) for name in planted]
    assert len(set(given)) == len(given), "new ones at each sign-in"
    assert "planted" not in given


def test_of_two_uses_at_once_one_wins_and_the_session_ends(running: Running) -> None:
    """Two hold the same refresh token: nobody can say which of them is the thief."""
    answer = sign_in(running.web, running.new_user())
    token = {"simulcast_refresh": answer.cookies["simulcast_refresh"]}

    def spend(_: int) -> httpx.Response:
        return httpx.post(f"{running.web}/auth/refresh", cookies=token)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(spend, range(8)))
    good = [each for each in answers if each.status_code == 200]
    assert len(good) == 1
    assert {each.status_code for each in answers} == {200, 401}
    won = {"simulcast_access": good[0].cookies["simulcast_access"], "simulcast_refresh": good[0].cookies["simulcast_refresh"]}
    assert httpx.get(f"{running.web}/accounts", cookies=won).status_code == 401
    assert httpx.post(f"{running.web}/auth/refresh", cookies=won).status_code == 401


def test_kept_cookies_are_worth_nothing_after_signing_out(running: Running) -> None:
    visitor: Visitor = running.visitor()
    kept = visitor.cookies
    visitor.send("POST", "/auth/logout")
    assert httpx.get(f"{running.web}/accounts", cookies=kept).status_code == 401
    assert httpx.post(f"{running.web}/auth/refresh", cookies=kept).status_code == 401
    visitor.close()


@pytest.fixture(scope="module")
def public(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A stack that believes to be reached over HTTPS."""
    with running_stack(tmp_path_factory.mktemp("public"), SIMULCAST_PUBLIC_BASE_URL="https://posts.example") as running:
        yield running


def test_over_https_cookies_are_bound_to_the_host_and_answers_to_https(public: Running) -> None:
    answer = sign_in(public.web, public.new_user())
    lines = {line.partition("=")[0]: line.lower() for line in answer.headers.get_list("set-cookie")}
    assert set(lines) == {f"__Host-simulcast_{name}" for name in ("access", "refresh", "csrf", "device")}
    for name, line in lines.items():
        assert "secure" in line
        assert "path=/" in line
        assert "domain=" not in line
        assert ("httponly" in line) is (name != "__Host-simulcast_csrf")
        assert "samesite=lax" in line if name == "__Host-simulcast_access" else "samesite=strict" in line
    assert "max-age=63072000" in answer.headers["strict-transport-security"]


WANTED = {
    "content-security-policy": "default-src 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "",
    "permissions-policy": "camera=()",
    "cross-origin-opener-policy": "same-origin",
}


@pytest.mark.parametrize(
    "path", ["/app", "/accounts", "/nowhere", "/calls", "/health", "/schema/openapi.json", "/auth/login", "/app/assets/none.js"]
)
def test_every_answer_is_headed_for_safety(running: Running, path: str) -> None:
    headers = httpx.get(f"{running.web}{path}").headers
    for name, words in WANTED.items():
        assert words in headers[name], name
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert "server" not in headers or "/" not in headers["server"]
    assert "access-control-allow-origin" not in headers


def test_no_other_site_is_let_in_unless_it_is_named(running: Running) -> None:
    asking = {"origin": "https://evil.test", "access-control-request-method": "POST"}
    answer = httpx.options(f"{running.web}/content", headers=asking)
    assert "access-control-allow-origin" not in answer.headers

"""Too often is told as such, with when to come again; and guesses at a password shut out who guesses, not who knows it."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shells.cli.demonstration.stack import free_port
from shells.web.security.rates import address_of
from tests.running import PASSWORD, Running, running_stack

TIGHT = {
    "SIMULCAST_RATE_READS": "12/minute",
    "SIMULCAST_RATE_WRITES": "5/minute",
    "SIMULCAST_RATE_ADDRESS": "400/minute",
    "SIMULCAST_TRUSTED_PROXIES": "127.0.0.1",
}


@pytest.fixture(scope="module")
def tight(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running_stack(tmp_path_factory.mktemp("tight"), **TIGHT) as running:
        yield running


# One for all: to make a TLS context for each guess takes as long as the guess.
GUESSING = httpx.HTTPTransport()


def guess(running: Running, email: str, *, address: str, password: str = "not this one", **cookies: str) -> httpx.Response:
    client = httpx.Client(transport=GUESSING, base_url=running.web, cookies=cookies, headers={"x-forwarded-for": address})
    return client.post("/auth/login", json={"email": email, "password": password})


def refused(answer: httpx.Response) -> None:
    assert answer.status_code == 429
    assert answer.headers["content-type"] == "application/problem+json"
    assert int(answer.headers["retry-after"]) >= 1
    assert "Wait" in answer.json()["detail"]


def test_who_writes_too_often_is_told_when_to_come_again_and_may_still_read(tight: Running) -> None:
    visitor = tight.visitor()
    headers = {"x-csrf-token": visitor.csrf}
    answers = [visitor._client.post("/content", json={"body": f"Post {number}"}, headers=headers) for number in range(6)]
    assert [answer.status_code for answer in answers] == [201] * 5 + [429]
    assert answers[0].headers["ratelimit-policy"] == '"default";q=5;w=60'
    assert answers[0].headers["ratelimit"].startswith('"default";r=4;t=')
    refused(answers[-1])
    assert len(visitor.get("/activity")["items"]) == 5
    stranger = tight.visitor()
    assert stranger.save(body="Somebody else's measure is their own")["id"]
    for each in (visitor, stranger):
        each.close()


def test_what_machines_ask_is_not_counted(tight: Running) -> None:
    assert {httpx.get(f"{tight.web}/health/ready").status_code for _ in range(20)} <= {200, 503}
    assert "ratelimit" not in httpx.get(f"{tight.web}/health").headers


def test_guesses_at_one_account_end_for_who_guesses_and_not_for_its_owner(tight: Running) -> None:
    email, right = tight.new_user(), PASSWORD.reveal()
    device = guess(tight, email, address="192.0.2.1", password=right).cookies["simulcast_device"]
    for _ in range(10):
        assert guess(tight, email, address="198.51.100.7").status_code == 401
    refused(guess(tight, email, address="198.51.100.7"))
    refused(guess(tight, email, address="198.51.100.7", password=right))
    assert guess(tight, email, address="203.0.113.9", password=right).status_code == 200, "from elsewhere"
    known = {"simulcast_device": device}
    assert guess(tight, email, address="198.51.100.7", password=right, **known).status_code == 200, "known here"
    forged = {"simulcast_device": device[:-1] + ("0" if device[-1] != "0" else "1")}
    refused(guess(tight, email, address="198.51.100.7", password=right, **forged))
    other = tight.new_user()
    for _ in range(10):
        assert guess(tight, other, address="198.51.100.8", **known).status_code == 401
    refused(guess(tight, other, address="198.51.100.8", **known))


def test_guesses_that_come_at_once_are_no_more_than_others(tight: Running) -> None:
    """Each counts before anything is looked at; else all that arrive in one moment would be tried."""
    email = tight.new_user()
    with ThreadPoolExecutor(24) as pool:
        answers = list(pool.map(lambda _: guess(tight, email, address="198.51.100.60"), range(24)))
    assert sorted(answer.status_code for answer in answers) == [401] * 10 + [429] * 14


def test_who_knows_the_password_uses_nothing_up(tight: Running) -> None:
    email, right = tight.new_user(), PASSWORD.reveal()
    assert {guess(tight, email, address="198.51.100.61", password=right).status_code for _ in range(12)} == {200}
    for _ in range(10):
        assert guess(tight, email, address="198.51.100.61").status_code == 401
    refused(guess(tight, email, address="198.51.100.61", password=right))


def test_a_try_that_is_refused_costs_the_other_measures_nothing(tight: Running) -> None:
    email = tight.new_user()
    statuses = [guess(tight, email, address="198.51.100.62").status_code for _ in range(70)]
    assert statuses == [401] * 10 + [429] * 60
    others = [guess(tight, f"other-{number}@example.com", address="198.51.100.62").status_code for number in range(51)]
    assert others == [401] * 50 + [429], "60 for the address, of which that account took 10"


def test_guessing_is_counted_while_what_counts_is_away(tmp_path: Path) -> None:
    """Other limits give way; this one falls back to what the process counts itself."""
    with running_stack(tmp_path, SIMULCAST_LIMITS_URL=f"redis://127.0.0.1:{free_port()}/0") as alone:
        email = alone.new_user()
        assert [guess(alone, email, address="").status_code for _ in range(11)] == [401] * 10 + [429]
        assert guess(alone, alone.new_user(), address="", password=PASSWORD.reveal()).status_code == 200


def test_an_account_that_is_none_is_refused_like_one_that_is(tight: Running) -> None:
    def course(email: str, address: str) -> list[tuple[int, str]]:
        answers = [guess(tight, email, address=address) for _ in range(12)]
        return [(answer.status_code, answer.json()["detail"].partition("Wait")[0]) for answer in answers]

    assert course(tight.new_user(), "192.0.2.20") == course("nobody@example.com", "192.0.2.21")


def test_one_address_that_tries_many_accounts_ends_too(tight: Running) -> None:
    statuses = [guess(tight, f"user-{number}@example.com", address="192.0.2.30").status_code for number in range(61)]
    assert statuses == [401] * 60 + [429]


def test_an_address_that_calls_too_often_is_cut_off_before_anything_is_read(tight: Running) -> None:
    with httpx.Client(base_url=tight.web, headers={"x-forwarded-for": "192.0.2.40"}) as client:
        statuses = [client.get("/setup").status_code for _ in range(400)]
        assert set(statuses) == {200}
        refused(client.get("/setup"))
        refused(client.post("/auth/login", content=b"x" * 100))
    assert httpx.get(f"{tight.web}/setup", headers={"x-forwarded-for": "192.0.2.41"}).status_code == 200


ADDRESSES = st.ip_addresses().map(str)


def calling(client: str, told: str | None = None) -> dict[str, object]:
    return {"client": (client, 1), "headers": [(b"x-forwarded-for", told.encode())] if told is not None else []}


@given(near=ADDRESSES, hops=st.lists(ADDRESSES, max_size=3))
def test_nobody_is_believed_of_whom_they_speak_but_a_proxy_that_is_trusted(near: str, hops: list[str]) -> None:
    told, proxy = ", ".join(hops), "10.0.0.1"
    assert address_of(calling(near, told), frozenset()) == address_of(calling(near), frozenset())
    named = [hop for hop in hops if hop != proxy]
    assert address_of(calling(proxy, told), frozenset({proxy})) == address_of(calling(named[-1] if named else proxy), frozenset())


def test_a_line_that_the_caller_wrote_counts_for_nothing_before_the_proxys_own() -> None:
    lines = [(b"x-forwarded-for", b"192.0.2.99"), (b"x-forwarded-for", b"198.51.100.7")]
    assert address_of({"client": ("10.0.0.1", 1), "headers": lines}, frozenset({"10.0.0.1"})) == "198.51.100.7"

"""Requests are answered under our own names only."""

from collections.abc import Iterator

import httpx
import pytest

from shells.settings import Settings
from shells.web.security.hosts import host_of, known_hosts
from tests.running import Running, running_stack


@pytest.fixture(scope="module")
def public(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    named = {"SIMULCAST_PUBLIC_BASE_URL": "https://Posts.Example", "SIMULCAST_ALLOWED_HOSTS": "web.internal"}
    with running_stack(tmp_path_factory.mktemp("named"), **named) as running:
        yield running


@pytest.mark.parametrize(
    "host", ["posts.example", "posts.example:443", "POSTS.example", "posts.example.", "web.internal:8000", "localhost:1", "[::1]"]
)
def test_our_names_are_answered(public: Running, host: str) -> None:
    assert httpx.get(f"{public.web}/setup", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "posts.example.evil.example",
        "xposts.example",
        "posts.example@evil.example",
        "169.254.169.254",
        "[",
        "a b",
        "a,b",
    ],
)
def test_any_other_name_is_told_nothing(public: Running, host: str) -> None:
    for path in ("/setup", "/app", "/schema/openapi.json", "/metrics", "/nowhere"):
        answer = httpx.get(f"{public.web}{path}", headers={"host": host})
        assert answer.status_code in (400, 421), (path, answer.status_code)
        if answer.status_code == 421:
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.json()["code"] == "unknown_host"
            assert "nosniff" in answer.headers["x-content-type-options"]


def test_probes_know_no_name(public: Running) -> None:
    for path in ("/health", "/health/ready"):
        assert httpx.get(f"{public.web}{path}", headers={"host": "10.2.3.4:8000"}).status_code in (200, 503)


def test_two_names_or_none_are_no_name() -> None:
    assert host_of({"headers": [(b"host", b"a.example"), (b"host", b"a.example")]}) == ""  # type: ignore[typeddict-item]
    assert host_of({"headers": []}) == ""  # type: ignore[typeddict-item]


def test_what_a_server_listens_on_is_a_name_unless_it_is_everything() -> None:
    assert known_hosts(Settings(host="10.0.0.5")) >= {"10.0.0.5", "127.0.0.1", "localhost", "::1"}
    assert not known_hosts(Settings(host="0.0.0.0")) & {"0.0.0.0", ""}
    assert known_hosts(Settings(public_base_url="http://[2001:db8::1]:8000")) >= {"2001:db8::1"}

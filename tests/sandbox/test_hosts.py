"""Whoever has a name of their own resolved to this machine reaches no imitation platform."""

import pytest
from litestar.testing import TestClient

from shells.sandbox.app import create_app


@pytest.mark.parametrize("host", ["127.0.0.1:8001", "localhost:8001", "localhost", "[::1]:8001", "127.9.9.9"])
def test_loopback_is_answered(host: str) -> None:
    with TestClient(create_app("http://127.0.0.1:8001")) as client:
        assert client.get("/_sandbox/posts", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.test", "evil.test:8001", "127.0.0.1.evil.test", "localhost.evil.test", "10.0.0.1", "", "[bad"]
)
@pytest.mark.parametrize("path", ["/_sandbox/posts", "/", "/tiktok/timeline/o-ada"])
def test_any_other_name_is_not(host: str, path: str) -> None:
    with TestClient(create_app("http://127.0.0.1:8001")) as client:
        assert client.get(path, headers={"host": host}).status_code == 400

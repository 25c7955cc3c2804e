"""(d) The API at 32 connections while workers are busy: `POST /content` against a bare handler, and every page that is read."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from statistics import median, quantiles
from typing import Any

import aiohttp
import httpx
import psycopg
from attrs import frozen

from benchmarks.seeding import Seeder
from benchmarks.stand import ROOT, Stand
from distribution_core.domain.secret import Secret
from distribution_core.usecases.sign_in import add_user
from shells.cli.demonstration.stack import free_port
from shells.platform_settings import manifests, platform_keys
from shells.settings import load_settings
from shells.wiring import open_product

CONNECTIONS = 32
BARE = "bare POST /content"
_ACCOUNTS = 6
# LinkedIn's daily limit for a member is 150: fewer authors than this would have used theirs up before the end.
_AUTHORS, _BACKLOG = 600, 60_000
_READ = ("/accounts", "/activity", "/content", "/deadletters", "/deliveries", "/me")
_PASSWORD = Secret("a password for the benchmark")
_START_S = 60.0


@frozen(kw_only=True)
class Load:
    """What 32 connections saw of one call: answers a second, and milliseconds."""

    per_s: float
    p50_ms: float
    p99_ms: float


@frozen(kw_only=True)
class Api:
    """`core`: the calls behind the app's main pages, by name. All take turns, round by round."""

    post: Load
    bare: Load
    core: Mapping[str, Load]


def measured(stand: Stand, requests: int, rounds: int, progress: Callable[[str], None]) -> Api:
    """All calls, over HTTP, with one worker process busy on a backlog the whole time."""
    database, bare_database = stand.database(), stand.database(migrated=False)
    with psycopg.connect(bare_database) as connection:
        connection.execute(
            "CREATE TABLE bare_contents (id uuid PRIMARY KEY, body text NOT NULL, created_at timestamptz NOT NULL)"
        )
    seeder = Seeder(database, stand.key)
    seeder.deliveries(asyncio.run(seeder.accounts(_AUTHORS)), _BACKLOG)
    port, bare_port = free_port(), free_port()
    with ExitStack() as running:
        platform = running.enter_context(stand.platform(0))
        environment = stand.environment(database, platform, SIMULCAST_PORT=str(port), SIMULCAST_WORKER_CONCURRENCY="256")
        email = asyncio.run(_user(environment, seeder))
        ours = [sys.executable, "-c", "from shells.cli.main import main; main()"]
        running.enter_context(
            _server([*ours, "serve", "--no-worker"], environment, f"http://127.0.0.1:{port}/schema/openapi.json")
        )
        bare = [sys.executable, "-m", "benchmarks.bare_api", str(bare_port)]
        bare_url = f"http://127.0.0.1:{bare_port}"
        running.enter_context(_server(bare, {**environment, "BARE_DATABASE_URL": bare_database}, f"{bare_url}/"))
        headers = _signed_in(f"http://127.0.0.1:{port}", email)
        running.enter_context(_busy([*ours, "worker"], environment))
        url = f"http://127.0.0.1:{port}"
        forms: dict[str, Callable[[], Load]] = {
            "POST /content": lambda: _load("POST", f"{url}/content", headers, requests),
            BARE: lambda: _load("POST", f"{bare_url}/content", {}, requests),
            "POST /content/preview": lambda: _load("POST", f"{url}/content/preview", headers, requests // 2),
            **{f"GET {path}": partial(_load, "GET", url + path, headers, requests // 2) for path in _READ},
        }
        loads: dict[str, list[Load]] = {name: [] for name in forms}
        for number in range(rounds):
            # Who goes first in one round goes last in the next.
            for name, measure in forms.items() if number % 2 == 0 else reversed(forms.items()):
                progress(f"API: {name}, round {number + 1} of {rounds}")
                loads[name].append(measure())
        core = {name: _median(found) for name, found in loads.items() if name != BARE}
        if not _left(database):
            raise RuntimeError("the backlog ended before the measurement: the workers were not busy all the time")
    stand.drop(database)
    stand.drop(bare_database)
    return Api(post=core["POST /content"], bare=_median(loads[BARE]), core=core)


async def _user(environment: Mapping[str, str], seeder: Seeder) -> str:
    email = "bench@example.com"
    async with open_product(load_settings(environment, platform_keys=platform_keys(manifests()))) as product:
        user = await add_user(product.context, email, _PASSWORD)
    await seeder.accounts_of(user.id, _ACCOUNTS)
    return email


def _signed_in(url: str, email: str) -> dict[str, str]:
    with httpx.Client(base_url=url, timeout=60) as client:
        answer = client.post("/auth/login", json={"email": email, "password": _PASSWORD.reveal()}).raise_for_status()
        cookies = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    return {"cookie": cookies, "x-csrf-token": answer.json()["csrf_token"]}


@contextmanager
def _server(command: Sequence[str], environment: Mapping[str, str], ready_url: str) -> Iterator[None]:
    with _busy(command, environment) as process:
        deadline = time.monotonic() + _START_S
        while True:
            try:
                httpx.get(ready_url, timeout=5)
                break
            except httpx.TransportError:
                if time.monotonic() > deadline or process.poll() is not None:
                    raise RuntimeError(f"{command[-1]} did not start") from None
                time.sleep(0.1)
        yield


@contextmanager
def _busy(command: Sequence[str], environment: Mapping[str, str]) -> "Iterator[subprocess.Popen[bytes]]":
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(timeout=60)


def _load(method: str, url: str, headers: Mapping[str, str], requests: int) -> Load:
    return asyncio.run(_hit(method, url, headers, requests))


async def _hit(method: str, url: str, headers: Mapping[str, str], requests: int) -> Load:
    spent: list[float] = []
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=CONNECTIONS), headers=dict(headers)) as session:
        warm, left = iter(range(requests // 10)), iter(range(requests))

        async def call(number: int) -> None:
            body: dict[str, Any] = {"json": {"body": f"Post {number} of the benchmark"}} if method == "POST" else {}
            async with session.request(method, url, **body) as answer:
                await answer.read()
                answer.raise_for_status()

        async def connection(numbers: Iterator[int], times: list[float] | None) -> None:
            for number in numbers:
                began = time.perf_counter()
                await call(number)
                if times is not None:
                    times.append(1000 * (time.perf_counter() - began))

        await asyncio.gather(*(connection(warm, None) for _ in range(CONNECTIONS)))
        began = time.perf_counter()
        await asyncio.gather(*(connection(left, spent) for _ in range(CONNECTIONS)))
        seconds = time.perf_counter() - began
    cuts = quantiles(spent, n=100)
    return Load(per_s=requests / seconds, p50_ms=cuts[49], p99_ms=cuts[98])


def _median(loads: Sequence[Load]) -> Load:
    return Load(
        per_s=median(load.per_s for load in loads),
        p50_ms=median(load.p50_ms for load in loads),
        p99_ms=median(load.p99_ms for load in loads),
    )


def _left(database: str) -> int:
    with psycopg.connect(database) as connection:
        (left,) = connection.execute("SELECT count(*) FROM deliveries WHERE status = 'pending'").fetchone() or (0,)
    return int(left)

"""After a journey through the whole fleet, with faults in it, everything that it wrote anywhere is searched for every secret."""

import base64
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import psycopg
import pytest
from attrs import define, field
from kombu import Connection, Exchange, Queue
from psycopg import sql

from shells.cli.demonstration.samples import picture
from shells.cli.demonstration.stack import free_port
from shells.cli.demonstration.visitor import CONSENTS, Visitor
from shells.local_servers.rabbitmq import Rabbit
from tests.collector import Collector, collector
from tests.operations.test_metrics import await_answer
from tests.running import PASSWORD, Running, running_stack
from tests.web.test_leaks import APP_SECRETS, tokens_in
from tests.worker.conftest import started_rabbit
from tests.worker.fleet import Fleet

__all__ = ["collector"]  # a fixture that is made elsewhere
METRICS_TOKEN = "canary-metrics-token-5d1c"
PLANTED = {
    "SIMULCAST_METRICS_TOKEN": METRICS_TOKEN,
    "SIMULCAST_OIDC_ISSUER": "https://sso.invalid",
    "SIMULCAST_OIDC_CLIENT_ID": "simulcast",
    "SIMULCAST_OIDC_CLIENT_SECRET": "canary-oidc-secret-88f0",
}
TRACE = Exchange("amq.rabbitmq.trace", "topic", durable=True, passive=True)


@pytest.fixture(scope="module")
def rabbit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rabbit]:
    """A broker that copies every message, published or delivered, to one queue."""
    for server in started_rabbit(tmp_path_factory):
        with Connection(server.url) as connection:
            Queue("leaks", TRACE, routing_key="#", durable=True).bind(connection.default_channel).declare()
        server.control("trace_on")
        yield server


@define
class Heard:
    """What was written where, by name; and every secret that the journey used."""

    places: dict[str, bytes] = field(factory=dict)
    secrets: dict[str, bytes] = field(factory=dict)

    def leaks(self) -> list[tuple[str, str]]:
        """Also as a database or a token spells them: in hexadecimal, and in base64."""
        found = []
        for name, secret in self.secrets.items():
            spelled = (secret, secret.hex().encode(), base64.b64encode(secret)[: len(secret)])
            found += [(name, place) for place, data in self.places.items() if any(each in data for each in spelled)]
        found += [("a token", place) for place, data in self.places.items() if tokens_in(data)]
        return found


def dumped(url: str) -> bytes:
    """Every row of every table, in PostgreSQL's binary form: bytes as they are."""
    with psycopg.connect(url) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1").fetchall()
        assert len(tables) > 15
        data = b""
        for (name,) in tables:
            with connection.cursor().copy(sql.SQL("COPY {} TO STDOUT (FORMAT BINARY)").format(sql.Identifier(name))) as copy:
                data += b"".join(bytes(part) for part in copy)
        return data


def carried(url: str) -> bytes:
    """Every message that went through the broker, with its headers."""
    messages = b""
    with Connection(url) as connection:
        queue = Queue("leaks", TRACE, routing_key="#", durable=True).bind(connection.default_channel)
        while message := queue.get(no_ack=True):
            messages += bytes(message.body if isinstance(message.body, bytes) else message.body.encode())
            messages += repr((message.headers, message.properties)).encode()
    return messages


def travel(running: Running, visitor: Visitor, heard: Heard) -> list[Any]:
    """A journey on which each kind of secret is used: consents, tokens that end, keys, uploads; with what it was answered."""
    for number, consent in enumerate(CONSENTS):
        back = visitor.consent(consent)
        query = parse_qs(urlsplit(back).query)
        heard.secrets |= {f"code {number}": query["code"][0].encode(), f"state {number}": query["state"][0].encode()}
        visitor.get(back)
    key = visitor.send("POST", "/me/api-keys", json={"name": "Program", "scopes": ["content:read"]})
    heard.secrets["API key"] = next(value for value in key.values() if str(value).startswith("sc")).encode()
    program = {"authorization": f"Bearer {heard.secrets['API key'].decode()}"}
    running.faults(
        {"platform": "facebook", "call": "update", "kind": "drop_after"},
        {"platform": "facebook", "call": "token", "kind": "error_before"},
        {"platform": "linkedin", "call": "create", "kind": "token_expired"},
        {"platform": "tiktok", "call": "token", "kind": "error_after"},
    )
    media = visitor.upload(picture(), "image/png")
    saved = [visitor.save(body="Nothing to see here"), visitor.save(body="Nor here", media_assets=[media])]
    visitor.outcomes([each["id"] for each in saved], timeout_s=120, progress=lambda done, total: None)
    running.faults()
    account = next(each["id"] for each in visitor.get("/accounts")["accounts"] if each["platform"] == "tiktok")
    visitor.send("POST", f"/accounts/{account}/refresh")
    wrong = httpx.post(f"{running.web}/auth/login", json={"email": "nobody@example.com", "password": "canary-wrong-password"})
    heard.secrets["a wrong password"] = b"canary-wrong-password"
    forged = httpx.get(f"{running.web}/accounts", headers={"authorization": "Bearer canary-forged-token-31"})
    heard.secrets["a forged token"] = b"canary-forged-token-31"
    stale = httpx.get(f"{running.web}/oauth/facebook/callback?code=canary-stale-code-77&state=canary-stale-state-78")
    heard.secrets |= {"a stale code": b"canary-stale-code-77", "a stale state": b"canary-stale-state-78"}
    heard.secrets |= {f"cookie {name}": value.encode() for name, value in visitor._client.cookies.items() if "csrf" not in name}
    return [
        *(visitor.get(path) for path in ("/accounts", "/activity", "/auth/session", "/me", "/me/sessions", "/deadletters")),
        *(answer.text for answer in (wrong, forged, stale, httpx.get(f"{running.web}/content", headers=program))),
    ]


@pytest.mark.timeout(300)
def test_no_secret_leaves_by_any_way(rabbit: Rabbit, postgres_url: str, collector: Collector, tmp_path: Path) -> None:
    port, heard = free_port(), Heard()
    settings = PLANTED | {
        "SIMULCAST_BROKER_URL": rabbit.url,
        "SIMULCAST_DATABASE_URL": postgres_url,
        "SIMULCAST_WORKER_PROCESSES": "1",
        "SIMULCAST_LOG_LEVEL": "debug",
        "SIMULCAST_METRICS_PORT": str(port),
        "SIMULCAST_TRACES_URL": collector.url,
        "OTEL_EXPORTER_OTLP_COMPRESSION": "none",
    }
    with running_stack(tmp_path, **settings) as running:
        fleet = Fleet(running, tmp_path)
        try:
            fleet.start()
            await_answer(f"http://127.0.0.1:{port}/health")
            visitor = running.visitor()
            answers = travel(running, visitor, heard)
            visitor.close()
            bearer = {"authorization": f"Bearer {METRICS_TOKEN}"}
            ways = {"web": running.web, "worker": f"http://127.0.0.1:{port}"}
            heard.places = {
                f"{name} {path}": httpx.get(f"{base}{path}", headers=bearer, timeout=30).content
                for name, base in ways.items()
                for path in ("/metrics", "/health", "/health/ready")
            } | {"answers": repr(answers).encode()}
        finally:
            fleet.stop()
        key = running.environment["SIMULCAST_KEY"]
    heard.places |= {"broker": carried(rabbit.url), "database": dumped(postgres_url), "traces": b"".join(collector.bodies)}
    heard.places |= {path.name: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file() and path.name != "key"}
    heard.secrets |= {"password": PASSWORD.reveal().encode(), "key": key.encode(), "key's bytes": base64.b64decode(key)}
    heard.secrets |= {name: value.encode() for name, value in PLANTED.items() if "SECRET" in name or "TOKEN" in name}
    heard.secrets |= {secret.decode(): secret for secret in APP_SECRETS}
    assert b"simulcast.nudge" in heard.places["broker"], "the broker's copies are there to be searched"
    assert b"Nothing to see here" in heard.places["database"]
    assert b"delivery.attempted" in heard.places["workers.log"]
    assert b"publish" in heard.places["traces"]
    assert b"simulcast_deliveries_total" in heard.places["worker /metrics"]
    canary = secrets.token_hex(8).encode()
    heard.secrets["found where it is"], heard.places["where it is"] = canary, b"... " + canary.hex().encode()
    assert heard.leaks() == [("found where it is", "where it is")]

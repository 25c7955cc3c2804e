"""Log lines: one JSON object each whoever writes it, with the ids of what it is about, and no secret in it."""

import base64
import json
import logging
import os
import secrets
import subprocess
import sys
import traceback
from pathlib import Path

import httpx
import pytest
import structlog
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri, prepare_token_request
from authlib.oauth2.rfc6749.wrappers import OAuth2Token
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from adapters_persistence.ledger.ledger import SqlLedger
from adapters_persistence.ledger.migrations import upgrade
from adapters_persistence.ledger.tables import users
from distribution_core.usecases.observe import publish_observed
from distribution_core.usecases.publish_delivery import claim_batch
from shells.metrics import Counted
from shells.redaction import HIDDEN, Redactor
from shells.settings import Settings
from shells.telemetry import ShellTelemetry
from tests.operations.lines import parsed, written
from tests.running import running_stack
from tests.usecases.conftest import NOON, open_house

CANARY = "canary-4f1e9b"

LEAKS = [
    # As the libraries themselves show what we hand them.
    repr(httpx.Request("PUT", f"https://upload.test/v?upload_id=1&upload_token={CANARY}")),
    repr(httpx.Headers({"authorization": f"Bearer {CANARY}"})),
    repr(httpx.Headers({"cookie": f"__Host-simulcast_refresh={CANARY}"})),
    repr(httpx.QueryParams({"code": CANARY, "state": CANARY})),
    repr(httpx.Cookies({"__Host-simulcast_refresh": CANARY})),
    repr(OAuth2Token({"access_token": CANARY, "refresh_token": CANARY, "token_type": "bearer"})),
    prepare_token_request("authorization_code", body="", code=CANARY, client_secret=CANARY),
    prepare_grant_uri("https://platform.test/auth", "client", "code", state=CANARY),
    f"Authorization: Bearer {CANARY}",
    f"GET /oauth/facebook/callback?code={CANARY}&state={CANARY}",
    f'{{"access_token": "{CANARY}", "refresh_token":"{CANARY}"}}',
    f"{{'client_secret': '{CANARY}'}}",
    f"connect to postgresql://simulcast:{CANARY}@db:5432/simulcast failed",
    f"upload to /upload?upload_token={CANARY}&x=1",
    f"appsecret_proof={CANARY}",
    f"password={CANARY}",
    f"duplicate key\nDETAIL:  Key (email_folded)=({CANARY}) already\n exists.\nHINT: none",
    f"no such user: {CANARY}@example.com",
    f"key is {CANARY}-known, whole",
]


@pytest.mark.parametrize("text", LEAKS)
@pytest.mark.parametrize("form", ["json", "text"])
def test_no_secret_reaches_a_line(text: str, form: str) -> None:
    with written(form, secrets=(f"{CANARY}-known",)) as stream:
        logging.getLogger("anything").error("%s", text)
        logging.getLogger("anything").warning("extra", extra={"said": text, "deep": {"list": [text]}})
        structlog.get_logger("other").info("bound", said=text)
        try:
            raise ValueError(text)
        except ValueError:
            logging.getLogger("anything").exception("failed")
    assert CANARY not in stream.getvalue()
    assert "failed" in stream.getvalue()
    assert "ValueError" in stream.getvalue()


@pytest.mark.parametrize(
    "name", ["password", "access_token", "client_secret", "Authorization", "set-cookie", "code_verifier", "key"]
)
def test_what_is_named_like_a_secret_is_hidden_whatever_it_looks_like(name: str) -> None:
    with written() as stream:
        structlog.get_logger().info("said", **{name: CANARY, "inner": {name: [CANARY]}})
    (line,) = parsed(stream.getvalue())
    assert line[name] == HIDDEN
    assert line["inner"] == {name: HIDDEN}


@pytest.mark.parametrize(
    "text",
    [
        "token expired early",
        "error code: 190, status=503, tokens=12345",
        "https://graph.facebook.com/v25.0/me/accounts",
        "the secret: say nothing",
        "0197b5e0-4c1e-7cc3-98c4-dc0c0c07398f",
    ],
)
def test_ordinary_words_stay(text: str) -> None:
    assert Redactor.of([])(None, "info", {"event": text}) == {"event": text}


def test_lines_of_every_library_go_the_same_way() -> None:
    names = ("uvicorn.error", "uvicorn.access", "litestar", "celery", "sqlalchemy.engine", "_granian", "distribution_core")
    with written() as stream:
        for name in names:
            logging.getLogger(name).error("a word")
        structlog.get_logger("ours").error("a word")
    lines = parsed(stream.getvalue())
    assert [line["logger"] for line in lines] == [*names, "ours"]
    assert {(line["event"], line["level"]) for line in lines} == {("a word", "error")}
    assert all(line["timestamp"].endswith("Z") for line in lines)


def test_a_span_puts_its_ids_on_every_line_within_and_on_none_after() -> None:
    telemetry = ShellTelemetry(Counted.create())
    with written() as stream:
        with telemetry.span("outer", request_id="r1"), telemetry.span("inner", delivery_id="d1"):
            logging.getLogger("deep").info("within")
        logging.getLogger("deep").info("after")
    within, after = parsed(stream.getvalue())
    assert (within["request_id"], within["delivery_id"]) == ("r1", "d1")
    assert not {"request_id", "delivery_id"} & set(after)


def test_people_read_text_and_machines_json() -> None:
    with written("text") as stream:
        logging.getLogger("here").warning("a word", extra={"platform": "tiktok"})
    assert "a word" in stream.getvalue()
    assert "platform=tiktok" in stream.getvalue()
    with pytest.raises(json.JSONDecodeError):
        parsed(stream.getvalue())
    with written("auto") as stream:  # a file is no terminal
        logging.getLogger("here").warning("a word")
    assert parsed(stream.getvalue())[0]["event"] == "a word"


def test_settings_know_their_secrets() -> None:
    settings = Settings(
        database_url="postgresql://me:db-pass@h/x", platforms={"facebook": {"client_id": "open", "client_secret": "app-secret"}}
    )
    assert set(settings.secrets) == {"db-pass", "app-secret"}


@pytest.mark.anyio
async def test_each_attempt_is_told_once_with_all_its_facts(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    upgrade(url)
    async with open_house(url) as house:
        object.__setattr__(house.ctx, "telemetry", ShellTelemetry(Counted.create()))
        await house.link("alpha", "s", "a1")
        (delivery,) = await house.release("Hello")
        house.clock.advance(3)
        (claimed,) = await claim_batch(house.ctx, "w1", 10)
        began = house.clock.at
        with written() as stream:
            await publish_observed(house.ctx, "w1", claimed)
        took = (house.clock.at - began).total_seconds()
    (line,) = [line for line in parsed(stream.getvalue()) if line["event"] == "delivery.attempted"]
    expected = {
        "delivery_id": str(delivery.id),
        "content_id": str(delivery.content_id),
        "attempt_id": str(claimed.attempt.id),
        "account_id": str(delivery.social_account_id),
        "user_id": str(house.user_id),
        "platform": "alpha",
        "kind": "text",
        "outcome": "success",
        "final": True,
        "failure_kind": None,
        "failure_code": None,
        "attempt_number": 1,
        "fence": 1,
        "phase": "idle",
        "queue_wait_s": 3.0,
        "publish_s": took,
        "worker": "w1",
    }
    assert {name: line[name] for name in expected} == expected
    assert house.clock.at > NOON


@pytest.mark.anyio
async def test_a_broken_unique_key_shows_no_value(postgres_url: str) -> None:
    upgrade(postgres_url)
    ledger = SqlLedger.open(postgres_url)
    row = {
        "id": "0197b5e0-4c1e-7cc3-98c4-dc0c0c07398f",
        "email": f"{CANARY}@x",
        "email_folded": f"{CANARY}@x",
        "created_at": NOON,
    }
    try:
        with pytest.raises(IntegrityError) as refused:  # noqa: PT012 - the second insert is the refused one
            async with ledger.begin() as tx:
                connection = tx.users.unit.connection  # type: ignore[attr-defined]
                await connection.execute(insert(users), [row])
                await connection.execute(insert(users), [row | {"id": "0197b5e0-4c1e-7cc3-98c4-dc0c0c073990"}])
    finally:
        await ledger.aclose()
    told = "".join(traceback.format_exception(refused.value))
    assert "uq_users_email_folded" in told
    assert CANARY not in told


def test_the_servers_lines_are_json_with_the_requests_id(tmp_path: Path) -> None:
    with running_stack(tmp_path, SIMULCAST_LOG_LEVEL="info") as running:
        answer = httpx.get(f"{running.web}/accounts?code={CANARY}", headers={"x-request-id": "mine-12345"})
        assert answer.headers["x-request-id"] == "mine-12345"
        assert httpx.get(f"{running.web}/", headers={"x-request-id": "not good!"}).headers["x-request-id"] != "not good!"
        log = (tmp_path / "web.log").read_text("utf-8")
    lines = [line for line in parsed(log) if line.get("request_id") == "mine-12345"]
    assert [(line["event"], line["method"], line["route"], line["status"]) for line in lines] == [
        ("http.request", "GET", "/accounts", 401)
    ]
    assert CANARY not in log


def test_the_keys_of_a_key_file_are_known_to_what_cleans_lines(tmp_path: Path) -> None:
    keys = [base64.b64encode(secrets.token_bytes(32)).decode() for _ in range(2)]
    file = tmp_path / "keys"
    file.write_text(f"1:{keys[0]} 2:{keys[1]}")
    file.chmod(0o600)
    lines = "\n".join(
        [
            "import logging",
            "from shells.logs import log_as_set",
            "from shells.wiring import settings_from_environment",
            "log_as_set(settings_from_environment())",
            f"logging.getLogger('x').warning('held: %s', {keys!r})",
        ]
    )
    environment = {"SIMULCAST_KEY_FILE": str(file), "SIMULCAST_DATA_DIR": str(tmp_path), "PATH": os.environ["PATH"]}
    done = subprocess.run([sys.executable, "-c", lines], env=environment, capture_output=True, text=True, timeout=60, check=True)
    assert "held" in done.stderr
    assert not [key for key in keys if key in done.stderr]

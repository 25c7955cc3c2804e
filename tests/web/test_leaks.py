"""After a whole journey with faults in it, no secret stands in a log, the database or an answer."""

import re
from pathlib import Path

import pytest

from shells.cli.demonstration.visitor import CONSENTS
from tests.running import PASSWORD, running_stack

APP_SECRETS = (
    b"sandbox-facebook-secret",
    b"sandbox-tiktok-secret",
    b"sandbox-linkedin-member-secret",
    b"sandbox-linkedin-community-secret",
)
TOKEN_STARTS = (b"EAAP", b"act.", b"rft.", b"AQX", b"AQY", b"upload_token=")
# A start alone stands by chance in the bytes of what is sealed.
_TOKEN = re.compile(b"(?:" + b"|".join(re.escape(start) for start in TOKEN_STARTS) + rb")[\w.!~%-]{8,}")


def tokens_in(data: bytes) -> list[bytes]:
    """What looks like a token of one of the sandbox's platforms, by its start."""
    return [found[:8] for found in _TOKEN.findall(data)]


@pytest.mark.timeout(180)
def test_no_secret_is_written_down(tmp_path: Path) -> None:
    with running_stack(tmp_path, SIMULCAST_LOG_LEVEL="debug") as running:
        visitor = running.visitor()
        for consent in CONSENTS:
            visitor.link(consent)
        running.faults(
            {"platform": "facebook", "call": "update", "kind": "drop_after"},
            {"platform": "facebook", "call": "token", "kind": "error_before"},
            {"platform": "linkedin", "call": "create", "kind": "token_expired"},
        )
        saved = visitor.save(body="Nothing to see here")
        visitor.outcomes([saved["id"]], timeout_s=90, progress=lambda done, total: None)
        cookies = [value.encode() for name, value in visitor._client.cookies.items() if "csrf" not in name]
        answers = repr([visitor.get("/accounts"), visitor.get("/activity"), visitor.get("/auth/session")]).encode()
        visitor.close()
        key = running.environment["SIMULCAST_KEY"].encode()
    secrets = [*APP_SECRETS, *cookies, key, PASSWORD.reveal().encode()]
    places = {"answers": answers} | {
        path.name: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file() and path.name != "key"
    }
    assert {"web.log", "simulcast.db"} <= set(places)
    leaked = [(name, secret[:6]) for name, data in places.items() for secret in secrets if secret in data]
    assert leaked + [(name, token) for name, data in places.items() for token in tokens_in(data)] == []

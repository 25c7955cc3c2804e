"""The command as a user meets it: what it does, and how it refuses."""

import json
import socket
from pathlib import Path

import pytest

from tests.cli.conftest import GOOD_KEY, Run, one_line

PASSWORD = "a long enough password"


def test_help_names_every_command(run: Run) -> None:
    shown = run("--help").stdout
    assert all(name in shown for name in ("demo", "serve", "worker", "sandbox", "migrate", "user", "doctor"))


MALFORMED = [
    ("SIMULCAST_PROT", "1", "SIMULCAST_PROT is no setting"),
    ("SIMULCAST_PORT", "many", "SIMULCAST_PORT"),
    ("SIMULCAST_NEW_ACCOUNTS_ACTIVE", "maybe", "true or false"),
    ("SIMULCAST_PUBLIC_BASE_URL", "example.com", "http"),
    ("SIMULCAST_CORS_ORIGINS", "https://x.test/path", "CORS_ORIGINS"),
    ("SIMULCAST_CONFIG", "/nowhere.toml", "/nowhere.toml"),
    ("SIMULCAST_FACEBOOK_POST_FLOW", "sideways", "post_flow"),
    ("SIMULCAST_TIKTOK_CHUNK_BYTES", "1", "chunk_bytes"),
    ("SIMULCAST_BROKER_URL", "bogus://x", "SIMULCAST_BROKER_URL"),
]
# `doctor` finds these among all else, and `migrate` needs no key.
UNUSABLE = [
    ("SIMULCAST_KEY", "c2hvcnQ=", "5 bytes"),
    ("SIMULCAST_KEY", "%%%", "not base64"),
    ("SIMULCAST_KEY", None, "SIMULCAST_KEY is not set"),
    ("SIMULCAST_DATABASE_URL", "oracle://x", "database"),
]
CASES = [(command, *case) for command in ("serve", "worker") for case in (*MALFORMED, *UNUSABLE)]
CASES += [(command, *case) for command in ("migrate", "doctor") for case in MALFORMED[-4:]]


@pytest.mark.parametrize(("command", "name", "value", "words"), CASES)
def test_a_wrong_setting_is_one_clear_line_and_exit_2(run: Run, command: str, name: str, value: str | None, words: str) -> None:
    refused = run(command, **{name: value})
    assert refused.returncode == 2
    assert words in one_line(refused.stderr)
    assert not value or value == "c2hvcnQ=" or name != "SIMULCAST_KEY" or value not in refused.stderr
    assert GOOD_KEY not in refused.stderr


def test_migrate_then_add_a_user_then_all_is_well(run: Run) -> None:
    before = json.loads(run("doctor", "--json").stdout)
    assert before["ok"] is False
    assert {finding["fix"] for finding in before["findings"] if finding["check"] == "database"} == {"Run `simulcast migrate`."}
    assert run("migrate").returncode == 0
    assert run("migrate").returncode == 0, "twice is once"
    added = run("user", "add", "ada@example.com", "--password-stdin", stdin=PASSWORD + "\n")
    assert (added.returncode, added.stdout.strip()) == (0, "ada@example.com can sign in.")
    again = run("user", "add", "Ada@example.com", "--password-stdin", stdin=PASSWORD + "\n")
    assert again.returncode == 1
    assert "already" in one_line(again.stderr)
    after = run("doctor", "--json")
    report = json.loads(after.stdout)
    assert (after.returncode, report["ok"]) == (0, True)
    notes = {finding["check"]: finding["fix"] for finding in report["findings"] if finding["warning"]}
    assert "SIMULCAST_LINKEDIN_COMMUNITY_CLIENT_ID" in notes["linkedin (community)"]
    assert "/oauth/facebook/callback" in notes["facebook (pages)"]


@pytest.mark.parametrize(("email", "password"), [("nobody", PASSWORD), ("ada@example.com", "short")])
def test_a_bad_user_is_refused_in_one_line(run: Run, email: str, password: str) -> None:
    run("migrate")
    refused = run("user", "add", email, "--password-stdin", stdin=password + "\n")
    assert refused.returncode == 1
    assert one_line(refused.stderr)


def test_without_tables_the_database_is_said_to_be_the_problem(run: Run) -> None:
    refused = run("user", "add", "ada@example.com", "--password-stdin", stdin=PASSWORD + "\n")
    assert refused.returncode == 1
    assert "the database is not usable" in one_line(refused.stderr)


def test_an_unreachable_database_is_one_line(run: Run) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"postgresql://nobody:hush-hush@127.0.0.1:{taken.getsockname()[1]}/none"
        refused = run("migrate", SIMULCAST_DATABASE_URL=url)
    assert refused.returncode == 1
    assert "hush-hush" not in refused.stderr
    assert one_line(refused.stderr)


def test_the_sandbox_listens_on_loopback_only(run: Run) -> None:
    refused = run("sandbox", "--host", "0.0.0.0")
    assert refused.returncode == 2
    assert "loopback only" in one_line(refused.stderr)


def test_doctor_asks_the_broker(run: Run) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    report = json.loads(run("doctor", "--json", SIMULCAST_BROKER_URL=f"amqp://me:hush-hush@127.0.0.1:{port}").stdout)
    (broker,) = [finding for finding in report["findings"] if finding["check"] == "broker"]
    assert (broker["ok"], broker["found"]) == (False, "amqp: not reachable")
    assert "SIMULCAST_BROKER_URL" in broker["fix"]
    assert "hush-hush" not in json.dumps(report)


def test_doctor_asks_the_identity_provider(run: Run) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    named = {"SIMULCAST_OIDC_ISSUER": f"http://127.0.0.1:{port}", "SIMULCAST_OIDC_CLIENT_ID": "simulcast"}
    report = json.loads(run("doctor", "--json", **named).stdout)
    found = next(finding for finding in report["findings"] if finding["check"] == "identity provider")
    assert not found["ok"]
    assert "could not be reached" in found["found"]
    assert "password" in found["fix"]


def test_doctor_calls_a_version_that_has_ended_wrong(run: Run) -> None:
    report = json.loads(run("doctor", "--json", SIMULCAST_LINKEDIN_API_VERSION="202401").stdout)
    (version,) = [finding for finding in report["findings"] if finding["check"] == "linkedin version"]
    assert (version["ok"], version["warning"]) == (False, False)


def test_doctor_lists_every_setting(run: Run) -> None:
    table = run("doctor", "--settings").stdout
    assert "`SIMULCAST_DATABASE_URL`" in table
    assert "`SIMULCAST_TIKTOK_CLIENT_SECRET`" in table


def test_one_toml_file_holds_everything(run: Run, tmp_path: Path) -> None:
    config = tmp_path / "simulcast.toml"
    config.write_text(f'key = "{GOOD_KEY}"\nport = 8123\n[platforms.facebook]\nclient_id = "1"\nclient_secret = "s"\n')
    run("migrate", SIMULCAST_CONFIG=str(config), SIMULCAST_KEY=None)
    report = json.loads(run("doctor", "--json", SIMULCAST_CONFIG=str(config), SIMULCAST_KEY=None).stdout)
    assert {f["check"]: f["found"] for f in report["findings"]}["facebook (pages)"] == "configured"


def test_a_demo_takes_no_folder_that_is_not_its_own(run: Run, tmp_path: Path) -> None:
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious" / "thesis.txt").write_text("words")
    refused = run("demo", "--data-dir", "precious")
    assert refused.returncode == 1
    assert "not a demo's" in one_line(refused.stderr)
    assert (tmp_path / "precious" / "thesis.txt").read_text() == "words"


def test_a_key_for_a_program_is_made_used_and_revoked(run: Run) -> None:
    run("migrate")
    run("user", "add", "ada@example.com", "--password-stdin", stdin=PASSWORD + "\n")
    made = json.loads(run("apikey", "add", "A program", "--scope", "content:read", "--days", "3", "--json").stdout)
    assert made["key"].startswith("sck_")
    shown = run("apikey", "list", "--json").stdout
    (listed,) = json.loads(shown)["api_keys"]
    assert (listed["id"], listed["scopes"]) == (made["id"], ["content:read"])
    assert made["key"] not in shown
    assert run("apikey", "revoke", made["id"]).returncode == 0
    again = run("apikey", "revoke", made["id"])
    assert (again.returncode, one_line(again.stderr)) == (1, "simulcast: There is no such key.")
    assert "Invalid value" in run("apikey", "add", "x", "--scope", "everything").stderr

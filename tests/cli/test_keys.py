"""`simulcast keys`, as its user meets it."""

import json
import re
from pathlib import Path

import pytest

from tests.cli.conftest import GOOD_KEY, Run, one_line


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    path = tmp_path / "keys"
    path.touch(0o600)
    path.write_text(f"1:{GOOD_KEY}\n", "ascii")
    return path


@pytest.fixture
def migrated(run: Run) -> None:
    assert run("migrate").returncode == 0


@pytest.mark.usefixtures("migrated")
def test_a_key_file_lives_through_its_versions(run: Run, key_file: Path) -> None:
    own = {"SIMULCAST_KEY": None, "SIMULCAST_KEY_FILE": str(key_file)}
    rotated = run("keys", "rotate", "--json", **own)
    assert json.loads(rotated.stdout) == {"key_id": "local", "version": 2, "made": True, "rewrapped": 0, "unreadable": 0}
    status = json.loads(run("keys", "status", "--json", **own).stdout)
    assert (status["version"], status["versions"], status["overdue"], status["left"]) == (2, [1, 2], False, 0)
    assert "wraps since" in run("keys", "status", **own).stdout.replace("has wrapped since", "wraps since")
    retired = run("keys", "retire", "1", **own)
    assert retired.stdout == "Versions that can still be read: 2.\n"
    text = key_file.read_text("ascii")
    assert re.fullmatch(r"2:[A-Za-z0-9+/]{43}=:[0-9]{8}T[0-9]{6}Z\n", text)
    for answer in (rotated, retired):
        assert text.split(":")[1] not in answer.stdout + answer.stderr


@pytest.mark.usefixtures("migrated")
def test_a_key_in_a_setting_is_rotated_by_its_keeper(run: Run) -> None:
    refused = run("keys", "rotate")
    assert refused.returncode == 1
    assert "add version 2" in one_line(refused.stderr)
    assert GOOD_KEY not in refused.stderr
    newer = GOOD_KEY.replace("A", "B", 1)
    both = {"SIMULCAST_KEY": f"1:{GOOD_KEY} 2:{newer}"}
    assert json.loads(run("keys", "status", "--json", **both).stdout)["version"] == 2


@pytest.mark.usefixtures("migrated")
def test_an_overdue_version_is_said_to_be(run: Run, key_file: Path) -> None:
    key_file.write_text(f"1:{GOOD_KEY}:20200101T000000Z\n", "ascii")
    own = {"SIMULCAST_KEY": None, "SIMULCAST_KEY_FILE": str(key_file)}
    assert "overdue" in run("keys", "status", **own).stdout


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"SIMULCAST_KEY": None, "SIMULCAST_KEY_FILE": "/nowhere/keys"}, "can't be read"),
        ({"SIMULCAST_KEY_SERVICE": "vault"}, "SIMULCAST_KEY_SERVICE is empty"),
    ],
)
def test_keys_that_can_not_be_used_are_one_line(run: Run, settings: dict[str, str | None], words: str) -> None:
    refused = run("keys", "status", **settings)
    assert refused.returncode == 2
    assert words in one_line(refused.stderr)


def test_a_key_service_that_is_away_is_one_line(run: Run) -> None:
    own = {"SIMULCAST_KEY_SERVICE": "transit+http://127.0.0.1:9/transit/simulcast", "SIMULCAST_KEY_SERVICE_TOKEN": "s.token"}
    refused = run("keys", "status", **own)
    assert refused.returncode == 1
    assert "can't be reached" in one_line(refused.stderr)

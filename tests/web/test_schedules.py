"""Schedules over HTTP and by command: shown in the user's zone, and held when they were missed by too much."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from shells.cli.demonstration.visitor import Visitor
from tests.cli.test_delivery_commands import email_of, simulcast
from tests.running import Running, running_stack
from tests.web.test_content import FACEBOOK, refusal


@pytest.fixture(scope="module")
def impatient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A stack to which the least lateness is too much."""
    with running_stack(
        tmp_path_factory.mktemp("impatient"), SIMULCAST_SCHEDULE_LATE_HOURS="0", SIMULCAST_UPKEEP_SECONDS="1"
    ) as stack:
        yield stack


@pytest.fixture
def late(impatient: Running) -> Iterator[Visitor]:
    visitor = impatient.visitor()
    visitor.link(FACEBOOK)
    yield visitor
    visitor.close()


def held(visitor: Visitor, text: str) -> dict[str, Any]:
    saved = visitor.save(body=text, scheduled_at=(datetime.now(UTC) + timedelta(seconds=1)).isoformat())
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        content: dict[str, Any] = visitor.get(f"/content/{saved['id']}")
        if content["held_at"]:
            return content
    raise AssertionError("it was not held")


def test_held_content_is_shown_and_released(impatient: Running, late: Visitor) -> None:
    content = held(late, "Held, then released")
    assert (content["released"], content["release_at"]) == (False, None)
    assert "Release it" in content["held_reason"]
    assert late.get("/activity")["items"][0]["content"]["held_reason"] == content["held_reason"]
    assert impatient.posts("Held, then released") == []
    released = late.send("POST", f"/content/{content['id']}/release")
    assert (released["held_at"], released["held_reason"]) == (None, None)
    late.outcomes([content["id"]], timeout_s=30, progress=lambda done, total: None)
    assert len(impatient.posts("Held, then released")) == 1
    status, problem = refusal(late, "POST", f"/content/{content['id']}/release")
    assert (status, problem["code"]) == (409, "released")


def test_held_content_is_canceled(impatient: Running, late: Visitor) -> None:
    content = held(late, "Held, then canceled")
    canceled = late.send("POST", f"/content/{content['id']}/cancel")
    assert (canceled["nothing_sent"], canceled["content"]["held_at"]) == (True, None)
    status, problem = refusal(late, "POST", f"/content/{content['id']}/release")
    assert (status, problem["code"]) == (409, "canceled")
    assert impatient.posts("Held, then canceled") == []


def test_held_content_by_command(impatient: Running, late: Visitor) -> None:
    first, second, user = held(late, "Held by command"), held(late, "Canceled by command"), email_of(late)
    simulcast(impatient, "user", "set", user, "--time-zone", "Asia/Kathmandu")
    listed = simulcast(impatient, "content", "list", "--held", "--user", user)
    assert first["id"] in listed.stdout
    assert "+0545" in listed.stdout
    found = json.loads(simulcast(impatient, "content", "list", "--held", "--user", user, "--json").stdout)
    assert {each["id"] for each in found} == {first["id"], second["id"]}
    assert all(each["scheduled_local"].endswith("+05:45") for each in found)
    released = simulcast(impatient, "content", "release", first["id"], "--user", user)
    assert (released.returncode, released.stdout) == (0, "Released: it goes now.\n")
    again = simulcast(impatient, "content", "release", first["id"], "--user", user, "--json")
    assert again.returncode == 1 or json.loads(again.stdout)["held_at"] is None
    canceled = simulcast(impatient, "content", "cancel", second["id"], "--user", user)
    assert "nothing was sent" in canceled.stdout
    refused = simulcast(impatient, "content", "release", second["id"], "--user", user)
    assert (refused.returncode, len(refused.stderr.splitlines())) == (1, 1)
    assert "taken back" in refused.stderr
    assert "no time zone" in simulcast(impatient, "user", "set", user, "--time-zone", "Mars/Olympus").stderr
    assert "what to set" in simulcast(impatient, "user", "set", user).stderr


def test_a_schedule_is_shown_in_the_users_zone(visitor: Visitor) -> None:
    assert visitor.get("/me")["time_zone"] is None
    at = (datetime.now(UTC) + timedelta(days=2)).replace(hour=12, minute=0, second=0, microsecond=0)
    saved = visitor.save(body="At noon", scheduled_at=at.isoformat())
    assert visitor.get(f"/content/{saved['id']}")["scheduled_local"] == at.isoformat()
    assert visitor.send("PATCH", "/me", json={"time_zone": "Asia/Kathmandu"})["time_zone"] == "Asia/Kathmandu"
    shown = visitor.get(f"/content/{saved['id']}")
    assert datetime.fromisoformat(shown["scheduled_at"]) == at
    assert shown["scheduled_local"].endswith("T17:45:00+05:45")
    assert visitor.send("PATCH", "/me", json={"hold_seconds": 3})["time_zone"] == "Asia/Kathmandu"
    status, problem = refusal(visitor, "PATCH", "/me", json={"time_zone": "Mars/Olympus"})
    assert (status, problem["code"]) == (422, "time_zone")
    status, problem = refusal(visitor, "POST", f"/content/{saved['id']}/release")
    assert (status, problem["code"]) == (409, "not_held")


def at_risk(visitor: Visitor, content_id: str, *, expected: bool) -> list[dict[str, Any]]:
    """The risks of a content once there are some, or none."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        risks: list[dict[str, Any]] = visitor.get(f"/content/{content_id}")["at_risk"]
        if bool(risks) is expected:
            return risks
    raise AssertionError("it never came to be")


def test_a_post_at_risk_is_shown_until_its_account_is_reconnected(impatient: Running, late: Visitor) -> None:
    (account,) = late.get("/accounts")["accounts"]
    when = datetime.now(UTC) + timedelta(minutes=50)
    saved = late.save(body="Lost before its time", scheduled_at=when.isoformat())
    tokens = {"platform": "facebook", "account_id": "1020", "action": "revoke"}
    httpx.post(f"{impatient.addresses.sandbox}/_sandbox/tokens", json=tokens).raise_for_status()
    other = late.save(body="Asked after it was lost", scheduled_at=when.isoformat())
    (risk,) = at_risk(late, other["id"], expected=True)
    assert (risk["account_id"], risk["platform"], risk["code"]) == (account["id"], "facebook", "revoked")
    assert "Reconnect" in risk["reason"]
    assert at_risk(late, saved["id"], expected=True) == [risk], "every scheduled post of the account is at risk"
    listed = simulcast(impatient, "content", "list", "--user", email_of(late))
    assert "At risk" in listed.stdout
    late.link(FACEBOOK)
    assert at_risk(late, saved["id"], expected=False) == []
    for each in (saved, other):
        late.send("POST", f"/content/{each['id']}/cancel")

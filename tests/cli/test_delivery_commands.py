"""Deliveries from the command line: real processes on the ledger of a stack that runs beside them."""

import json
import os
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from shells.cli.demonstration.visitor import Consent, Visitor
from tests.cli import forked
from tests.running import REJECT_ONCE, Running, running_stack

MEMBER = Consent(platform="linkedin", person="ada-li", app="member")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running_stack(tmp_path_factory.mktemp("stack")) as stack:
        yield stack


@pytest.fixture
def visitor(running: Running) -> Iterator[Visitor]:
    visitor = running.visitor()
    yield visitor
    visitor.close()


def simulcast(running: Running, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SIMULCAST_")}
    return forked.simulcast(*arguments, environment=environment | running.environment)


def email_of(visitor: Visitor) -> str:
    return str(visitor.get("/me")["email"])


def unconfirmed(running: Running, visitor: Visitor, text: str) -> dict[str, Any]:
    visitor.link(MEMBER)
    running.faults({"platform": "linkedin", "call": "create", "kind": "drop_after", "count": 1})
    saved = visitor.save(body=text)
    found = visitor.outcomes([saved["id"]], timeout_s=90, progress=lambda done, total: None)[saved["id"]]
    return dict(found["deliveries"][0])


def test_an_unconfirmed_delivery_is_listed_and_resolved(running: Running, visitor: Visitor) -> None:
    delivery, user = unconfirmed(running, visitor, "Resolved by command"), email_of(visitor)
    listed = simulcast(running, "delivery", "list", "--status", "unconfirmed", "--user", user)
    assert delivery["id"] in listed.stdout
    assert delivery["look_url"] in listed.stdout
    (as_json,) = json.loads(simulcast(running, "delivery", "list", "--user", user, "--json").stdout)
    assert as_json["actions"] == ["look", "resolve"]
    refused = simulcast(running, "delivery", "retry", delivery["id"], "--user", user)
    assert refused.returncode == 1
    assert "may already be posted" in refused.stderr
    assert len(refused.stderr.strip().splitlines()) == 1
    bulk = simulcast(running, "content", "retry", delivery["content_id"], "--user", user, "--json")
    assert list(json.loads(bulk.stdout)["skipped"]) == [delivery["id"]]
    settled = simulcast(running, "delivery", "resolve", delivery["id"], "--posted", "--user", user, "--json")
    assert json.loads(settled.stdout)[0]["status"] == "success"
    shown = json.loads(simulcast(running, "delivery", "show", delivery["id"], "--user", user, "--json").stdout)
    assert shown["history"][0]["outcome"] == "unconfirmed"
    assert simulcast(running, "delivery", "show", delivery["id"], "--user", user).returncode == 0


def test_undo_by_command(running: Running, visitor: Visitor) -> None:
    visitor.link(MEMBER)
    saved, user = visitor.save(body="Undone by command", hold_seconds=60), email_of(visitor)
    undone = simulcast(running, "content", "cancel", saved["id"], "--user", user)
    assert "nothing was sent" in undone.stdout
    assert running.posts("Undone by command") == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("delivery", "list", "--user", "nobody@example.org"), "no user with the e-mail"),
        (("delivery", "show", "not-an-id"), "is not an id"),
        (("delivery", "resolve", "019d3677-9375-787e-82a6-fa3f1a05c47d"), "--posted or --not-posted"),
        (("delivery", "list"), "--user EMAIL"),
        (("content", "cancel", "019d3677-9375-787e-82a6-fa3f1a05c47d", "--user", "USER"), "no such content"),
    ],
)
def test_what_cannot_be_done_is_one_line(running: Running, visitor: Visitor, arguments: tuple[str, ...], words: str) -> None:
    user = email_of(visitor)
    refused = simulcast(running, *(user if each == "USER" else each for each in arguments))
    assert refused.returncode == 1
    (line,) = refused.stderr.strip().splitlines()
    assert words in line


def test_dead_letters_by_command(running: Running, visitor: Visitor) -> None:
    doubtful, user = unconfirmed(running, visitor, "Doubtful by command"), email_of(visitor)
    visitor.link(Consent(platform="facebook", person="1020", accounts=("5550001",)))
    running.faults(REJECT_ONCE)
    saved = visitor.save(body="Buried by command")
    outcome = visitor.outcomes([saved["id"]], timeout_s=90, progress=lambda done, total: None)[saved["id"]]
    (dead,) = (each["id"] for each in outcome["deliveries"] if each["status"] == "failed")
    listed = simulcast(running, "deadletters", "list", "--user", user, "--limit", "1")
    assert dead in listed.stdout
    assert "Buried by" in listed.stdout
    assert f"--before {dead}" in listed.stderr
    rest = simulcast(running, "deadletters", "list", "--before", dead, "--user", user, "--json")
    assert [(each["id"], each["words"]) for each in json.loads(rest.stdout)] == [(doubtful["id"], "Doubtful by command")]
    counted = json.loads(simulcast(running, "deadletters", "count", "--user", user, "--json").stdout)
    assert [(each["platform"], each["number"]) for each in counted] == [("facebook", 1), ("linkedin", 1)]
    assert "linkedin" in simulcast(running, "deadletters", "count", "--user", user).stdout
    one = simulcast(running, "deadletters", "retry", doubtful["id"], "--user", user)
    assert "0 sent again, 1 skipped." in one.stdout
    done = simulcast(running, "deadletters", "retry", "--all", "--user", user, "--json")
    found = json.loads(done.stdout)
    assert (found["again"], list(found["skipped"])) == ([dead], [doubtful["id"]])
    after = visitor.outcomes([saved["id"]], timeout_s=60, progress=lambda done, total: None)[saved["id"]]
    assert {each["status"] for each in after["deliveries"]} == {"success"}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("retry",), "the ids of deliveries, or --all"),
        (("retry", "019d3677-9375-787e-82a6-fa3f1a05c47d", "--all"), "the ids of deliveries, or --all"),
        (("retry", "019d3677-9375-787e-82a6-fa3f1a05c47d", "--kind", "refused"), "go with --all"),
        (("retry", "019d3677-9375-787e-82a6-fa3f1a05c47d"), "no dead letter 019d3677"),
        (("list", "--platform", "myspace"), "there are: facebook"),
    ],
)
def test_what_dead_letters_refuse_is_one_line(running: Running, visitor: Visitor, arguments: tuple[str, ...], words: str) -> None:
    refused = simulcast(running, "deadletters", *arguments, "--user", email_of(visitor))
    assert refused.returncode == 1
    (line,) = refused.stderr.strip().splitlines()
    assert words in line

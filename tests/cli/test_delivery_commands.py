"""Deliveries from the command line: real processes on the ledger of a stack that runs beside them."""

import json
import os
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
from attrs import evolve

from distribution_core.ports.dead_letters import DeadLetterFilter
from distribution_core.usecases.redrive import Redriven
from shells.cli.dead_letter_commands import redrive_to_the_end
from shells.cli.demonstration.visitor import Consent, Visitor
from shells.wiring import Product
from tests.cli import forked
from tests.running import REJECT_ONCE, Running, running_stack
from tests.waiting import until

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
        (("delivery", "list"), "several users: say which with --user EMAIL."),
        (("deadletters", "list"), "several users: say which with --user EMAIL, or --all-users."),
        (("deadletters", "count"), "several users: say which with --user EMAIL, or --all-users."),
        (("deadletters", "retry", "--all"), "several users: say which with --user EMAIL, or --all-users."),
        (("deadletters", "retry", "019d3677-9375-787e-82a6-fa3f1a05c47d"), "say which with --user EMAIL."),
        (("deadletters", "list", "--before", "019d3677-9375-787e-82a6-fa3f1a05c47d"), "say which with --user EMAIL."),
        (("deadletters", "list", "--all-users", "--before", "019d3677-9375-787e-82a6-fa3f1a05c47d"), "with --user EMAIL."),
        (("deadletters", "list", "--all-users", "--platform", "myspace"), "there are: facebook"),
        (("deadletters", "retry", "--all", "--all-users", "--platform", "myspace"), "there are: facebook"),
        (("content", "cancel", "019d3677-9375-787e-82a6-fa3f1a05c47d", "--user", "USER"), "no such content"),
    ],
)
def test_what_cannot_be_done_is_one_line(running: Running, visitor: Visitor, arguments: tuple[str, ...], words: str) -> None:
    user = email_of(visitor)
    refused = simulcast(running, *(user if each == "USER" else each for each in arguments))
    assert refused.returncode == 1
    (line,) = refused.stderr.strip().splitlines()
    assert words in line


def buried(running: Running, visitor: Visitor, text: str) -> dict[str, Any]:
    visitor.link(Consent(platform="facebook", person="1020", accounts=("5550001",)))
    running.faults(REJECT_ONCE)
    saved = visitor.save(body=text)
    outcome = visitor.outcomes([saved["id"]], timeout_s=90, progress=lambda done, total: None)[saved["id"]]
    (dead,) = (each for each in outcome["deliveries"] if each["status"] == "failed")
    return dict(dead)


def test_dead_letters_by_command(running: Running, visitor: Visitor) -> None:
    doubtful, user = unconfirmed(running, visitor, "Doubtful by command"), email_of(visitor)
    failed = buried(running, visitor, "Buried by command")
    dead, content_id = failed["id"], failed["content_id"]
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
    after = visitor.outcomes([content_id], timeout_s=60, progress=lambda done, total: None)[content_id]
    assert {each["status"] for each in after["deliveries"]} == {"success"}


def of_users(printed: str, *users: str) -> list[list[str]]:
    """The words of each line that begins with one of them: others are on this stack too."""
    return [words for words in map(str.split, printed.splitlines()) if words and words[0].rstrip(":") in users]


def test_everybodys_dead_letters_by_command(running: Running, visitor: Visitor) -> None:
    other = running.visitor()
    one, two = email_of(visitor), email_of(other)
    doubtful = unconfirmed(running, visitor, "Doubtful of everybody")
    first, second = buried(running, visitor, "Buried of one"), buried(running, other, "Buried of two")
    other.close()

    counted = simulcast(running, "deadletters", "count", "--all-users")
    as_json = json.loads(simulcast(running, "deadletters", "count", "--all-users", "--json").stdout)
    facts = [[str(fact) for fact in each.values()] for each in as_json if each["user"] in (one, two)]
    assert facts == of_users(counted.stdout, one, two)
    assert facts == [
        [one, "facebook", "rejected_content", "1"],
        [one, "linkedin", "unconfirmed", "1"],
        [two, "facebook", "rejected_content", "1"],
    ]

    listed = simulcast(running, "deadletters", "list", "--all-users")
    rows = [(one, first["id"]), (one, doubtful["id"]), (two, second["id"])]
    assert [(words[0], words[1]) for words in of_users(listed.stdout, one, two)] == rows
    as_json = json.loads(simulcast(running, "deadletters", "list", "--all-users", "--json").stdout)
    own = [each for each in as_json if each["user"] in (one, two)]
    assert [(each["user"], each["id"]) for each in own] == rows
    assert [each["words"] for each in own] == ["Buried of one", "Doubtful of everybody", "Buried of two"]
    short = simulcast(running, "deadletters", "list", "--all-users", "--limit", "1")
    assert [words[1] for words in of_users(short.stdout, one, two)] == [first["id"], second["id"]]
    assert f"There may be more of {one}: --user {one} --before {first['id']}" in short.stderr

    # The one by words, the other as JSON: what the first has sent again the second meets no more.
    told = simulcast(running, "deadletters", "retry", "--all", "--all-users", "--kind", "rejected_content", "--json")
    done = {each["user"]: each for each in json.loads(told.stdout)}
    assert [(done[user]["again"], done[user]["skipped"]) for user in (one, two)] == [([first["id"]], {}), ([second["id"]], {})]
    rest = simulcast(running, "deadletters", "retry", "--all", "--all-users")
    assert [" ".join(words) for words in of_users(rest.stdout, one, two)] == [f"{one}: 0 sent again, 1 skipped."]
    assert f"{doubtful['id']}  This may already be posted." in rest.stdout
    assert rest.stdout.splitlines()[-1].startswith("In all: 0 sent again, ")
    for text in ("Buried of one", "Buried of two"):
        until(lambda text=text: len(running.posts(text, "facebook")) == 1, f"{text!r} is not there")  # type: ignore[misc]
    assert len(running.posts("Doubtful of everybody")) == 1


def test_a_long_redrive_says_how_far_it_is(running: Running, visitor: Visitor, capsys: pytest.CaptureFixture[str]) -> None:
    doubtful, dead = unconfirmed(running, visitor, "Doubtful of many"), buried(running, visitor, "Buried of many")
    email = email_of(visitor)

    async def redrive(product: Product) -> Redriven:
        context = evolve(product.context, limits=evolve(product.context.limits, redrive_max=1))
        async with context.ledger.begin() as tx:
            user = await tx.users.find(email=email)
        assert user is not None
        return await redrive_to_the_end(evolve(product, context=context), user.id, DeadLetterFilter(), "Ada: ")

    done = running.with_product(redrive)
    assert ([str(each.id) for each in done.again], str(done.skipped[0][0].id)) == ([dead["id"]], doubtful["id"])
    assert capsys.readouterr().err.splitlines() == ["Ada: 1 done so far.", "Ada: 2 done so far."]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("retry",), "the ids of deliveries, or --all"),
        (("retry", "019d3677-9375-787e-82a6-fa3f1a05c47d", "--all"), "the ids of deliveries, or --all"),
        (("retry", "019d3677-9375-787e-82a6-fa3f1a05c47d", "--kind", "refused"), "go with --all"),
        (("retry", "019d3677-9375-787e-82a6-fa3f1a05c47d"), "no dead letter 019d3677"),
        (("retry", "019d3677-9375-787e-82a6-fa3f1a05c47d", "--all-users"), "go with --all"),
        (("retry", "--all", "--all-users"), "not both"),
        (("count", "--all-users"), "not both"),
        (("list", "--all-users"), "not both"),
        (("list", "--platform", "myspace"), "there are: facebook"),
    ],
)
def test_what_dead_letters_refuse_is_one_line(running: Running, visitor: Visitor, arguments: tuple[str, ...], words: str) -> None:
    refused = simulcast(running, "deadletters", *arguments, "--user", email_of(visitor))
    assert refused.returncode == 1
    (line,) = refused.stderr.strip().splitlines()
    assert words in line

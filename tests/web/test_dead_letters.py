"""Dead letters over HTTP: listed with their reasons, sent again some or all, and never an unconfirmed one in bulk."""

from typing import Any
from uuid import uuid4

import pytest

from shells.cli.demonstration.visitor import Visitor
from tests.running import REJECT_ONCE, Running
from tests.web.test_content import FACEBOOK, refusal
from tests.web.test_unconfirmed import unconfirmed


def reject(running: Running, visitor: Visitor, text: str) -> dict[str, Any]:
    """A post that Facebook turned down, as it is shown."""
    visitor.link(FACEBOOK)
    running.faults(REJECT_ONCE)
    saved = visitor.save(body=text)
    outcome = visitor.outcomes([saved["id"]], timeout_s=60, progress=lambda done, total: None)[saved["id"]]
    (delivery,) = (each for each in outcome["deliveries"] if each["platform"] == "facebook")
    assert delivery["status"] == "failed"
    return dict(delivery)


def test_they_are_listed_counted_and_sent_again(running: Running, visitor: Visitor) -> None:
    doubtful = unconfirmed(running, visitor, "Dead or alive", "drop_after")
    dead = reject(running, visitor, "Dead and risen")
    kind = dead["last_error"]["kind"]
    listed = visitor.get("/deadletters?limit=1")
    assert [(each["id"], each["last_error"]["kind"]) for each in listed["items"]] == [(dead["id"], kind)]
    assert [(each["id"], each["body"]) for each in listed["contents"]] == [(dead["content_id"], "Dead and risen")]
    rest = visitor.get(f"/deadletters?limit=1&before={listed['next_before']}")
    assert [each["id"] for each in rest["items"]] == [doubtful["id"]]
    filtered = visitor.get(f"/deadletters?platform=facebook&kind={kind}")
    assert ([each["id"] for each in filtered["items"]], filtered["next_before"]) == ([dead["id"]], None)
    assert visitor.get("/deadletters/counts") == {
        "counts": [
            {"platform": "facebook", "kind": kind, "number": 1},
            {"platform": "linkedin", "kind": "unconfirmed", "number": 1},
        ]
    }
    missing = str(uuid4())
    some = visitor.send("POST", "/deadletters", json={"ids": [doubtful["id"], missing]})
    assert (some["again"], list(some["skipped"]), some["missing"]) == ([], [doubtful["id"]], [missing])
    every = visitor.send("POST", "/deadletters", json={"all": True})
    assert (every["again"], list(every["skipped"]), every["next_before"]) == ([dead["id"]], [doubtful["id"]], None)
    outcome = visitor.outcomes([dead["content_id"]], timeout_s=60, progress=lambda done, total: None)[dead["content_id"]]
    assert {each["status"] for each in outcome["deliveries"]} == {"success"}
    history = visitor.get(f"/deliveries/{dead['id']}")["history"]
    assert history[0]["error"] == dead["last_error"], "why it failed at first is kept"
    assert len(running.posts("Dead and risen", "facebook")) == 1
    assert len(running.posts("Dead or alive", "linkedin")) == 1


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"all": False},
        {"ids": []},
        {"ids": ["no id"]},
        {"ids": [str(uuid4())], "all": True},
        {"ids": [str(uuid4())], "kind": "refused"},
        {"all": True, "kind": "bad_mood"},
        {"all": True, "platform": "myspace"},
        {"all": True, "everything": True},
    ],
)
def test_a_redrive_says_what_it_means(visitor: Visitor, body: dict[str, Any]) -> None:
    assert refusal(visitor, "POST", "/deadletters", json=body)[0] == 422


@pytest.mark.parametrize("query", ["platform=myspace", "kind=bad_mood", "limit=0", "limit=101", "before=x"])
def test_a_list_says_what_it_means(visitor: Visitor, query: str) -> None:
    assert refusal(visitor, "GET", f"/deadletters?{query}")[0] == 422


def test_nobody_sees_or_sends_anothers(running: Running, visitor: Visitor) -> None:
    dead = reject(running, visitor, "Another's")
    stranger = running.visitor()
    assert stranger.get("/deadletters")["items"] == []
    assert stranger.send("POST", "/deadletters", json={"ids": [dead["id"]]})["missing"] == [dead["id"]]
    assert stranger.send("POST", "/deadletters", json={"all": True})["again"] == []
    stranger.close()
    assert visitor.get(f"/deliveries/{dead['id']}")["status"] == "failed"

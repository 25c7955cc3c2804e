"""GET /events: changes as they happen, and none of anybody else's."""

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from shells.cli.demonstration.visitor import Visitor
from shells.web.live import Pace
from tests.running import Running, running_stack
from tests.web.test_content import FACEBOOK, refusal


@contextmanager
def listening(visitor: Visitor, **headers: str) -> Iterator[Iterator[dict[str, Any]]]:
    """The events of a stream, each with its id, name and data."""
    with visitor._client.stream("GET", "/events", headers=headers, timeout=20) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield _parsed(answer.iter_lines())


def _parsed(lines: Iterator[str]) -> Iterator[dict[str, Any]]:
    event: dict[str, Any] = {}
    for line in lines:
        name, _, value = line.partition(": ")
        if name in ("id", "event", "data"):
            event[name] = json.loads(value) if name == "data" else value
        elif not line and "event" in event:
            yield event
            event = {}


def until(events: Iterator[dict[str, Any]], action: str) -> list[dict[str, Any]]:
    found = []
    for event in events:
        found.append(event)
        if event["data"].get("action") == action:
            return found
    raise AssertionError(f"the stream ended without {action}")


def test_a_post_is_followed_to_its_end(running: Running, visitor: Visitor) -> None:
    (account,) = visitor.link(FACEBOOK)
    other = running.visitor()
    with listening(visitor) as events, listening(other) as foreign:
        assert [next(stream)["event"] for stream in (events, foreign)] == ["ready", "ready"]
        saved = visitor.save(body="Followed live")
        told = until(events, "post_success")
        assert [event["event"] for event in told[:2]] == ["content", "content"]
        assert {event["data"]["content_id"] for event in told} == {saved["id"]}
        last = told[-1]["data"]
        assert (last["kind"], last["account_id"], last["status"]) == ("delivery", account["id"], "success")
        visitor.send("PATCH", f"/accounts/{account['id']}/toggle", json={"is_active": False})
        assert until(events, "toggle_account")[-1]["data"]["account_id"] == account["id"]
        other.send("PATCH", "/me", json={"hold_seconds": 1})
        assert [next(foreign)["event"]] == ["settings"], "nothing of the others was told"
    other.close()


def test_what_was_missed_is_told_after_the_last_id(visitor: Visitor) -> None:
    with listening(visitor) as events:
        last_id = next(events)["id"]
    saved = visitor.save(body="While nobody listened")
    with listening(visitor, **{"last-event-id": last_id}) as events:
        assert until(events, "create_content")[-1]["data"]["content_id"] == saved["id"]


@pytest.mark.parametrize("last_id", ["nonsense", "00000000-0000-0000-0000-000000000000", "01890000-0000-7000-8000-000000000000"])
def test_an_id_that_is_too_old_or_none_of_ours_begins_anew(visitor: Visitor, last_id: str) -> None:
    with listening(visitor, **{"last-event-id": last_id}) as events:
        assert [next(events)["event"], next(events)["event"]] == ["reset", "ready"]


def test_a_user_has_only_so_many_streams(visitor: Visitor) -> None:
    opened = [listening(visitor) for _ in range(Pace().streams_max)]
    streams = [each.__enter__() for each in opened]
    assert [next(stream)["event"] for stream in streams] == ["ready"] * len(streams)
    assert refusal(visitor, "GET", "/events")[0] == 429
    opened.pop().__exit__(None, None, None)
    for _ in range(100):
        with visitor._client.stream("GET", "/events") as answer:
            if answer.status_code == 200:
                break
    else:
        pytest.fail("a stream that was closed still counts")
    for each in opened:
        each.__exit__(None, None, None)


def test_only_who_is_signed_in_listens(running: Running) -> None:
    assert httpx.get(f"{running.web}/events").status_code == 401


def test_an_open_stream_does_not_keep_the_server_from_stopping(tmp_path: Path) -> None:
    with ExitStack() as streams:
        with running_stack(tmp_path) as running:
            events = streams.enter_context(listening(running.visitor()))
            assert next(events)["event"] == "ready"
            began = time.monotonic()
        assert time.monotonic() - began < 10
        assert list(events) == [], "it was ended, not cut off"

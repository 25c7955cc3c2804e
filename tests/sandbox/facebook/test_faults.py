"""Faults, quotas and lags."""

import json

import httpx
import pytest

from tests.sandbox.facebook.conftest import BAKERY, BOOKS, MP4, Graph, chunked, error_of, photo_call, png


@pytest.mark.parametrize(("kind", "visible"), [("error_before", 0), ("error_after", 1), ("drop_before", 0), ("drop_after", 1)])
def test_faults_before_and_after_the_effect(graph: Graph, page: str, kind: str, visible: int) -> None:
    graph.faults({"call": "feed", "kind": kind})
    if kind.startswith("drop"):
        with pytest.raises(httpx.TransportError):
            graph.call("POST", f"{BAKERY}/feed", page, json={"message": "x"})
    else:
        assert error_of(graph.call("POST", f"{BAKERY}/feed", page, json={"message": "x"}))[:2] == (500, 2)
    assert len(graph.posts()) == visible
    assert graph.call("POST", f"{BAKERY}/feed", page, json={"message": "y"}).status_code == 200


def test_rate_limits_name_their_wait_in_minutes(graph: Graph, page: str) -> None:
    graph.faults({"call": "feed", "kind": "rate_limited", "options": {"wait_seconds": 300}})
    limited = graph.call("POST", f"{BAKERY}/feed", page, json={"message": "x"})
    assert error_of(limited)[:2] == (400, 80001)
    assert '"estimated_time_to_regain_access": 5' in limited.headers["x-business-use-case-usage"]


def test_rate_limits_name_the_page_that_called(graph: Graph, page: str) -> None:
    books = graph.page_token(BOOKS)
    graph.faults({"call": "feed", "kind": "rate_limited", "account": BOOKS})
    assert graph.call("POST", f"{BAKERY}/feed", page, json={"message": "x"}).status_code == 200
    limited = graph.call("POST", "me/feed", books, json={"message": "x"})
    usage = json.loads(limited.headers["x-business-use-case-usage"])
    assert list(usage) == [BOOKS]
    assert "estimated_time_to_regain_access" not in usage[BOOKS][0]


def test_a_page_that_called_too_often_waits(graph: Graph, page: str) -> None:
    graph.switch(page_calls_per_day=2)
    answers = [graph.call("POST", f"{BAKERY}/feed", page, json={"message": str(n)}) for n in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 400]
    (row,) = json.loads(answers[2].headers["x-business-use-case-usage"])[BAKERY]
    assert (row["call_count"], 1439 <= row["estimated_time_to_regain_access"] <= 1441) == (100, True)
    graph.advance(60 * (row["estimated_time_to_regain_access"] + 1))
    assert graph.call("POST", f"{BAKERY}/feed", page, json={"message": "again"}).status_code == 200
    assert len(graph.posts()) == 3


@pytest.mark.parametrize("kind", ["error_before", "rate_limited", "token_expired"])
def test_a_fault_before_a_file_is_taken_leaves_nothing(graph: Graph, page: str, kind: str) -> None:
    graph.faults({"call": "photos", "kind": kind, "account": BAKERY})
    assert "fbtrace_id" in photo_call(graph, page, png()).json()["error"]
    assert graph.posts() == []
    assert photo_call(graph, page, png()).status_code == 200


@pytest.mark.parametrize(("kind", "subcode"), [("token_expired", 463), ("token_revoked", 460)])
def test_token_faults_look_like_dead_tokens(graph: Graph, page: str, kind: str, subcode: int) -> None:
    graph.faults({"call": "feed", "kind": kind})
    assert error_of(graph.call("POST", f"{BAKERY}/feed", page, json={"message": "x"})) == (400, 190, subcode)
    assert graph.posts() == []


def test_publishing_a_draft_whose_answer_is_lost_is_repeated_without_a_second_post(graph: Graph, page: str) -> None:
    draft = graph.call("POST", f"{BAKERY}/feed", page, json={"message": "x", "published": False}).json()["id"]
    graph.faults({"call": "update", "kind": "drop_after"})
    with pytest.raises(httpx.TransportError):
        graph.call("POST", draft, page, data={"is_published": "true"})
    assert graph.call("POST", draft, page, data={"is_published": "true"}).json() == {"success": True}
    assert len(graph.posts()) == 1


def test_new_posts_and_videos_may_not_be_found_for_some_polls(graph: Graph, page: str) -> None:
    graph.switch(read_lag_polls=2, processing_seconds=0.0)
    post = graph.call("POST", f"{BAKERY}/feed", page, json={"message": "x"}).json()["id"]
    video = chunked(graph, page, MP4)["id"]
    for node in (post, video):
        answers = [graph.call("GET", node, page) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [400, 400, 200]
        assert error_of(answers[0])[1:] == (100, 33)


def test_a_lag_in_time_holds_for_lists_too(graph: Graph, page: str) -> None:
    graph.switch(read_lag_seconds=30)
    post = graph.call("POST", f"{BAKERY}/feed", page, json={"message": "x"}).json()["id"]
    assert error_of(graph.call("GET", post, page))[1:] == (100, 33)
    assert graph.call("GET", f"{BAKERY}/published_posts", page).json() == {"data": []}
    graph.advance(31)
    assert graph.call("GET", f"{BAKERY}/published_posts", page).json()["data"][0]["id"] == post


@pytest.mark.parametrize(
    "bad", [{"nonsense": 1}, {"processing_seconds": "long"}, {"refuse_duplicates": 1}, {"chunk_bytes": True}]
)
def test_switches_refuse_what_they_do_not_know(graph: Graph, bad: dict[str, object]) -> None:
    assert graph.client.put(f"{graph.base}/_sandbox/switches/facebook", json=bad).status_code == 400

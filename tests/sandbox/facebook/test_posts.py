"""Posts: live, drafts, scheduled; edits, duplicates, refusals."""

from datetime import datetime
from typing import Any

import httpx
import pytest

from tests.sandbox.facebook.conftest import BAKERY, BOOKS, MILL, SCOPES, Graph, error_of


@pytest.mark.parametrize("body", ["json", "form", "query"])
def test_a_live_post_is_visible_at_once_however_it_is_sent(graph: Graph, page: str, body: str) -> None:
    message = {"message": f"Hi from {body}"}
    arguments: dict[str, Any] = {"json": {"json": message}, "form": {"data": message}, "query": {"params": message}}[body]
    answer = graph.call("POST", f"{BAKERY}/feed", page, **arguments)
    assert set(answer.json()) == {"id"}
    assert answer.json()["id"].startswith(f"{BAKERY}_")
    assert [post["text"] for post in graph.posts()] == [f"Hi from {body}"]
    assert "x-business-use-case-usage" in answer.headers


@pytest.mark.parametrize("spelling", ["false", "0", False])
def test_a_draft_is_hidden_until_published_and_publishing_again_changes_nothing(
    graph: Graph, page: str, spelling: object
) -> None:
    draft = graph.call("POST", f"{BAKERY}/feed", page, json={"message": "Draft", "published": spelling}).json()["id"]
    assert graph.posts() == []
    read = {"fields": "id,is_published,message,application"}
    assert graph.call("GET", draft, page, params=read).json()["is_published"] is False
    for _ in range(2):
        assert graph.call("POST", draft, page, data={"is_published": "true"}).json() == {"success": True}
    assert [post["post_id"] for post in graph.posts()] == [draft]
    assert graph.call("GET", draft, page, params=read).json()["is_published"] is True


def test_what_is_refused(graph: Graph, page: str) -> None:
    assert error_of(graph.call("POST", f"{BAKERY}/feed", page, json={}))[1] == 100
    assert error_of(graph.call("POST", f"{BAKERY}/feed", page, json={"message": "x", "surprise": 1}))[1] == 100
    assert error_of(graph.call("POST", f"{BAKERY}/feed", page, json={"message": "x", "published": "maybe"}))[1] == 100
    assert error_of(graph.call("POST", f"{BAKERY}/feed", page, json={"message": "x" * 63_207}))[1] == 100
    assert error_of(graph.call("POST", f"{BAKERY}/feed", graph.long_token(), json={"message": "x"})) == (400, 190, 2069032)
    assert error_of(graph.call("POST", f"{BOOKS}/feed", page, json={"message": "x"}))[:2] == (403, 200)
    assert error_of(graph.call("POST", f"{MILL}/feed", graph.page_token(MILL), json={"message": "x"}))[:2] == (403, 200)
    assert error_of(graph.call("GET", f"{BAKERY}_1", page))[1:] == (100, 33)
    assert error_of(graph.call("POST", "999999/feed", page, json={"message": "x"}))[1:] == (100, 33)
    assert error_of(graph.call("POST", "1020/feed", graph.long_token(), json={"message": "x"}))[:2] == (403, 200)
    assert graph.posts() == []


def test_the_same_words_twice_are_a_duplicate(graph: Graph, page: str) -> None:
    graph.call("POST", f"{BAKERY}/feed", page, json={"message": "Twice"})
    assert error_of(graph.call("POST", f"{BAKERY}/feed", page, json={"message": "Twice"}))[1] == 506
    graph.call("POST", f"{BAKERY}/feed", page, json={"message": "Between"})
    assert graph.call("POST", f"{BAKERY}/feed", page, json={"message": "Twice"}).status_code == 200


def test_published_posts_can_be_read_back_and_deleted(graph: Graph, page: str) -> None:
    post = graph.call("POST", f"{BAKERY}/feed", page, json={"message": "Read me"}).json()["id"]
    graph.call("POST", f"{BAKERY}/feed", page, json={"message": "Draft", "published": False})
    rows = graph.call("GET", f"{BAKERY}/published_posts", page, params={"fields": "id,message,application,created_time"}).json()[
        "data"
    ]
    assert [(row["id"], row["message"], row["application"]["id"]) for row in rows] == [(post, "Read me", "900000000000001")]
    assert error_of(graph.call("GET", f"{BAKERY}/published_posts", page, params={"limit": 101}))[1] == 100
    assert graph.call("DELETE", post, page).json() == {"success": True}
    assert graph.posts() == []


def test_a_schedule_shows_the_post_in_its_time(graph: Graph, page: str) -> None:
    now = httpx.post(f"{graph.base}/_sandbox/clock", json={"advance_seconds": 0}).json()["now"]
    at = int(datetime.fromisoformat(now).timestamp()) + 1200
    body = {"message": "Later", "published": False, "scheduled_publish_time": at}
    assert graph.call("POST", f"{BAKERY}/feed", page, json=body).status_code == 200
    assert error_of(graph.call("POST", f"{BAKERY}/feed", page, json=body | {"scheduled_publish_time": at - 1190}))[1] == 100
    assert graph.posts() == []
    graph.advance(1201)
    assert [post["text"] for post in graph.posts()] == ["Later"]


def test_fields_on_create_are_read_after_the_write(graph: Graph, page: str) -> None:
    made = graph.call("POST", f"{BAKERY}/feed", page, params={"fields": "id,permalink_url,is_published"}, json={"message": "Hi"})
    assert set(made.json()) == {"id", "permalink_url", "is_published"}
    assert made.json()["permalink_url"] == graph.posts()[0]["permalink"]
    assert int(made.json()["id"].partition("_")[2]) > 2**53


@pytest.mark.parametrize(
    ("link", "subcode"),
    [
        ("notaurl", 1609005),
        ("https://gone.invalid/", 1609005),
        ("http://127.0.0.1/", 1609005),
        ("https://m.facebook.com/x", 1609008),
    ],
)
def test_links_that_facebook_cannot_show(graph: Graph, page: str, link: str, subcode: int) -> None:
    assert error_of(graph.call("POST", f"{BAKERY}/feed", page, json={"link": link})) == (400, 100, subcode)
    assert graph.call("POST", f"{BAKERY}/feed", page, json={"link": "https://a.test/x"}).status_code == 200
    assert [(post["kind"], post["link"]) for post in graph.posts()] == [("link", "https://a.test/x")]


@pytest.mark.parametrize(
    "body",
    [
        {"message": "x", "scheduled_publish_time": 1_900_000_000},
        {"message": "x", "published": False, "scheduled_publish_time": "soon"},
        {"message": "x", "published": False, "scheduled_publish_time": 10**15},
        {"message": "x", "published": False, "unpublished_content_type": "SCHEDULED"},
        {"message": "x", "published": False, "unpublished_content_type": "LATER"},
        {"message": "x", "unpublished_content_type": "DRAFT"},
        {"message": "x", "tags": "1"},
        {"link": "https://a.test", "picture": "https://a.test/p.png"},
        {"message": "   "},
    ],
)
def test_contradicting_parameters_are_refused(graph: Graph, page: str, body: dict[str, Any]) -> None:
    assert error_of(graph.call("POST", f"{BAKERY}/feed", page, json=body))[:2] == (400, 100)


def test_an_edit_changes_the_timeline_and_only_of_the_apps_own_posts(graph: Graph, page: str) -> None:
    mine = graph.call("POST", f"{BAKERY}/feed", page, json={"message": "Before"}).json()["id"]
    assert graph.call("POST", mine, page, data={"message": "After"}).json() == {"success": True}
    assert [post["text"] for post in graph.posts()] == ["After"]
    graph.switch(posted_by_hand={"page_id": BAKERY, "message": "By hand"})
    rows = graph.call("GET", f"{BAKERY}/published_posts", page, params={"fields": "id,application"}).json()["data"]
    (by_hand,) = [row for row in rows if row["id"] != mine]
    assert "application" not in by_hand
    assert error_of(graph.call("POST", by_hand["id"], page, data={"message": "Mine now"}))[:2] == (403, 200)


def test_a_published_post_is_not_hidden_again(graph: Graph, page: str) -> None:
    post = graph.call("POST", f"{BAKERY}/feed", page, json={"message": "Out"}).json()["id"]
    assert error_of(graph.call("POST", post, page, data={"is_published": "false"}))[1] == 100
    assert len(graph.posts()) == 1


def test_a_draft_is_edited_and_published_in_one_call(graph: Graph, page: str) -> None:
    draft = graph.call("POST", f"{BAKERY}/feed", page, json={"message": "Raw", "published": False}).json()["id"]
    graph.call("POST", draft, page, json={"message": "Done", "is_published": True})
    assert [(post["post_id"], post["text"]) for post in graph.posts()] == [(draft, "Done")]


def test_a_deleted_draft_cannot_be_published(graph: Graph, page: str) -> None:
    draft = graph.call("POST", f"{BAKERY}/feed", page, json={"message": "Gone", "published": False}).json()["id"]
    graph.call("DELETE", draft, page)
    assert error_of(graph.call("POST", draft, page, data={"is_published": "true"}))[1:] == (100, 33)
    assert graph.posts() == []


def test_scheduled_posts_are_listed_until_they_appear(graph: Graph, page: str) -> None:
    now = httpx.post(f"{graph.base}/_sandbox/clock", json={"advance_seconds": 0}).json()["now"]
    at = int(datetime.fromisoformat(now).timestamp()) + 1200
    body = {"message": "Later", "published": False, "scheduled_publish_time": at}
    post = graph.call("POST", f"{BAKERY}/feed", page, json=body).json()["id"]
    fields = {"fields": "id,scheduled_publish_time"}
    rows = graph.call("GET", f"{BAKERY}/scheduled_posts", page, params=fields).json()["data"]
    assert rows == [{"id": post, "scheduled_publish_time": at}]
    graph.advance(1201)
    assert graph.call("GET", f"{BAKERY}/scheduled_posts", page).json() == {"data": []}
    row = graph.call("GET", post, page, params={"fields": "created_time,is_published"}).json()
    assert datetime.fromisoformat(row["created_time"]).timestamp() == at


@pytest.mark.parametrize(("left_out", "refusal"), [("pages_manage_posts", (403, 200)), ("pages_read_engagement", (400, 283))])
def test_posting_needs_both_permissions(graph: Graph, left_out: str, refusal: tuple[int, int]) -> None:
    user = graph.long_token(scope=",".join(scope for scope in SCOPES.split(",") if scope != left_out))
    token = graph.call("GET", BAKERY, user, params={"fields": "access_token"}).json()["access_token"]
    assert error_of(graph.call("POST", f"{BAKERY}/feed", token, json={"message": "x"}))[:2] == refusal
    assert graph.posts() == []

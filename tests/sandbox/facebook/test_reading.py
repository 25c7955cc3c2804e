"""Reading back: lists, cursors, fields, and who sees what."""

import httpx
import pytest

from tests.sandbox.facebook.conftest import BAKERY, BOOKS, MILL, SCOPES, Graph, error_of, photo_call, png, proof


def _posts(graph: Graph, page: str, count: int) -> list[str]:
    made = [graph.call("POST", f"{BAKERY}/feed", page, json={"message": f"No. {n}"}).json()["id"] for n in range(count)]
    return [str(post) for post in reversed(made)]


def _walk(graph: Graph, page: str, limit: int) -> tuple[list[str], int]:
    """All ids by following `next`, which repeats the token but not its proof; and how many pages that took."""
    found, pages = [], 0
    body = graph.call("GET", f"{BAKERY}/published_posts", page, params={"limit": limit}).json()
    while True:
        pages += 1
        found += [row["id"] for row in body["data"]]
        if "next" not in body.get("paging", {}):
            return found, pages
        url = httpx.URL(body["paging"]["next"])
        assert url.params["access_token"] == page
        assert "appsecret_proof" not in url.params
        body = graph.client.get(url.copy_merge_params({"appsecret_proof": proof(page)})).json()


def test_next_is_followed_until_it_is_absent(graph: Graph, page: str) -> None:
    ids = _posts(graph, page, 5)
    assert _walk(graph, page, 2) == (ids, 3)
    assert _walk(graph, page, 5) == (ids, 1)


def test_pages_may_be_short_or_empty(graph: Graph, page: str) -> None:
    ids = _posts(graph, page, 5)
    graph.switch(thin_pages=True)
    assert _walk(graph, page, 4) == (ids, 4)


@pytest.mark.parametrize("query", [{"limit": 0}, {"limit": 101}, {"limit": "x"}, {"after": "zzz"}, {"since": "yesterday"}])
def test_wrong_paging_is_refused(graph: Graph, page: str, query: dict[str, object]) -> None:
    assert error_of(graph.call("GET", f"{BAKERY}/published_posts", page, params=query))[:2] == (400, 100)


def test_time_paging(graph: Graph, page: str) -> None:
    _posts(graph, page, 1)
    graph.advance(100)
    between = graph.later(-50)
    graph.call("POST", f"{BAKERY}/feed", page, json={"message": "Later"})
    for query in ({"since": between}, {"until": between}):
        assert len(graph.call("GET", f"{BAKERY}/published_posts", page, params=query).json()["data"]) == 1


def test_the_whole_feed_needs_its_own_permission_and_shows_drafts(graph: Graph, page: str) -> None:
    assert error_of(graph.call("GET", f"{BAKERY}/feed", page))[:2] == (403, 10)
    graph.long_token(scope=f"{SCOPES},pages_read_user_content")
    graph.call("POST", f"{BAKERY}/feed", page, json={"message": "Out"})
    graph.call("POST", f"{BAKERY}/feed", page, json={"message": "Draft", "published": False})
    rows = graph.call("GET", f"{BAKERY}/feed", page, params={"fields": "message,is_published"}).json()["data"]
    assert {row["message"]: row["is_published"] for row in rows} == {"Out": True, "Draft": False}
    assert len(graph.call("GET", f"{BAKERY}/posts", page).json()["data"]) == 1


def test_fields_are_checked_and_may_be_nested(graph: Graph, page: str) -> None:
    (post,) = _posts(graph, page, 1)
    row = graph.call("GET", post, page, params={"fields": "application{id,name},from.fields(id),status_type"}).json()
    assert set(row) == {"id", "application", "from", "status_type"}
    for wrong in ("surprise", "id,application{id"):
        assert error_of(graph.call("GET", post, page, params={"fields": wrong}))[:2] == (400, 100)
    photo = photo_call(graph, page, png(), caption="One").json()["id"]
    assert error_of(graph.call("GET", photo, page, params={"fields": "message"}))[1] == 100


def test_a_page_without_the_right_to_post_still_reads(graph: Graph) -> None:
    mill = graph.page_token(MILL)
    assert graph.call("GET", f"{MILL}/published_posts", mill).json() == {"data": []}


def test_who_sees_a_post(graph: Graph, page: str) -> None:
    (post,) = _posts(graph, page, 1)
    draft = graph.call("POST", f"{BAKERY}/feed", page, json={"message": "Draft", "published": False}).json()["id"]
    user, books = graph.long_token(), graph.page_token(BOOKS)
    assert graph.call("GET", post, user).json()["message"] == "No. 0"
    assert error_of(graph.call("GET", draft, user)) == (400, 190, 2069032)
    assert error_of(graph.call("GET", post, books))[1:] == (100, 33)
    assert error_of(graph.call("GET", post, graph.long_token("1021")))[1:] == (100, 33)
    assert error_of(graph.call("DELETE", post, books))[:2] == (403, 200)
    assert error_of(graph.call("GET", f"{BAKERY}/published_posts", user)) == (400, 190, 2069032)

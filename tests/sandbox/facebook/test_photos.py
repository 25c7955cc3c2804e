"""Photos: files, URLs, several in one post, and how long they keep."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest

from tests.sandbox.facebook.conftest import BAKERY, BOOKS, Graph, error_of, photo_call, png


def test_several_photos_in_one_post(graph: Graph, page: str) -> None:
    ids = [photo_call(graph, page, png(shade), published="false", alt_text_custom=f"Shade {shade}").json() for shade in (1, 2)]
    assert all(set(row) == {"id"} for row in ids)
    attached = {f"attached_media[{n}]": f'{{"media_fbid":"{row["id"]}"}}' for n, row in enumerate(ids)}
    made = graph.call("POST", f"{BAKERY}/feed", page, data={"message": "Two", **attached})
    assert made.status_code == 200
    (post,) = graph.posts()
    assert [item["alt_text"] for item in post["media"]] == ["Shade 1", "Shade 2"]
    again = graph.call("POST", f"{BAKERY}/feed", page, json={"message": "x", "attached_media": [{"media_fbid": ids[0]["id"]}]})
    assert error_of(again) == (400, 100, 1366051)


def test_one_published_photo_is_a_post(graph: Graph, page: str) -> None:
    row = photo_call(graph, page, png(), caption="One").json()
    assert set(row) == {"id", "post_id"}
    assert graph.posts()[0]["kind"] == "photo"
    assert graph.call("GET", row["id"], page, params={"fields": "page_story_id"}).json()["page_story_id"] == row["post_id"]


def test_an_unpublished_photo_is_gone_after_a_day(graph: Graph, page: str) -> None:
    photo = photo_call(graph, page, png(), published="false").json()["id"]
    graph.advance(25 * 3600)
    late = graph.call("POST", f"{BAKERY}/feed", page, json={"message": "x", "attached_media": [{"media_fbid": photo}]})
    assert error_of(late)[1:] == (100, 33)


def test_no_picture_is_nophoto_call(graph: Graph, page: str) -> None:
    assert error_of(photo_call(graph, page, b"not a picture"))[1] == 324
    assert error_of(graph.call("POST", f"{BAKERY}/photos", page, data={"caption": "x"}))[1] == 324


@pytest.mark.parametrize("form", ["json", "indexed", "nested", "array_text"])
def test_attached_media_in_each_form(graph: Graph, page: str, form: str) -> None:
    photo = photo_call(graph, page, png(), published="false").json()["id"]
    text = f'{{"media_fbid":"{photo}"}}'
    arguments: dict[str, Any] = {
        "json": {"json": {"message": "x", "attached_media": [{"media_fbid": photo}]}},
        "indexed": {"data": {"message": "x", "attached_media[0]": text}},
        "nested": {"data": {"message": "x", "attached_media[0][media_fbid]": photo}},
        "array_text": {"data": {"message": "x", "attached_media": f"[{text}]"}},
    }[form]
    assert graph.call("POST", f"{BAKERY}/feed", page, **arguments).status_code == 200
    assert len(graph.posts()[0]["media"]) == 1


def test_the_order_of_photos_is_the_order_of_their_numbers(graph: Graph, page: str) -> None:
    ids = [photo_call(graph, page, png(shade), published="false", alt_text_custom=str(shade)).json()["id"] for shade in range(10)]
    attached = {f"attached_media[{n}]": f'{{"media_fbid":"{photo}"}}' for n, photo in reversed(list(enumerate(ids)))}
    assert graph.call("POST", f"{BAKERY}/feed", page, data=attached).status_code == 200
    assert [item["alt_text"] for item in graph.posts()[0]["media"]] == [str(n) for n in range(10)]


def test_photos_of_a_draft_wait_with_it(graph: Graph, page: str) -> None:
    photo = photo_call(graph, page, png(), published="false").json()["id"]
    body = {"message": "Draft", "published": False, "attached_media": [{"media_fbid": photo}]}
    draft = graph.call("POST", f"{BAKERY}/feed", page, json=body).json()["id"]
    assert graph.posts() == []
    graph.advance(25 * 3600)
    assert graph.call("POST", draft, page, data={"is_published": "true"}).json() == {"success": True}
    assert [(post["kind"], len(post["media"])) for post in graph.posts()] == [("photo", 1)]


def test_photos_of_a_scheduled_post_are_temporary(graph: Graph, page: str) -> None:
    later = {"published": "false", "scheduled_publish_time": graph.later(3600), "unpublished_content_type": "SCHEDULED"}
    lasting = photo_call(graph, page, png(1), published="false").json()["id"]
    refused = graph.call("POST", f"{BAKERY}/feed", page, data=later | {"attached_media[0]": f'{{"media_fbid":"{lasting}"}}'})
    assert error_of(refused)[1] == 100
    assert error_of(photo_call(graph, page, png(2), temporary="true"))[1] == 100
    passing = photo_call(graph, page, png(2), published="false", temporary="true").json()["id"]
    taken = graph.call("POST", f"{BAKERY}/feed", page, data=later | {"attached_media[0]": f'{{"media_fbid":"{passing}"}}'})
    assert taken.status_code == 200
    graph.advance(3601)
    assert len(graph.posts()) == 1


def test_another_pages_photo_is_no_photo(graph: Graph, page: str) -> None:
    photo = photo_call(graph, page, png(), published="false").json()["id"]
    books = graph.page_token(BOOKS)
    taken = graph.call("POST", f"{BOOKS}/feed", books, json={"message": "x", "attached_media": [{"media_fbid": photo}]})
    assert error_of(taken)[1:] == (100, 33)
    assert error_of(graph.call("GET", photo, books))[1:] == (100, 33)


def test_too_big_and_misplaced(graph: Graph, page: str) -> None:
    assert error_of(photo_call(graph, page, b"\0" * (10 * 1024 * 1024 + 1))) == (400, 100, 1366046)
    assert error_of(photo_call(graph, page, png(), **{"attached_media[0]": "{}"}))[1] == 324


def test_deleting_a_photo_takes_its_post(graph: Graph, page: str) -> None:
    photo = photo_call(graph, page, png(), caption="One").json()["id"]
    assert graph.call("DELETE", photo, page).json() == {"success": True}
    assert graph.posts() == []
    assert error_of(graph.call("GET", photo, page))[1:] == (100, 33)


@pytest.fixture
def picture_url() -> Iterator[str]:
    class Pictures(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = self.path == "/p.png"
            self.send_response(200 if found else 404)
            self.end_headers()
            self.wfile.write(png() if found else b"")

        def log_message(self, *_: object) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Pictures)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_photo_by_url_is_fetched(graph: Graph, page: str, picture_url: str) -> None:
    made = graph.call("POST", f"{BAKERY}/photos", page, json={"url": f"{picture_url}/p.png", "caption": "Fetched"})
    assert set(made.json()) == {"id", "post_id"}
    assert graph.posts()[0]["media"][0]["mime"] == "image/png"
    assert error_of(graph.call("POST", f"{BAKERY}/photos", page, json={"url": f"{picture_url}/none.png"}))[1] == 324
    assert error_of(graph.call("POST", f"{BAKERY}/photos", page, json={"url": "file:///etc/hostname"}))[1] == 324
    graph.switch(allow_loopback_fetch=False)
    assert error_of(graph.call("POST", f"{BAKERY}/photos", page, json={"url": f"{picture_url}/p.png"}))[1] == 324

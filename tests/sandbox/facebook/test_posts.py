"""Posts, photos and videos."""

import io
from datetime import datetime
from typing import Any

import httpx
import pytest
from PIL import Image

from tests.sandbox.facebook.conftest import BAKERY, BOOKS, MILL, Graph, error_of


def png(shade: int = 10) -> bytes:
    output = io.BytesIO()
    Image.new("RGB", (40, 30), (shade, 20, 30)).save(output, "PNG")
    return output.getvalue()


MP4 = b"\0\0\0\x18ftypmp42" + bytes(range(256)) * 40


@pytest.fixture
def page(graph: Graph) -> str:
    return graph.page_token()


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
    assert graph.posts() == []


def test_the_same_words_twice_are_a_duplicate(graph: Graph, page: str) -> None:
    graph.call("POST", f"{BAKERY}/feed", page, json={"message": "Twice"})
    assert error_of(graph.call("POST", f"{BAKERY}/feed", page, json={"message": "Twice"}))[1] == 506
    graph.call("POST", f"{BAKERY}/feed", page, json={"message": "Between"})
    assert graph.call("POST", f"{BAKERY}/feed", page, json={"message": "Twice"}).status_code == 200


def _photo(graph: Graph, page: str, data: bytes, **fields: str) -> httpx.Response:
    return graph.call("POST", f"{BAKERY}/photos", page, data=fields, files={"source": ("p.png", data, "image/png")})


def test_several_photos_in_one_post(graph: Graph, page: str) -> None:
    ids = [_photo(graph, page, png(shade), published="false", alt_text_custom=f"Shade {shade}").json() for shade in (1, 2)]
    assert all(set(row) == {"id"} for row in ids)
    attached = {f"attached_media[{n}]": f'{{"media_fbid":"{row["id"]}"}}' for n, row in enumerate(ids)}
    made = graph.call("POST", f"{BAKERY}/feed", page, data={"message": "Two", **attached})
    assert made.status_code == 200
    (post,) = graph.posts()
    assert [item["alt_text"] for item in post["media"]] == ["Shade 1", "Shade 2"]
    again = graph.call("POST", f"{BAKERY}/feed", page, json={"message": "x", "attached_media": [{"media_fbid": ids[0]["id"]}]})
    assert error_of(again) == (400, 100, 1366051)


def test_one_published_photo_is_a_post(graph: Graph, page: str) -> None:
    row = _photo(graph, page, png(), caption="One").json()
    assert set(row) == {"id", "post_id"}
    assert graph.posts()[0]["kind"] == "photo"
    assert graph.call("GET", row["id"], page, params={"fields": "page_story_id"}).json()["page_story_id"] == row["post_id"]


def test_an_unpublished_photo_is_gone_after_a_day(graph: Graph, page: str) -> None:
    photo = _photo(graph, page, png(), published="false").json()["id"]
    graph.advance(25 * 3600)
    late = graph.call("POST", f"{BAKERY}/feed", page, json={"message": "x", "attached_media": [{"media_fbid": photo}]})
    assert error_of(late)[1:] == (100, 33)


def test_no_picture_is_no_photo(graph: Graph, page: str) -> None:
    assert error_of(_photo(graph, page, b"not a picture"))[1] == 324
    assert error_of(graph.call("POST", f"{BAKERY}/photos", page, data={"caption": "x"}))[1] == 324


def _chunked(graph: Graph, page: str, data: bytes, **finish: str) -> dict[str, Any]:
    start = graph.call(
        "POST", f"{BAKERY}/videos", page, host="video", data={"upload_phase": "start", "file_size": len(data)}
    ).json()
    offsets = start
    while offsets["start_offset"] != offsets["end_offset"]:
        first, last = int(offsets["start_offset"]), int(offsets["end_offset"])
        offsets = graph.call(
            "POST",
            f"{BAKERY}/videos",
            page,
            host="video",
            data={"upload_phase": "transfer", "upload_session_id": start["upload_session_id"], "start_offset": first},
            files={"video_file_chunk": ("c.mp4", data[first:last], "video/mp4")},
        ).json()
    fields = {"upload_phase": "finish", "upload_session_id": start["upload_session_id"], **finish}
    assert graph.call("POST", f"{BAKERY}/videos", page, host="video", data=fields).json() == {"success": True}
    return {"id": start["video_id"], "session": start["upload_session_id"]}


def test_a_video_in_chunks_is_processed_and_then_live(graph: Graph, page: str) -> None:
    graph.switch(chunk_bytes=3000, processing_seconds=60)
    video = _chunked(graph, page, MP4, description="Rolling")
    status = graph.call("GET", video["id"], page, params={"fields": "status"}).json()["status"]
    assert (status["video_status"], status["processing_phase"]["status"]) == ("processing", "in_progress")
    assert graph.posts() == []
    graph.advance(61)
    row = graph.call("GET", video["id"], page, params={"fields": "status,post_id,permalink_url,published"}).json()
    assert (row["status"]["publishing_phase"]["publish_status"], row["published"]) == ("published", True)
    assert [(post["post_id"], post["text"], post["kind"]) for post in graph.posts()] == [(row["post_id"], "Rolling", "video")]


def test_a_wrong_offset_says_where_to_resume(graph: Graph, page: str) -> None:
    start = graph.call(
        "POST", f"{BAKERY}/videos", page, host="video", data={"upload_phase": "start", "file_size": len(MP4)}
    ).json()
    wrong = graph.call(
        "POST",
        f"{BAKERY}/videos",
        page,
        host="video",
        data={"upload_phase": "transfer", "upload_session_id": start["upload_session_id"], "start_offset": 7},
        files={"video_file_chunk": ("c.mp4", MP4[7:], "video/mp4")},
    )
    assert error_of(wrong)[2] == 1363037
    assert wrong.json()["error"]["error_data"]["start_offset"] == "0"
    early = graph.call(
        "POST",
        f"{BAKERY}/videos",
        page,
        host="video",
        data={"upload_phase": "finish", "upload_session_id": start["upload_session_id"]},
    )
    assert error_of(early)[2] == 1363037


def test_a_bad_video_ends_in_error_and_shows_nothing(graph: Graph, page: str) -> None:
    graph.switch(processing_seconds=0.0)
    video = _chunked(graph, page, b"no video at all" * 100)
    status = graph.call("GET", video["id"], page, params={"fields": "status"}).json()["status"]
    assert (status["video_status"], status["processing_phase"]["errors"][0]["code"]) == ("error", 1363128)
    assert graph.posts() == []


def test_published_posts_can_be_read_back_and_deleted(graph: Graph, page: str) -> None:
    post = graph.call("POST", f"{BAKERY}/feed", page, json={"message": "Read me"}).json()["id"]
    graph.call("POST", f"{BAKERY}/feed", page, json={"message": "Draft", "published": False})
    rows = graph.call("GET", f"{BAKERY}/published_posts", page, params={"fields": "id,message,application,created_time"}).json()[
        "data"
    ]
    assert [(row["id"], row["message"], row["application"]["id"]) for row in rows] == [(post, "Read me", "900000000000001")]
    assert len(graph.call("GET", f"{BAKERY}/feed", page).json()["data"]) == 2
    assert error_of(graph.call("GET", f"{BAKERY}/published_posts", page, params={"limit": 101}))[1] == 100
    assert graph.call("DELETE", post, page).json() == {"success": True}
    assert graph.posts() == []


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


def test_a_schedule_shows_the_post_in_its_time(graph: Graph, page: str) -> None:
    now = httpx.post(f"{graph.base}/_sandbox/clock", json={"advance_seconds": 0}).json()["now"]
    at = int(datetime.fromisoformat(now).timestamp()) + 1200
    body = {"message": "Later", "published": False, "scheduled_publish_time": at}
    assert graph.call("POST", f"{BAKERY}/feed", page, json=body).status_code == 200
    assert error_of(graph.call("POST", f"{BAKERY}/feed", page, json=body | {"scheduled_publish_time": at - 1190}))[1] == 100
    assert graph.posts() == []
    graph.advance(1201)
    assert [post["text"] for post in graph.posts()] == ["Later"]

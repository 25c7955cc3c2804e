"""Videos: one shot, chunks, handles; drafts and schedules; processing and its failures."""

from typing import Any

import httpx
import pytest

from tests.sandbox.facebook.conftest import APP, BAKERY, BOOKS, MP4, Graph, chunked, error_of


def test_a_video_in_chunks_is_processed_and_then_live(graph: Graph, page: str) -> None:
    graph.switch(chunk_bytes=3000, processing_seconds=60)
    video = chunked(graph, page, MP4, description="Rolling")
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
    video = chunked(graph, page, b"no video at all" * 100)
    status = graph.call("GET", video["id"], page, params={"fields": "status"}).json()["status"]
    assert (status["video_status"], status["processing_phase"]["errors"][0]["code"]) == ("error", 352)
    assert graph.posts() == []


def _chunk(graph: Graph, page: str, session: str, start: int, data: bytes) -> httpx.Response:
    fields = {"upload_phase": "transfer", "upload_session_id": session, "start_offset": start}
    files = {"video_file_chunk": ("c.mp4", data, "video/mp4")}
    return graph.call("POST", f"{BAKERY}/videos", page, host="video", data=fields, files=files)


def _start(graph: Graph, page: str, size: int = len(MP4)) -> dict[str, str]:
    answer = graph.call("POST", f"{BAKERY}/videos", page, host="video", data={"upload_phase": "start", "file_size": size})
    found: dict[str, str] = answer.json()
    return found


def test_a_chunk_may_be_shorter_than_asked_but_not_longer(graph: Graph, page: str) -> None:
    graph.switch(chunk_bytes=1000)
    session = _start(graph, page)["upload_session_id"]
    assert error_of(_chunk(graph, page, session, 0, MP4[:1001]))[2] == 1363037
    assert _chunk(graph, page, session, 0, MP4[:10]).json() == {"start_offset": "10", "end_offset": "1010"}
    assert error_of(_chunk(graph, page, session, 0, MP4[:10]))[2] == 1363037


def test_a_lost_answer_to_a_chunk_is_resumed_from_where_it_stands(graph: Graph, page: str) -> None:
    session = _start(graph, page)["upload_session_id"]
    graph.faults({"call": "video_transfer", "kind": "drop_after"})
    with pytest.raises(httpx.TransportError):
        _chunk(graph, page, session, 0, MP4[:4000])
    again = _chunk(graph, page, session, 0, MP4[:4000])
    assert again.json()["error"]["error_data"]["start_offset"] == "4000"
    assert _chunk(graph, page, session, 4000, MP4[4000:]).json()["start_offset"] == str(len(MP4))


def test_finishing_again_makes_no_second_post(graph: Graph, page: str) -> None:
    graph.switch(processing_seconds=0.0)
    video = chunked(graph, page, MP4, description="Once")
    fields = {"upload_phase": "finish", "upload_session_id": video["session"]}
    assert graph.call("POST", f"{BAKERY}/videos", page, host="video", data=fields).json() == {"success": True}
    assert len(graph.posts()) == 1


def test_a_cancelled_upload_is_gone_and_a_finished_one_cannot_be_cancelled(graph: Graph, page: str) -> None:
    start = _start(graph, page)
    cancel = {"upload_phase": "cancel", "upload_session_id": start["upload_session_id"]}
    assert graph.call("POST", f"{BAKERY}/videos", page, data=cancel).json() == {"success": True}
    assert error_of(graph.call("GET", start["video_id"], page))[1:] == (100, 33)
    assert error_of(_chunk(graph, page, start["upload_session_id"], 0, MP4[:9]))[1] == 6000
    video = chunked(graph, page, MP4)
    assert (
        error_of(graph.call("POST", f"{BAKERY}/videos", page, data=cancel | {"upload_session_id": video["session"]}))[1] == 6001
    )
    assert len(graph.eventually_posts(1)) == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"upload_phase": "begin"},
        {"upload_phase": "start"},
        {"upload_phase": "start", "file_size": "-1"},
        {"upload_phase": "start", "file_size": "9", "file_url": "https://a.test/v.mp4"},
        {"description": "nothing else"},
    ],
)
def test_wrong_video_calls(graph: Graph, page: str, fields: dict[str, str]) -> None:
    assert error_of(graph.call("POST", f"{BAKERY}/videos", page, data=fields))[:2] == (400, 100)


def test_upload_sessions_are_the_pages_own_and_end(graph: Graph, page: str) -> None:
    session = _start(graph, page)["upload_session_id"]
    fields = {"upload_phase": "finish", "upload_session_id": session}
    assert error_of(graph.call("POST", f"{BOOKS}/videos", graph.page_token(BOOKS), data=fields))[1] == 6000
    graph.advance(25 * 3600)
    assert error_of(_chunk(graph, page, session, 0, MP4[:9]))[1] == 6000


def test_one_shot_goes_through_processing_and_needs_a_proper_name(graph: Graph, page: str) -> None:
    graph.switch(processing_seconds=60)
    files = {"source": ("v.mp4", MP4, "video/mp4"), "thumb": ("t.png", b"thumb", "image/png")}
    fields = {"title": "Title", "description": "One shot"}
    made = graph.call("POST", f"{BAKERY}/videos", page, data=fields, files=dict(reversed(files.items()))).json()
    assert set(made) == {"id"}
    assert graph.posts() == []
    graph.advance(61)
    (post,) = graph.posts()
    assert (post["title"], post["text"], post["media"][0]["bytes"]) == ("Title", "One shot", len(MP4))
    nameless = graph.call("POST", f"{BAKERY}/videos", page, files={"source": ("blob", MP4, "video/mp4")})
    assert error_of(nameless)[1] == 352


def test_a_draft_video_is_published_by_its_id_or_its_post(graph: Graph, page: str) -> None:
    graph.switch(processing_seconds=0.0)
    for by in ("video", "post"):
        video = chunked(graph, page, MP4, description=by, published="false")["id"]
        row = graph.call("GET", video, page, params={"fields": "post_id,published,status"}).json()
        assert (row["published"], row["status"]["publishing_phase"]["publish_status"]) == (False, "draft")
        node, field = (video, "published") if by == "video" else (row["post_id"], "is_published")
        for _ in range(2):
            assert graph.call("POST", node, page, data={field: "true"}).json() == {"success": True}
    assert [(post["text"], post["kind"], len(post["media"])) for post in graph.posts()] == [
        ("video", "video", 1),
        ("post", "video", 1),
    ]


def test_a_scheduled_video_appears_in_its_time(graph: Graph, page: str) -> None:
    graph.switch(processing_seconds=0.0)
    video = chunked(graph, page, MP4, published="false", scheduled_publish_time=graph.later(7200))["id"]
    phase = graph.call("GET", video, page, params={"fields": "status"}).json()["status"]["publishing_phase"]
    assert (phase["publish_status"], "publish_time" in phase) == ("scheduled", True)
    assert graph.posts() == []
    graph.advance(7201)
    assert len(graph.posts()) == 1
    assert error_of(graph.call("POST", f"{BAKERY}/videos", page, data={"scheduled_publish_time": graph.later(7200)}))[1] == 100


@pytest.mark.parametrize(("reason", "code"), [("1363128: too long", 1363128), ("", 6001)])
def test_processing_fails_on_command(graph: Graph, page: str, reason: str, code: int) -> None:
    graph.switch(processing_seconds=0.0)
    graph.faults({"call": "video_finish", "kind": "processing_failure", "options": {"reason": reason}})
    video = chunked(graph, page, MP4)["id"]
    status = graph.call("GET", video, page, params={"fields": "status"}).json()["status"]
    assert (status["video_status"], status["processing_phase"]["errors"][0]["code"]) == ("error", code)
    assert status["publishing_phase"]["status"] == "not_started"
    assert graph.posts() == []


def test_a_finish_whose_answer_is_lost_still_publishes_once(graph: Graph, page: str) -> None:
    graph.switch(processing_seconds=0.0)
    graph.faults({"call": "video_finish", "kind": "error_after"})
    start = _start(graph, page)
    _chunk(graph, page, start["upload_session_id"], 0, MP4)
    fields = {"upload_phase": "finish", "upload_session_id": start["upload_session_id"]}
    assert error_of(graph.call("POST", f"{BAKERY}/videos", page, data=fields))[:2] == (500, 2)
    status = graph.call("GET", start["video_id"], page, params={"fields": "status"}).json()["status"]
    assert status["publishing_phase"]["publish_status"] == "published"
    assert len(graph.posts()) == 1


def test_deleting_a_video_takes_its_post(graph: Graph, page: str) -> None:
    graph.switch(processing_seconds=0.0)
    video = chunked(graph, page, MP4)["id"]
    assert len(graph.posts()) == 1
    assert graph.call("DELETE", video, page).json() == {"success": True}
    assert graph.posts() == []


def test_a_handle_from_the_upload_api_becomes_a_video(graph: Graph, page: str) -> None:
    graph.switch(processing_seconds=0.0)
    user = graph.long_token()
    query = {"file_name": "v.mp4", "file_length": len(MP4), "file_type": "video/mp4"}
    upload = graph.call("POST", f"{APP}/uploads", user, params=query).json()["id"]
    assert upload.startswith("upload:")

    def send(offset: int, data: bytes) -> httpx.Response:
        headers = {"authorization": f"OAuth {user}", "file_offset": str(offset)}
        return graph.client.post(graph.url(upload), headers=headers, content=data)

    assert send(0, MP4[:5000]).json()["file_offset"] == "5000"
    assert error_of(send(0, MP4))[1] == 100
    state = graph.client.get(graph.url(upload), headers={"authorization": f"OAuth {user}"})
    assert state.json() == {"id": upload, "file_offset": "5000"}
    handle = send(5000, MP4[5000:]).json()["h"]
    wrong: dict[str, Any] = {"fbuploader_video_file_chunk": "2:made-up"}
    assert error_of(graph.call("POST", f"{BAKERY}/videos", page, data=wrong))[1] == 100
    made = graph.call("POST", f"{BAKERY}/videos", page, data={"fbuploader_video_file_chunk": handle, "description": "Handled"})
    assert set(made.json()) == {"id"}
    assert [(post["text"], post["media"][0]["bytes"]) for post in graph.posts()] == [("Handled", len(MP4))]

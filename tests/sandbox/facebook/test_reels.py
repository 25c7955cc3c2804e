"""Reels: start, bytes to the upload host, finish."""

import io
from functools import cache
from typing import Any

import av
import httpx
import pytest
from PIL import Image

from tests.sandbox.facebook.conftest import BAKERY, Graph, error_of


@cache
def mp4(width: int = 540, height: int = 960, frames: int = 80, fps: int = 25) -> bytes:
    """A real film of one colour."""
    output = io.BytesIO()
    picture = av.VideoFrame.from_image(Image.new("RGB", (width, height), (9, 90, 200)))
    with av.open(output, "w", format="mp4") as container:
        stream = container.add_stream("mpeg4", rate=fps)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for _ in range(frames):
            picture.pts = None
            container.mux(stream.encode(picture))
        container.mux(stream.encode())
    return output.getvalue()


def _start(graph: Graph, page: str) -> dict[str, str]:
    started: dict[str, str] = graph.call("POST", f"{BAKERY}/video_reels", page, json={"upload_phase": "start"}).json()
    return started


def _send(graph: Graph, page: str, url: str, data: bytes, **headers: str) -> httpx.Response:
    sent = {"authorization": f"OAuth {page}", "offset": "0", "file_size": str(len(data))} | headers
    return graph.client.post(url, headers=sent, content=data)


def _finish(graph: Graph, page: str, video: str, **fields: str) -> httpx.Response:
    query = {"upload_phase": "finish", "video_id": video, "video_state": "PUBLISHED"} | fields
    return graph.call("POST", f"{BAKERY}/video_reels", page, params=query)


def _status(graph: Graph, page: str, video: str) -> dict[str, Any]:
    status: dict[str, Any] = graph.call("GET", video, page, params={"fields": "status"}).json()["status"]
    return status


def refusal_of(response: httpx.Response) -> tuple[int, str, bool]:
    """(HTTP status, type, retriable) of the upload host's refusal."""
    body = response.json()["debug_info"]
    assert body["message"]
    return response.status_code, body["type"], body["retriable"]


def test_a_reel_goes_live_after_processing_and_stays_out_of_the_feed(graph: Graph, page: str) -> None:
    graph.switch(processing_seconds=60)
    reel = _start(graph, page)
    assert set(reel) == {"video_id", "upload_url"}
    assert _status(graph, page, reel["video_id"])["uploading_phase"]["status"] == "not_started"
    assert _send(graph, page, reel["upload_url"], mp4()).json() == {"success": True}
    assert _status(graph, page, reel["video_id"])["video_status"] == "upload_complete"
    for _ in range(2):
        assert _finish(graph, page, reel["video_id"], description="Turning").json() == {"success": True}
    assert graph.posts() == []
    graph.advance(61)
    assert _status(graph, page, reel["video_id"])["publishing_phase"]["publish_status"] == "published"
    assert [(post["kind"], post["text"]) for post in graph.posts()] == [("reel", "Turning")]
    rows = graph.call("GET", f"{BAKERY}/video_reels", page).json()["data"]
    assert [(row["id"], row["description"]) for row in rows] == [(reel["video_id"], "Turning")]
    assert graph.call("GET", f"{BAKERY}/published_posts", page).json()["data"] == []


def test_an_upload_is_resumed_at_the_bytes_that_arrived(graph: Graph, page: str) -> None:
    reel, data = _start(graph, page), mp4()
    partial = _send(graph, page, reel["upload_url"], data[:1000], file_size=str(len(data)))
    assert refusal_of(partial) == (400, "PartialRequestError", True)
    assert _status(graph, page, reel["video_id"])["uploading_phase"]["bytes_transferred"] == 1000
    assert error_of(_finish(graph, page, reel["video_id"]))[1] == 6000
    assert refusal_of(_send(graph, page, reel["upload_url"], data)) == (412, "OffsetInvalidError", True)
    rest = _send(graph, page, reel["upload_url"], data[1000:], offset="1000", file_size=str(len(data)))
    assert rest.json() == {"success": True}


@pytest.mark.parametrize(
    ("shape", "code"),
    [
        ({"width": 960, "height": 540}, 1363040),
        ({"width": 270, "height": 480}, 1363127),
        ({"frames": 25}, 1363128),
        ({"frames": 40, "fps": 10}, 1363129),
    ],
)
def test_what_is_no_reel_fails_in_processing(graph: Graph, page: str, shape: dict[str, int], code: int) -> None:
    graph.switch(processing_seconds=0.0)
    reel = _start(graph, page)
    _send(graph, page, reel["upload_url"], mp4(**shape))
    _finish(graph, page, reel["video_id"])
    status = _status(graph, page, reel["video_id"])
    assert (status["video_status"], status["processing_phase"]["errors"][0]["code"]) == ("error", code)
    assert graph.posts() == []


def test_draft_and_scheduled_reels(graph: Graph, page: str) -> None:
    graph.switch(processing_seconds=0.0)
    found = []
    for state, more in (("DRAFT", {}), ("SCHEDULED", {"scheduled_publish_time": graph.later(7200)})):
        reel = _start(graph, page)
        _send(graph, page, reel["upload_url"], mp4())
        assert _finish(graph, page, reel["video_id"], video_state=state, **more).json() == {"success": True}
        found.append(_status(graph, page, reel["video_id"])["publishing_phase"]["publish_status"])
    assert found == ["draft", "scheduled"]
    assert graph.posts() == []
    graph.advance(7201)
    assert len(graph.posts()) == 1


def test_the_day_has_only_so_many_reels(graph: Graph, page: str) -> None:
    graph.switch(reels_per_day=1, processing_seconds=0.0)
    answers = []
    for _ in range(2):
        reel = _start(graph, page)
        _send(graph, page, reel["upload_url"], mp4())
        answers.append(_finish(graph, page, reel["video_id"]))
    assert [answer.status_code for answer in answers] == [200, 400]
    graph.advance(86_401)
    assert _finish(graph, page, reel["video_id"]).json() == {"success": True}


def test_the_upload_host_refuses_in_its_own_shape(graph: Graph, page: str) -> None:
    url = _start(graph, page)["upload_url"]
    assert refusal_of(graph.client.post(url, content=b"x"))[:2] == (401, "NotAuthorizedError")
    assert refusal_of(_send(graph, "made-up", url, b"x"))[0] == 401
    assert refusal_of(_send(graph, page, url, b"x", file_size="many")) == (400, "ProcessingFailedError", False)
    assert refusal_of(_send(graph, page, url + "0", b"x"))[0] == 400
    by_url = graph.client.post(url, headers={"authorization": f"OAuth {page}", "file_url": "https://x.fbcdn.net/v.mp4"})
    assert refusal_of(by_url) == (422, "FileUrlProcessingError", False)
    graph.faults({"call": "reel_upload", "kind": "error_before"})
    assert refusal_of(_send(graph, page, url, b"x"))[0] == 500


def test_wrong_reel_calls(graph: Graph, page: str) -> None:
    reel = _start(graph, page)["video_id"]
    assert error_of(_finish(graph, page, reel, video_state="LIVE"))[:2] == (400, 100)
    assert error_of(_finish(graph, page, reel, video_state="SCHEDULED"))[:2] == (400, 100)
    assert error_of(_finish(graph, page, "1"))[1:] == (100, 33)
    assert error_of(graph.call("POST", f"{BAKERY}/video_reels", page, json={}))[:2] == (400, 100)

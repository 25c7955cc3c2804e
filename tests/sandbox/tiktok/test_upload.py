"""Chunk plans, and the PUTs that carry them."""

from typing import Any

import httpx
import pytest

from shells.sandbox.tiktok.chunks import ChunkPlanError, plan_chunks

MIB = 1024 * 1024


@pytest.mark.parametrize(
    ("size", "chunk", "count"),
    [
        (1, 1, 1),
        (4 * MIB, 4 * MIB, 1),
        (50_000_123, 10_000_000, 5),
        (64_000_000, 64_000_000, 1),
        (121_000_000, 10_000_000, 12),
        (121_000_000, 10_000_000 + 1, 12),
        (10 * MIB + 7, 5 * MIB, 2),
        (4 * 1024 * MIB, 64 * MIB, 64),
    ],
)
def test_plans_that_tiktok_takes(size: int, chunk: int, count: int) -> None:
    assert plan_chunks(size, chunk, count).count == count


@pytest.mark.parametrize(
    ("size", "chunk", "count", "message"),
    [
        (50_000_123, 10_000_000, 6, "The total chunk count is invalid"),  # the ceiling instead of the floor
        (121_000_000, 64_000_000, 1, "The chunk size is invalid"),  # floor says 1, but one chunk is the whole file
        (70 * MIB, 70 * MIB, 1, "The chunk size is invalid"),
        (20_000_000, 4 * MIB, 4, "The chunk size is invalid"),
        (4 * MIB, MIB, 4, "The chunk size is invalid"),
        (10, 0, 1, "The chunk size is invalid"),
        (0, 0, 1, "The video size is invalid"),
        (4 * 1024 * MIB + 1, 64 * MIB, 64, "The video size is invalid"),
        (10, 10, 0, "The total chunk count is invalid"),
        (10_000_000_000, 5 * MIB, 1907, "The video size is invalid"),
    ],
)
def test_plans_that_tiktok_refuses(size: int, chunk: int, count: int, message: str) -> None:
    with pytest.raises(ChunkPlanError, match=message):
        plan_chunks(size, chunk, count)


def test_a_refused_plan_answers_invalid_params(tiktok: Any) -> None:
    token = tiktok.token()
    answer = tiktok.init(token, 121_000_000, 64_000_000, 1)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "invalid_params"
    assert answer.json()["error"]["message"] == "The chunk size is invalid"
    assert answer.json()["error"]["log_id"]
    tiktok.switch(invalid_params_code="invalid_param")
    assert tiktok.init(token, 121_000_000, 64_000_000, 1).json()["error"]["code"] == "invalid_param"


@pytest.fixture
def large(video: bytes) -> bytes:
    """The video with a free box behind it: a valid MP4 of two 5 MiB chunks and a remainder."""
    padding = 10 * MIB + 77 - len(video)
    return video + padding.to_bytes(4, "big") + b"free" + bytes(padding - 8)


def test_chunks_arrive_in_order_and_publish_with_the_last(tiktok: Any, large: bytes) -> None:
    token, total, chunk = tiktok.token(), len(large), 5 * MIB
    data = tiktok.init(token, total, chunk, 2).json()["data"]
    assert data["publish_id"].startswith("v_pub_file~v2-1.")
    assert len(data["publish_id"]) <= 64
    assert len(data["upload_url"]) <= 256
    url = data["upload_url"]

    skipped = tiktok.put(url, large[chunk:], chunk, total)
    assert skipped.status_code == 416
    first = tiktok.put(url, large[:chunk], 0, total)
    assert first.status_code == 206
    assert first.headers["content-range"] == f"bytes 0-{chunk - 1}/{total}"
    again = tiktok.put(url, large[:chunk], 0, total)
    assert again.status_code == 416
    assert again.headers["content-range"] == f"bytes 0-{chunk - 1}/{total}"
    status = tiktok.fetch_status(token, data["publish_id"]).json()["data"]
    assert status == {"status": "PROCESSING_UPLOAD", "uploaded_bytes": chunk}
    assert tiktok.put(url, large[chunk : 2 * chunk], chunk, total).status_code == 400  # the last carries the remainder
    assert tiktok.posts() == []

    assert tiktok.put(url, large[chunk:], chunk, total).status_code == 201
    assert tiktok.settled(token, data["publish_id"])["status"] == "PUBLISH_COMPLETE"
    (post,) = tiktok.until(tiktok.posts, bool)
    assert post["media"][0]["bytes"] == total


def test_the_progress_header_may_be_a_count(tiktok: Any, large: bytes) -> None:
    tiktok.switch(upload_range_header="count")
    url = tiktok.init(tiktok.token(), len(large), 5 * MIB, 2).json()["data"]["upload_url"]
    sent = tiktok.put(url, large[: 5 * MIB], 0, len(large))
    assert sent.headers["content-range"] == f"bytes 0-{5 * MIB}/{len(large)}"


@pytest.mark.parametrize(
    "headers",
    [
        {"content_range": "bytes 0-9"},
        {"content_range": "0-9/10"},
        {"content_range": "bytes 0-8/10"},
        {"content_range": "bytes 0-9/11"},
        {"content_range": "bytes 9-0/10"},
        {"content_type": "application/octet-stream"},
    ],
)
def test_headers_that_do_not_fit_are_refused(tiktok: Any, headers: dict[str, str]) -> None:
    data = tiktok.init(tiktok.token(), 10).json()["data"]
    assert tiktok.put(data["upload_url"], b"0123456789", **headers).status_code == 400


def test_a_body_of_unannounced_length_is_refused(tiktok: Any) -> None:
    data = tiktok.init(tiktok.token(), 10).json()["data"]
    headers = {"content-type": "video/mp4", "content-range": "bytes 0-9/10"}
    answer = tiktok.http.put(data["upload_url"], content=iter([b"01234", b"56789"]), headers=headers)
    assert answer.status_code == 400


def test_an_upload_url_is_known_whole_and_lives_an_hour(tiktok: Any) -> None:
    url = tiktok.init(tiktok.token(), 10).json()["data"]["upload_url"]
    assert tiktok.put(url.replace("upload_id=", "upload_id=9"), bytes(10)).status_code == 404
    assert tiktok.put(url + "x", bytes(10)).status_code == 403
    tiktok.advance(3601)
    assert tiktok.put(url, bytes(10)).status_code == 403


def test_the_last_answer_alone_can_be_lost_while_the_post_happens(tiktok: Any, large: bytes) -> None:
    token, total, chunk = tiktok.token(), len(large), 5 * MIB
    tiktok.fault("upload_final", "drop_after")
    data = tiktok.init(token, total, chunk, 2).json()["data"]
    assert tiktok.put(data["upload_url"], large[:chunk], 0, total).status_code == 206
    with pytest.raises(httpx.HTTPError):
        tiktok.put(data["upload_url"], large[chunk:], chunk, total)
    assert tiktok.settled(token, data["publish_id"])["status"] == "PUBLISH_COMPLETE"
    tiktok.until(tiktok.posts, bool)
    assert tiktok.put(data["upload_url"], large[chunk:], chunk, total).status_code == 416
    assert len(tiktok.posts()) == 1


def test_server_errors_before_and_after_a_chunk_counted(tiktok: Any, large: bytes) -> None:
    total, chunk = len(large), 5 * MIB
    url = tiktok.init(tiktok.token(), total, chunk, 2).json()["data"]["upload_url"]
    tiktok.fault("upload", "error_before", options={"status": 502})
    assert tiktok.put(url, large[:chunk], 0, total).status_code == 502
    tiktok.fault("upload", "error_after", options={"status": 503}, account="o-ada")
    assert tiktok.put(url, large[:chunk], 0, total).status_code == 503
    resync = tiktok.put(url, large[:chunk], 0, total)
    assert (resync.status_code, resync.headers["content-range"]) == (416, f"bytes 0-{chunk - 1}/{total}")


def test_a_lost_init_answer_leaves_no_post(tiktok: Any, video: bytes) -> None:
    token = tiktok.token()
    tiktok.fault("video_init", "drop_after")
    with pytest.raises(httpx.HTTPError):
        tiktok.init(token, len(video))
    publish_id = tiktok.publish(token, video)
    tiktok.settled(token, publish_id)
    tiktok.until(tiktok.posts, bool)
    assert len(tiktok.posts()) == 1

"""Calls per minute, posts per day, drafts that wait."""

from typing import Any

import pytest


def error(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


@pytest.mark.parametrize(("path", "limit"), [("video/init/", 6), ("status/fetch/", 30), ("creator_info/query/", 20)])
def test_each_call_has_its_minute(tiktok: Any, path: str, limit: int) -> None:
    tiktok.switch(rate_limits=True)
    token, other = tiktok.token("o-ada"), tiktok.token("o-ben")
    for _ in range(limit):
        assert tiktok.post(f"post/publish/{path}", token, {}).status_code != 429
    refused = tiktok.post(f"post/publish/{path}", token, {})
    assert error(refused) == (429, "rate_limit_exceeded")
    assert "retry-after" not in refused.headers
    assert tiktok.post(f"post/publish/{path}", other, {}).status_code != 429
    tiktok.advance(61)
    assert tiktok.post(f"post/publish/{path}", token, {}).status_code != 429


def test_a_creator_has_so_many_posts_a_day(tiktok: Any, video: bytes) -> None:
    tiktok.switch(daily_post_cap=2)
    token = tiktok.token()
    for _ in range(2):
        tiktok.publish(token, video)
    assert error(tiktok.init(token, len(video))) == (403, "spam_risk_too_many_posts")
    assert error(tiktok.post("post/publish/creator_info/query/", token)) == (200, "spam_risk_too_many_posts")
    assert error(tiktok.init(tiktok.token("o-ben"), len(video))) == (200, "ok")
    tiktok.advance(86400)
    assert error(tiktok.init(tiktok.token(), len(video))) == (200, "ok")


def test_failed_posts_and_unfinished_uploads_do_not_count(tiktok: Any, video: bytes) -> None:
    tiktok.switch(daily_post_cap=1)
    token = tiktok.token()
    tiktok.settled(token, tiktok.publish(token, b"not a video"))
    for _ in range(3):
        assert error(tiktok.init(token, len(video))) == (200, "ok")


def test_five_drafts_may_wait(tiktok: Any) -> None:
    token = tiktok.token()
    body = {"source_info": {"source": "FILE_UPLOAD", "video_size": 10, "chunk_size": 10, "total_chunk_count": 1}}
    for _ in range(5):
        assert error(tiktok.post("post/publish/inbox/video/init/", token, body)) == (200, "ok")
    refused = tiktok.post("post/publish/inbox/video/init/", token, body)
    assert error(refused) == (403, "spam_risk_too_many_pending_share")
    tiktok.advance(3601)
    assert error(tiktok.post("post/publish/inbox/video/init/", token, body)) == (200, "ok")


def test_a_planted_limit_may_or_may_not_name_its_wait(tiktok: Any) -> None:
    token = tiktok.token()
    tiktok.fault("status", "rate_limited", options={"wait_seconds": 7})
    assert tiktok.fetch_status(token, "x").headers["retry-after"] == "7"
    tiktok.fault("status", "rate_limited")
    assert "retry-after" not in tiktok.fetch_status(token, "x").headers


@pytest.mark.parametrize(
    "values",
    [
        {"nonsense": 1},
        {"token_profile": "2030"},
        {"processing_seconds": -1},
        {"rate_limits": 1},
        {"webhook_url": "https://a.example"},
    ],
)
def test_a_switch_refuses_what_it_cannot_take(tiktok: Any, values: dict[str, object]) -> None:
    assert tiktok.switch(**values).status_code == 400

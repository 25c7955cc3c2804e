"""Events: signed, at least once, not always in order."""

import hashlib
import hmac
import json
from typing import Any

SECRET = b"sandbox-tiktok-secret"


def events(web: Any) -> list[dict[str, Any]]:
    return [json.loads(body) for _, body in web.received]


def test_events_of_a_post_are_signed_over_the_raw_body(tiktok: Any, web: Any, video: bytes) -> None:
    tiktok.switch(webhook_url=f"{web.url}/hook")
    publish_id = tiktok.publish(tiktok.token(), video)
    tiktok.until(lambda: web.received, lambda received: len(received) == 2)
    headers, body = web.received[0]
    stamp, digest = (part.partition("=")[2] for part in headers["tiktok-signature"].split(","))
    assert digest == hmac.new(SECRET, stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    complete, available = events(web)
    assert complete.keys() == {"client_key", "event", "create_time", "user_openid", "content"}
    assert (complete["event"], complete["user_openid"]) == ("post.publish.complete", "o-ada")
    assert json.loads(complete["content"]) == {"publish_id": publish_id, "publish_type": "DIRECT_PUBLISH"}
    assert available["event"] == "post.publish.publicly_available"
    assert json.loads(available["content"])["post_id"] == tiktok.posts()[0]["post_id"]


def test_events_may_come_twice_and_backwards(tiktok: Any, web: Any, video: bytes) -> None:
    tiktok.switch(webhook_url=f"{web.url}/hook", webhook_copies=2, webhook_hold=2)
    tiktok.publish(tiktok.token(), video)
    tiktok.until(lambda: web.received, lambda received: len(received) == 4)
    late, early = ["post.publish.publicly_available"] * 2, ["post.publish.complete"] * 2
    assert [event["event"] for event in events(web)] == [*late, *early]


def test_an_event_that_was_not_taken_comes_again(tiktok: Any, web: Any) -> None:
    web.statuses = [500]
    tiktok.switch(webhook_url=f"{web.url}/hook")
    token = tiktok.token()
    tiktok.oauth("revoke", token=token)
    tiktok.until(lambda: web.received, lambda received: len(received) == 2)
    first, second = events(web)
    assert first == second
    assert (first["event"], json.loads(first["content"])) == ("authorization.removed", {"reason": 5})


def test_failures_and_drafts_have_events_of_their_own(tiktok: Any, web: Any, video: bytes) -> None:
    tiktok.switch(webhook_url=f"{web.url}/hook")
    token = tiktok.token()
    tiktok.publish(token, b"not a video")
    tiktok.until(lambda: web.received, bool)
    assert events(web)[0]["event"] == "post.publish.failed"
    assert json.loads(events(web)[0]["content"])["reason"] == "file_format_check_failed"
    body = {"source_info": {"source": "PULL_FROM_URL", "video_url": f"{web.url}/v.mp4"}}
    web.files = {"/v.mp4": video}
    tiktok.post("post/publish/inbox/video/init/", token, body)
    tiktok.until(lambda: web.received, lambda received: len(received) == 2)
    assert events(web)[1]["event"] == "post.publish.inbox_delivered"
    assert json.loads(events(web)[1]["content"])["publish_type"] == "INBOX_SHARE"

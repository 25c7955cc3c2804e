"""Media that TikTok fetches itself: photos, videos from a URL, and who owns the URL."""

import io
from typing import Any

import pytest
from PIL import Image


def picture(kind: str = "JPEG", size: tuple[int, int] = (400, 300)) -> bytes:
    out = io.BytesIO()
    Image.effect_noise(size, 40).convert("RGB").save(out, kind)
    return out.getvalue()


def error(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def test_photos_are_pulled_and_posted_in_order(tiktok: Any, web: Any) -> None:
    web.files = {"/a.jpg": picture(), "/b.webp": picture("WEBP")}
    token = tiktok.token()
    data = tiktok.photos(token, [f"{web.url}/a.jpg", f"{web.url}/b.webp"]).json()["data"]
    assert data.keys() == {"publish_id"}
    assert data["publish_id"].startswith("p_pub_url~")
    status = tiktok.settled(token, data["publish_id"])
    assert status["status"] == "PUBLISH_COMPLETE"
    assert status["downloaded_bytes"] == sum(map(len, web.files.values()))
    (post,) = tiktok.until(tiktok.posts, bool)
    assert (post["title"], post["text"], post["kind"]) == ("t", "d", "photo")
    assert [item["mime"] for item in post["media"]] == ["image/jpeg", "image/webp"]
    assert [item["bytes"] for item in post["media"]] == [len(data) for data in web.files.values()]


@pytest.mark.parametrize(
    ("path", "data", "reason"),
    [
        ("/a.png", picture("PNG"), "file_format_check_failed"),
        ("/a.jpg", b"not a picture", "file_format_check_failed"),
        ("/a.jpg", picture(size=(1200, 1200)), "picture_size_check_failed"),
        ("/missing.jpg", None, "photo_pull_failed"),
        ("/moved", None, "photo_pull_failed"),
    ],
)
def test_a_bad_photo_shows_in_the_status(tiktok: Any, web: Any, path: str, data: bytes | None, reason: str) -> None:
    web.files = {"/ok.jpg": picture()} | ({} if data is None else {path: data})
    token = tiktok.token()
    publish_id = tiktok.photos(token, [f"{web.url}/ok.jpg", f"{web.url}{path}"]).json()["data"]["publish_id"]
    status = tiktok.settled(token, publish_id)
    assert (status["status"], status["fail_reason"]) == ("FAILED", reason)
    assert tiktok.posts() == []


@pytest.mark.parametrize(
    "change",
    [
        {"media_type": "VIDEO"},
        {"post_mode": "DIRECT POST"},
        {"post_info": {}},
        {"post_info": {"title": "x" * 91, "privacy_level": "SELF_ONLY"}},
        {"post_info": {"description": "x" * 4001, "privacy_level": "SELF_ONLY"}},
        {"post_info": {"title": "no privacy level"}},
        {"source_info": {"source": "FILE_UPLOAD"}},
        {"source_info": {"source": "PULL_FROM_URL", "photo_cover_index": 0, "photo_images": []}},
        {"source_info": {"source": "PULL_FROM_URL", "photo_cover_index": 1, "photo_images": ["http://127.0.0.1/a.jpg"]}},
        {"source_info": {"source": "PULL_FROM_URL", "photo_images": ["http://127.0.0.1/a.jpg"]}},
        {"source_info": {"source": "PULL_FROM_URL", "photo_cover_index": 0, "photo_images": ["http://127.0.0.1/a.jpg"] * 36}},
        {"source_info": {"source": "PULL_FROM_URL", "photo_cover_index": 0, "photo_images": ["nonsense"]}},
    ],
)
def test_photo_inits_are_checked(tiktok: Any, change: dict[str, object]) -> None:
    body = {
        "media_type": "PHOTO",
        "post_mode": "DIRECT_POST",
        "post_info": {"privacy_level": "SELF_ONLY"},
        "source_info": {"source": "PULL_FROM_URL", "photo_cover_index": 0, "photo_images": ["http://127.0.0.1:1/a.jpg"]},
    }
    token = tiktok.token()
    assert error(tiktok.post("post/publish/content/init/", token, body | change)) == (400, "invalid_params")
    assert error(tiktok.post("post/publish/content/init/", token, body)) == (200, "ok")


def test_photo_drafts_need_the_upload_scope_and_land_in_the_inbox(tiktok: Any, web: Any) -> None:
    web.files = {"/a.jpg": picture()}
    urls = [f"{web.url}/a.jpg"]
    assert error(tiktok.photos(tiktok.token(scopes="video.publish"), urls, "MEDIA_UPLOAD")) == (401, "scope_not_authorized")
    token = tiktok.token(scopes="video.upload")
    publish_id = tiktok.photos(token, urls, "MEDIA_UPLOAD").json()["data"]["publish_id"]
    assert tiktok.settled(token, publish_id, "SEND_TO_USER_INBOX", "FAILED")["status"] == "SEND_TO_USER_INBOX"


def test_a_video_is_pulled(tiktok: Any, web: Any, video: bytes) -> None:
    web.files = {"/v.mp4": video}
    token = tiktok.token()
    data = tiktok.pull(token, f"{web.url}/v.mp4").json()["data"]
    assert data.keys() == {"publish_id"}
    assert data["publish_id"].startswith("v_pub_url~")
    assert tiktok.settled(token, data["publish_id"])["status"] == "PUBLISH_COMPLETE"
    (post,) = tiktok.until(tiktok.posts, bool)
    assert post["media"][0]["bytes"] == len(video)


def test_a_pull_that_leads_nowhere_fails(tiktok: Any, web: Any) -> None:
    token = tiktok.token()
    publish_id = tiktok.pull(token, f"{web.url}/nothing.mp4").json()["data"]["publish_id"]
    status = tiktok.settled(token, publish_id)
    assert (status["status"], status["fail_reason"]) == ("FAILED", "video_pull_failed")


def test_a_pull_can_be_cancelled_while_it_goes_on(tiktok: Any, web: Any, video: bytes) -> None:
    web.files = {"/slow": video}
    token = tiktok.token()
    publish_id = tiktok.pull(token, f"{web.url}/slow").json()["data"]["publish_id"]
    assert tiktok.fetch_status(token, publish_id).json()["data"]["status"] == "PROCESSING_DOWNLOAD"
    assert error(tiktok.post("post/publish/cancel/", token, {"publish_id": publish_id})) == (200, "ok")
    assert tiktok.fetch_status(token, publish_id).json()["data"]["fail_reason"] == "publish_cancelled"
    assert error(tiktok.post("post/publish/cancel/", token, {"publish_id": publish_id})) == (400, "publish_not_cancellable")
    web.gate.set()
    assert tiktok.posts() == []


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("https://cdn.example.invalid/media/a.mp4", True),
        ("https://media.own.invalid/a.mp4", True),
        ("https://own.invalid/a.mp4", True),
        ("https://cdn.example.invalid/other/a.mp4", False),
        ("https://notown.invalid/a.mp4", False),
        ("http://own.invalid/a.mp4", False),
        ("https://192.0.2.7/a.mp4", False),
        ("http://127.0.0.1:9/a.mp4", False),
    ],
)
def test_strictly_only_verified_https_urls_are_pulled(tiktok: Any, url: str, allowed: bool) -> None:
    tiktok.switch(allow_loopback_pull=False, verified_urls=["https://cdn.example.invalid/media/", "own.invalid"])
    token = tiktok.token()
    assert error(tiktok.pull(token, url)) == ((200, "ok") if allowed else (403, "url_ownership_unverified"))
    assert error(tiktok.photos(token, [url])) == ((200, "ok") if allowed else (403, "url_ownership_unverified"))


def test_without_the_strict_rules_this_machine_alone_may_be_pulled_from(tiktok: Any) -> None:
    assert error(tiktok.pull(tiktok.token(), "https://cdn.example.invalid/a.mp4")) == (403, "url_ownership_unverified")

"""Direct posts and drafts: what is refused at init, what fails later, and when a post shows."""

import re
from typing import Any

import pytest

PUBLIC = "PUBLIC_TO_EVERYONE"


def error(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def test_creator_info_by_creator(tiktok: Any) -> None:
    path = "post/publish/creator_info/query/"
    ada = tiktok.post(path, tiktok.token("o-ada"))
    assert ada.json()["error"].items() >= {"code": "ok", "message": ""}.items()
    assert ada.json()["data"].keys() == {
        *("creator_avatar_url", "creator_username", "creator_nickname", "privacy_level_options", "comment_disabled"),
        *("duet_disabled", "stitch_disabled", "max_video_post_duration_sec"),
    }
    assert ada.json()["data"]["privacy_level_options"] == [PUBLIC, "MUTUAL_FOLLOW_FRIENDS", "SELF_ONLY"]
    picture = ada.json()["data"]["creator_avatar_url"]
    assert tiktok.http.get(picture).headers["content-type"] == "image/png"
    cleo = tiktok.post(path, tiktok.token("o-cleo")).json()["data"]
    assert cleo["privacy_level_options"] == ["FOLLOWER_OF_CREATOR", "MUTUAL_FOLLOW_FRIENDS", "SELF_ONLY"]
    assert (cleo["duet_disabled"], cleo["stitch_disabled"]) == (True, True)
    assert error(tiktok.post(path, tiktok.token("o-dora"))) == (200, "spam_risk_too_many_posts")
    assert error(tiktok.post(path, tiktok.token("o-eve"))) == (200, "spam_risk_user_banned_from_posting")
    tiktok.advance(7201)
    assert tiktok.http.get(picture).status_code == 403


def test_the_id_of_a_public_post_comes_after_moderation_as_a_raw_number(tiktok: Any, video: bytes) -> None:
    tiktok.switch(moderation_seconds=3600)
    token = tiktok.token()
    publish_id = tiktok.publish(token, video, title="Hello ✨")
    data = tiktok.settled(token, publish_id)
    assert data == {"status": "PUBLISH_COMPLETE", "publicaly_available_post_id": [], "uploaded_bytes": len(video)}
    assert tiktok.posts() == []

    tiktok.advance(3601)
    (post,) = tiktok.until(tiktok.posts, bool)
    raw = tiktok.fetch_status(token, publish_id).text
    match = re.search(r'"publicaly_available_post_id":\[(\d{19})\]', raw)
    assert match
    assert match[1] == post["post_id"]
    assert int(float(match[1])) != int(match[1])  # a reader with doubles gets another id
    assert (post["text"], post["kind"], post["audience"]) == ("Hello ✨", "video", PUBLIC)
    assert post["media"][0]["mime"] == "video/mp4"
    page = tiktok.http.get(post["permalink"])
    assert page.headers["location"] == f"/tiktok/timeline/o-ada#{post['post_id']}"


def test_a_post_that_is_not_public_shows_to_its_audience_and_has_no_id(tiktok: Any, video: bytes) -> None:
    token = tiktok.token()
    publish_id = tiktok.publish(token, video, privacy_level="SELF_ONLY")
    assert "publicaly_available_post_id" not in tiktok.settled(token, publish_id)
    (post,) = tiktok.posts()
    assert post["audience"] == "SELF_ONLY"


@pytest.mark.parametrize(
    ("info", "wanted"),
    [
        ({"privacy_level": "EVERYONE"}, (400, "invalid_params")),
        ({"privacy_level": None}, (400, "invalid_params")),
        ({"privacy_level": "FOLLOWER_OF_CREATOR"}, (403, "privacy_level_option_mismatch")),
        ({"title": "x" * 2201}, (400, "invalid_params")),
        ({"title": "✨" + "😀" * 1100}, (400, "invalid_params")),
        ({"title": 5}, (400, "invalid_params")),
        ({"disable_duet": "yes"}, (400, "invalid_params")),
        ({"video_cover_timestamp_ms": "1s"}, (400, "invalid_params")),
    ],
)
def test_post_info_is_checked_at_init(tiktok: Any, info: dict[str, object], wanted: tuple[int, str]) -> None:
    assert error(tiktok.init(tiktok.token(), 10, **info)) == wanted


def test_a_title_counts_in_utf16_units(tiktok: Any) -> None:
    assert error(tiktok.init(tiktok.token(), 10, title="😀" * 1100)) == (200, "ok")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"post_info": {}, "source_info": {"source": "FILE_UPLOAD"}},
        {"post_info": {"privacy_level": PUBLIC}},
        {"post_info": {"privacy_level": PUBLIC}, "source_info": {"source": "FTP"}},
        {"post_info": {"privacy_level": PUBLIC}, "source_info": {"source": "FILE_UPLOAD", "video_size": "10"}},
        {"post_info": {"privacy_level": PUBLIC}, "source_info": {"source": "PULL_FROM_URL"}},
    ],
)
def test_an_incomplete_init_is_refused(tiktok: Any, body: object) -> None:
    assert error(tiktok.post("post/publish/video/init/", tiktok.token(), body)) == (400, "invalid_params")


def test_a_body_that_is_not_json_is_refused(tiktok: Any) -> None:
    headers = {"authorization": f"Bearer {tiktok.token()}"}
    url = f"{tiktok.url}/tiktok/api/v2/post/publish/video/init/"
    assert error(tiktok.http.post(url, headers=headers, data={"a": "b"})) == (400, "invalid_params")
    assert error(tiktok.http.post(url, headers=headers | {"content-type": "application/json"}, content=b"{")) == (
        400,
        "invalid_params",
    )


def test_each_call_wants_its_scope_and_a_token(tiktok: Any) -> None:
    token = tiktok.token(scopes="user.info.basic")
    assert error(tiktok.init(token, 10)) == (401, "scope_not_authorized")
    assert error(tiktok.post("post/publish/creator_info/query/", token)) == (401, "scope_not_authorized")
    assert error(tiktok.init("act.nobody", 10)) == (401, "access_token_invalid")
    drafts_only = tiktok.token(scopes="video.upload")
    body = {"source_info": {"source": "FILE_UPLOAD", "video_size": 10, "chunk_size": 10, "total_chunk_count": 1}}
    assert error(tiktok.post("post/publish/inbox/video/init/", drafts_only, body)) == (200, "ok")
    assert error(tiktok.init(drafts_only, 10)) == (401, "scope_not_authorized")


def test_capped_and_banned_creators_are_refused_at_init(tiktok: Any) -> None:
    assert error(tiktok.init(tiktok.token("o-dora"), 10)) == (403, "spam_risk_too_many_posts")
    assert error(tiktok.init(tiktok.token("o-eve"), 10)) == (403, "spam_risk_user_banned_from_posting")


def test_an_unaudited_app_posts_to_private_accounts_for_themselves_only(tiktok: Any) -> None:
    tiktok.switch(unaudited=True)
    wanted = (403, "unaudited_client_can_only_post_to_private_accounts")
    ada, cleo = tiktok.token("o-ada"), tiktok.token("o-cleo")
    assert error(tiktok.init(ada, 10)) == wanted
    assert error(tiktok.init(ada, 10, privacy_level="SELF_ONLY")) == wanted  # the account's privacy is what counts
    assert error(tiktok.init(cleo, 10, privacy_level="FOLLOWER_OF_CREATOR")) == wanted
    assert error(tiktok.init(cleo, 10, privacy_level="SELF_ONLY")) == (200, "ok")
    tiktok.switch(active_user_cap=1)
    assert error(tiktok.post("post/publish/creator_info/query/", cleo))[1] == "ok"
    assert error(tiktok.post("post/publish/creator_info/query/", ada)) == (200, "reached_active_user_cap")


def test_status_belongs_to_its_creator(tiktok: Any) -> None:
    publish_id = tiktok.init(tiktok.token("o-ada"), 10).json()["data"]["publish_id"]
    ben = tiktok.token("o-ben")
    assert error(tiktok.fetch_status(ben, publish_id)) == (400, "token_not_authorized_for_specified_publish_id")
    assert error(tiktok.fetch_status(ben, "v_pub_file~v2-1.1")) == (400, "invalid_publish_id")
    assert error(tiktok.post("post/publish/cancel/", tiktok.token("o-ada"), {"publish_id": publish_id})) == (
        400,
        "publish_not_cancellable",
    )


def test_after_the_last_byte_the_status_still_reads_processing(tiktok: Any, video: bytes) -> None:
    tiktok.switch(processing_seconds=600)
    token = tiktok.token()
    publish_id = tiktok.publish(token, video)
    data = tiktok.fetch_status(token, publish_id).json()["data"]
    assert data == {"status": "PROCESSING_UPLOAD", "uploaded_bytes": len(video)}
    tiktok.advance(601)
    assert tiktok.settled(token, publish_id)["status"] == "PUBLISH_COMPLETE"


@pytest.mark.parametrize("call", ["video_init", "upload_final"])
def test_a_planted_processing_failure_shows_in_the_status(tiktok: Any, video: bytes, call: str) -> None:
    token = tiktok.token()
    tiktok.fault(call, "processing_failure", options={"reason": "spam_risk_text"})
    publish_id = tiktok.publish(token, video)
    data = tiktok.settled(token, publish_id)
    assert (data["status"], data["fail_reason"]) == ("FAILED", "spam_risk_text")
    assert tiktok.posts() == []


@pytest.mark.parametrize(
    ("shape", "reason"),
    [
        ({"seconds": 1}, "duration_check_failed"),
        ({"fps": 10}, "frame_rate_check_failed"),
        ({"size": (320, 640)}, "picture_size_check_failed"),
        ({"codec": "mpeg4"}, "file_format_check_failed"),
        ({"container": "matroska"}, "file_format_check_failed"),
    ],
)
def test_videos_are_judged_by_their_content(tiktok: Any, video_maker: Any, shape: Any, reason: str) -> None:
    token = tiktok.token()
    data = tiktok.settled(token, tiktok.publish(token, video_maker(**shape)))
    assert (data["status"], data["fail_reason"]) == ("FAILED", reason)


def test_bytes_that_are_no_video_fail_after_the_upload(tiktok: Any, video: bytes) -> None:
    token = tiktok.token()
    for data in (b"not a video", video[: len(video) // 2]):
        status = tiktok.settled(token, tiktok.publish(token, data))
        assert (status["status"], status["fail_reason"]) == ("FAILED", "file_format_check_failed")


@pytest.mark.parametrize(
    ("shape", "mime"),
    [({"container": "mov"}, "video/quicktime"), ({"container": "webm", "codec": "libvpx-vp9"}, "video/webm")],
)
def test_mov_and_webm_are_taken(tiktok: Any, video_maker: Any, shape: Any, mime: str) -> None:
    token = tiktok.token()
    tiktok.publish(token, video_maker(**shape))
    (post,) = tiktok.until(tiktok.posts, bool)
    assert post["media"][0]["mime"] == mime


def test_taking_the_app_away_midway_fails_the_post(tiktok: Any, video: bytes) -> None:
    tiktok.switch(processing_seconds=600)
    tokens = tiktok.login()
    publish_id = tiktok.publish(tokens["access_token"], video)
    tiktok.oauth("revoke", token=tokens["access_token"])
    tiktok.advance(601)
    data = tiktok.settled(tiktok.token(), publish_id)
    assert (data["status"], data["fail_reason"]) == ("FAILED", "auth_removed")


def test_a_draft_goes_to_the_inbox_and_is_not_a_post(tiktok: Any, video: bytes) -> None:
    token = tiktok.token()
    size = len(video)
    body = {"source_info": {"source": "FILE_UPLOAD", "video_size": size, "chunk_size": size, "total_chunk_count": 1}}
    data = tiktok.post("post/publish/inbox/video/init/", token, body).json()["data"]
    assert data["publish_id"].startswith("v_inbox_file~")
    tiktok.put(data["upload_url"], video)
    assert tiktok.settled(token, data["publish_id"], "SEND_TO_USER_INBOX", "FAILED")["status"] == "SEND_TO_USER_INBOX"
    assert tiktok.posts() == []

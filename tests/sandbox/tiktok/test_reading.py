"""User info and the lists of public posts."""

from typing import Any


def error(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def test_user_info_gives_the_fields_that_were_asked_for(tiktok: Any) -> None:
    token = tiktok.token("o-ben")
    answer = tiktok.get("user/info/?fields=open_id,display_name,username", token)
    assert answer.json()["data"]["user"] == {"open_id": "o-ben", "display_name": "Ben", "username": "ben"}
    assert error(tiktok.get("user/info/", token)) == (400, "invalid_params")
    assert error(tiktok.get("user/info/?fields=password", token)) == (400, "invalid_params")


def test_fields_belong_to_scopes(tiktok: Any) -> None:
    basic = tiktok.token(scopes="user.info.basic")
    assert error(tiktok.get("user/info/?fields=open_id,union_id,avatar_url", basic)) == (200, "ok")
    assert error(tiktok.get("user/info/?fields=username", basic)) == (401, "scope_not_authorized")
    assert error(tiktok.post("video/list/?fields=id", basic, {})) == (401, "scope_not_authorized")


def test_the_list_shows_public_posts_only_newest_first(tiktok: Any, video: bytes) -> None:
    token = tiktok.token()
    for title in ("one", "two", "three"):
        tiktok.publish(token, video, title=title)
        tiktok.until(tiktok.posts, lambda posts, title=title: posts and posts[-1]["text"] == title)
    tiktok.settled(token, tiktok.publish(token, video, title="mine", privacy_level="SELF_ONLY"))
    assert len(tiktok.posts()) == 4

    first = tiktok.post("video/list/?fields=id,create_time,title,video_description,share_url", token, {"max_count": 2})
    data = first.json()["data"]
    assert [item["title"] for item in data["videos"]] == ["three", "two"]
    assert data["has_more"] is True
    assert all(isinstance(item["id"], str) for item in data["videos"])
    assert data["cursor"] // 1000 == data["videos"][-1]["create_time"]
    rest = tiktok.post("video/list/?fields=id,title", token, {"cursor": data["cursor"]}).json()["data"]
    assert [item["title"] for item in rest["videos"]] == ["one"]
    assert rest["has_more"] is False

    known = data["videos"][0]["id"]
    found = tiktok.post("video/query/?fields=id,title", token, {"filters": {"video_ids": [known, "1"]}}).json()["data"]
    assert found["videos"] == [{"id": known, "title": "three"}]
    assert tiktok.post("video/query/?fields=id", tiktok.token("o-ben"), {"filters": {"video_ids": [known]}}).json()["data"] == {
        "videos": []
    }


def test_lists_check_their_parameters(tiktok: Any) -> None:
    token = tiktok.token()
    for body in ({"max_count": 21}, {"max_count": 0}, {"cursor": "now"}):
        assert error(tiktok.post("video/list/?fields=id", token, body)) == (400, "invalid_params")
    assert error(tiktok.post("video/list/", token, {})) == (400, "invalid_params")
    for ids in ([], ["1"] * 21, [1], None):
        answer = tiktok.post("video/query/?fields=id", token, {"filters": {"video_ids": ids}})
        assert error(answer) == (400, "invalid_params")


def test_captions_are_cut_and_a_post_can_be_taken_down(tiktok: Any, video: bytes) -> None:
    token = tiktok.token()
    publish_id = tiktok.publish(token, video, title="x" * 200)
    (post,) = tiktok.until(tiktok.posts, bool)
    (item,) = tiktok.post("video/list/?fields=video_description", token, {}).json()["data"]["videos"]
    assert item == {"video_description": "x" * 150}
    assert tiktok.switch(take_down=post["post_id"]).status_code == 200
    assert tiktok.posts() == []
    assert tiktok.fetch_status(token, publish_id).json()["data"]["publicaly_available_post_id"] == []

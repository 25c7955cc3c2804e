"""Images, videos and documents: initialize, upload, processing, and posts of what is ready and what is not."""

import hashlib
from typing import Any

import pytest

from tests.sandbox.linkedin.conftest import ADA, WORKS

PDF = b"%PDF-1.7\n1 0 obj << /Type /Pages >> endobj\n2 0 obj << /Type /Page >> endobj\n%%EOF"
MONTH = 30 * 86_400
PART = 4_194_304


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def media(urn: str, **more: str) -> dict[str, Any]:
    return {"media": {"id": urn} | more}


def test_a_picture_goes_up_with_the_token_and_into_a_post(linkedin: Any, picture: bytes) -> None:
    token = linkedin.token()
    value = linkedin.initialize(token).json()["value"]
    assert value["image"].startswith("urn:li:image:")
    assert abs(value["uploadUrlExpiresAt"] - linkedin.now_ms() - MONTH * 1000) < 5000
    assert linkedin.put(value["uploadUrl"], picture).status_code == 401
    assert linkedin.put(value["uploadUrl"], picture, linkedin.token(person="ben-li")).status_code == 403
    sent = linkedin.put(value["uploadUrl"], picture, token)
    assert (sent.status_code, sent.content) == (201, b"")
    linkedin.advance(1)
    linkedin.created(token, content=media(value["image"], altText="A cat"))
    [post] = linkedin.posts()
    assert post["kind"] == "photo"
    [item] = post["media"]
    assert (item["sha256"], item["mime"], item["alt_text"]) == (digest(picture), "image/png", "A cat")


def test_a_member_s_token_may_not_look_at_a_picture(linkedin: Any, picture: bytes) -> None:
    token = linkedin.token()
    answer = linkedin.status(token, linkedin.image(token, picture))
    assert answer.status_code == 403
    assert answer.json() == {
        "status": 403,
        "message": "Accessing this image resource is forbidden. Please check your permissions for this resource",
    }


def test_an_organization_s_picture_tells_its_states(linkedin: Any, picture: bytes) -> None:
    linkedin.switch(processing_seconds=60)
    token = linkedin.token("community")
    value = linkedin.initialize(token, owner=WORKS).json()["value"]
    urn = value["image"]
    assert linkedin.status(token, urn).json() == {"id": urn, "owner": WORKS, "status": "WAITING_UPLOAD"}
    linkedin.put(value["uploadUrl"], picture, token)
    assert linkedin.status(token, urn).json()["status"] == "PROCESSING"
    linkedin.advance(60)
    told = linkedin.status(token, urn).json()
    assert told["status"] == "AVAILABLE"
    assert linkedin.http.get(told["downloadUrl"]).content == picture
    assert linkedin.status(linkedin.token("community", person="ben-li"), urn).status_code == 403
    assert linkedin.status(token, "urn:li:image:none").status_code == 404


def test_a_second_upload_takes_the_place_of_the_first(linkedin: Any, picture_maker: Any) -> None:
    token = linkedin.token()
    value = linkedin.initialize(token).json()["value"]
    for seed in (1, 2):
        linkedin.put(value["uploadUrl"], picture_maker(seed), token)
    linkedin.advance(1)
    linkedin.created(token, content=media(value["image"]))
    assert linkedin.posts()[0]["media"][0]["sha256"] == digest(picture_maker(2))


@pytest.mark.parametrize(
    ("kind", "size", "fine"),
    [("JPEG", (40, 30), True), ("GIF", (40, 30), True), ("WEBP", (40, 30), False), ("PNG", (6013, 6013), False)],
)
def test_which_pictures_can_be_processed(linkedin: Any, picture_maker: Any, kind: str, size: Any, fine: bool) -> None:
    token = linkedin.token("community")
    urn = linkedin.image(token, picture_maker(1, kind, size), WORKS)
    assert linkedin.status(token, urn).json()["status"] == ("AVAILABLE" if fine else "PROCESSING_FAILED")
    answer = linkedin.create(token, author=WORKS, content=media(urn))
    assert answer.status_code == (201 if fine else 400)
    if not fine:
        assert answer.json()["code"] == "MEDIA_ASSET_PROCESSING_FAILED"


@pytest.mark.parametrize("data", [b"not a picture", b"\x89PNG\r\n\x1a\n broken"])
def test_what_is_no_picture_fails(linkedin: Any, data: bytes) -> None:
    token = linkedin.token()
    answer = linkedin.create(token, content=media(linkedin.image(token, data)))
    assert (answer.status_code, answer.json()["code"]) == (400, "MEDIA_ASSET_PROCESSING_FAILED")


@pytest.mark.parametrize("count", [2, 20])
def test_several_pictures_keep_their_order(linkedin: Any, picture_maker: Any, count: int) -> None:
    token = linkedin.token()
    pictures = [picture_maker(seed) for seed in range(count)]
    images = [{"id": linkedin.image(token, data), "altText": f"No. {number}"} for number, data in enumerate(pictures)]
    linkedin.created(token, content={"multiImage": {"images": images}})
    shown = linkedin.posts()[0]["media"]
    assert [item["sha256"] for item in shown] == [digest(data) for data in pictures]
    assert [item["alt_text"] for item in shown] == [f"No. {number}" for number in range(count)]


@pytest.mark.parametrize("count", [1, 21])
def test_several_are_two_to_twenty(linkedin: Any, picture: bytes, count: int) -> None:
    token = linkedin.token()
    urn = linkedin.image(token, picture)
    answer = linkedin.create(token, content={"multiImage": {"images": [{"id": urn}] * count}})
    assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_VALUE_FOR_FIELD")


def test_several_are_pictures(linkedin: Any, picture: bytes, video: bytes) -> None:
    token = linkedin.token()
    items = [{"id": linkedin.image(token, picture)}, {"id": linkedin.video(token, video)}]
    assert linkedin.create(token, content={"multiImage": {"images": items}}).json()["code"] == "INVALID_URN_TYPE"


def test_alt_texts_have_a_length(linkedin: Any, picture: bytes) -> None:
    token = linkedin.token()
    urn = linkedin.image(token, picture)
    assert linkedin.create(token, content=media(urn, altText="x" * 4087)).json()["code"] == "FIELD_LENGTH_TOO_LONG"
    assert linkedin.create(token, content=media(urn, altText="x" * 4086)).status_code == 201


def test_media_belong_to_the_author(linkedin: Any, picture: bytes) -> None:
    token = linkedin.token("community")
    urn = linkedin.image(token, picture, WORKS)
    answer = linkedin.create(token, author="urn:li:organization:55002", content=media(urn))
    assert answer.status_code == 400
    assert "All assets must be owned by the author" in answer.json()["message"]


@pytest.mark.parametrize("plural", ["images", "videos", "documents"])
def test_an_upload_s_owner_is_checked(linkedin: Any, plural: str) -> None:
    size = {"fileSizeBytes": 100_000} if plural == "videos" else {}
    foreign = linkedin.initialize(linkedin.token(), plural, "urn:li:person:ben-li", **size)
    assert foreign.status_code == 403
    assert foreign.json()["message"].endswith("[/initializeUploadRequest/owner]")
    assert linkedin.initialize(linkedin.token("community"), plural, "urn:li:organization:55003", **size).status_code == 403
    kind = linkedin.initialize(linkedin.token(), plural, WORKS, **size)
    assert kind.json()["message"] == "Organization permissions must be used when using organization as owner"
    assert linkedin.initialize(linkedin.token(scopes="openid"), plural, **size).status_code == 403


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("images?action=initializeUpload", {}, 400),
        ("images?action=initializeUpload", {"initializeUploadRequest": {}}, 422),
        ("images?action=finalizeUpload", {}, 400),
        ("images?action=dance", {}, 400),
        ("videos?action=initializeUpload", {"initializeUploadRequest": {"owner": ADA}}, 422),
        ("videos?action=initializeUpload", {"initializeUploadRequest": {"owner": ADA, "fileSizeBytes": 0}}, 400),
        (
            "videos?action=initializeUpload",
            {"initializeUploadRequest": {"owner": ADA, "fileSizeBytes": 9, "uploadCaption": 1}},
            422,
        ),
        ("videos?action=finalizeUpload", {"finalizeUploadRequest": {"video": "urn:li:video:none"}}, 422),
    ],
)
def test_actions_are_checked(linkedin: Any, path: str, body: dict[str, Any], status: int) -> None:
    assert linkedin.call("POST", f"rest/{path}", linkedin.token(), body).status_code == status


def test_upload_addresses_end_after_a_month(linkedin: Any, picture: bytes) -> None:
    token = linkedin.token()
    image = linkedin.initialize(token).json()["value"]["uploadUrl"]
    video = linkedin.initialize(token, "videos", fileSizeBytes=9).json()["value"]["uploadInstructions"][0]["uploadUrl"]
    assert linkedin.put(image[:-1] + "x", picture, token).status_code == 404
    linkedin.advance(MONTH)
    assert linkedin.put(image, picture, token).status_code == 401
    assert linkedin.put(video, b"x" * 9).status_code == 401


def test_a_video_goes_up_in_parts_of_4_mib(linkedin: Any, long_video: bytes) -> None:
    token = linkedin.token()
    value = linkedin.initialize(token, "videos", fileSizeBytes=len(long_video)).json()["value"]
    ranges = [(part["firstByte"], part["lastByte"]) for part in value["uploadInstructions"]]
    assert ranges == [(0, PART - 1), (PART, 2 * PART - 1), (2 * PART, len(long_video) - 1)]
    assert value["uploadToken"] == ""
    urn = linkedin.video(token, long_video)
    post_urn = linkedin.created(token, content=media(urn, title="Clip"))
    assert post_urn.startswith("urn:li:ugcPost:")
    [post] = linkedin.posts()
    assert (post["kind"], post["title"], post["media"][0]["sha256"]) == ("video", "Clip", digest(long_video))
    assert post["media"][0]["mime"] == "video/mp4"


def test_a_member_s_token_may_look_at_a_video(linkedin: Any, video: bytes) -> None:
    token = linkedin.token()
    urn, etags = linkedin.parts(token, video)
    assert linkedin.status(token, urn).json()["status"] == "WAITING_UPLOAD"
    linkedin.switch(processing_seconds=60)
    answer = linkedin.finalize(token, urn, etags)
    assert (answer.status_code, answer.json()) == (200, {})
    assert linkedin.status(token, urn).json()["status"] == "PROCESSING"
    linkedin.advance(60)
    assert linkedin.status(token, urn).json()["status"] == "AVAILABLE"
    foreign = linkedin.status(linkedin.token(person="ben-li"), urn)
    assert (foreign.status_code, "Accessing this video resource is forbidden" in foreign.text) == (403, True)


def test_parts_take_exactly_their_bytes_and_no_token(linkedin: Any, long_video: bytes) -> None:
    token = linkedin.token()
    value = linkedin.initialize(token, "videos", fileSizeBytes=len(long_video)).json()["value"]
    url = value["uploadInstructions"][0]["uploadUrl"]
    assert linkedin.put(url, long_video[:PART], token).status_code == 400
    assert linkedin.put(url, long_video[: PART - 1]).status_code == 400
    assert linkedin.put(url, long_video[: PART + 1]).status_code == 400
    assert linkedin.put(url, long_video[:PART]).status_code == 200


@pytest.mark.parametrize("form", ["quoted", "path"])
def test_etags_come_in_two_forms(linkedin: Any, video: bytes, form: str) -> None:
    linkedin.switch(etag_form=form)
    token = linkedin.token()
    value = linkedin.initialize(token, "videos", fileSizeBytes=len(video)).json()["value"]
    etag = linkedin.put(value["uploadInstructions"][0]["uploadUrl"], video).headers["etag"]
    assert etag.startswith('"' if form == "quoted" else "/")
    assert linkedin.finalize(token, value["video"], [etag.strip('"')]).status_code == 200


def test_a_finalize_names_every_part_once(linkedin: Any, long_video: bytes) -> None:
    token = linkedin.token()
    urn, etags = linkedin.parts(token, long_video)
    for given in ([], etags[:2], [*etags, "other"], [etags[0], etags[0], etags[2]], [*etags[:2], "made-up"]):
        answer = linkedin.finalize(token, urn, given)
        assert (answer.status_code, answer.json()["code"]) == (400, "UPDATING_ASSET_FAILED")
    assert linkedin.finalize(linkedin.token(person="ben-li"), urn, etags).status_code == 403
    assert linkedin.finalize(token, urn, etags).status_code == 200
    assert linkedin.finalize(token, urn, etags).status_code == 400


def test_a_wrong_order_scrambles_the_film(linkedin: Any, long_video: bytes) -> None:
    token = linkedin.token()
    urn, (first, second, third) = linkedin.parts(token, long_video)
    linkedin.finalize(token, urn, [first, third, second])
    assert linkedin.settled(token, urn)["status"] == "AVAILABLE"
    linkedin.created(token, content=media(urn))
    assert linkedin.posts()[0]["media"][0]["sha256"] != digest(long_video)
    urn, (first, second, third) = linkedin.parts(token, long_video)
    linkedin.finalize(token, urn, [second, first, third])
    assert linkedin.settled(token, urn)["processingFailureReason"] == "UNSUPPORTED_VIDEO_FORMAT"


def test_the_upload_token_is_echoed(linkedin: Any, video: bytes) -> None:
    linkedin.switch(upload_token="t-1")
    token = linkedin.token()
    urn, etags = linkedin.parts(token, video)
    assert linkedin.finalize(token, urn, etags).status_code == 400
    assert linkedin.finalize(token, urn, etags, "t-1").status_code == 200


@pytest.mark.parametrize(
    ("shape", "reason"),
    [
        ({"size_bytes": 0}, "INVALID_VIDEO_SIZE"),
        ({"seconds": 2}, "INVALID_VIDEO_DURATION"),
        ({"container": "matroska"}, "UNSUPPORTED_VIDEO_FORMAT"),
    ],
)
def test_which_videos_fail(linkedin: Any, video_maker: Any, shape: dict[str, Any], reason: str) -> None:
    token = linkedin.token()
    urn, etags = linkedin.parts(token, video_maker(**shape))
    linkedin.finalize(token, urn, etags)
    told = linkedin.settled(token, urn)
    assert (told["status"], told["processingFailureReason"]) == ("PROCESSING_FAILED", reason)


@pytest.mark.parametrize(("options", "reason"), [({"reason": "VIDEO_TOO_ODD"}, "VIDEO_TOO_ODD"), ({}, "PROCESSING_ERROR")])
def test_a_processing_failure_on_command(linkedin: Any, video: bytes, options: dict[str, str], reason: str) -> None:
    token = linkedin.token()
    linkedin.fault("video_finalize", "processing_failure", options=options)
    urn, etags = linkedin.parts(token, video)
    linkedin.finalize(token, urn, etags)
    assert linkedin.settled(token, urn)["processingFailureReason"] == reason
    assert linkedin.create(token, content=media(urn)).json()["code"] == "MEDIA_ASSET_PROCESSING_FAILED"
    assert linkedin.posts() == []


def test_a_post_before_its_media_is_refused(linkedin: Any, video: bytes, picture: bytes) -> None:
    linkedin.switch(processing_seconds=60)
    token = linkedin.token()
    urn, etags = linkedin.parts(token, video)
    waiting = linkedin.initialize(token).json()["value"]["image"]
    linkedin.finalize(token, urn, etags)
    for unready in (waiting, urn):
        answer = linkedin.create(token, content=media(unready))
        assert (answer.status_code, answer.json()["code"]) == (400, "MEDIA_ASSET_WAITING_UPLOAD")
    linkedin.advance(60)
    assert linkedin.create(token, content=media(urn)).status_code == 201


def test_or_it_is_taken_and_never_seen(linkedin: Any, picture: bytes) -> None:
    linkedin.switch(processing_seconds=60, early_post="invisible")
    token = linkedin.token("community")
    value = linkedin.initialize(token, owner=WORKS).json()["value"]
    linkedin.put(value["uploadUrl"], picture, token)
    urn = linkedin.created(token, author=WORKS, content=media(value["image"]))
    assert linkedin.one("GET", urn, token).json()["lifecycleState"] == "PUBLISH_REQUESTED"
    linkedin.advance(60)
    assert linkedin.one("GET", urn, token).json()["lifecycleState"] == "PUBLISH_FAILED"
    assert linkedin.posts("55001") == []


def test_a_document_has_a_title(linkedin: Any) -> None:
    token = linkedin.token()
    urn = linkedin.image(token, PDF, plural="documents")
    assert linkedin.status(token, urn).json()["status"] == "AVAILABLE"
    assert linkedin.create(token, content=media(urn)).json()["code"] == "MISSING_FIELD"
    linkedin.created(token, content=media(urn, title="deck.pdf"))
    [post] = linkedin.posts()
    assert (post["kind"], post["title"], post["media"][0]["mime"]) == ("document", "deck.pdf", "application/pdf")
    page = linkedin.http.get(f"{linkedin.url}/linkedin/timeline/ada-li").text
    assert f'<a href="/_sandbox/blobs/{digest(PDF)}">deck.pdf</a>' in page


@pytest.mark.parametrize("data", [b"plain text", PDF + b"/Type /Page " * 300])
def test_which_documents_fail(linkedin: Any, data: bytes) -> None:
    token = linkedin.token()
    assert linkedin.status(token, linkedin.image(token, data, plural="documents")).json()["status"] == "PROCESSING_FAILED"


def test_an_article_s_thumbnail_is_the_author_s_picture(linkedin: Any, picture: bytes, video: bytes) -> None:
    token = linkedin.token()
    article = {"source": "https://a.test", "title": "T", "thumbnail": linkedin.image(token, picture)}
    linkedin.created(token, content={"article": article})
    wrong = article | {"thumbnail": linkedin.video(token, video)}
    assert linkedin.create(token, "Other", content={"article": wrong}).json()["code"] == "INVALID_URN_TYPE"

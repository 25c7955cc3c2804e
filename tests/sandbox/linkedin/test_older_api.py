"""ugcPosts and assets, as Share on LinkedIn has them."""

import hashlib
from typing import Any

import pytest

from tests.sandbox.linkedin.conftest import ADA, WORKS

SHARE = "com.linkedin.ugc.ShareContent"
HTTP = "com.linkedin.digitalmedia.uploading.MediaUploadHttpRequest"


def ugc(text: str = "Hi", author: str = ADA, category: str = "NONE", media: Any = None, **changes: Any) -> dict[str, Any]:
    share = {"shareCommentary": {"text": text}, "shareMediaCategory": category} | ({"media": media} if media else {})
    return {
        "author": author,
        "lifecycleState": "PUBLISHED",
        "specificContent": {SHARE: share},
        "visibility": {"com.linkedin.ugc.MemberNetworkVisibility": "PUBLIC"},
    } | changes


def register(linkedin: Any, token: str, kind: str = "image", owner: str = ADA, **changes: Any) -> Any:
    request = {
        "recipes": [f"urn:li:digitalmediaRecipe:feedshare-{kind}"],
        "owner": owner,
        "serviceRelationships": [{"relationshipType": "OWNER", "identifier": "urn:li:userGeneratedContent"}],
    } | changes
    return linkedin.call("POST", "v2/assets?action=registerUpload", token, {"registerUploadRequest": request})


def uploaded(linkedin: Any, token: str, data: bytes, kind: str = "image", owner: str = ADA) -> str:
    value = register(linkedin, token, kind, owner).json()["value"]
    assert linkedin.put(value["uploadMechanism"][HTTP]["uploadUrl"], data, token).status_code == 201
    linkedin.advance(1)
    return str(value["asset"])


def test_text_is_plain(linkedin: Any) -> None:
    text = r"Plain (text) with \ and #tag, all_of it"
    answer = linkedin.call("POST", "v2/ugcPosts", linkedin.token(), ugc(text))
    assert answer.status_code == 201
    assert answer.json() == {"id": answer.headers["x-restli-id"]}
    [post] = linkedin.posts()
    assert (post["post_id"], post["text"]) == (answer.json()["id"], text)


def test_the_newer_api_reads_it_as_little_text(linkedin: Any) -> None:
    token = linkedin.token("community")
    urn = linkedin.call("POST", "v2/ugcPosts", token, ugc("Plain (text) #tag", WORKS)).json()["id"]
    row = linkedin.one("GET", urn, token).json()
    assert row["commentary"] == r"Plain \(text\) {hashtag|\#|tag}"
    assert (row["visibility"], row["lifecycleState"]) == ("PUBLIC", "PUBLISHED")


@pytest.mark.parametrize("kind", ["image", "video"])
def test_an_asset_goes_up_whole_with_the_token(linkedin: Any, picture: bytes, video: bytes, kind: str) -> None:
    data = picture if kind == "image" else video
    token = linkedin.token()
    urn = uploaded(linkedin, token, data, kind)
    assert urn.startswith("urn:li:digitalmediaAsset:")
    told = linkedin.call("GET", f"v2/assets/{urn.rpartition(':')[2]}", token).json()
    assert told["recipes"] == [{"recipe": f"urn:li:digitalmediaRecipe:feedshare-{kind}", "status": "AVAILABLE"}]
    item = {"status": "READY", "media": urn, "title": {"text": "T"}, "description": {"text": "D"}}
    assert linkedin.call("POST", "v2/ugcPosts", token, ugc("Look", ADA, kind.upper(), [item])).status_code == 201
    [post] = linkedin.posts()
    [shown] = post["media"]
    assert (post["title"], shown["kind"], shown["sha256"]) == ("T", kind, hashlib.sha256(data).hexdigest())


def test_an_unready_asset_is_refused(linkedin: Any) -> None:
    token = linkedin.token()
    urn = register(linkedin, token).json()["value"]["asset"]
    answer = linkedin.call("POST", "v2/ugcPosts", token, ugc(category="IMAGE", media=[{"status": "READY", "media": urn}]))
    assert (answer.status_code, answer.json()["code"]) == (400, "MEDIA_ASSET_WAITING_UPLOAD")


def test_a_link_becomes_a_card(linkedin: Any) -> None:
    item = {"status": "READY", "originalUrl": "https://a.test/x", "title": {"text": "T"}}
    assert linkedin.call("POST", "v2/ugcPosts", linkedin.token(), ugc("Read", ADA, "ARTICLE", [item])).status_code == 201
    [post] = linkedin.posts()
    assert (post["link"], post["title"]) == ("https://a.test/x", "T")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (ugc(lifecycleState=None), 422),
        (ugc(specificContent={}), 422),
        (ugc(category="POEM"), 422),
        (ugc(visibility={}), 400),
        (ugc("x" * 3001), 400),
        (ugc(""), 422),
        (ugc(category="IMAGE"), 400),
        (ugc(category="IMAGE", media=[{"media": "urn:li:digitalmediaAsset:D1"}]), 422),
        (ugc(category="IMAGE", media=[{"status": "READY", "media": "urn:li:digitalmediaAsset:D1"}]), 400),
        (ugc(category="IMAGE", media=[{"status": "READY", "media": "urn:li:image:D1"}]), 400),
        (ugc(category="IMAGE", media=["x"]), 422),
        (ugc(category="ARTICLE", media=[{"status": "READY"}]), 400),
        (ugc(category="ARTICLE", media=[{"status": "READY", "originalUrl": "https://a.test", "title": "T"}]), 422),
        (ugc(author="urn:li:person:ben-li"), 403),
        (ugc(author=WORKS), 400),
        (ugc(distribution={"feedDistribution": "MAIN_FEED"}), 403),
    ],
)
def test_what_is_refused(linkedin: Any, body: dict[str, Any], status: int) -> None:
    assert linkedin.call("POST", "v2/ugcPosts", linkedin.token(), body).status_code == status
    assert linkedin.posts() == []


def test_the_two_apis_know_each_other_s_words(linkedin: Any) -> None:
    token = linkedin.token()
    urn = linkedin.created(token, r"Hi \(all\)")
    answer = linkedin.call("POST", "v2/ugcPosts", token, ugc("Hi (all)"))
    assert answer.status_code == 422
    assert answer.json()["message"].endswith(urn)


def test_registration_is_checked(linkedin: Any) -> None:
    token = linkedin.token()
    assert register(linkedin, token, "document").status_code == 403
    assert register(linkedin, token, owner="urn:li:person:ben-li").status_code == 403
    assert register(linkedin, token, serviceRelationships=[]).status_code == 403
    assert register(linkedin, token, recipes=None).status_code == 422
    assert linkedin.call("POST", "v2/assets?action=dance", token, {}).status_code == 400
    urn = register(linkedin, token).json()["value"]["asset"]
    assert linkedin.call("GET", f"v2/assets/{urn.rpartition(':')[2]}", linkedin.token(person="ben-li")).status_code == 403
    assert linkedin.call("GET", "v2/assets/none", token).status_code == 404

"""Bodies as LinkedIn's pages show them."""

import json
from typing import Any

import pytest

from adapters_platforms.linkedin.rendering import problem_of, render_post, render_ugc
from distribution_core.domain.content import MediaAsset, MediaKind
from distribution_core.domain.post import Post

ME = "urn:li:person:a1B2c3"


def picture(alt_text: str | None = None) -> MediaAsset:
    return MediaAsset(
        key="p", kind=MediaKind.IMAGE, mime="image/png", size_bytes=9, sha256="00", width=4, height=4, alt_text=alt_text
    )


def clip() -> MediaAsset:
    return MediaAsset(
        key="v", kind=MediaKind.VIDEO, mime="video/mp4", size_bytes=9, sha256="00", width=4, height=4, duration_ms=4000
    )


def posts(post: Post, *urns: str) -> Any:
    return json.loads(render_post(post, ME, urns, urls_keep_underscores=False))


def test_text() -> None:
    assert posts(Post(text="Hi (all) #news")) == {
        "author": ME,
        "commentary": "Hi \\(all\\) #news",
        "visibility": "PUBLIC",
        "distribution": {"feedDistribution": "MAIN_FEED", "targetEntities": [], "thirdPartyDistributionChannels": []},
        "lifecycleState": "PUBLISHED",
        "isReshareDisabledByAuthor": False,
    }


@pytest.mark.parametrize(("title", "shown"), [("Read (this)", "Read (this)"), (None, "a.test")])
def test_a_link_has_a_title_since_linkedin_fetches_nothing(title: str | None, shown: str) -> None:
    post = Post(text="See", link="https://a.test/x", title=title)
    assert posts(post)["content"] == {"article": {"source": "https://a.test/x", "title": shown}}


def test_one_picture_is_media_and_more_are_a_multi_image() -> None:
    one = posts(Post(text="", media=(picture("A cat" * 1000),)), "urn:li:image:C1")
    assert one["content"]["media"]["id"] == "urn:li:image:C1"
    assert len(one["content"]["media"]["altText"]) == 4086
    two = posts(Post(text="", media=(picture("a"), picture())), "urn:li:image:C1", "urn:li:image:C2")
    assert two["content"] == {"multiImage": {"images": [{"id": "urn:li:image:C1", "altText": "a"}, {"id": "urn:li:image:C2"}]}}


def test_video_carries_the_title() -> None:
    assert posts(Post(text="", title="Clip", media=(clip(),)), "urn:li:video:C3")["content"] == {
        "media": {"id": "urn:li:video:C3", "title": "Clip"}
    }


def test_options() -> None:
    found = posts(Post(text="x", options={"visibility": "LOGGED_IN", "reshares": "disabled"}))
    assert (found["visibility"], found["isReshareDisabledByAuthor"]) == ("LOGGED_IN", True)


def test_a_page_has_no_connections() -> None:
    post = Post(text="x", options={"visibility": "CONNECTIONS"})
    assert problem_of(post, "organization", urls_keep_underscores=False) is not None
    assert problem_of(post, "member", urls_keep_underscores=False) is None


def test_pictures_and_video_do_not_mix() -> None:
    assert problem_of(Post(text="x", media=(picture(), clip())), "member", urls_keep_underscores=False) is not None


def test_ugc_text_is_plain() -> None:
    found = json.loads(render_ugc(Post(text="plain (text)", media=(picture(),)), ME, ["urn:li:digitalmediaAsset:D1"]))
    assert found == {
        "author": ME,
        "lifecycleState": "PUBLISHED",
        "specificContent": {
            "com.linkedin.ugc.ShareContent": {
                "shareCommentary": {"text": "plain (text)"},
                "shareMediaCategory": "IMAGE",
                "media": [{"status": "READY", "media": "urn:li:digitalmediaAsset:D1"}],
            }
        },
        "visibility": {"com.linkedin.ugc.MemberNetworkVisibility": "PUBLIC"},
    }


def test_ugc_link() -> None:
    found = json.loads(render_ugc(Post(text="x", link="https://a.test"), ME, []))
    share = found["specificContent"]["com.linkedin.ugc.ShareContent"]
    assert share["shareMediaCategory"] == "ARTICLE"
    assert share["media"] == [{"status": "READY", "originalUrl": "https://a.test", "title": {"text": "a.test"}}]


def test_the_same_post_is_the_same_bytes() -> None:
    post = Post(text="é (x)", link="https://a.test")
    assert render_post(post, ME, [], urls_keep_underscores=False) == render_post(post, ME, [], urls_keep_underscores=False)

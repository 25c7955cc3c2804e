"""What the init calls say, and what keeps a post from a creator."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters_platforms.tiktok.creators import Creator, read_creator
from adapters_platforms.tiktok.rendering import caption, render_photos, render_video, utf16_units
from distribution_core.domain.content import MediaAsset, MediaKind
from distribution_core.domain.outcome import Rejected
from distribution_core.domain.post import Post

PUBLIC = "PUBLIC_TO_EVERYONE"
ADA = Creator(username="ada", privacy_levels=(PUBLIC, "MUTUAL_FOLLOW_FRIENDS", "SELF_ONLY"), video_duration_ms_max=300_000)
FILM = MediaAsset(
    key="f", kind=MediaKind.VIDEO, mime="video/mp4", size_bytes=9, sha256="00", width=360, height=640, duration_ms=3000
)
PICTURE = MediaAsset(key="p", kind=MediaKind.IMAGE, mime="image/png", size_bytes=9, sha256="01", width=9, height=9)


def film(text: str = "Hi", link: str | None = None, **options: Any) -> Post:
    return Post(text=text, link=link, media=(FILM,), options=options)


def pictures(text: str = "Hi", title: str | None = None, **options: Any) -> Post:
    return Post(text=text, title=title, media=(PICTURE, PICTURE), options=options)


def words(rendered: dict[str, Any] | Rejected) -> str:
    assert isinstance(rendered, Rejected)
    return rendered.message


def test_a_video_says_everything_that_is_required() -> None:
    assert render_video(film(), ADA, PUBLIC) == {
        "title": "Hi",
        "privacy_level": PUBLIC,
        "disable_comment": False,
        "disable_duet": False,
        "disable_stitch": False,
        "brand_content_toggle": False,
        "brand_organic_toggle": False,
        "is_aigc": False,
    }
    said = render_video(
        film(
            privacy_level="SELF_ONLY",
            disable_comment=True,
            disable_duet="true",
            disable_stitch="false",
            brand_organic_toggle=True,
            is_aigc=True,
            cover_timestamp_ms="1500",
        ),
        ADA,
        PUBLIC,
    )
    assert isinstance(said, dict)
    assert (said["privacy_level"], said["video_cover_timestamp_ms"]) == ("SELF_ONLY", 1500)
    on = {name for name, value in said.items() if value is True}
    assert on == {"disable_comment", "disable_duet", "brand_organic_toggle", "is_aigc"}


def test_photos_say_what_belongs_to_photos() -> None:
    assert render_photos(pictures(title=" T ", photo_cover_index=1, disable_duet=True, is_aigc=True), ADA, PUBLIC) == {
        "media_type": "PHOTO",
        "post_mode": "DIRECT_POST",
        "is_aigc": True,
        "post_info": {
            "title": "T",
            "description": "Hi",
            "privacy_level": PUBLIC,
            "disable_comment": False,
            "brand_content_toggle": False,
            "brand_organic_toggle": False,
            "auto_add_music": False,
        },
        "source_info": {"source": "PULL_FROM_URL", "photo_cover_index": 1},
    }


def test_what_the_creator_has_switched_off_stays_off() -> None:
    strict = read_creator({"comment_disabled": True, "duet_disabled": True, "stitch_disabled": True})
    said = render_video(film(disable_comment=False), strict, PUBLIC)
    assert isinstance(said, dict)
    assert said["disable_comment"] is said["disable_duet"] is said["disable_stitch"] is True


def test_privacy_is_one_of_those_offered() -> None:
    assert "PUBLIC_TO_EVERYONE, MUTUAL_FOLLOW_FRIENDS, SELF_ONLY" in words(
        render_video(film(privacy_level="FOLLOWER_OF_CREATOR"), ADA, PUBLIC)
    )
    assert "PUBLIC_TO_EVERYONE, MUTUAL_FOLLOW_FRIENDS, SELF_ONLY" in words(render_photos(pictures(), ADA, ""))
    assert isinstance(render_video(film(), read_creator({"privacy_level_options": None}), PUBLIC), dict)


def test_branded_content_is_not_for_its_creator_alone() -> None:
    assert "branded" in words(render_video(film(privacy_level="SELF_ONLY", brand_content_toggle=True), ADA, PUBLIC))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("disable_duet", "yes"),
        ("is_aigc", 1.5),
        ("cover_timestamp_ms", -1),
        ("cover_timestamp_ms", 2**31),
        ("cover_timestamp_ms", "soon"),
        ("cover_timestamp_ms", True),
    ],
)
def test_an_option_that_is_none_is_named(name: str, value: object) -> None:
    assert name in words(render_video(film(**{name: value}), ADA, PUBLIC))


def test_a_cover_that_is_not_there_is_named() -> None:
    assert "0 to 1" in words(render_photos(pictures(photo_cover_index=2), ADA, PUBLIC))


def test_a_video_too_long_for_this_creator_is_refused_before_it_goes_up() -> None:
    short = read_creator({"max_video_post_duration_sec": 2})
    assert "2 s" in words(render_video(film(), short, PUBLIC))


def test_a_link_of_its_own_ends_the_caption_once() -> None:
    assert caption(film("Read", "https://a.example")) == "Read\nhttps://a.example"
    assert caption(film("See https://a.example", "https://a.example")) == "See https://a.example"
    assert caption(film("", "https://a.example")) == "https://a.example"
    assert caption(Post(text=" ", title="Named", media=(FILM,))) == "Named"
    assert "2,200" in words(render_video(film("x" * 2190, "https://a.example"), ADA, PUBLIC))


@given(st.text(max_size=2400))
def test_no_caption_over_the_limit_is_sent(text: str) -> None:
    said = render_video(film(text), ADA, PUBLIC)
    if isinstance(said, dict):
        assert utf16_units(said["title"]) <= 2200
        assert said["title"] == text.strip()
    else:
        assert utf16_units(text.strip()) > 2200


@given(
    st.dictionaries(
        st.sampled_from(["privacy_level_options", "max_video_post_duration_sec", "creator_username"]),
        st.none() | st.integers() | st.text() | st.lists(st.integers() | st.text()),
    )
)
def test_any_creator_info_can_be_read(data: dict[str, Any]) -> None:
    read_creator(data)

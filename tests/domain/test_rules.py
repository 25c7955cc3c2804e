"""What a platform takes, exactly at each limit."""

from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from distribution_core.domain.content import MediaAsset, MediaKind
from distribution_core.domain.post import Post
from distribution_core.domain.rules import MediaRules, PlatformRules, TextUnit, check, text_length

PNG = frozenset({"image/png", "image/jpeg"})
RULES = PlatformRules(platform="chirp", name="Chirp", text_max=10, images=MediaRules(types=PNG), videos=None)
SPECIAL = "()[]{}@#*_~|<>\\"


def picture(**changes: Any) -> MediaAsset:
    made = MediaAsset(key="p", kind=MediaKind.IMAGE, mime="image/png", size_bytes=100, sha256="00" * 32, width=100, height=50)
    return evolve(made, **changes)


def film(**changes: Any) -> MediaAsset:
    return picture(kind=MediaKind.VIDEO, mime="video/mp4", duration_ms=5000, **changes)


def codes(post: Post, **changes: Any) -> list[str]:
    result = check(evolve(RULES, **changes), post)
    assert result.ok == (not result.problems)
    assert all(problem.platform == "chirp" and problem.message for problem in result.problems)
    return [problem.code for problem in result.problems]


@pytest.mark.parametrize(
    ("unit", "text", "length"),
    [
        (TextUnit.CHARACTERS, "", 0),
        (TextUnit.CHARACTERS, "é\U0001f600\n", 3),
        (TextUnit.CHARACTERS, "e\u0301", 2),
        (TextUnit.UTF16, "é\U0001f600\n", 4),
        (TextUnit.UTF16, "\ud83d", 1),
        (TextUnit.ESCAPED, "a(b)@c", 9),
        (TextUnit.ESCAPED, "\U0001f600", 1),
    ],
)
def test_text_is_counted_in_the_platforms_unit(unit: TextUnit, text: str, length: int) -> None:
    assert text_length(evolve(RULES, text_unit=unit, escaped_characters=SPECIAL), text) == length


@given(st.text(), st.text())
def test_lengths_add_up(one: str, other: str) -> None:
    for unit in TextUnit:
        rules = evolve(RULES, text_unit=unit, escaped_characters=SPECIAL)
        assert text_length(rules, one + other) == text_length(rules, one) + text_length(rules, other)
        assert text_length(rules, one) >= len(one)


@given(st.text(min_size=1).filter(str.strip), st.sampled_from(TextUnit))
def test_text_fits_exactly_up_to_its_limit(text: str, unit: TextUnit) -> None:
    rules = evolve(RULES, text_unit=unit, escaped_characters=SPECIAL)
    length = text_length(rules, text)
    fits = check(evolve(rules, text_max=length), Post(text=text))
    assert (fits.ok, fits.text_used, fits.text_max) == (True, length, length)
    over = check(evolve(rules, text_max=length - 1), Post(text=text))
    assert [problem.code for problem in over.problems] == ["text_too_long"]


def test_media_change_the_limit_of_the_text() -> None:
    limits: dict[str, Any] = {
        "text_max_with_images": 5,
        "text_max_with_video": 3,
        "videos": MediaRules(types=frozenset({"video/mp4"})),
        "mixes_images_and_video": True,
    }
    assert codes(Post(text="1234567890"), **limits) == []
    assert codes(Post(text="12345", media=(picture(),)), **limits) == []
    assert codes(Post(text="123456", media=(picture(),)), **limits) == ["text_too_long"]
    assert codes(Post(text="123", media=(film(),)), **limits) == []
    assert codes(Post(text="1234", media=(film(),)), **limits) == ["text_too_long"]
    assert codes(Post(text="1234", media=(picture(), film())), **limits) == ["text_too_long"]
    assert codes(Post(text="1234567890", media=(picture(),))) == [], "no other limit is named"


def test_title_has_its_own_limit() -> None:
    assert codes(Post(text="a", title="12345"), title_max=5) == []
    assert codes(Post(text="a", title="123456"), title_max=5) == ["title_too_long"]
    assert codes(Post(text="a", title="123456")) == [], "no limit is named"
    assert codes(Post(text="a", title=None), title_max=0) == []


@pytest.mark.parametrize("text", ["", " ", "\n\t\u00a0"])
def test_nothing_to_say_is_refused(text: str) -> None:
    assert codes(Post(text=text)) == ["empty"]
    assert codes(Post(text=text, link="https://example.com")) == []
    assert codes(Post(text=text, media=(picture(),))) == []


def test_some_platforms_need_media() -> None:
    assert codes(Post(text="a"), needs_media=True) == ["needs_media"]
    assert codes(Post(text="", link="https://example.com"), needs_media=True) == ["needs_media"]
    assert codes(Post(text="", media=(picture(),)), needs_media=True) == []


def test_pictures_and_video_mix_only_where_they_may() -> None:
    both = Post(text="a", media=(picture(), film()))
    videos = MediaRules(types=frozenset({"video/mp4"}))
    assert codes(both, videos=videos) == ["mixed_media"]
    assert codes(both, videos=videos, mixes_images_and_video=True) == []


def test_media_that_a_platform_does_not_take() -> None:
    assert codes(Post(text="a", media=(film(),))) == ["media_not_taken"]
    assert codes(Post(text="a", media=(picture(), picture())), images=None) == ["media_not_taken"]


def test_number_of_media_is_limited() -> None:
    for count_max in (1, 3):
        limits = MediaRules(types=PNG, count_max=count_max)
        assert codes(Post(text="a", media=(picture(),) * count_max), images=limits) == []
        assert codes(Post(text="a", media=(picture(),) * (count_max + 1)), images=limits) == ["too_many_media"]


def test_media_types() -> None:
    limits = MediaRules(types=frozenset({"image/jpeg"}), convertible=frozenset({"image/webp"}))
    for mime, expected in (("image/jpeg", []), ("image/webp", []), ("image/gif", ["media_type"])):
        assert codes(Post(text="a", media=(picture(mime=mime),)), images=limits) == expected


@pytest.mark.parametrize(
    ("limits", "fitting", "breaking", "code"),
    [
        ({"size_bytes_max": 100}, {"size_bytes": 100}, {"size_bytes": 101}, "media_too_large"),
        ({"pixels_max": 5000}, {"width": 100, "height": 50}, {"width": 100, "height": 51}, "media_too_large"),
        ({"side_px_min": 50}, {"width": 50, "height": 99}, {"width": 99, "height": 49}, "media_too_small"),
        ({"side_px_max": 100}, {"width": 7, "height": 100}, {"width": 101, "height": 7}, "media_too_large"),
        ({"duration_ms_min": 3000}, {"duration_ms": 3000}, {"duration_ms": 2999}, "video_too_short"),
        ({"duration_ms_max": 3000}, {"duration_ms": 3000}, {"duration_ms": 3001}, "video_too_long"),
    ],
)
def test_each_media_limit_is_exact(limits: dict[str, int], fitting: dict[str, int], breaking: dict[str, int], code: str) -> None:
    videos = MediaRules(types=frozenset({"video/mp4"}), **limits)  # type: ignore[arg-type]
    assert codes(Post(text="a", media=(evolve(film(), **fitting),)), videos=videos) == []
    assert codes(Post(text="a", media=(evolve(film(), **breaking),)), videos=videos) == [code]
    unlimited = MediaRules(types=frozenset({"video/mp4"}))
    assert codes(Post(text="a", media=(evolve(film(), **breaking),)), videos=unlimited) == []


def test_what_has_no_length_is_judged_by_none() -> None:
    timed = MediaRules(types=PNG | {"video/mp4"}, duration_ms_min=3000, duration_ms_max=4000)
    assert codes(Post(text="a", media=(picture(),)), images=timed) == []
    assert codes(Post(text="a", media=(evolve(film(), duration_ms=None),)), videos=timed) == [], "not known is not too long"


def test_what_is_converted_may_be_larger() -> None:
    limits = MediaRules(types=PNG, convertible=frozenset({"image/webp"}), size_bytes_max=100)
    big = {"size_bytes": 101}
    assert codes(Post(text="a", media=(picture(**big),)), images=limits) == ["media_too_large"]
    assert codes(Post(text="a", media=(picture(mime="image/webp", **big),)), images=limits) == []


def test_every_medium_is_judged() -> None:
    limits = MediaRules(types=PNG, count_max=3, size_bytes_max=100)
    media = (picture(), picture(size_bytes=101), picture(size_bytes=101, mime="image/gif"))
    assert codes(Post(text="a", media=media), images=limits) == ["media_too_large", "media_type", "media_too_large"]


def test_options_are_known_and_allowed() -> None:
    options = {"privacy": ("SELF_ONLY", "PUBLIC"), "note": None}
    for given_options, expected in (
        ({}, []),
        ({"privacy": "PUBLIC"}, []),
        ({"note": "anything"}, []),
        ({"privacy": "EVERYONE"}, ["option_value"]),
        ({"colour": "red"}, ["unknown_option"]),
        ({"privacy": "x", "colour": "red"}, ["option_value", "unknown_option"]),
    ):
        assert codes(Post(text="a", options=given_options), options=options) == expected


def test_all_problems_are_told_at_once() -> None:
    post = Post(text="12345678901", title="123456", media=(film(), picture(mime="image/gif")), options={"x": "y"})
    assert codes(post, title_max=5) == [
        "text_too_long",
        "title_too_long",
        "mixed_media",
        "media_type",
        "media_not_taken",
        "unknown_option",
    ]

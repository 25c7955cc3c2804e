"""Which listed post reads like ours."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters_platforms.tiktok.looking_back import created_at, reads_like
from distribution_core.domain.post import Post

LONG = "One two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen. " * 3


@pytest.mark.parametrize(
    ("text", "listed", "alike"),
    [
        ("Hello  world\n", {"video_description": "Hello world"}, True),
        ("Hello world", {"title": "Hello world"}, True),
        ("Hello world", {"video_description": "Hello"}, False),
        ("Hello", {"video_description": "Hello world"}, False),
        (LONG, {"video_description": LONG[:150]}, True),
        (LONG, {"video_description": LONG[:20]}, False),
        (LONG, {"video_description": "x" * 150}, False),
        ("Hello", {"video_description": "", "title": None}, False),
        ("Hello", {}, False),
    ],
)
def test_a_caption_is_ours_whole_or_as_far_as_it_is_listed(text: str, listed: dict[str, Any], alike: bool) -> None:
    assert reads_like(listed, Post(text=text)) is alike


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), min_size=1, max_size=400).filter(lambda t: t.strip()))
def test_what_is_listed_of_our_caption_is_known_again(text: str) -> None:
    assert reads_like({"video_description": text.strip()}, Post(text=text))


def test_wordless_photos_are_known_by_their_title() -> None:
    assert reads_like({"title": "A title", "video_description": ""}, Post(text="", title="A title"))


@pytest.mark.parametrize("value", [None, "1790000000", True, -1, 10**15, 1.5])
def test_a_time_that_is_none_is_none(value: object) -> None:
    assert created_at({"create_time": value}) is None

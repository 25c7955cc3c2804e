"""What a platform is asked to carry, and how such a post is recognised."""

import hashlib
import unicodedata
from typing import Any
from uuid import UUID

import pytest
from attrs import asdict, evolve
from hypothesis import given
from hypothesis import strategies as st

from distribution_core.domain.content import Content, MediaAsset, MediaKind
from distribution_core.domain.post import Post, fingerprint, normalised, payload, payload_hash, render
from tests.domain.strategies import NOW

PICTURE = MediaAsset(
    key="p", kind=MediaKind.IMAGE, mime="image/png", size_bytes=1, sha256="ab" * 32, width=1, height=1, alt_text="A dog"
)
FILM = evolve(PICTURE, key="f", kind=MediaKind.VIDEO, mime="video/mp4", sha256="cd" * 32, duration_ms=1000)


def content(**fields: Any) -> Content:
    return Content(id=UUID(int=1), user_id=UUID(int=2), created_at=NOW, updated_at=NOW, **fields)


def test_without_options_the_content_speaks() -> None:
    post = render(content(title="Title", body="Body", media=(PICTURE, FILM)), "facebook")
    assert post == Post(text="Body", title="Title", media=(PICTURE, FILM))
    assert (post.images, post.videos) == ((PICTURE,), (FILM,))


def test_a_platforms_own_words_win() -> None:
    options = {
        "tiktok": {"text": "Own text", "title": "Own title", "link": "https://own.test", "privacy": "SELF_ONLY"},
        "facebook": {"text": ""},
    }
    said = content(title="Title", body="See https://example.com", options=options)
    own = render(said, "tiktok")
    assert own == Post(text="Own text", title="Own title", link="https://own.test", options={"privacy": "SELF_ONLY"})
    assert render(said, "facebook") == Post(text="", title="Title"), "an empty text of its own is still its own"
    assert render(said, "linkedin").text == "See https://example.com"


def test_what_is_set_for_one_account_stands_before_what_holds_for_all() -> None:
    ada, ben = UUID(int=3), UUID(int=4)
    own = {"privacy": "SELF_ONLY", "comments": True, "accounts": {str(ada): {"privacy": "FRIENDS"}, "odd": 5}}
    said = content(body="Hi", options={"tiktok": own})
    assert render(said, "tiktok", ada).options == {"privacy": "FRIENDS", "comments": True}
    assert render(said, "tiktok", ben).options == render(said, "tiktok").options == {"privacy": "SELF_ONLY", "comments": True}
    assert render(content(body="Hi", options={"tiktok": {"accounts": "odd"}}), "tiktok", ada).options == {}


@pytest.mark.parametrize(
    ("text", "link"),
    [
        ("Nothing here", None),
        ("See https://example.com/a?b=c#d for more", "https://example.com/a?b=c#d"),
        ("See (https://example.com/a).", "https://example.com/a"),
        ("Really? https://example.com/a!", "https://example.com/a"),
        ("http://one.test and https://two.test", "http://one.test"),
        ('<a href="https://example.com/x">', "https://example.com/x"),
        ("ftp://example.com", None),
        ("https://", None),
    ],
)
def test_the_first_url_is_the_link(text: str, link: str | None) -> None:
    assert render(content(body=text), "facebook").link == link


def test_beside_media_a_url_is_only_text() -> None:
    assert render(content(body="https://example.com", media=(PICTURE,)), "facebook").link is None
    named = content(body="a", media=(PICTURE,), options={"facebook": {"link": "https://example.com"}})
    assert render(named, "facebook").link == "https://example.com"


@given(st.text())
def test_normalising_twice_changes_nothing(text: str) -> None:
    once = normalised(text)
    assert normalised(once) == once
    assert once == once.strip()
    assert "  " not in once


@given(st.lists(st.text(alphabet="abcé\u0301ß\U0001f600", min_size=1), min_size=1))
def test_white_space_and_composition_are_no_difference(words: list[str]) -> None:
    plain = " ".join(words)
    assert normalised("\n\u00a0 \t".join(words) + "\r\n") == normalised(plain)
    assert normalised(unicodedata.normalize("NFD", plain)) == normalised(plain)
    assert fingerprint(Post(text=unicodedata.normalize("NFD", plain) + " ")) == fingerprint(Post(text=plain))


def test_posts_that_a_look_back_could_confuse_share_a_fingerprint() -> None:
    post = Post(text="Hello", title="Title", link="https://example.com", media=(PICTURE, FILM))
    for other in (
        evolve(post, title=None),
        evolve(post, link=None),
        evolve(post, media=()),
        evolve(post, options={"privacy": "x"}),
    ):
        assert fingerprint(other) == fingerprint(post)
    assert len(fingerprint(post)) == 64


@given(st.text(alphabet="ab", min_size=1, max_size=64), st.text(alphabet="ab", min_size=1, max_size=64))
def test_other_words_are_another_fingerprint(text: str, other: str) -> None:
    assert (fingerprint(Post(text=text)) == fingerprint(Post(text=other))) == (text == other)


def test_a_list_that_cuts_captions_confuses_no_fingerprint() -> None:
    long = "the same beginning of a caption, for longer than any platform lists it " * 2
    assert fingerprint(Post(text=long + "a")) == fingerprint(Post(text=long + "b"))


def test_a_post_without_text_is_known_by_its_title() -> None:
    assert fingerprint(Post(text="", title="Title")) == fingerprint(Post(text=" Title"))


def test_pictures_without_words_could_be_taken_for_one_another() -> None:
    wordless = fingerprint(Post(text="", media=(PICTURE,)))
    assert wordless == fingerprint(Post(text=" ", title="\n", media=(FILM,)))
    assert wordless == hashlib.sha256(b"").hexdigest()


def test_a_payload_hash_knows_no_order_of_keys() -> None:
    assert payload_hash({"a": 1, "b": [1, 2]}) == payload_hash({"b": [1, 2], "a": 1})
    assert payload_hash({"a": 1, "b": [1, 2]}) != payload_hash({"a": 1, "b": [2, 1]})
    assert payload_hash({"text": "é"}) != payload_hash({"text": "e"})


def test_a_payload_is_the_whole_post() -> None:
    post = Post(text="a", title="b", link="https://c.example", media=(PICTURE, FILM), options={"privacy": "SELF_ONLY"})
    assert payload_hash(payload(post)) == payload_hash(asdict(post)), "no field is left out of what is frozen"


def test_hashes_stay_what_is_stored() -> None:
    """Rows hold them: another way to compute one would make strangers of posts that were sent before."""
    assert payload_hash({"text": "é", "n": [1, 2]}) == hashlib.sha256('{"n":[1,2],"text":"é"}'.encode()).hexdigest()
    words = "é" * 63 + "ab"
    assert fingerprint(Post(text=words)) == hashlib.sha256(words[:64].encode()).hexdigest()

"""Where a text is cut, what media become, and what is worth a warning."""

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from distribution_core.domain.content import MediaAsset, MediaKind
from distribution_core.domain.forecast import shown_text, warnings
from distribution_core.domain.post import Post
from distribution_core.domain.rules import MediaFate, MediaRules, PlatformRules, TextUnit, check, text_length

RULES = PlatformRules(
    platform="chirp",
    name="Chirp",
    text_max=100,
    images=MediaRules(
        types=frozenset({"image/jpeg"}), convertible=frozenset({"image/gif", "image/png"}), converted_to="image/jpeg", count_max=3
    ),
)


def picture(mime: str, *, alt_text: str | None = "A cat") -> MediaAsset:
    return MediaAsset(
        key=mime, kind=MediaKind.IMAGE, mime=mime, size_bytes=9, sha256="00" * 32, width=9, height=9, alt_text=alt_text
    )


def warned(post: Post) -> list[str]:
    return [warning.code for warning in warnings(RULES, post, check(RULES, post))]


@given(st.text(), st.integers(0, 20), st.sampled_from(TextUnit))
def test_what_is_shown_is_the_longest_beginning_that_fits(text: str, most: int, unit: TextUnit) -> None:
    rules = evolve(RULES, text_unit=unit, escaped_characters="()", text_shown=most)
    shown = shown_text(rules, text)
    if shown is None:
        assert text_length(rules, text) <= most
    else:
        assert text.startswith(shown)
        assert text_length(rules, shown) <= most < text_length(rules, text[: len(shown) + 1])


def test_lines_are_cut_too() -> None:
    rules = evolve(RULES, lines_shown=2)
    assert shown_text(rules, "a\nb\nc") == "a\nb"
    assert shown_text(rules, "a\nb") is None
    assert shown_text(evolve(rules, text_shown=2), "a\nb\nc") == "a\n"
    assert shown_text(RULES, "a\n" * 50) is None


def test_each_piece_of_media_is_told_apart() -> None:
    result = check(RULES, Post(text="x", media=tuple(picture(f"image/{kind}") for kind in ("jpeg", "png", "bmp"))))
    assert [(item.fate, item.mime) for item in result.media] == [
        (MediaFate.KEPT, "image/jpeg"),
        (MediaFate.CONVERTED, "image/jpeg"),
        (MediaFate.REFUSED, "image/bmp"),
    ]
    assert [problem for item in result.media for problem in item.problems] == list(result.problems)
    film = evolve(picture("video/mp4"), kind=MediaKind.VIDEO)
    assert [item.fate for item in check(RULES, Post(text="x", media=(film,))).media] == [MediaFate.REFUSED]


def test_warnings() -> None:
    assert warned(Post(text="x", media=(picture("image/jpeg"),))) == []
    assert warned(Post(text="x", media=(picture("image/gif"),))) == ["animation_lost"]
    assert warned(Post(text="x", media=(picture("image/png", alt_text=" "),))) == ["alt_text_missing"]
    assert warned(Post(text="x" * 95)) == []
    assert warned(Post(text="x" * 96)) == ["text_nearly_full"]
    assert warned(Post(text="x" * 101)) == []

"""What a person reads when a platform does not take a post: exact words, numbers, and the field they stand at."""

from typing import Any

import pytest
from attrs import evolve

from distribution_core.domain.content import MediaAsset, MediaKind
from distribution_core.domain.post import Post
from distribution_core.domain.rules import MediaRules, PlatformRules, check

PICTURE = MediaAsset(key="p", kind=MediaKind.IMAGE, mime="image/png", size_bytes=9, sha256="00" * 32, width=100, height=50)
FILM = evolve(PICTURE, kind=MediaKind.VIDEO, mime="video/mp4", duration_ms=5000)
PNG = MediaRules(types=frozenset({"image/png"}))
MP4 = MediaRules(types=frozenset({"video/mp4"}))
RULES = PlatformRules(platform="chirp", name="Chirp", text_max=3000, images=PNG, videos=MP4)


def told(post: Post, **changes: Any) -> list[tuple[str, str]]:
    result = check(evolve(RULES, **changes), post)
    return [(problem.field, problem.message) for problem in result.problems]


@pytest.mark.parametrize(
    ("post", "rules", "field", "message"),
    [
        (Post(text="a" * 3001), {}, "body", "Chirp takes 3,000 characters; this text has 3,001."),
        (Post(text="a", title="123456"), {"title_max": 5}, "title", "Chirp takes a title of 5 characters."),
        (Post(text="a"), {"needs_media": True}, "media_assets", "Chirp takes no post without a picture or video."),
        (Post(text=" "), {}, "body", "Write something or add a picture or video."),
        (
            Post(text="a", media=(PICTURE, FILM)),
            {},
            "media_assets",
            "Chirp takes pictures or a video in one post, not both.",
        ),
        (Post(text="a", media=(FILM,)), {"videos": None}, "media_assets", "Chirp takes no video here."),
        (Post(text="a", media=(PICTURE,)), {"images": None}, "media_assets", "Chirp takes no picture here."),
        (
            Post(text="a", media=(FILM,) * 3),
            {},
            "media_assets",
            "Chirp takes at most 1 video in one post; this has 3.",
        ),
        (
            Post(text="a", media=(PICTURE,) * 3),
            {"images": evolve(PNG, count_max=2)},
            "media_assets",
            "Chirp takes at most 2 pictures in one post; this has 3.",
        ),
        (
            Post(text="a", options={"colour": "red"}),
            {"options": {"privacy": None, "cover": None}},
            "options.chirp",
            "Chirp has no option 'colour'; it has: cover, privacy.",
        ),
        (
            Post(text="a", options={"colour": "red"}),
            {},
            "options.chirp",
            "Chirp has no option 'colour'; it has: none.",
        ),
        (
            Post(text="a", options={"privacy": "x"}),
            {"options": {"privacy": ("SELF", "ALL")}},
            "options.chirp.privacy",
            "Chirp: privacy is one of SELF, ALL.",
        ),
    ],
)
def test_the_problem_is_told_at_its_field(post: Post, rules: dict[str, Any], field: str, message: str) -> None:
    assert told(post, **rules) == [(field, message)]


@pytest.mark.parametrize(
    ("limits", "asset", "message"),
    [
        ({"convertible": frozenset({"image/webp"})}, {"mime": "image/gif"}, "Chirp takes a video as MP4, WEBP, not image/gif."),
        ({"size_bytes_max": 2_500_000}, {"size_bytes": 2_500_001}, "Chirp takes a video of up to 2.5 MB."),
        ({"pixels_max": 2_000_000}, {"width": 2001, "height": 1000}, "Chirp takes a video of up to 2 megapixels."),
        ({"side_px_min": 60}, {}, "Chirp needs a video of at least 60 pixels a side."),
        ({"side_px_max": 60}, {}, "Chirp takes a video of up to 60 pixels a side."),
        ({"duration_ms_min": 7500}, {}, "Chirp needs a video of at least 7.5 s."),
        ({"duration_ms_max": 4500}, {}, "Chirp takes a video of up to 4.5 s."),
    ],
)
def test_a_limit_on_media_is_told_in_its_unit(limits: dict[str, Any], asset: dict[str, Any], message: str) -> None:
    post = Post(text="a", media=(evolve(FILM, **asset),))
    assert told(post, videos=evolve(MP4, **limits)) == [("media_assets", message)]


def test_what_is_false_or_true_is_written_small() -> None:
    options = {"shared": ("true", "false")}
    assert told(Post(text="a", options={"shared": True}), options=options) == []
    assert told(Post(text="a", options={"shared": "True"}), options=options) == [
        ("options.chirp.shared", "Chirp: shared is one of true, false.")
    ]


def test_a_manifest_that_says_little_means_little() -> None:
    """What rules are where a manifest leaves them out."""
    bare = PlatformRules(platform="chirp", name="Chirp", text_max=5)
    assert told(Post(text="a", media=(PICTURE, FILM)), images=None, videos=None) == [
        ("media_assets", "Chirp takes pictures or a video in one post, not both."),
        ("media_assets", "Chirp takes no picture here."),
        ("media_assets", "Chirp takes no video here."),
    ]
    assert check(bare, Post(text="((\U0001f600((")).ok, "characters count once, whatever they are"
    assert (bare.escaped_characters, bare.needs_media, bare.mixes_images_and_video) == ("", False, False)
    assert PNG.count_max == 1

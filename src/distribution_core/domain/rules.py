"""What a platform takes. One function decides; the counter, the preview, the save and the worker all call it."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

from attrs import field, frozen

from distribution_core.domain.content import MediaAsset
from distribution_core.domain.errors import Problem
from distribution_core.domain.post import Post


class TextUnit(StrEnum):
    """How a platform counts text. `escaped`: a character of `escaped_characters` counts twice."""

    CHARACTERS = "characters"
    UTF16 = "utf16"
    ESCAPED = "escaped"


@frozen(kw_only=True)
class MediaRules:
    """Limits on one kind of media. Sizes in bytes, sides in pixels, durations in milliseconds; None: no limit known.
    `convertible` types are taken because the adapter converts them, to `converted_to`, before it sends them."""

    types: frozenset[str]
    convertible: frozenset[str] = frozenset()
    converted_to: str | None = None
    count_max: int = 1
    size_bytes_max: int | None = None
    pixels_max: int | None = None
    side_px_min: int | None = None
    side_px_max: int | None = None
    duration_ms_min: int | None = None
    duration_ms_max: int | None = None


@frozen(kw_only=True)
class PlatformRules:
    """What a platform takes, read from its manifest; `posts_per_day` of one account, over 24 hours. `options` maps a
    setting to its allowed values (none named: any); true and false stand there in small letters. `text_shown` is how much
    of a text readers see before they ask for more, `lines_shown` how many lines; None: all, or not known."""

    platform: str
    name: str
    text_max: int
    text_max_with_images: int | None = None
    text_max_with_video: int | None = None
    text_unit: TextUnit = TextUnit.CHARACTERS
    text_shown: int | None = None
    lines_shown: int | None = None
    escaped_characters: str = ""
    title_max: int | None = None
    needs_media: bool = False
    images: MediaRules | None = None
    videos: MediaRules | None = None
    mixes_images_and_video: bool = False
    posts_per_day: int | None = None
    options: Mapping[str, tuple[str, ...] | None] = field(factory=dict)


class MediaFate(StrEnum):
    """What a platform gets of one piece of media."""

    KEPT = "kept"
    CONVERTED = "converted"
    REFUSED = "refused"


@frozen(kw_only=True)
class MediaVerdict:
    """What becomes of one piece of media, as what it arrives (`mime`), and why it is refused."""

    key: str
    fate: MediaFate
    mime: str
    problems: tuple[Problem, ...] = ()


@frozen(kw_only=True)
class ValidationResult:
    """The verdict on one post for one platform. `text_used` and `text_max` are in the platform's own unit. `media` are in
    the order of the post's pictures, then its videos; their problems are among `problems` too."""

    platform: str
    text_used: int
    text_max: int
    problems: tuple[Problem, ...] = ()
    media: tuple[MediaVerdict, ...] = ()

    @property
    def ok(self) -> bool:
        return not self.problems


def text_length(rules: PlatformRules, text: str) -> int:
    """The length of `text` as the platform counts it."""
    match rules.text_unit:
        case TextUnit.CHARACTERS:
            return len(text)
        case TextUnit.UTF16:
            return len(text.encode("utf-16-le", "surrogatepass")) // 2
        case TextUnit.ESCAPED:
            return len(text) + sum(map(text.count, set(rules.escaped_characters)))


def check(rules: PlatformRules, post: Post) -> ValidationResult:
    """Everything that keeps `post` off the platform, or nothing."""
    used, limit = text_length(rules, post.text), _text_max(rules, post)
    found: list[Problem] = []
    media: list[MediaVerdict] = []

    def problem(code: str, message: str, where: str) -> None:
        found.append(Problem(code=code, message=message, field=where, platform=rules.platform))

    if used > limit:
        problem("text_too_long", f"{rules.name} takes {limit:,} characters; this text has {used:,}.", "body")
    if rules.title_max is not None and post.title and text_length(rules, post.title) > rules.title_max:
        problem("title_too_long", f"{rules.name} takes a title of {rules.title_max} characters.", "title")
    if not post.media:
        if rules.needs_media:
            problem("needs_media", f"{rules.name} takes no post without a picture or video.", "media_assets")
        elif not post.text.strip() and not post.link:
            problem("empty", "Write something or add a picture or video.", "body")
    if post.images and post.videos and not rules.mixes_images_and_video:
        problem("mixed_media", f"{rules.name} takes pictures or a video in one post, not both.", "media_assets")
    kinds = (("picture", post.images, rules.images), ("video", post.videos, rules.videos)) if post.media else ()
    for what, items, limits in kinds:
        if not items:
            continue
        if limits is None:
            problem("media_not_taken", f"{rules.name} takes no {what} here.", "media_assets")
            media += [MediaVerdict(key=item.key, fate=MediaFate.REFUSED, mime=item.mime, problems=(found[-1],)) for item in items]
            continue
        if len(items) > limits.count_max:
            many = f"{limits.count_max} {what}{'' if limits.count_max == 1 else 's'}"
            problem("too_many_media", f"{rules.name} takes at most {many} in one post; this has {len(items)}.", "media_assets")
        for item in items:
            before = len(found)
            for code, message in _media_problems(rules.name, what, item, limits):
                problem(code, message, "media_assets")
            media.append(_media_verdict(item, limits, tuple(found[before:])))
    found += option_problems(rules, post.options)
    return ValidationResult(platform=rules.platform, text_used=used, text_max=limit, problems=tuple(found), media=tuple(media))


def _text_max(rules: PlatformRules, post: Post) -> int:
    if post.videos and rules.text_max_with_video is not None:
        return rules.text_max_with_video
    if post.images and rules.text_max_with_images is not None:
        return rules.text_max_with_images
    return rules.text_max


def _media_verdict(item: MediaAsset, limits: MediaRules, problems: tuple[Problem, ...]) -> MediaVerdict:
    if problems:
        return MediaVerdict(key=item.key, fate=MediaFate.REFUSED, mime=item.mime, problems=problems)
    if item.mime in limits.convertible:
        return MediaVerdict(key=item.key, fate=MediaFate.CONVERTED, mime=limits.converted_to or item.mime)
    return MediaVerdict(key=item.key, fate=MediaFate.KEPT, mime=item.mime)


def _media_problems(name: str, what: str, item: MediaAsset, limits: MediaRules) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    if item.mime not in limits.types | limits.convertible:
        taken = ", ".join(sorted(t.partition("/")[2].upper() for t in limits.types | limits.convertible))
        found.append(("media_type", f"{name} takes a {what} as {taken}, not {item.mime}."))
    if limits.size_bytes_max is not None and item.size_bytes > limits.size_bytes_max and item.mime not in limits.convertible:
        found.append(("media_too_large", f"{name} takes a {what} of up to {limits.size_bytes_max / 1e6:g} MB."))
    if limits.pixels_max is not None and item.width * item.height > limits.pixels_max:
        found.append(("media_too_large", f"{name} takes a {what} of up to {limits.pixels_max / 1e6:g} megapixels."))
    shortest, longest = sorted((item.width, item.height))
    if limits.side_px_min is not None and shortest < limits.side_px_min:
        found.append(("media_too_small", f"{name} needs a {what} of at least {limits.side_px_min} pixels a side."))
    if limits.side_px_max is not None and longest > limits.side_px_max:
        found.append(("media_too_large", f"{name} takes a {what} of up to {limits.side_px_max} pixels a side."))
    if item.duration_ms is not None:
        if limits.duration_ms_min is not None and item.duration_ms < limits.duration_ms_min:
            found.append(("video_too_short", f"{name} needs a video of at least {limits.duration_ms_min / 1000:g} s."))
        if limits.duration_ms_max is not None and item.duration_ms > limits.duration_ms_max:
            found.append(("video_too_long", f"{name} takes a video of up to {limits.duration_ms_max / 1000:g} s."))
    return found


def option_problems(rules: PlatformRules, options: Mapping[str, Any]) -> list[Problem]:
    """What is wrong with options that were set for a platform, or for one account on it."""
    return [problem for key, value in options.items() for problem in _option_problem(rules, key, value)]


def _option_problem(rules: PlatformRules, key: str, value: Any) -> Iterable[Problem]:
    if key not in rules.options:
        known = ", ".join(sorted(rules.options)) or "none"
        words = f"{rules.name} has no option {key!r}; it has: {known}."
        yield Problem(code="unknown_option", message=words, field=f"options.{rules.platform}", platform=rules.platform)
        return
    allowed = rules.options[key]
    given = str(value).lower() if isinstance(value, bool) else str(value)
    if allowed and given not in allowed:
        words = f"{rules.name}: {key} is one of {', '.join(allowed)}."
        yield Problem(code="option_value", message=words, field=f"options.{rules.platform}.{key}", platform=rules.platform)

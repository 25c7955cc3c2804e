"""What a post will look like on a platform that takes it: where readers see it cut, and what is worth a second look."""

from distribution_core.domain.content import MediaKind
from distribution_core.domain.errors import Problem
from distribution_core.domain.post import Post
from distribution_core.domain.rules import MediaFate, PlatformRules, ValidationResult, text_length

_MAY_MOVE = ("image/gif", "image/webp")


def shown_text(rules: PlatformRules, text: str) -> str | None:
    """The beginning that readers see before they ask for more; None where nothing is cut. What looks like one character
    may be cut in two, as platforms do."""
    shown = text
    if rules.lines_shown is not None:
        shown = "\n".join(shown.split("\n")[: rules.lines_shown])
    if rules.text_shown is not None:
        while text_length(rules, shown) > rules.text_shown:
            # Each step takes away at least one and never too much: a character counts for two at most.
            shown = shown[: len(shown) - max(1, (text_length(rules, shown) - rules.text_shown) // 2)]
    return None if shown == text else shown


def warnings(rules: PlatformRules, post: Post, result: ValidationResult) -> tuple[Problem, ...]:
    """What does not keep a post off the platform, but may not be what its author expects."""
    found: list[Problem] = []

    def warn(code: str, message: str, where: str) -> None:
        found.append(Problem(code=code, message=message, field=where, platform=rules.platform))

    mimes = {item.key: item.mime for item in post.media}
    if any(verdict.fate is MediaFate.CONVERTED and mimes[verdict.key] in _MAY_MOVE for verdict in result.media):
        warn("animation_lost", f"{rules.name} gets a still picture: what moves in it stands still there.", "media_assets")
    silent = sum(item.kind is MediaKind.IMAGE and not (item.alt_text or "").strip() for item in post.media)
    if silent:
        pictures = "A picture has" if silent == 1 else f"{silent} pictures have"
        warn("alt_text_missing", f"{pictures} no description for people who can't see.", "media_assets")
    if result.ok and result.text_used > result.text_max * 0.95:
        left = result.text_max - result.text_used
        warn("text_nearly_full", f"{rules.name} takes {left:,} more character{'' if left == 1 else 's'}.", "body")
    return tuple(found)

"""LinkedIn's little text: how a commentary reads once its escapes, hashtags and mentions are taken as what they are.

A reserved character that is neither escaped nor syntax ends the text silently (Little Text Format; seen in the field for `(`).
"""

import re

from attrs import frozen

_RESERVED = "\\|{}@[]()<>#*_~"
_TEMPLATE = re.compile(r"\{hashtag\|\\?#\|((?:\\.|[^}|\\])+)\}")
_MENTION = re.compile(r"@\[((?:\\.|[^\]\\])*)\]\(urn:li:(?:person|organization):[^)]+\)")
_HASHTAG = re.compile(r"(?<![\w&])#\w+")
_URL = re.compile(r"https?://[^\s<>\"']+")


@frozen
class Reading:
    """`text` is what people see, `kept` the part of the commentary that made it."""

    text: str
    kept: str


def read(commentary: str, *, cut_at_all: bool, urls_keep_backslashes: bool = False) -> Reading:
    """Cut at the first unescaped `(`, or at any reserved character that is no syntax when `cut_at_all`."""
    urls = [found.span() for found in _URL.finditer(commentary)] if urls_keep_backslashes else []
    seen: list[str] = []
    at = 0
    while at < len(commentary):
        character = commentary[at]
        following = commentary[at + 1 : at + 2]
        if character == "\\" and following and following in _RESERVED:
            in_url = any(start <= at < end for start, end in urls)
            seen.append(character + following if in_url else following)
            at += 2
        elif found := _TEMPLATE.match(commentary, at):
            seen.append(f"#{_unescaped(found[1])}")
            at = found.end()
        elif found := _MENTION.match(commentary, at):
            seen.append(_unescaped(found[1]))
            at = found.end()
        elif found := _HASHTAG.match(commentary, at):
            seen.append(found[0])
            at = found.end()
        elif character == "(" or (cut_at_all and character in _RESERVED):
            break
        else:
            seen.append(character)
            at += 1
    return Reading("".join(seen), commentary[:at])


def read_back(commentary: str) -> str:
    """The commentary as the API gives it back: plain hashtags have become templates."""
    return re.sub(r"(?<![\\\w{|&#])#(\w+)", r"{hashtag|\\#|\1}", commentary)


def written(plain: str) -> str:
    """Plain text of the older API as little text: escaped, its hashtags templates."""
    result: list[str] = []
    at = 0
    while at < len(plain):
        if found := _HASHTAG.match(plain, at):
            result.append(f"{{hashtag|\\#|{found[0][1:]}}}")
            at = found.end()
        else:
            result.append("\\" + plain[at] if plain[at] in _RESERVED else plain[at])
            at += 1
    return "".join(result)


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)

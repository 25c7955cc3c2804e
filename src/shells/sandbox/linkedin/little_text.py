"""LinkedIn's little text: how a commentary reads once its escapes, hashtags and mentions are taken as what they are."""

import re

RESERVED = "|{}@[]()<>#*_~"
_HASHTAG = re.compile(r"\{hashtag\|\\?#\|([^}|]+)\}")
_MENTION = re.compile(r"@\[((?:\\.|[^\]\\])*)\]\(urn:li:[^)]+\)")
_PLAIN_HASHTAG = re.compile(r"#\w")


def shown(commentary: str, *, cut_at_all: bool) -> str:
    """The text a reader sees: silently cut at the first reserved character that is neither escaped nor syntax."""
    result: list[str] = []
    position = 0
    while position < len(commentary):
        character = commentary[position]
        if character == "\\" and position + 1 < len(commentary):
            result.append(commentary[position + 1])
            position += 2
            continue
        if found := _HASHTAG.match(commentary, position):
            result.append(f"#{found[1]}")
            position = found.end()
            continue
        if found := _MENTION.match(commentary, position):
            result.append(re.sub(r"\\(.)", r"\1", found[1]))
            position = found.end()
            continue
        if character == "(" or (cut_at_all and character in RESERVED and not _PLAIN_HASHTAG.match(commentary, position)):
            break
        result.append(character)
        position += 1
    return "".join(result)


def read_back(commentary: str) -> str:
    """The commentary as the API reads it back: plain hashtags have become templates."""
    return re.sub(r"(?<![\\\w{|#])#(\w+)", r"{hashtag|\\#|\1}", commentary)

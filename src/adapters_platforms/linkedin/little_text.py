"""LinkedIn's little text format, in which a post's commentary is written (Learn, little-text-format).

An unescaped reserved character is not refused: LinkedIn answers 201 and silently cuts the text there.
"""

import re
from typing import Final

RESERVED: Final = "\\|{}@[]()<>#*_~"
COMMENTARY_MAX: Final = 3000

_RESERVED = re.compile(r"[\\|{}@\[\]()<>#*_~]")
# A hashtag that a person meant: at a word's start, with at least one letter, before any underscore.
_HASHTAG = re.compile(r"(?:(?<=\s)|(?<![\s\S])|(?<=[(\[{\"'«“‘]))#(?=[^\W_]*[^\W\d_])")
_URL = re.compile(r"https?://[^\s<>\"']+")
_READ = re.compile(r"\\([\s\S])|\{hashtag\|\\?#\|((?:\\[\s\S]|[^\\}])*)\}")


def escape(text: str, *, urls_keep_underscores: bool = False) -> str:
    """Plain text as commentary that shows exactly that text. `#word` stays a hashtag; every other reserved character
    (`\\` among them, in the same single pass) gets a backslash. Optionally `_` inside URLs stays bare."""
    if not _RESERVED.search(text):
        return text
    bare = {match.start() for match in _HASHTAG.finditer(text)}
    if urls_keep_underscores:
        for url in _URL.finditer(text):
            bare.update(url.start() + at for at, character in enumerate(url.group()) if character == "_")
    return _RESERVED.sub(lambda match: match.group() if match.start() in bare else "\\" + match.group(), text)


def plain(commentary: str) -> str:
    """The text that commentary shows, from what we sent or what LinkedIn reads back (hashtags as templates)."""

    def shown(match: re.Match[str]) -> str:
        return match[1] if match[1] is not None else "#" + plain(match[2])

    return _READ.sub(shown, commentary)

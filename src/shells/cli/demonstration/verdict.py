"""Compares what should be visible, worked out from the inputs alone, with what the sandbox shows."""

import hashlib
from collections import Counter
from typing import Any

from attrs import frozen

from shells.sandbox.posts import difference_hash

TAKES = {
    ("facebook", "text"): True,
    ("facebook", "picture"): True,
    ("facebook", "video"): True,
    ("linkedin", "text"): True,
    ("linkedin", "picture"): True,
    ("linkedin", "video"): True,
    ("tiktok", "text"): False,
    ("tiktok", "picture"): True,
    ("tiktok", "video"): True,
}
"""Which platform carries which kind of post. TikTok takes no post without a picture or video."""

_DHASH_BITS_MAX = 6


@frozen(kw_only=True)
class Sample:
    """One content that was saved: its kind, text, and the bytes that went with it."""

    kind: str
    text: str
    media: bytes | None = None


@frozen(kw_only=True)
class Comparison:
    """Counts over (account, sample) pairs. `unexpected` are visible posts that nothing asked for."""

    expected: int
    visible: int
    duplicates: int
    missing: int
    unexpected: int
    platforms: dict[str, dict[str, int]]

    @property
    def ok(self) -> bool:
        return self.duplicates == self.missing == self.unexpected == 0 and self.visible == self.expected


def compare(samples: list[Sample], active: list[dict[str, Any]], posts: list[dict[str, Any]]) -> Comparison:
    """`active` are the accounts that were switched on, `posts` the sandbox's visible posts."""
    expected = [
        (account["platform"], account["external_account_id"], number)
        for account in active
        for number, sample in enumerate(samples)
        if TAKES[account["platform"], sample.kind]
    ]
    seen: Counter[tuple[str, str, int]] = Counter()
    unexpected: Counter[str] = Counter()
    for post in posts:
        matches = [number for number, sample in enumerate(samples) if _matches(sample, post)]
        key = (post["platform"], post["account_id"], matches[0]) if len(matches) == 1 else None
        if key is not None and key in expected:
            seen[key] += 1
        else:
            unexpected[post["platform"]] += 1
    platforms = {}
    for platform in sorted({key[0] for key in expected} | {post["platform"] for post in posts}):
        own = [key for key in expected if key[0] == platform]
        platforms[platform] = {
            "posts_expected": len(own),
            "posts_visible": sum(post["platform"] == platform for post in posts),
            "duplicates": sum(max(seen[key] - 1, 0) for key in own),
            "missing": sum(seen[key] == 0 for key in own),
            "unexpected": unexpected[platform],
        }
    return Comparison(
        expected=len(expected),
        visible=len(posts),
        duplicates=sum(row["duplicates"] for row in platforms.values()),
        missing=sum(row["missing"] for row in platforms.values()),
        unexpected=sum(unexpected.values()),
        platforms=platforms,
    )


def _matches(sample: Sample, post: dict[str, Any]) -> bool:
    if post["text"] != sample.text:
        return False
    if sample.media is None:
        return not post["media"]
    if len(post["media"]) != 1:
        return False
    shown = post["media"][0]
    if shown["sha256"] == hashlib.sha256(sample.media).hexdigest():
        return True
    # TikTok takes no PNG, so a converted picture is recognised by what it shows.
    wanted, got = difference_hash(sample.media), shown.get("dhash")
    return (
        sample.kind == "picture"
        and wanted is not None
        and got is not None
        and (int(wanted, 16) ^ int(got, 16)).bit_count() <= _DHASH_BITS_MAX
    )

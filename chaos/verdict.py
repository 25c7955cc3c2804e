"""Compares what the public sees on the sandbox with what was saved and what the product says of it.

What is visible is taken from the sandbox alone: by account, words and media. Deliveries of the same words and media to the
same account are judged together, since nobody could tell their posts apart.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from attrs import define, field, frozen

from chaos.plan import Account, Plan, Sample
from distribution_core.domain.post import normalised
from shells.sandbox.posts import difference_hash

_DHASH_BITS_MAX = 6

Place = tuple[str, str]
"""Platform and account."""


@frozen(kw_only=True)
class Told:
    """What the product says of one delivery."""

    sample: Sample
    place: Place
    status: str
    unconfirmed: bool
    reason: str
    external_post_id: str | None = None


@define(kw_only=True)
class Verdict:
    """`lost`: neither visible once nor visibly waiting for a person. `duplicates`: visible more than once. `untrue`: said to
    have failed for certain, and visible; or a success that names another post. `unexpected`: visible, and asked for by nobody."""

    deliveries: int = 0
    success: int = 0
    waiting: dict[str, dict[str, int]] = field(factory=dict)
    lost: int = 0
    duplicates: int = 0
    untrue: int = 0
    unexpected: int = 0
    details: list[str] = field(factory=list)

    @property
    def must_be_zero(self) -> dict[str, int]:
        """What waits for a person although its flow settles by itself."""
        return {
            f"{platform} {kind}": count
            for platform, found in self.waiting.items()
            for kind, count in found.items()
            if count and settles_by_itself(platform, kind)
        }

    @property
    def ok(self) -> bool:
        return not (self.lost or self.duplicates or self.untrue or self.unexpected or self.must_be_zero)


def kind_of(account: Account, sample: Sample) -> str:
    """A delivery's kind as the guarantees are told by: Facebook's flow, LinkedIn's author, TikTok's source."""
    match account.platform:
        case "facebook":
            return "video" if sample.kind == "video" else f"{sample.flow} {sample.kind}"
        case "tiktok":
            return "video from file" if sample.kind == "video" else f"{sample.kind} by pull"
        case _:
            return f"{account.kind} {sample.kind}"


def settles_by_itself(platform: str, kind: str) -> bool:
    """Whether a lost answer of this flow is always found out without a person."""
    return (platform == "facebook" and (kind == "video" or kind.startswith("draft"))) or (
        platform == "tiktok" and kind == "video from file"
    )


@frozen
class Shown:
    """The media of a sample, as the sandbox would show it."""

    pictures: Sequence[bytes]
    videos: Sequence[bytes]
    _prints: dict[tuple[str, int], tuple[str, str | None]] = field(factory=dict, init=False)

    def matches(self, sample: Sample, media: Sequence[Mapping[str, Any]]) -> bool:
        """Whether a post shows the sample's media, in order. TikTok's pictures are known by what they show."""
        wanted = [self._print("picture", index) for index in sample.pictures]
        if sample.video is not None:
            wanted.append(self._print("video", sample.video))
        if len(wanted) != len(media):
            return False
        return all(_alike(print_, item) for print_, item in zip(wanted, media, strict=True))

    def _print(self, kind: str, index: int) -> tuple[str, str | None]:
        if (kind, index) not in self._prints:
            data = (self.pictures if kind == "picture" else self.videos)[index]
            looks = difference_hash(data) if kind == "picture" else None
            self._prints[kind, index] = hashlib.sha256(data).hexdigest(), looks
        return self._prints[kind, index]


def judge(plan: Plan, told: Iterable[Told], posts: Iterable[Mapping[str, Any]], shown: Shown) -> Verdict:
    """The verdict on a run that is over."""
    verdict = Verdict(deliveries=plan.deliveries)
    accounts = {(account.platform, account.external_id): account for account, _ in plan.expected}
    wanted = Counter(((account.platform, account.external_id), sample.text) for account, sample in plan.expected)
    samples = {((account.platform, account.external_id), sample.text): sample for account, sample in plan.expected}
    visible: dict[tuple[Place, str], list[str]] = defaultdict(list)
    for post in posts:
        key = ((post["platform"], post["account_id"]), normalised(post["text"]))
        if key in samples and shown.matches(samples[key], post["media"]):
            visible[key].append(post["post_id"])
        else:
            verdict.unexpected += 1
            verdict.details.append(f"unexpected post {post['post_id']} on {key[0]}: {post['text'][:80]!r}")
    said: dict[tuple[Place, str], list[Told]] = defaultdict(list)
    for item in told:
        said[item.place, item.sample.text].append(item)
        _count(verdict, accounts[item.place], item)
    for key, count in wanted.items():
        _judge_group(verdict, key, count, said[key], visible[key])
    return verdict


def _count(verdict: Verdict, account: Account, item: Told) -> None:
    kinds = verdict.waiting.setdefault(account.platform, {})
    kind = kind_of(account, item.sample)
    kinds.setdefault(kind, 0)
    if item.status == "success":
        verdict.success += 1
    elif item.status == "failed":
        kinds[kind] += 1
        if settles_by_itself(account.platform, kind):
            verdict.details.append(f"waits for a person: {kind} on {item.place}: {item.reason}")


def _judge_group(verdict: Verdict, key: tuple[Place, str], count: int, said: list[Told], posts: list[str]) -> None:
    success = [item for item in said if item.status == "success"]
    unsure = sum(item.status == "failed" and item.unconfirmed for item in said)
    certain = sum(item.status == "failed" and not item.unconfirmed for item in said)
    stuck = count - len(success) - unsure - certain
    lost = max(0, len(success) - len(posts)) + max(0, stuck)
    duplicates = max(0, len(posts) - count)
    untrue = max(0, min(len(posts), count) - len(success) - unsure) if certain else 0
    names = [item.external_post_id for item in success]
    # TikTok tells the id of a public post late, and the publish_id stands for it until then.
    misnamed = key[0][0] != "tiktok" and not lost and (not set(names) <= set(posts) or len(set(names)) < len(names))
    verdict.lost += lost
    verdict.duplicates += duplicates
    verdict.untrue += untrue + misnamed
    if lost or duplicates or untrue or misnamed:
        states = [(item.status, item.unconfirmed, item.reason, item.external_post_id) for item in said]
        verdict.details.append(
            f"{key}: {lost=} {duplicates=} {untrue=} {misnamed=} wanted {count}, visible {posts}, said {states}"
        )


def _alike(wanted: tuple[str, str | None], item: Mapping[str, Any]) -> bool:
    digest, looks = wanted
    if item["sha256"] == digest:
        return True
    seen = item.get("dhash")
    return looks is not None and seen is not None and (int(looks, 16) ^ int(seen, 16)).bit_count() <= _DHASH_BITS_MAX

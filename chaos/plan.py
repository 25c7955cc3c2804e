"""What a run will save, and on which accounts it has to be seen: worked out from the seed alone."""

from random import Random

from attrs import evolve, field, frozen

KINDS = ("text", "photo", "video", "link", "photos")
CARRIES = {
    "facebook": frozenset(KINDS),
    "linkedin": frozenset(KINDS),
    "tiktok": frozenset({"photo", "photos", "video"}),
}
"""Which platform carries which kind: TikTok takes no post without a picture or video."""

PICTURES, VIDEOS = 6, 3
"""How many different pictures and videos there are to choose from. The last video is long: it goes up in several chunks."""

# Three of each cycle have media, and TikTok takes about 15 posts a day of one creator; some are made again.
_CYCLES_MAX = 3
_LONG_EVERY = 12
_KEEPERS, _CREATORS, _MEMBERS = 2, 8, 2
_WORDS = ("harbour", "bread", "lantern", "rain", "orchard", "ferry", "violin", "market", "paper", "copper", "sail", "clover")


@frozen(kw_only=True)
class Account:
    """A sandbox account. `kind`: page, creator, member or organization."""

    platform: str
    external_id: str
    kind: str


@frozen(kw_only=True)
class Author:
    """A user of the product and the sandbox people who hand their accounts over. `number` counts from 1."""

    number: int
    facebook: tuple[str, ...]
    tiktok: tuple[str, ...]
    linkedin: tuple[str, ...]

    @property
    def accounts(self) -> tuple[Account, ...]:
        pages = [f"{5_560_000 + int(person[2:])}{place}" for person in self.facebook for place in (1, 2, 3)]
        runs = [f"{560_000 + int(sub.rpartition('-')[2])}{place}" for sub in self.linkedin for place in (1, 2)]
        return (
            *(Account(platform="facebook", external_id=page, kind="page") for page in pages),
            *(Account(platform="tiktok", external_id=creator, kind="creator") for creator in self.tiktok),
            *(Account(platform="linkedin", external_id=sub, kind="member") for sub in self.linkedin),
            *(Account(platform="linkedin", external_id=run, kind="organization") for run in runs),
        )


@frozen(kw_only=True)
class Sample:
    """One content. `pictures` and `video` are indexes into the run's media; `flow` is Facebook's while it is saved."""

    author: int
    kind: str
    text: str
    flow: str
    pictures: tuple[int, ...] = ()
    video: int | None = None


@frozen(kw_only=True)
class Plan:
    """`deliveries` counts the (account, sample) pairs, which is at least what was asked for."""

    authors: tuple[Author, ...]
    samples: tuple[Sample, ...]
    crowd: int
    expected: tuple[tuple[Account, Sample], ...] = field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        pairs = [
            (account, sample)
            for sample in self.samples
            for account in self.authors[sample.author - 1].accounts
            if sample.kind in CARRIES[account.platform]
        ]
        object.__setattr__(self, "expected", tuple(pairs))

    @property
    def deliveries(self) -> int:
        return len(self.expected)


def plan(deliveries: int, seed: int, flows: tuple[str, ...]) -> Plan:
    """Authors and contents for at least so many deliveries, shared evenly by Facebook's flows."""
    random = Random(f"plan {seed}")
    cycle = sum(_size(kind) for kind in KINDS)
    authors = tuple(_author(number) for number in range(1, 1 + max(1, -(-deliveries // (cycle * _CYCLES_MAX)))))
    samples: list[Sample] = []
    made = 0
    for place, flow in enumerate(flows, start=1):
        while made < deliveries * place / len(flows):
            sample = _sample(random, samples, len(authors), flow)
            samples.append(sample)
            made += _size(sample.kind)
    return Plan(authors=authors, samples=tuple(samples), crowd=len(authors) * _CREATORS)


def _author(number: int) -> Author:
    def people(name: str, count: int) -> tuple[str, ...]:
        first = (number - 1) * count + 1
        return tuple(name.format(index) for index in range(first, first + count))

    return Author(
        number=number,
        facebook=people("19{:06}", _KEEPERS),
        tiktok=people("o-crowd-{}", _CREATORS),
        linkedin=people("crowd-li-{}", _MEMBERS),
    )


def _size(kind: str) -> int:
    """On how many of an author's accounts a kind is seen."""
    return sum(kind in CARRIES[account.platform] for account in _author(1).accounts)


def _sample(random: Random, before: list[Sample], authors: int, flow: str) -> Sample:
    """Each author gets a whole cycle of kinds before the next does. In most cycles the last sample is the picture or the
    text once more, word for word: two posts that only their deliveries tell apart."""
    cycle, place = divmod(len(before), len(KINDS))
    author, kind = 1 + cycle % authors, KINDS[place]
    if place == len(KINDS) - 1 and cycle % 4:
        return evolve(before[-3 if cycle % 2 else -4], flow=flow)
    words = " ".join(random.choices(_WORDS, k=random.randrange(4, 12)))
    text = f"{words} {len(before):05d}"
    return Sample(
        author=author,
        kind=kind,
        text=f"{text} https://example.org/{len(before):05d}" if kind == "link" else text,
        flow=flow,
        pictures=tuple(random.sample(range(PICTURES), {"photo": 1, "photos": 3}.get(kind, 0))),
        video=_video(random, cycle) if kind == "video" else None,
    )


def _video(random: Random, cycle: int) -> int:
    """Long ones are few, for all that they weigh: one for each flow in a run of two thousand."""
    return VIDEOS - 1 if cycle % _LONG_EVERY == _LONG_EVERY // 2 else random.randrange(VIDEOS - 1)

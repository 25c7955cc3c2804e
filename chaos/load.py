"""Users who link their accounts, upload media, save contents and look what became of them: over HTTP alone."""

import time
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import httpx
from attrs import define, field

from chaos import media
from chaos.plan import PICTURES, VIDEOS, Author, Sample
from distribution_core.domain.secret import Secret
from shells.cli.demonstration.visitor import Consent, Visitor
from shells.cli.failure import CommandError

_PATIENCE_S = 90
_Answer = TypeVar("_Answer")


def insist(ask: Callable[[], _Answer]) -> _Answer:
    """Ask until there is an answer: the database may be gone just now. Raises CommandError after a minute and a half."""
    deadline = time.monotonic() + _PATIENCE_S
    while True:
        try:
            return ask()
        except (CommandError, httpx.HTTPError) as error:
            if time.monotonic() > deadline:
                raise CommandError(f"no answer in {_PATIENCE_S} s: {error}") from None
            time.sleep(0.3)


@define
class Files:
    """The run's pictures and videos, made once."""

    pictures: list[bytes] = field(init=False, factory=lambda: [media.picture(number) for number in range(PICTURES)])
    videos: list[bytes] = field(
        init=False, factory=lambda: [*(media.video(number) for number in range(VIDEOS - 1)), media.long_video(VIDEOS - 1)]
    )


@define
class Session:
    """One author, signed in."""

    author: Author
    visitor: Visitor
    _uploaded: dict[str, str] = field(factory=dict)
    _saved: list[tuple[Sample, str]] = field(factory=list)

    @classmethod
    def open(cls, author: Author, web: str, email: str, password: Secret) -> "Session":
        visitor = Visitor(web)
        visitor.sign_in(email, password)
        return cls(author, visitor)

    def link(self) -> None:
        """Link every account. Raises CommandError when not all of them came."""
        consents = [
            *(Consent(platform="facebook", person=person) for person in self.author.facebook),
            *(Consent(platform="tiktok", person=creator) for creator in self.author.tiktok),
            *(Consent(platform="linkedin", person=sub, app="member") for sub in self.author.linkedin),
            *(Consent(platform="linkedin", person=sub, app="community") for sub in self.author.linkedin),
        ]
        for consent in consents:
            if consent.platform == "facebook":
                number = int(consent.person[2:])
                pages = tuple(f"{5_560_000 + number}{place}" for place in (1, 2, 3))
                consent = Consent(platform="facebook", person=consent.person, accounts=pages)
            self.visitor.link(consent)
        linked = set(self._accounts().values())
        missing = {(account.platform, account.external_id) for account in self.author.accounts} ^ linked
        if missing:
            raise CommandError(f"author {self.author.number} should have other accounts linked: {sorted(missing)}")

    def upload(self, files: Files, samples: Iterable[Sample]) -> None:
        """Upload what the author's samples show, each file once."""
        for sample in samples:
            for index in sample.pictures:
                self._upload(f"picture {index}", files.pictures[index], "image/jpeg")
            if sample.video is not None:
                self._upload(f"video {sample.video}", files.videos[sample.video], "video/mp4")

    def _upload(self, name: str, data: bytes, mime: str) -> None:
        if name not in self._uploaded:
            self._uploaded[name] = self.visitor.upload(data, mime)

    def save(self, sample: Sample, key: str) -> None:
        """Save until it is answered: the key makes a repeated request the same one."""
        assets = [self._uploaded[f"picture {index}"] for index in sample.pictures]
        if sample.video is not None:
            assets.append(self._uploaded[f"video {sample.video}"])
        body: dict[str, Any] = {"body": sample.text, "media_assets": assets}
        saved = insist(
            lambda: self.visitor.send("POST", "/content", json=body, headers={"idempotency-key": key}),
        )
        self._saved.append((sample, saved["id"]))

    def outcomes(self) -> list[tuple[Sample, tuple[str, str], dict[str, Any]]]:
        """(sample, (platform, account), delivery) for each delivery that the product tells of."""
        accounts = self._accounts()
        found = []
        for sample, content_id in self._saved:
            shown = self.visitor.get(f"/content/{content_id}/deliveries")
            found += [(sample, accounts[delivery["account_id"]], delivery) for delivery in shown["deliveries"]]
        return found

    def _accounts(self) -> dict[str, tuple[str, str]]:
        rows = self.visitor.get("/accounts")["accounts"]
        return {row["id"]: (row["platform"], row["external_account_id"]) for row in rows}

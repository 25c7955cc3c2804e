"""Dead letters and what to do about them, as JSON."""

from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from distribution_core.domain.outcome import FailureKind
from distribution_core.ports.dead_letters import DeadLetterCount
from distribution_core.usecases.redrive import Redriven
from shells.web.shapes.content import ContentOut
from shells.web.shapes.deliveries import DeliveryOut


class DeadLettersOut(Struct, kw_only=True):
    """Those made last first; `contents` are what they were to carry, each once. `next_before` continues the list; null at its
    end."""

    items: list[DeliveryOut]
    contents: list[ContentOut]
    next_before: UUID | None


class DeadLetterCountOut(Struct, kw_only=True):
    platform: str
    kind: FailureKind
    number: int

    @classmethod
    def of(cls, count: DeadLetterCount) -> "DeadLetterCountOut":
        return cls(platform=count.platform, kind=count.kind, number=count.number)


class DeadLetterCountsOut(Struct, kw_only=True):
    counts: list[DeadLetterCountOut]


class RedriveIn(Struct, forbid_unknown_fields=True, kw_only=True):
    """Either `ids`, or `all` of them, which `platform` and `kind` may narrow; `before` continues an earlier answer."""

    ids: Annotated[list[UUID], Meta(min_length=1, max_length=1000)] | None = None
    all: bool = False
    platform: str | None = None
    kind: FailureKind | None = None
    before: UUID | None = None


class RedriveOut(Struct, kw_only=True):
    """What is sent again, and what is not: by delivery, with why; an unconfirmed one never is. `missing` names no dead
    letter of yours. `next_before`: there are more than one call does; ask again with it."""

    again: list[UUID]
    skipped: dict[str, str]
    missing: list[UUID]
    next_before: UUID | None

    @classmethod
    def of(cls, done: Redriven) -> "RedriveOut":
        return cls(
            again=[delivery.id for delivery in done.again],
            skipped={str(delivery.id): why for delivery, why in done.skipped},
            missing=list(done.missing),
            next_before=done.next_before,
        )

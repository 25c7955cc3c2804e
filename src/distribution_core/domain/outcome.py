"""What a platform answered, as data. A failure kind leads to exactly one next step."""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Any, assert_never

from attrs import field, frozen

from distribution_core.domain.quota import Scope


class FailureKind(StrEnum):
    """Why a try did not succeed, by what has to happen next."""

    TRANSIENT = "transient"
    RATE_LIMITED = "rate_limited"
    PLATFORM_DOWN = "platform_down"
    NEEDS_RECONNECT = "needs_reconnect"
    REJECTED_CONTENT = "rejected_content"
    REFUSED = "refused"
    UNCONFIRMED = "unconfirmed"


@frozen(kw_only=True)
class Failure:
    """A failure as it is stored and shown. `code` is the platform's own, `wait` what it asked for."""

    kind: FailureKind
    message: str
    code: str | None = None
    wait: timedelta | None = None


@frozen(kw_only=True)
class Published:
    """The post is visible. A permalink is best effort and never worth a failure."""

    external_post_id: str
    permalink: str | None = None


@frozen(kw_only=True)
class Processing:
    """Accepted, not yet visible: ask again after `poll_after`; never prepare again.
    `handles` are what the answer gave to ask by; they join the journal."""

    poll_after: timedelta
    handles: Mapping[str, Any] = field(factory=dict)


@frozen(kw_only=True)
class Rejected:
    """A definite no, and nothing is visible. `content`: the user can mend the post; else the platform refuses."""

    message: str
    code: str | None = None
    content: bool = True


@frozen(kw_only=True)
class Throttled:
    """Too much too soon, nothing is visible. `wait` is the platform's own word, where it gave one. `scope`: whose limit it is;
    None: nobody's, and this post alone waits."""

    message: str
    code: str | None = None
    wait: timedelta | None = None
    scope: Scope | None = Scope.ACCOUNT


@frozen(kw_only=True)
class Unavailable:
    """A passing fault before any effect. `stale`: the journalled handles are dead, prepare afresh.
    `down`: the whole platform is out, so waiting costs no attempt."""

    message: str
    code: str | None = None
    stale: bool = False
    down: bool = False


@frozen(kw_only=True)
class AuthLost:
    """The token was not taken, nothing is visible. `refreshable`: a refresh may mend it, else a reconnect. `elsewhere`: the
    person has something to do at the platform before that helps. `spreads`: a token that is seconds old is refused in the
    same words, until all of the platform knows it."""

    message: str
    code: str | None = None
    refreshable: bool = True
    elsewhere: bool = False
    spreads: bool = False


@frozen(kw_only=True)
class Unconfirmed:
    """The irreversible call was sent and its effect is not known."""

    message: str
    code: str | None = None


@frozen(kw_only=True)
class Ready:
    """Prepared: the next call is the one that makes the post visible."""


Refusal = Rejected | Throttled | Unavailable | AuthLost
Outcome = Published | Processing | Refusal | Unconfirmed


@frozen(kw_only=True)
class Found:
    """The post exists and is ours: by its handle, or only `by_likeness` (same words, our time, held by nobody else)."""

    publication: Published
    by_likeness: bool = False


@frozen(kw_only=True)
class Absent:
    """Proven: nothing is visible, and committing the same handle again is idempotent."""


@frozen(kw_only=True)
class Refuted:
    """The platform itself says that what it accepted came to nothing; the handles are spent."""

    refusal: Refusal


@frozen(kw_only=True)
class CannotAsk:
    """The question could not be put (network, token, rate limit): ask again later, conclude nothing."""

    refusal: Refusal


@frozen(kw_only=True)
class Unknown:
    """Nobody can tell. Only a person, or later proof, settles it."""

    message: str


Finding = Found | Absent | Processing | Refuted | CannotAsk | Unknown


def failure_of(outcome: Refusal | Unconfirmed) -> Failure:
    """The failure that an unsuccessful outcome amounts to."""
    match outcome:
        case Rejected(content=content):
            kind = FailureKind.REJECTED_CONTENT if content else FailureKind.REFUSED
        case Throttled(wait=wait):
            return Failure(kind=FailureKind.RATE_LIMITED, message=outcome.message, code=outcome.code, wait=wait)
        case Unavailable(down=down):
            kind = FailureKind.PLATFORM_DOWN if down else FailureKind.TRANSIENT
        case AuthLost():
            kind = FailureKind.NEEDS_RECONNECT
        case Unconfirmed():
            kind = FailureKind.UNCONFIRMED
        case _:
            assert_never(outcome)
    return Failure(kind=kind, message=outcome.message, code=outcome.code)

"""The failure that an unsuccessful answer amounts to, and what an answer means that says no more than it must."""

from datetime import timedelta

import pytest

from distribution_core.domain.outcome import (
    AuthLost,
    Failure,
    FailureKind,
    Found,
    Published,
    Refusal,
    Rejected,
    Throttled,
    Unavailable,
    Unconfirmed,
    failure_of,
)
from distribution_core.domain.quota import Scope

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("outcome", "kind", "wait"),
    [
        (Rejected(message="why", code="c", content=True), FailureKind.REJECTED_CONTENT, None),
        (Rejected(message="why", code="c", content=False), FailureKind.REFUSED, None),
        (Throttled(message="why", code="c", wait=HOUR), FailureKind.RATE_LIMITED, HOUR),
        (Throttled(message="why", code="c"), FailureKind.RATE_LIMITED, None),
        (Unavailable(message="why", code="c", stale=True), FailureKind.TRANSIENT, None),
        (Unavailable(message="why", code="c", down=True), FailureKind.PLATFORM_DOWN, None),
        (AuthLost(message="why", code="c", refreshable=False), FailureKind.NEEDS_RECONNECT, None),
        (Unconfirmed(message="why", code="c"), FailureKind.UNCONFIRMED, None),
    ],
)
def test_each_answer_is_one_failure(outcome: Refusal | Unconfirmed, kind: FailureKind, wait: timedelta | None) -> None:
    assert failure_of(outcome) == Failure(kind=kind, message="why", code="c", wait=wait)


def test_an_answer_that_says_no_more_is_taken_at_its_mildest() -> None:
    assert Rejected(message="no") == Rejected(message="no", code=None, content=True)
    assert Unavailable(message="no") == Unavailable(message="no", code=None, stale=False, down=False)
    assert Throttled(message="no") == Throttled(message="no", code=None, wait=None, scope=Scope.ACCOUNT)
    assert AuthLost(message="no") == AuthLost(message="no", code=None, refreshable=True)
    found = Published(external_post_id="1")
    assert Found(publication=found) == Found(publication=found, by_likeness=False)

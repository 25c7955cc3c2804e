"""What hypothesis may draw: times, failures, answers of a platform, deliveries."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from attrs import evolve
from hypothesis import strategies as st

from distribution_core.domain.delivery import Delivery, DeliveryStatus, Phase
from distribution_core.domain.outcome import (
    Absent,
    AuthLost,
    CannotAsk,
    Failure,
    FailureKind,
    Found,
    Processing,
    Published,
    Refuted,
    Rejected,
    Throttled,
    Unavailable,
    Unconfirmed,
    Unknown,
)

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)

jitters = st.floats(min_value=0, max_value=1, exclude_max=True)
waits = st.timedeltas(min_value=timedelta(seconds=1), max_value=timedelta(days=2))
times = st.datetimes(min_value=datetime(2026, 1, 1), max_value=datetime(2027, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
messages = st.sampled_from(["no", "later", "gone"])

failures = st.builds(Failure, kind=st.sampled_from(FailureKind), message=messages, wait=st.none() | waits)

refusals = st.one_of(
    st.builds(Rejected, message=messages, content=st.booleans()),
    st.builds(Throttled, message=messages, wait=st.none() | waits),
    st.builds(Unavailable, message=messages, stale=st.booleans(), down=st.booleans()),
    st.builds(AuthLost, message=messages),
)
published = st.builds(Published, external_post_id=st.sampled_from(["1", "2"]), permalink=st.none() | st.just("https://x.test/1"))
processing = st.builds(Processing, poll_after=waits, handles=st.just({"publish_id": "p"}))
outcomes = st.one_of(refusals, published, processing, st.builds(Unconfirmed, message=messages))
findings = st.one_of(
    st.builds(Found, publication=published),
    st.builds(Absent),
    processing,
    st.builds(Refuted, refusal=refusals),
    st.builds(CannotAsk, refusal=refusals),
    st.builds(Unknown, message=messages),
)


def delivery(
    status: DeliveryStatus = DeliveryStatus.PENDING, *, phase: Phase = Phase.IDLE, error: FailureKind | None = None
) -> Delivery:
    """A delivery in a state, due now and otherwise blank."""
    made = Delivery(
        id=UUID(int=1),
        content_id=UUID(int=2),
        social_account_id=UUID(int=3),
        user_id=UUID(int=4),
        platform="facebook",
        status=status,
        phase=phase,
        due_at=NOW,
        opened_at=NOW,
        created_at=NOW,
        updated_at=NOW,
    )
    return evolve(made, last_error=Failure(kind=error, message="why")) if error else made

"""How patient Simulcast is where nobody set anything: written out a second time, because people are told these figures."""

from datetime import timedelta

from distribution_core.domain.retry import RetryPolicy


def test_the_patience_that_is_documented() -> None:
    assert RetryPolicy() == RetryPolicy(
        attempts_max=5,
        backoff_first=timedelta(seconds=4),
        backoff_longest=timedelta(minutes=15),
        rate_limit_default=timedelta(seconds=60),
        down_wait=timedelta(seconds=30),
        reconnect_window=timedelta(days=1),
        patience=timedelta(weeks=1),
        processing_patience=timedelta(days=1),
        takeovers_max=20,
    )

"""Rows that have done their work: kept for a while, then taken away."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from attrs import frozen


class Leftover(StrEnum):
    """What may go, and what its age is counted from. The audit log, contents, deliveries and attempts are no leftovers."""

    SENT_EVENTS = "sent_events"  # since they were relayed
    FIRST_ANSWERS = "first_answers"  # since they were given; a repeat under the same key is a new request afterwards
    ENDED_SESSIONS = "ended_sessions"  # since they expired
    ENDED_LINKINGS = "ended_linkings"  # since they expired
    ENDED_CHOICES = "ended_choices"  # since they expired
    ENDED_SSO_ROUNDS = "ended_sso_rounds"  # since they expired
    USED_SSO_TOKENS = "used_sso_tokens"  # since they expired
    SILENT_WORKERS = "silent_workers"  # since they last polled


@frozen(kw_only=True)
class Retention:
    """How long each is kept."""

    sent_events: timedelta = timedelta(days=7)
    first_answers: timedelta = timedelta(days=7)
    ended_sessions: timedelta = timedelta(days=30)
    ended_linkings: timedelta = timedelta(days=1)
    ended_choices: timedelta = timedelta(hours=1)
    ended_sso_rounds: timedelta = timedelta(hours=1)
    used_sso_tokens: timedelta = timedelta(hours=1)
    silent_workers: timedelta = timedelta(days=1)

    def of(self, what: Leftover) -> timedelta:
        kept: timedelta = getattr(self, what.value)
        return kept


class Leftovers(Protocol):
    async def purge(self, what: Leftover, before: datetime, limit: int) -> int:
        """Take away at most `limit` of those that are older than `before`; how many it were. Passes by what others hold."""
        ...

"""What operators hear of the work: spans around it, and one event for each attempt."""

import logging
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol
from uuid import UUID

from attrs import asdict, frozen

ATTEMPTED = "delivery.attempted"
log = logging.getLogger(__name__)


@frozen(kw_only=True)
class Attempted:
    """Everything about one attempt that ended. `outcome` is the delivery's status after it, or `processing`, `lease_lost`
    or `broke_off`; `kind` what was sent (text, link, photo, photos, video), None where nothing was frozen to be sent.
    `queue_wait_s` is how long it was due before it was taken, `publish_s` from then to its end, both in seconds."""

    delivery_id: UUID
    content_id: UUID
    attempt_id: UUID
    account_id: UUID
    user_id: UUID
    platform: str
    kind: str | None
    outcome: str
    final: bool
    failure_kind: str | None
    failure_code: str | None
    attempt_number: int
    fence: int
    phase: str
    queue_wait_s: float
    publish_s: float
    worker: str


class Telemetry(Protocol):
    """Never raises, and never waits."""

    def span(self, name: str, *, parent: str | None = None, **facts: object) -> AbstractContextManager[None]:
        """What is logged within carries `facts` (ids and names, as text; no secret, no text of a user's). `parent` is the
        traceparent (W3C) of what it belongs to."""
        ...

    def spent(self, name: str, seconds: float, **facts: str) -> None:
        """A span that is over: it ended now and took that long."""
        ...

    def traceparent(self) -> str | None:
        """What continues the current trace elsewhere; None where nothing is traced."""
        ...

    def attempted(self, attempted: Attempted) -> None:
        """An attempt ended: told once for each."""
        ...


class PlainTelemetry:
    """The one that an embedding app has until it brings its own: attempts as log lines, nothing else."""

    def span(self, name: str, *, parent: str | None = None, **facts: object) -> AbstractContextManager[None]:
        return nullcontext()

    def spent(self, name: str, seconds: float, **facts: str) -> None:
        return None

    def traceparent(self) -> str | None:
        return None

    def attempted(self, attempted: Attempted) -> None:
        if log.isEnabledFor(logging.INFO):
            log.info(ATTEMPTED, extra=asdict(attempted))


_: type[Telemetry] = PlainTelemetry

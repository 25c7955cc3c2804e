"""Is the product well, and can it be relied on to send in time."""

from typing import Any

from litestar import Response, get

from shells.readiness import POLL_AGE_MAX_S, Health, HealthCheck
from shells.web.problems import RETRY_AFTER_S
from shells.web.security.permissions import Permission

_FRESH = {"cache-control": "no-store"}


@get("/health", summary="Health with queue lag; 503 when no worker polls", permission=Permission.PUBLIC)
async def health(checks: HealthCheck) -> Response[dict[str, Any]]:
    """Each component in words. For a load balancer or an orchestrator there is /health/ready."""
    found = await checks.examine()
    return _answer(_body(found), well=found.alive)


@get("/health/ready", summary="Ready to be relied on; else 503 with the reasons", permission=Permission.PUBLIC)
async def ready(checks: HealthCheck) -> Response[dict[str, Any]]:
    """Red when the ledger can't be reached or is behind its migrations, no worker polls, or the oldest due delivery has
    waited too long."""
    found = await checks.examine()
    components = {part.name: part.as_json() for part in found.components}
    body = {"status": "ok" if found.ready else "down", "reasons": list(found.reasons), "components": components}
    return _answer(body, well=found.ready)


def _answer(body: dict[str, Any], *, well: bool) -> Response[dict[str, Any]]:
    headers = _FRESH if well else {**_FRESH, "retry-after": str(RETRY_AFTER_S)}
    return Response(body, status_code=200 if well else 503, headers=headers)


def _body(found: Health) -> dict[str, Any]:
    components = {part.name: part.as_json() for part in found.components}
    body: dict[str, Any] = {"status": found.status, "ready": found.ready, "components": components}
    stats = found.stats
    if stats is None:
        unreachable = "ledger_unreachable" in found.reasons
        return body | {"database": "unreachable" if unreachable else "behind its migrations"}
    polls = stats.last_poll_age_s is not None and stats.last_poll_age_s <= POLL_AGE_MAX_S
    return body | {
        "database": "ok",
        "worker": {"polling": polls, "last_poll_age_seconds": stats.last_poll_age_s},
        "queue": {
            "due": stats.due,
            "lag_seconds": stats.oldest_due_age_s or 0.0,
            "outbox_unsent": stats.outbox_unsent,
        },
        "deliveries": {status.value: count for status, count in sorted(stats.by_status.items())},
    }

"""Is the product well: red when no worker polls."""

from typing import Any

from litestar import Response, get

from shells.wiring import Product

POLL_AGE_MAX_S = 30.0


@get("/health", summary="Health with queue lag; 503 when no worker polls")
async def health(product: Product) -> Response[dict[str, Any]]:
    try:
        async with product.context.ledger.begin() as tx:
            stats = await tx.workers.stats()
    except Exception:  # noqa: BLE001, RUF100 - whatever is wrong with the ledger, health must still answer
        return Response({"status": "down", "database": "unreachable"}, status_code=503)
    polls = stats.last_poll_age_s is not None and stats.last_poll_age_s <= POLL_AGE_MAX_S
    body = {
        "status": "ok" if polls else "down",
        "database": "ok",
        "worker": {"polling": polls, "last_poll_age_seconds": stats.last_poll_age_s},
        "queue": {
            "due": stats.due,
            "lag_seconds": stats.oldest_due_age_s or 0.0,
            "outbox_unsent": stats.outbox_unsent,
        },
        "deliveries": {status.value: count for status, count in sorted(stats.by_status.items())},
    }
    return Response(body, status_code=200 if polls else 503, headers={"cache-control": "no-store"})

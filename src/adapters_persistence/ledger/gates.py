"""Many gates in one statement, on PostgreSQL."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Double, text

from adapters_persistence.ledger.locks import TAKE, lock_key, locks
from adapters_persistence.ledger.recordset import Recordset
from adapters_persistence.ledger.rows import to_json
from adapters_persistence.ledger.tables import deliveries
from adapters_persistence.ledger.trips import id_array
from adapters_persistence.ledger.unit import Unit
from distribution_core.domain.changing import changed
from distribution_core.domain.delivery import Delivery, Phase
from distribution_core.ports.gate import CommitRequest

_COLUMNS = {name: deliveries.c[name] for name in ("id", "fence", "post", "payload_hash", "fingerprint")}
_SECONDS = {name: Column(name, Double) for name in ("call_s", "settle_s")}
_OPENED = Recordset.of(_COLUMNS | {"account_id": deliveries.c.social_account_id} | _SECONDS)
# A lease that is longer than the call needs stays as it is.
_LEASE = "GREATEST(deliveries.lease_until, :now + make_interval(secs => new.call_s))"
_ASK = f"{_LEASE} + make_interval(secs => new.call_s + new.settle_s)"
# What is compared with is found first, by key, and looked up in a hash: joined, it was sometimes looked for among all that an
# account has open, or once more for each account that the same words go to. Of those in `new` none is another's twin.
_OPEN_ALL = text(
    f"WITH asked AS MATERIALIZED (SELECT * FROM {_OPENED.sql}),"  # noqa: S608
    " places AS MATERIALIZED (SELECT id, external_account_id, is_active AND unlinked_at IS NULL AS is_ready"
    " FROM social_accounts WHERE id = ANY (ARRAY(SELECT account_id FROM asked))),"
    " new AS MATERIALIZED (SELECT asked.*, places.external_account_id, places.is_ready"
    " FROM asked JOIN places ON places.id = asked.account_id),"
    " unanswered AS MATERIALIZED (SELECT twin.fingerprint, place.platform, place.external_account_id"
    " FROM deliveries AS twin JOIN social_accounts AS place ON place.id = twin.social_account_id"
    " WHERE twin.fingerprint = ANY (ARRAY(SELECT fingerprint FROM new)) AND twin.status IN ('pending', 'retried')"
    " AND twin.committing_at IS NOT NULL AND twin.id <> ALL (ARRAY(SELECT id FROM new)))"
    " UPDATE deliveries SET phase = 'committing', post = new.post, payload_hash = new.payload_hash,"
    " fingerprint = new.fingerprint, committing_at = COALESCE(deliveries.committing_at, :now),"
    f" lease_until = {_LEASE}, ask_after = {_ASK}, due_at = {_ASK}, updated_at = :now FROM new"
    " WHERE deliveries.id = new.id AND deliveries.fence = new.fence AND deliveries.lease_until > :now"
    " AND deliveries.status IN ('pending', 'retried') AND deliveries.phase = 'idle'"
    " AND (deliveries.committing_at IS NOT NULL OR new.is_ready)"
    " AND (new.fingerprint, deliveries.platform, new.external_account_id)"
    " NOT IN (SELECT fingerprint, platform, external_account_id FROM unanswered)"
    " RETURNING deliveries.id, deliveries.committing_at, deliveries.lease_until, deliveries.ask_after"
)
# Their accounts can't be switched before this transaction ends.
_HOLD = text(
    "SELECT count(*) FROM (SELECT id FROM social_accounts WHERE id = ANY (CAST(:accounts AS uuid[])) ORDER BY id"
    " FOR SHARE) AS held"
)


def place_lock(platform: str, external_account_id: str, fingerprint: str) -> int:
    """The advisory lock under which posts with the same words to the same place open their gates one at a time."""
    return lock_key(platform, external_account_id, fingerprint)


async def open_in_bulk(unit: Unit, requests: Sequence[CommitRequest]) -> Mapping[UUID, Delivery]:
    """The deliveries whose gate was opened. One that was not may still be opened alone: of twins in one batch only the
    first is tried here."""
    firsts: dict[int, CommitRequest] = {}
    for request in requests:
        lock = place_lock(request.delivery.platform, request.external_account_id, request.fingerprint)
        firsts.setdefault(lock, request)
    asked = {request.delivery_id: request for request in firsts.values()}
    # Each statement sees what was there when it began, so the last sees all that the locks were waited for.
    _, _, opened = await unit.trip(
        (_HOLD, {"accounts": id_array({request.delivery.social_account_id for request in asked.values()})}),
        (TAKE, locks(firsts)),
        (_OPEN_ALL, {**_OPENED.given(_rows(asked.values())), "now": unit.now}),
    )
    return {row[0]: _opened(unit, asked[row[0]], *row[1:]) for row in opened}


def _opened(unit: Unit, request: CommitRequest, committing_at: datetime, lease_until: datetime, ask_after: datetime) -> Delivery:
    """As the row is now: nobody but the holder of the fence has written the rest of it."""
    return changed(
        request.delivery,
        phase=Phase.COMMITTING,
        post=request.post,
        payload_hash=request.payload_hash,
        fingerprint=request.fingerprint,
        committing_at=committing_at,
        lease_until=lease_until,
        ask_after=ask_after,
        due_at=ask_after,
        updated_at=unit.now,
    )


def _rows(requests: Collection[CommitRequest]) -> Sequence[Mapping[str, Any]]:
    """Many carry the same post, which is turned once."""
    posts = {id(request.post): request.post for request in requests}
    turned = {key: to_json(post) for key, post in posts.items()}
    return [_row(request, turned[id(request.post)]) for request in requests]


def _row(request: CommitRequest, post: Any) -> dict[str, Any]:
    return {
        "id": request.delivery_id,
        "fence": request.fence,
        "post": post,
        "payload_hash": request.payload_hash,
        "fingerprint": request.fingerprint,
        "account_id": request.delivery.social_account_id,
        "call_s": request.call_deadline.total_seconds(),
        "settle_s": request.settle.total_seconds(),
    }

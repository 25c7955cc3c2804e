"""Many gates in one statement, on PostgreSQL."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from adapters_persistence.ledger.recordset import Recordset
from adapters_persistence.ledger.rows import to_json
from adapters_persistence.ledger.tables import deliveries, social_accounts
from adapters_persistence.ledger.unit import Unit
from distribution_core.domain.changing import changed
from distribution_core.domain.delivery import Delivery, Phase
from distribution_core.ports.gate import CommitRequest

_NAMES = ("id", "fence", "post", "payload_hash", "fingerprint", "lease_until", "ask_after")
_OPENED = Recordset.of({name: deliveries.c[name] for name in _NAMES})
_OPEN_ALL = text(
    "UPDATE deliveries SET phase = 'committing', post = new.post, payload_hash = new.payload_hash,"  # noqa: S608
    " fingerprint = new.fingerprint, committing_at = COALESCE(deliveries.committing_at, :now),"
    " lease_until = new.lease_until, ask_after = new.ask_after, due_at = new.ask_after, updated_at = :now"
    f" FROM {_OPENED.sql}, social_accounts AS account"
    " WHERE deliveries.id = new.id AND deliveries.fence = new.fence AND deliveries.lease_until > :now"
    " AND deliveries.status IN ('pending', 'retried') AND deliveries.phase = 'idle'"
    " AND account.id = deliveries.social_account_id"
    " AND (deliveries.committing_at IS NOT NULL OR (account.is_active AND account.unlinked_at IS NULL))"
    " AND NOT EXISTS (SELECT 1 FROM social_accounts AS place JOIN deliveries AS twin ON twin.social_account_id = place.id"
    " WHERE place.platform = account.platform AND place.external_account_id = account.external_account_id"
    " AND twin.fingerprint = new.fingerprint AND twin.status IN ('pending', 'retried')"
    " AND twin.committing_at IS NOT NULL AND twin.id <> deliveries.id)"
    " RETURNING deliveries.id, deliveries.committing_at"
).columns(deliveries.c.id, deliveries.c.committing_at)
_ASKED = Recordset.of({"id": deliveries.c.id})
_PLACES = text(
    "SELECT deliveries.id, deliveries.lease_until, account.platform, account.external_account_id"  # noqa: S608
    f" FROM {_ASKED.sql} JOIN deliveries ON deliveries.id = new.id"
    " JOIN social_accounts AS account ON account.id = deliveries.social_account_id"
    " ORDER BY account.id FOR SHARE OF account"
).columns(deliveries.c.id, deliveries.c.lease_until, social_accounts.c.platform, social_accounts.c.external_account_id)
_LOCK = text("SELECT pg_advisory_xact_lock(key) FROM unnest(CAST(:keys AS bigint[])) WITH ORDINALITY AS lock (key, place)")


def place_lock(platform: str, external_account_id: str, fingerprint: str) -> int:
    """The advisory lock under which posts with the same words to the same place open their gates one at a time."""
    place = f"{platform}\n{external_account_id}\n{fingerprint}".encode()
    return int.from_bytes(hashlib.blake2b(place, digest_size=8).digest(), signed=True)


async def open_in_bulk(unit: Unit, requests: Sequence[CommitRequest]) -> Mapping[UUID, Delivery]:
    """The deliveries whose gate was opened. One that was not may still be opened alone: of twins in one batch only the
    first is tried here."""
    places = await _places(unit, requests)
    firsts: dict[int, CommitRequest] = {}
    for request in requests:
        if request.delivery_id in places:
            place = places[request.delivery_id]
            firsts.setdefault(place_lock(place["platform"], place["external_account_id"], request.fingerprint), request)
    if not firsts:
        return {}
    await _lock(unit, sorted(firsts))
    new = _OPENED.given([_row(unit, request, places[request.delivery_id]) for request in firsts.values()])
    asked = {request.delivery_id: request for request in firsts.values()}
    opened = await unit.tuples(_OPEN_ALL, {**new, "now": unit.now})
    return {given: _opened(unit, asked[given], places[given], committing_at) for given, committing_at in opened}


def _opened(unit: Unit, request: CommitRequest, place: Mapping[str, Any], committing_at: datetime) -> Delivery:
    """As the row is now: nobody but the holder of the fence has written the rest of it."""
    lease_until, ask_after = _times(unit, request, place)
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


async def _places(unit: Unit, requests: Sequence[CommitRequest]) -> Mapping[UUID, Any]:
    """Where each goes and until when it is held. The accounts can't be switched before this transaction ends."""
    asked = _ASKED.given([{"id": request.delivery_id} for request in requests])
    return {row["id"]: row for row in await unit.rows(_PLACES, asked)}


async def _lock(unit: Unit, keys: Sequence[int]) -> None:
    """In order, so that two batches never wait for each other."""
    await unit.tuples(_LOCK, {"keys": list(keys)})


def _row(unit: Unit, request: CommitRequest, place: Mapping[str, Any]) -> dict[str, Any]:
    lease_until, ask_after = _times(unit, request, place)
    return {
        "id": request.delivery_id,
        "fence": request.fence,
        "post": to_json(request.post),
        "payload_hash": request.payload_hash,
        "fingerprint": request.fingerprint,
        "lease_until": lease_until,
        "ask_after": ask_after,
    }


def _times(unit: Unit, request: CommitRequest, place: Mapping[str, Any]) -> tuple[datetime, datetime]:
    lease_until = max(place["lease_until"] or unit.now, unit.now + request.call_deadline)
    return lease_until, lease_until + request.call_deadline + request.settle

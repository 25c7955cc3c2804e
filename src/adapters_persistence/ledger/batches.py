"""The publisher's writes for many deliveries. PostgreSQL takes a batch in one statement; SQLite, which is in this process,
takes them one after another."""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any, TypeVar
from uuid import UUID

from attrs import frozen
from sqlalchemy import Table, select, text

from adapters_persistence.ledger.attempts import SqlAttempts
from adapters_persistence.ledger.commits import SqlCommits
from adapters_persistence.ledger.deliveries import SqlDeliveries
from adapters_persistence.ledger.gates import open_in_bulk
from adapters_persistence.ledger.grants import to_grants
from adapters_persistence.ledger.recordset import Recordset
from adapters_persistence.ledger.rows import from_tuples, to_json
from adapters_persistence.ledger.tables import attempts, contents, deliveries, grants, social_accounts
from adapters_persistence.ledger.unit import Unit
from distribution_core.domain.account import Grant, SocialAccount
from distribution_core.domain.content import Content
from distribution_core.domain.delivery import Delivery
from distribution_core.ports.batches import Ended, Ending, JournalEntry, Surroundings
from distribution_core.ports.gate import CommitRequest, Gate
from distribution_core.ports.ledger import DuplicateError

T = TypeVar("T")

_CHANGED = (
    "status",
    "phase",
    "attempts",
    "lease_owner",
    "lease_until",
    "due_at",
    "handles",
    "committing_at",
    "ask_after",
    "wait_reason",
    "last_error",
    "external_post_id",
    "permalink",
    "updated_at",
    "finished_at",
)
_JOURNALLED = Recordset.of({name: deliveries.c[name] for name in ("id", "fence", "handles")})
_WAS = {"id": deliveries.c.id, "fence": deliveries.c.fence, "was_status": deliveries.c.status, "was_phase": deliveries.c.phase}
_FINISHED = {f"try_{name}": attempts.c[name] for name in ("id", "finished_at", "outcome", "error")}
_ENDED = Recordset.of(_WAS | {name: deliveries.c[name] for name in _CHANGED} | _FINISHED)
_JOURNAL = text(
    f"UPDATE deliveries SET handles = new.handles, lease_until = :until, updated_at = :now FROM {_JOURNALLED.sql}"  # noqa: S608
    " WHERE deliveries.id = new.id AND deliveries.fence = new.fence AND deliveries.lease_until > :now"
    " RETURNING deliveries.id"
)
# Deliveries and their tries in one trip. A post that another delivery holds already is left out, and then tried alone.
_END = text(
    f"WITH new AS MATERIALIZED (SELECT * FROM {_ENDED.sql}), saved AS ("  # noqa: S608
    f"UPDATE deliveries SET {', '.join(f'{name} = new.{name}' for name in _CHANGED)} FROM new"
    " WHERE deliveries.id = new.id AND deliveries.fence = new.fence"
    " AND deliveries.status = new.was_status AND deliveries.phase = new.was_phase"
    " AND NOT EXISTS (SELECT 1 FROM deliveries AS other WHERE other.platform = deliveries.platform"
    " AND other.external_post_id = new.external_post_id AND other.id <> deliveries.id) RETURNING deliveries.id),"
    " finished AS (UPDATE attempts SET finished_at = new.try_finished_at, outcome = new.try_outcome, error = new.try_error"
    " FROM new JOIN saved ON saved.id = new.id WHERE attempts.id = new.try_id)"
    " SELECT id FROM saved"
)


@frozen
class SqlBatches:
    unit: Unit

    async def surroundings(self, deliveries: Collection[Delivery]) -> Mapping[UUID, Surroundings]:
        accounts = await self._by_id(social_accounts, {each.social_account_id for each in deliveries}, SocialAccount)
        written = await self._by_id(contents, {each.content_id for each in deliveries}, Content)
        ids = {account.grant_id for account in accounts.values() if account.grant_id is not None}
        rows = await self.unit.tuples(select(grants).where(self.unit.among(grants.c.id, ids))) if ids else ()
        consents: dict[UUID | None, Grant] = {grant.id: grant for grant in to_grants(rows)}
        found = {}
        for each in deliveries:
            account = accounts[each.social_account_id]
            found[each.id] = Surroundings(account=account, content=written[each.content_id], grant=consents.get(account.grant_id))
        return found

    async def journal(self, entries: Sequence[JournalEntry], lease: timedelta) -> Sequence[bool]:
        if self._one_by_one(entries):
            single = SqlDeliveries(self.unit)
            return [await single.journal(entry.delivery_id, entry.fence, entry.handles, lease) for entry in entries]
        rows = [{"id": entry.delivery_id, "fence": entry.fence, "handles": dict(entry.handles)} for entry in entries]
        given = {**_JOURNALLED.given(rows), "until": self.unit.now + lease, "now": self.unit.now}
        held = {delivery_id for (delivery_id,) in await self.unit.tuples(_JOURNAL, given)}
        return [entry.delivery_id in held for entry in entries]

    async def open_gates(self, requests: Sequence[CommitRequest]) -> Sequence[tuple[Gate, Delivery | None]]:
        opened: Mapping[UUID, Delivery] = {}
        if not self._one_by_one(requests):
            opened = await open_in_bulk(self.unit, requests)
        return [await self._answer(request, opened) for request in requests]

    async def end(self, endings: Sequence[Ending]) -> Sequence[Ended]:
        done: Collection[UUID] = () if self._one_by_one(endings) else await self._end_all(endings)
        return [Ended.SAVED if ending.was.id in done else await self._end(ending) for ending in endings]

    async def unlinked(self, account_ids: Collection[UUID]) -> Collection[UUID]:
        account = social_accounts.c
        gone = select(account.id).where(self.unit.among(account.id, set(account_ids)), account.unlinked_at.is_not(None))
        return [row["id"] for row in await self.unit.rows(gone)]

    async def _by_id(self, table: Table, ids: Collection[UUID], kind: type[T]) -> Mapping[UUID, T]:
        rows = await self.unit.tuples(select(table).where(self.unit.among(table.c.id, ids)))
        names = table.c.keys()
        at = names.index("id")
        return {row[at]: made for row, made in zip(rows, from_tuples(rows, kind, names), strict=True)}

    def _one_by_one(self, batch: Sequence[object]) -> bool:
        return self.unit.dialect != "postgresql" or len(batch) == 1

    async def _answer(self, request: CommitRequest, opened: Mapping[UUID, Delivery]) -> tuple[Gate, Delivery | None]:
        if request.delivery_id in opened:
            return Gate.OPEN, opened[request.delivery_id]
        gate = await SqlCommits(self.unit).open_gate(request)
        return gate, await SqlDeliveries(self.unit).get(request.delivery_id) if gate is Gate.OPEN else None

    async def _end_all(self, endings: Sequence[Ending]) -> Collection[UUID]:
        """Those that are saved. Of several with the same post only the first is tried here."""
        firsts: dict[object, Ending] = {}
        for ending in endings:
            post_id = ending.after.external_post_id
            firsts.setdefault(ending.was.id if post_id is None else (ending.was.platform, post_id), ending)
        saved = await self.unit.tuples(_END, _ENDED.given([_row(ending) for ending in firsts.values()]))
        return {delivery_id for (delivery_id,) in saved}

    async def _end(self, ending: Ending) -> Ended:
        try:
            if not await SqlDeliveries(self.unit).save(ending.after, was=ending.was):
                return Ended.PASSED_BY
        except DuplicateError:
            return Ended.TAKEN
        await SqlAttempts(self.unit).finish(ending.attempt)
        return Ended.SAVED


def _row(ending: Ending) -> dict[str, Any]:
    was, after = ending.was, ending.after
    row = {name: getattr(after, name) for name in _CHANGED}
    row["last_error"] = to_json(after.last_error)
    row |= {"id": was.id, "fence": was.fence, "was_status": was.status, "was_phase": was.phase}
    tried = ending.attempt
    return row | {
        "try_id": tried.id,
        "try_finished_at": tried.finished_at,
        "try_outcome": tried.outcome,
        "try_error": to_json(tried.error),
    }

"""The publisher's writes for many deliveries. PostgreSQL takes a batch in one statement; SQLite, which is in this process,
takes them one after another."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any
from uuid import UUID

from attrs import frozen
from sqlalchemy import TextClause, select, text

from adapters_persistence.ledger.attempts import SqlAttempts
from adapters_persistence.ledger.commits import SqlCommits
from adapters_persistence.ledger.deliveries import SqlDeliveries
from adapters_persistence.ledger.gates import open_in_bulk
from adapters_persistence.ledger.grants import to_grants
from adapters_persistence.ledger.recordset import Recordset
from adapters_persistence.ledger.rows import from_tuples, to_json
from adapters_persistence.ledger.tables import attempts, contents, deliveries, grants, social_accounts
from adapters_persistence.ledger.trips import Asked, id_array
from adapters_persistence.ledger.unit import Unit
from distribution_core.domain.account import Grant, SocialAccount
from distribution_core.domain.content import Content
from distribution_core.domain.delivery import Delivery, DeliveryStatus, Phase
from distribution_core.ports.batches import Ended, Ending, JournalEntry, Surroundings
from distribution_core.ports.gate import CommitRequest, Gate
from distribution_core.ports.ledger import DuplicateError

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
_TAKE_CHANGED = attrgetter(*_CHANGED)
_JOURNALLED = Recordset.of({name: deliveries.c[name] for name in ("id", "fence", "handles")})
_WAS = {"id": deliveries.c.id, "fence": deliveries.c.fence, "was_status": deliveries.c.status, "was_phase": deliveries.c.phase}
_FINISHED = {f"try_{name}": attempts.c[name] for name in ("id", "finished_at", "outcome", "error")}
_ENDED = Recordset.of(_WAS | {name: deliveries.c[name] for name in _CHANGED} | _FINISHED)
_JOURNAL = text(
    f"UPDATE deliveries SET handles = new.handles, lease_until = :until, updated_at = :now FROM {_JOURNALLED.sql}"  # noqa: S608
    " WHERE deliveries.id = new.id AND deliveries.fence = new.fence AND deliveries.lease_until > :now"
    " RETURNING deliveries.id"
)
# Most tries end well, and nearly all that they change is then the same for each.
_SUCCEEDED = Recordset.of(
    _WAS
    | {name: deliveries.c[name] for name in ("attempts", "external_post_id", "permalink")}
    | {f"try_{name}": attempts.c[name] for name in ("id", "outcome")}
)
_TAKE_SUCCEEDED = attrgetter(
    "phase", "lease_owner", "lease_until", "due_at", "wait_reason", "last_error", "updated_at", "finished_at"
)
_TAKE_KEPT = attrgetter("handles", "committing_at", "ask_after")


def _ended_by(new: Recordset, delivery: str, tried: str) -> TextClause:
    """Deliveries and their tries in one trip. A post that another delivery holds already is left out, and then tried alone."""
    return text(
        f"WITH new AS MATERIALIZED (SELECT * FROM {new.sql}), saved AS ("  # noqa: S608
        f"UPDATE deliveries SET {delivery} FROM new"
        " WHERE deliveries.id = new.id AND deliveries.fence = new.fence"
        " AND deliveries.status = new.was_status AND deliveries.phase = new.was_phase"
        " AND NOT EXISTS (SELECT 1 FROM deliveries AS other WHERE other.platform = deliveries.platform"
        " AND other.external_post_id = new.external_post_id AND other.id <> deliveries.id) RETURNING deliveries.id),"
        f" finished AS (UPDATE attempts SET {tried} FROM new JOIN saved ON saved.id = new.id WHERE attempts.id = new.try_id)"
        " SELECT id FROM saved"
    )


_END = _ended_by(
    _ENDED,
    ", ".join(f"{name} = new.{name}" for name in _CHANGED),
    "finished_at = new.try_finished_at, outcome = new.try_outcome, error = new.try_error",
)
_SUCCEED = _ended_by(
    _SUCCEEDED,
    "status = 'success', phase = 'idle', attempts = new.attempts, lease_owner = NULL, lease_until = NULL, due_at = NULL,"
    " wait_reason = NULL, last_error = NULL, external_post_id = new.external_post_id, permalink = new.permalink,"
    " updated_at = :now, finished_at = :now",
    "finished_at = :now, outcome = new.try_outcome, error = NULL",
)
_UNLINKED = text("SELECT id FROM social_accounts WHERE id = ANY (CAST(:accounts AS uuid[])) AND unlinked_at IS NOT NULL")
# A consent is found by its account, so that all three go in one trip.
_AROUND = tuple(
    text(f"SELECT {', '.join(str(column) for column in table.c)} FROM {table.name} WHERE {which}")  # noqa: S608
    for table, which in (
        (social_accounts, "id = ANY (CAST(:accounts AS uuid[]))"),
        (contents, "id = ANY (CAST(:contents AS uuid[]))"),
        (grants, "id IN (SELECT grant_id FROM social_accounts WHERE id = ANY (CAST(:accounts AS uuid[])))"),
    )
)


@frozen
class SqlBatches:
    unit: Unit

    async def surroundings(self, deliveries: Sequence[Delivery]) -> Sequence[Surroundings]:
        account_ids, content_ids = {each.social_account_id for each in deliveries}, {each.content_id for each in deliveries}
        rows = await self._around(account_ids, content_ids)
        accounts = {each.id: each for each in from_tuples(rows[0], SocialAccount, social_accounts.c.keys())}
        written = {each.id: each for each in from_tuples(rows[1], Content, contents.c.keys())}
        consents: dict[UUID | None, Grant] = {grant.id: grant for grant in to_grants(rows[2])}
        found = []
        for each in deliveries:
            account = accounts[each.social_account_id]
            found.append(Surroundings(account=account, content=written[each.content_id], grant=consents.get(account.grant_id)))
        return found

    async def journal(self, entries: Sequence[JournalEntry], lease: timedelta) -> Sequence[bool]:
        if self._one_by_one(entries):
            single = SqlDeliveries(self.unit)
            return [await single.journal(entry.delivery_id, entry.fence, entry.handles, lease) for entry in entries]
        rows = [{"id": entry.delivery_id, "fence": entry.fence, "handles": dict(entry.handles)} for entry in entries]
        given = {**_JOURNALLED.given(rows), "until": self.unit.now + lease, "now": self.unit.now}
        (journalled,) = await self.unit.trip((_JOURNAL, given))
        held = {delivery_id for (delivery_id,) in journalled}
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
        if self.unit.dialect == "postgresql":
            (ended,) = await self.unit.trip((_UNLINKED, {"accounts": id_array(account_ids)}))
            return [account_id for (account_id,) in ended]
        account = social_accounts.c
        gone = select(account.id).where(self.unit.among(account.id, set(account_ids)), account.unlinked_at.is_not(None))
        return [row["id"] for row in await self.unit.rows(gone)]

    async def _around(self, account_ids: Collection[UUID], content_ids: Collection[UUID]) -> Sequence[Sequence[Sequence[Any]]]:
        """The rows of these accounts, of these contents, and of the accounts' consents."""
        if self.unit.dialect == "postgresql":
            given = {"accounts": id_array(account_ids), "contents": id_array(content_ids)}
            return await self.unit.trip(*((statement, given) for statement in _AROUND))
        theirs = select(social_accounts.c.grant_id).where(social_accounts.c.id.in_(account_ids))
        return [
            await self.unit.tuples(select(social_accounts).where(social_accounts.c.id.in_(account_ids))),
            await self.unit.tuples(select(contents).where(contents.c.id.in_(content_ids))),
            await self.unit.tuples(select(grants).where(grants.c.id.in_(theirs))),
        ]

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
        others, successes = list[Ending](), list[Ending]()
        for ending in firsts.values():
            (successes if _is_success(ending, self.unit.now) else others).append(ending)
        asked: list[Asked] = []
        if successes:
            given = _SUCCEEDED.given([_success_row(ending) for ending in successes])
            asked.append((_SUCCEED, {**given, "now": self.unit.now}))
        if others:
            asked.append((_END, _ENDED.given([_row(ending) for ending in others])))
        return {delivery_id for saved in await self.unit.trip(*asked) for (delivery_id,) in saved}

    async def _end(self, ending: Ending) -> Ended:
        try:
            if not await SqlDeliveries(self.unit).save(ending.after, was=ending.was):
                return Ended.PASSED_BY
        except DuplicateError:
            return Ended.TAKEN
        await SqlAttempts(self.unit).finish(ending.attempt)
        return Ended.SAVED


def _is_success(ending: Ending, now: datetime) -> bool:
    """Whether `_SUCCEED` says all of it."""
    was, after, tried = ending.was, ending.after, ending.attempt
    return (
        after.status is DeliveryStatus.SUCCESS
        and _TAKE_SUCCEEDED(after) == (Phase.IDLE, None, None, None, None, None, now, now)
        and _TAKE_KEPT(after) == _TAKE_KEPT(was)
        and tried.error is None
        and tried.finished_at == now
    )


def _success_row(ending: Ending) -> dict[str, Any]:
    was, after, tried = ending.was, ending.after, ending.attempt
    return {
        "id": was.id,
        "fence": was.fence,
        "was_status": was.status,
        "was_phase": was.phase,
        "attempts": after.attempts,
        "external_post_id": after.external_post_id,
        "permalink": after.permalink,
        "try_id": tried.id,
        "try_outcome": tried.outcome,
    }


def _row(ending: Ending) -> dict[str, Any]:
    was, after = ending.was, ending.after
    row = dict(zip(_CHANGED, _TAKE_CHANGED(after), strict=True))
    row["last_error"] = to_json(after.last_error)
    row |= {"id": was.id, "fence": was.fence, "was_status": was.status, "was_phase": was.phase}
    tried = ending.attempt
    return row | {
        "try_id": tried.id,
        "try_finished_at": tried.finished_at,
        "try_outcome": tried.outcome,
        "try_error": to_json(tried.error),
    }

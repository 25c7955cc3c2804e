"""Release: one content becomes a delivery for each account that takes part, and an exclusion for each that does not."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from attrs import evolve, frozen
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Text,
    Uuid,
    case,
    cast,
    exists,
    func,
    insert,
    literal,
    select,
    type_coerce,
    union_all,
    update,
)
from sqlalchemy.types import TypeEngine

from adapters_persistence.ledger.delivery_conditions import IS_OPEN
from adapters_persistence.ledger.rows import from_rows, to_row
from adapters_persistence.ledger.tables import contents, deliveries, exclusions, social_accounts, users
from adapters_persistence.ledger.unit import Unit
from distribution_core.domain.account import AccountStatus, SocialAccount
from distribution_core.domain.content import Content
from distribution_core.domain.delivery import DeliveryStatus, Phase
from distribution_core.domain.ids import SERIES_BITS
from distribution_core.domain.selection import Exclusion, Selection, left_out
from distribution_core.domain.turns import first_place, turn


@frozen
class SqlSelections:
    unit: Unit

    async def select(
        self,
        content: Content,
        *,
        blocked: Mapping[str, Exclusion],
        now: datetime,
        first_id: UUID,
        spent: Mapping[UUID, str] = {},
    ) -> Selection:
        if not await self._release(content, now):
            return Selection()
        place = await self._first_place(content.user_id, now)
        made = await self._insert_deliveries(content, blocked, spent, now, first_id, place)
        if made:
            queue = update(users).where(users.c.id == content.user_id).values(queued_until=turn(now, place + made))
            await self.unit.change(queue)
        left = [_exclusion(content, account, blocked, spent) for account in await self._left(content)]
        told = tuple(exclusion for exclusion in left if exclusion is not None)
        # The content has been released by this transaction alone, so none of these can be there already.
        await self.unit.insert_all(exclusions, [to_row(exclusion) for exclusion in told])
        return Selection(made=made, first_id=first_id if made else None, exclusions=told)

    async def platforms(self, user_id: UUID) -> Collection[str]:
        account = social_accounts.c
        linked = select(account.platform).where(account.user_id == user_id, account.unlinked_at.is_(None)).distinct()
        return {row["platform"] for row in await self.unit.rows(linked)}

    async def spent_since(self, user_id: UUID, since: datetime, most: Mapping[str, int]) -> Mapping[UUID, str]:
        if not most:
            return {}
        owned = select(social_accounts.c.id).where(social_accounts.c.user_id == user_id, social_accounts.c.platform.in_(most))
        lately = select(deliveries.c.social_account_id, deliveries.c.platform).where(
            deliveries.c.social_account_id.in_(owned), deliveries.c.created_at >= since
        )
        # Two parts, so that each is served by its partial index.
        posted = lately.where(deliveries.c.finished_at >= since, deliveries.c.status == DeliveryStatus.SUCCESS.value)
        either = union_all(lately.where(IS_OPEN), posted).subquery()
        account = (either.c.social_account_id, either.c.platform)
        full = select(*account).group_by(*account).having(func.count() >= case(dict(most), value=either.c.platform))
        return {row["social_account_id"]: row["platform"] for row in await self.unit.rows(full)}

    async def _release(self, content: Content, now: datetime) -> bool:
        """Nothing is released that was edited after it was read: its platforms may have to be judged anew."""
        as_read = (contents.c.id == content.id) & contents.c.selected_at.is_(None) & (contents.c.updated_at == content.updated_at)
        return await self.unit.change(update(contents).where(as_read).values(selected_at=now)) == 1

    async def _first_place(self, user_id: UUID, now: datetime) -> int:
        """Where in the user's queue new deliveries begin; the user's other releases wait for this one."""
        held = select(users.c.queued_until).where(users.c.id == user_id).with_for_update(key_share=True)
        queued_until = await self.unit.scalar(held)
        if queued_until is None or queued_until <= now:
            return 0
        owned = select(social_accounts.c.id).where(social_accounts.c.user_id == user_id)
        waiting = select(deliveries.c.id).where(deliveries.c.social_account_id.in_(owned), IS_OPEN, deliveries.c.due_at <= now)
        return first_place(queued_until, now, waiting=await self.unit.row(waiting.limit(1)) is not None)

    async def _insert_deliveries(
        self,
        content: Content,
        blocked: Mapping[str, Exclusion],
        spent: Mapping[UUID, str],
        now: datetime,
        first_id: UUID,
        place: int,
    ) -> int:
        """How many accounts got a delivery; they queue up from `place` on."""
        account = social_accounts.c
        # Locked against being switched meanwhile, so that the accounts that are in and those that are out add up; by id, as
        # everybody locks them.
        held = (
            select(account.id, account.platform, account.is_active, account.status, account.linked_at)
            .where(account.user_id == content.user_id, account.unlinked_at.is_(None))
            .order_by(account.id)
            .with_for_update(read=True)
            .subquery("held")
        )
        taking_part = held.c.is_active.is_(True) & (held.c.status == AccountStatus.VALID.value)
        if blocked:
            taking_part &= held.c.platform.not_in(list(blocked))
        if spent:
            taking_part &= held.c.id.not_in(list(spent))
        if content.targets is not None:
            taking_part &= held.c.id.in_(content.targets)
        number = func.row_number().over(order_by=(held.c.linked_at, held.c.id)).label("number")
        going = select(held.c.id, held.c.platform, number).where(taking_part).subquery("going")
        blank = _blank_delivery(content, now)
        rows = select(
            self._nth(first_id, going.c.number - 1),
            going.c.id,
            going.c.platform,
            going.c.number + (place - 1),
            *(literal(value, type_) for value, type_ in blank.values()),
        )
        return await self.unit.change(
            insert(deliveries).from_select(["id", "social_account_id", "platform", "place", *blank], rows)
        )

    def _nth(self, first: UUID, place: ColumnElement[int]) -> ColumnElement[UUID]:
        """`ids.nth`, reckoned by the database: the ids of many rows need not be sent."""
        digits = SERIES_BITS // 4
        if self.unit.dialect == "postgresql":
            counted = func.lpad(func.to_hex(cast(place, BigInteger)), digits, "0")
            return cast(literal(first.hex[:-digits], Text) + counted, Uuid)
        return type_coerce(literal(first.hex[:-digits], Text) + func.printf(f"%0{digits}x", place), Uuid)

    async def _left(self, content: Content) -> Sequence[SocialAccount]:
        """Linked accounts that got no delivery of the content."""
        has_one = exists().where(deliveries.c.content_id == content.id, deliveries.c.social_account_id == social_accounts.c.id)
        left = (
            select(social_accounts)
            .where(social_accounts.c.user_id == content.user_id, social_accounts.c.unlinked_at.is_(None), ~has_one)
            .order_by(social_accounts.c.linked_at, social_accounts.c.id)
        )
        return from_rows(await self.unit.rows(left), SocialAccount)


def _blank_delivery(content: Content, now: datetime) -> dict[str, tuple[Any, TypeEngine[Any]]]:
    """What every delivery of this release has in common, as typed literals."""
    common = {
        "content_id": content.id,
        "user_id": content.user_id,
        "status": DeliveryStatus.PENDING.value,
        "phase": Phase.IDLE.value,
        "attempts": 0,
        "takeovers": 0,
        "fence": 0,
        "handles": {},
        "due_at": now,
        "opened_at": now,
        "created_at": now,
        "updated_at": now,
    }
    return {name: (value, deliveries.c[name].type) for name, value in common.items()}


def _exclusion(
    content: Content, account: SocialAccount, blocked: Mapping[str, Exclusion], spent: Mapping[UUID, str]
) -> Exclusion | None:
    """Why a linked account got no delivery. None where it has one already, or was linked a moment ago."""
    if content.targets is not None and account.id not in content.targets:
        code, reason = "not_targeted", "This was sent again only where it had failed."
        return Exclusion(content_id=content.id, social_account_id=account.id, code=code, reason=reason)
    out = left_out(account)
    if out is not None:
        return Exclusion(content_id=content.id, social_account_id=account.id, code=out[0], reason=out[1])
    template = blocked.get(account.platform)
    if template is not None:
        return evolve(template, content_id=content.id, social_account_id=account.id)
    if account.id in spent:
        return Exclusion(content_id=content.id, social_account_id=account.id, code="over_quota", reason=spent[account.id])
    return None

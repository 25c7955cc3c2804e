"""Release: one content becomes a delivery for each account that takes part, and an exclusion for each that does not."""

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from attrs import evolve, frozen

from distribution_core.domain.account import SocialAccount
from distribution_core.domain.content import Content
from distribution_core.domain.delivery import Delivery, DeliveryStatus
from distribution_core.domain.ids import nth
from distribution_core.domain.selection import Exclusion, Selection, left_out
from distribution_core.domain.turns import first_place, turn
from distribution_core.ports.ledger import Selections
from distribution_core.testing.memory_ledger.accounts import in_linking_order
from distribution_core.testing.memory_ledger.deliveries import is_open
from distribution_core.testing.memory_ledger.state import Unit


@frozen
class MemorySelections:
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
        rows = self.unit.rows
        stored = rows.contents.get(content.id)
        if stored is None or stored.selected_at is not None or stored.updated_at != content.updated_at:
            return Selection()
        rows.contents[content.id] = evolve(stored, selected_at=now)
        linked = [account for account in rows.accounts.values() if account.user_id == content.user_id and account.is_linked]
        place = first_place(rows.queued_until.get(content.user_id), now, waiting=self._has_waiting(content.user_id, now))
        made = 0
        left: list[Exclusion] = []
        for account in in_linking_order(linked):
            exclusion = _exclusion(content, account, blocked, spent)
            if exclusion is not None:
                left.append(exclusion)
                rows.exclusions.setdefault((content.id, account.id), exclusion)
            elif not self._has_delivery(content.id, account.id):
                new_id = nth(first_id, made)
                rows.places[new_id] = place + made
                rows.deliveries[new_id] = _new_delivery(new_id, content, account, now)
                made += 1
        if made:
            rows.queued_until[content.user_id] = turn(now, place + made)
        return Selection(made=made, first_id=first_id if made else None, exclusions=tuple(left))

    async def platforms(self, user_id: UUID) -> Collection[str]:
        return {
            account.platform for account in self.unit.rows.accounts.values() if account.user_id == user_id and account.is_linked
        }

    async def spent_since(self, user_id: UUID, since: datetime, most: Mapping[str, int]) -> Mapping[UUID, str]:
        taken = Counter(
            (each.social_account_id, each.platform)
            for each in self.unit.rows.deliveries.values()
            if each.user_id == user_id
            and each.created_at >= since
            and each.status not in (DeliveryStatus.FAILED, DeliveryStatus.CANCELED)
        )
        return {account: platform for (account, platform), number in taken.items() if number >= most.get(platform, number + 1)}

    def _has_waiting(self, user_id: UUID, now: datetime) -> bool:
        owned = (each for each in self.unit.rows.deliveries.values() if each.user_id == user_id and is_open(each))
        return any(each.due_at is not None and each.due_at <= now for each in owned)

    def _has_delivery(self, content_id: UUID, account_id: UUID) -> bool:
        wanted = (content_id, account_id)
        return any((each.content_id, each.social_account_id) == wanted for each in self.unit.rows.deliveries.values())


def _exclusion(
    content: Content, account: SocialAccount, blocked: Mapping[str, Exclusion], spent: Mapping[UUID, str]
) -> Exclusion | None:
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


def _new_delivery(new_id: UUID, content: Content, account: SocialAccount, now: datetime) -> Delivery:
    return Delivery(
        id=new_id,
        content_id=content.id,
        social_account_id=account.id,
        user_id=content.user_id,
        platform=account.platform,
        due_at=now,
        opened_at=now,
        created_at=now,
        updated_at=now,
    )


_: type[Selections] = MemorySelections

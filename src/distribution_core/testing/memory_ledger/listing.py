"""Lists of a user's content, filtered; and the last post of each account."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from attrs import evolve, frozen

from distribution_core.domain.account import Grant
from distribution_core.domain.content import Content
from distribution_core.domain.delivery import Delivery, DeliveryStatus
from distribution_core.ports.listing import ContentFilter, ContentState, Listing, Outcomes, Place
from distribution_core.testing.memory_ledger.accounts import in_linking_order
from distribution_core.testing.memory_ledger.state import Unit


@frozen
class MemoryListing:
    unit: Unit

    async def newest(self, user_id: UUID, which: ContentFilter, limit: int, after: Place | None = None) -> Sequence[Content]:
        found = self._matching(user_id, which, lambda content: content.created_at)
        found.sort(key=lambda content: (content.created_at, content.id), reverse=True)
        return [each for each in found if after is None or (each.created_at, each.id) < (after.at, after.id)][:limit]

    async def waiting(self, user_id: UUID, which: ContentFilter, limit: int, after: Place | None = None) -> Sequence[Content]:
        found = [
            (content.release_at, content.id, content)
            for content in self._matching(user_id, which, lambda content: content.release_at)
            if content.release_at is not None and content.selected_at is None
        ]
        found.sort(key=lambda row: row[:2])
        return [content for at, id_, content in found if after is None or (at, id_) > (after.at, after.id)][:limit]

    async def outcomes(self, user_id: UUID, content_ids: Collection[UUID]) -> Outcomes:
        rows = self.unit.rows
        made = [each for each in rows.deliveries.values() if each.content_id in content_ids and each.user_id == user_id]
        own = {account.id for account in rows.accounts.values() if account.user_id == user_id}
        left_out = [each for each in rows.exclusions.values() if each.content_id in content_ids and each.social_account_id in own]
        order = {account.id: place for place, account in enumerate(in_linking_order(rows.accounts.values()))}
        user = rows.users.get(user_id)
        return Outcomes(
            deliveries=[_shown(each) for each in sorted(made, key=lambda each: (each.created_at, each.id))],
            exclusions=sorted(left_out, key=lambda each: (each.content_id, order[each.social_account_id])),
            accounts=[each for each in rows.accounts.values() if each.user_id == user_id],
            time_zone=user.time_zone if user else None,
        )

    async def grants_of(self, user_id: UUID) -> Mapping[UUID, Grant]:
        return {grant.id: grant for grant in self.unit.rows.grants.values() if grant.user_id == user_id}

    async def last_posts(self, account_ids: Collection[UUID]) -> Mapping[UUID, Delivery]:
        found: dict[UUID, tuple[datetime, UUID]] = {}
        for each in self.unit.rows.deliveries.values():
            if each.social_account_id in account_ids and each.status is DeliveryStatus.SUCCESS and each.finished_at is not None:
                latest = found.get(each.social_account_id)
                if latest is None or (each.finished_at, each.id) > latest:
                    found[each.social_account_id] = (each.finished_at, each.id)
        return {account_id: self.unit.rows.deliveries[delivery_id] for account_id, (_, delivery_id) in found.items()}

    def _matching(self, user_id: UUID, which: ContentFilter, time: Callable[[Content], datetime | None]) -> list[Content]:
        return [
            content
            for content in self.unit.rows.contents.values()
            if content.user_id == user_id
            and _within(time(content), which)
            and _holds(content, which.text)
            and self._stands(content, which)
        ]

    def _stands(self, content: Content, which: ContentFilter) -> bool:
        unreleased = content.selected_at is None
        match which.state:
            case ContentState.WAITING:
                stands = unreleased and content.release_at is not None
            case ContentState.HELD:
                stands = unreleased and content.held_at is not None
            case ContentState.TAKEN_BACK:
                stands = unreleased and content.canceled_at is not None
            case ContentState.KEPT:
                stands = unreleased and (content.release_at, content.held_at, content.canceled_at) == (None, None, None)
            case None:
                stands = True
            case _:
                return self._has_delivery(content, which, which.state)
        return stands and ((which.platform is None and which.account_id is None) or self._has_delivery(content, which, None))

    def _has_delivery(self, content: Content, which: ContentFilter, state: ContentState | None) -> bool:
        return any(
            each.content_id == content.id
            and which.platform in (None, each.platform)
            and which.account_id in (None, each.social_account_id)
            and (state is None or each.status.value == state.value or (state is ContentState.UNCONFIRMED and each.is_unconfirmed))
            for each in self.unit.rows.deliveries.values()
        )


def _shown(delivery: Delivery) -> Delivery:
    return evolve(
        delivery,
        handles={},
        post=None,
        payload_hash=None,
        fingerprint=None,
        lease_owner=None,
        lease_until=None,
        takeovers=0,
        fence=0,
    )


def _within(at: datetime | None, which: ContentFilter) -> bool:
    if which.since is None and which.until is None:
        return True
    return at is not None and (which.since is None or at >= which.since) and (which.until is None or at < which.until)


def _holds(content: Content, text: str | None) -> bool:
    return text is None or any(text.casefold() in (each or "").casefold() for each in (content.body, content.title))


_: type[Listing] = MemoryListing

"""Deliveries that a platform's call may be about."""

from collections.abc import Sequence

from attrs import frozen
from sqlalchemy import literal_column, or_, select

from adapters_persistence.ledger.delivery_conditions import IS_OPEN
from adapters_persistence.ledger.rows import from_rows
from adapters_persistence.ledger.tables import deliveries, social_accounts
from adapters_persistence.ledger.unit import Unit
from distribution_core.domain.delivery import Delivery


@frozen
class SqlNoticed:
    unit: Unit

    async def unsettled(self, platform: str, external_account_id: str, limit: int) -> Sequence[Delivery]:
        accounts = select(social_accounts.c.id).where(
            social_accounts.c.platform == platform, social_accounts.c.external_account_id == external_account_id
        )
        failed = deliveries.c.status == literal_column("'failed'")
        found = select(deliveries).where(deliveries.c.social_account_id.in_(accounts), or_(IS_OPEN, failed))
        return from_rows(await self.unit.rows(found.order_by(deliveries.c.id.desc()).limit(limit)), Delivery)

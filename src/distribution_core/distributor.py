"""The face for an embedding app: one object, made from ports, with a method for each thing that the product does."""

import asyncio
from collections.abc import AsyncIterable, Mapping
from typing import Any
from uuid import UUID

from attrs import frozen

from distribution_core.domain.account import SocialAccount, User
from distribution_core.domain.content import Content, StoredMedia
from distribution_core.domain.delivery import Delivery
from distribution_core.domain.secret import Secret
from distribution_core.ports.dead_letters import DeadLetterFilter
from distribution_core.ports.listing import ContentFilter, Place
from distribution_core.usecases import activity as _activity
from distribution_core.usecases import create_content as _content
from distribution_core.usecases.context import Context
from distribution_core.usecases.dead_letters import DeadLetterPage, dead_letters
from distribution_core.usecases.judge_content import Draft
from distribution_core.usecases.limits_state import LimitsState, limits_state
from distribution_core.usecases.link_account import Declined, Linked, begin_link, finish_link
from distribution_core.usecases.list_content import ContentPage, list_content
from distribution_core.usecases.purge import purging
from distribution_core.usecases.redrive import Redriven, redrive, redrive_all
from distribution_core.usecases.refresh_token import refresh_account
from distribution_core.usecases.release_held import release_held
from distribution_core.usecases.sign_in import add_user
from distribution_core.usecases.toggle_account import Toggled, toggle_account, unlink_account
from distribution_core.usecases.upkeep import keep_up
from distribution_core.usecases.upload_media import upload_media
from distribution_core.usecases.work import work


@frozen
class Distributor:
    """Write once, and every active account carries it. `context` holds the ports; see docs/embedding.md."""

    context: Context

    async def add_user(self, email: str, password: Secret) -> User:
        return await add_user(self.context, email, password)

    async def begin_link(
        self, user_id: UUID, session_id: UUID, platform: str, *, app: str | None = None, redirect_uri: str
    ) -> str:
        return await begin_link(self.context, user_id, session_id, platform, app=app, redirect_uri=redirect_uri)

    async def finish_link(
        self, user_id: UUID, session_id: UUID, platform: str, *, state: str, code: Secret | None, error: Declined | None = None
    ) -> Linked:
        return await finish_link(self.context, user_id, session_id, platform, state=state, code=code, error=error)

    async def accounts(self, user_id: UUID) -> tuple[SocialAccount, ...]:
        """The user's linked accounts."""
        async with self.context.ledger.begin() as tx:
            return tuple(account for account in await tx.accounts.of_user(user_id) if account.is_linked)

    async def toggle(self, user_id: UUID, account_id: UUID, *, is_active: bool) -> Toggled:
        return await toggle_account(self.context, user_id, account_id, is_active=is_active)

    async def unlink(self, user_id: UUID, account_id: UUID) -> Toggled:
        return await unlink_account(self.context, user_id, account_id)

    async def refresh(self, user_id: UUID, account_id: UUID) -> SocialAccount:
        return await refresh_account(self.context, user_id, account_id)

    async def upload(self, user_id: UUID, chunks: AsyncIterable[bytes], *, alt_text: str | None = None) -> StoredMedia:
        return await upload_media(self.context, user_id, chunks, alt_text=alt_text)

    async def save(self, user_id: UUID, draft: Draft, *, idempotency_key: str | None = None) -> _content.Saved:
        return await _content.create_content(self.context, user_id, draft, idempotency_key=idempotency_key)

    async def edit(self, user_id: UUID, content_id: UUID, changes: Mapping[str, Any]) -> _content.Saved:
        return await _content.edit_content(self.context, user_id, content_id, changes)

    async def resend(self, user_id: UUID, content_id: UUID, changes: Mapping[str, Any]) -> _content.Saved:
        return await _content.resend_content(self.context, user_id, content_id, changes)

    async def retry(self, user_id: UUID, delivery_id: UUID) -> Delivery:
        return await redrive(self.context, user_id, delivery_id)

    async def dead_letters(
        self, user_id: UUID, which: DeadLetterFilter, *, limit: int = 20, before: UUID | None = None
    ) -> DeadLetterPage:
        return await dead_letters(self.context, user_id, which, limit=limit, before=before)

    async def retry_all(self, user_id: UUID, which: DeadLetterFilter, *, before: UUID | None = None) -> Redriven:
        return await redrive_all(self.context, user_id, which, before=before)

    async def release_held(self, user_id: UUID, content_id: UUID) -> Content:
        return await release_held(self.context, user_id, content_id)

    async def activity(self, user_id: UUID, *, limit: int = 20, before: UUID | None = None) -> _activity.Activity:
        return await _activity.activity(self.context, user_id, limit=limit, before=before)

    async def list_content(
        self, user_id: UUID, which: ContentFilter, *, scheduled: bool = False, limit: int = 20, after: Place | None = None
    ) -> ContentPage:
        return await list_content(self.context, user_id, which, scheduled=scheduled, limit=limit, after=after)

    async def content(self, user_id: UUID, content_id: UUID) -> _activity.Activity:
        return await _activity.content_activity(self.context, user_id, content_id)

    async def limits(self) -> LimitsState:
        """How breakers and quotas stand."""
        return await limits_state(self.context)

    async def work(self, worker: str, stop: asyncio.Event) -> None:
        """Publish what is due, keep tokens fresh and take away leftovers, until `stop` is set. Any number of processes may do
        so at once."""
        async with purging(self.context), asyncio.TaskGroup() as both:
            # Never cut short at a stop: a refresh whose answer is lost may cost its user a reconnect.
            both.create_task(keep_up(self.context, worker, stop))
            await work(self.context, worker, stop)

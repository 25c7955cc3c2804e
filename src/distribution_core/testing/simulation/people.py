"""What persons do while all goes wrong: save, edit, switch, unlink, link again, redrive, resolve, and try again when told no."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from random import Random
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

from attrs import define, field

from distribution_core.domain.errors import ConflictError, InvalidInputError, LinkRefusedError, NotFoundError
from distribution_core.domain.secret import Secret
from distribution_core.testing.simulation.judge import Judge
from distribution_core.testing.simulation.ledger import LedgerFaultError
from distribution_core.testing.simulation.world import World
from distribution_core.usecases.cancel_content import cancel_content
from distribution_core.usecases.context import Context
from distribution_core.usecases.create_content import create_content, edit_content, resend_content
from distribution_core.usecases.judge_content import Draft
from distribution_core.usecases.link_account import begin_link, finish_link
from distribution_core.usecases.redrive import redrive, redrive_failed
from distribution_core.usecases.refresh_token import refresh_account
from distribution_core.usecases.resolve import resolve
from distribution_core.usecases.toggle_account import toggle_account, unlink_account

TEXTS = ("a harbour at dusk", "a harbour  at dusk", "a harbour at dusk", "see https://one.example/a", "please refuse this")
_SAID_NO = (ConflictError, InvalidInputError, NotFoundError, LinkRefusedError)


@define(eq=False)
class Person:
    """Acts for one user through whatever web process lives. `accepted` are contents whose save was answered."""

    world: World
    judge: Judge
    random: Random
    user_id: UUID
    session_id: UUID
    platforms: tuple[str, ...]
    accepted: list[UUID] = field(factory=list)

    async def keep_trying(self, act: Callable[[], Awaitable[Any]]) -> Any:
        """As a person at a screen: a fault of ours is tried again, a no is taken."""
        for _ in range(4):
            try:
                return await act()
            except LedgerFaultError:
                await self.world.sleep(self.random.uniform(0.5, 5))
            except _SAID_NO as no:
                self.world.note(f"is told: {no}")
                return None
        return None

    async def save(self, ctx: Context, number: int) -> None:
        when = self.world.now + timedelta(seconds=self.random.uniform(60, 300)) if self.random.random() < 0.15 else None
        hold = timedelta(seconds=self.random.choice((0, 10, 60)))
        draft = Draft(
            body=self.random.choice(TEXTS), title=self.random.choice((None, None, "a title")), scheduled_at=when, hold=hold
        )
        key = f"save-{self.user_id}-{number}"
        saved = await self.keep_trying(lambda: create_content(ctx, self.user_id, draft, idempotency_key=key))
        if saved is not None:
            self.world.note(f"saved {str(saved.content.id)[-6:]}: {draft.body!r}")
            self.accepted.append(saved.content.id)

    async def act(self, ctx: Context, what: str) -> None:
        """One thing that a person may do at any time."""
        self.world.note(f"will {what}")
        await getattr(self, f"_{what}")(ctx)

    async def _toggle(self, ctx: Context) -> None:
        account = self._some_account()
        if account is None:
            return
        await self.keep_trying(lambda: toggle_account(ctx, self.user_id, account, is_active=False))
        await self.world.sleep(self.random.uniform(1, 60))
        await self.keep_trying(lambda: toggle_account(ctx, self.user_id, account, is_active=True))

    async def _unlink(self, ctx: Context) -> None:
        account = self._some_account()
        if account is not None:
            await self.keep_trying(lambda: unlink_account(ctx, self.user_id, account))

    async def _link(self, ctx: Context) -> None:
        await self.link(ctx, self.random.choice(self.platforms))

    async def link(self, ctx: Context, platform: str) -> None:
        async def consent() -> None:
            url = await begin_link(
                ctx, self.user_id, self.session_id, platform, app=None, redirect_uri="https://simulcast/callback"
            )
            state = parse_qs(urlsplit(url).query)["state"][0]
            await finish_link(ctx, self.user_id, self.session_id, platform, state=state, code=Secret("code"), error=None)

        await self.keep_trying(consent)

    async def _refresh(self, ctx: Context) -> None:
        account = self._some_account()
        if account is not None:
            await self.keep_trying(lambda: refresh_account(ctx, self.user_id, account))

    async def _edit(self, ctx: Context) -> None:
        content = self._some_content()
        if content is not None:
            body = self.random.choice(TEXTS)
            await self.keep_trying(lambda: edit_content(ctx, self.user_id, content, {"body": body}))

    async def _resend(self, ctx: Context) -> None:
        content = self._some_content()
        if content is not None:
            again = await self.keep_trying(lambda: resend_content(ctx, self.user_id, content, {"body": "once more"}))
            if again is not None:
                self.accepted.append(again.content.id)

    async def _redrive(self, ctx: Context) -> None:
        for delivery in list(self.judge.state.deliveries.values()):
            if delivery.status.value == "failed":
                await self.keep_trying(lambda one=delivery.id: redrive(ctx, self.user_id, one))  # type: ignore[misc]

    async def _cancel(self, ctx: Context) -> None:
        content = self._some_content()
        if content is None:
            return
        await self.keep_trying(lambda: cancel_content(ctx, self.user_id, content))

    async def _redrive_all(self, ctx: Context) -> None:
        content = self._some_content()
        if content is not None:
            await self.keep_trying(lambda: redrive_failed(ctx, self.user_id, content))

    async def _resolve(self, ctx: Context) -> None:
        """Look at the platform, and say what is there; some persons are wrong."""
        for delivery in list(self.judge.state.deliveries.values()):
            if not delivery.is_unconfirmed or self.random.random() < 0.3:
                continue
            mine = [post for post in self.judge.posts.values() if post.maker == delivery.id]
            honest = self.random.random() < 0.9
            posted = bool(mine) if honest else not mine
            post_id = mine[0].post_id if posted and mine and self.random.random() < 0.5 else None
            # Said before it is stored: what follows from it may happen before the answer comes.
            self.judge.person_says(delivery.id, posted=posted)
            await self.keep_trying(
                lambda one=delivery.id, yes=posted, name=post_id: resolve(  # type: ignore[misc]
                    ctx, self.user_id, one, posted=yes, external_post_id=name
                )
            )

    def _some_account(self) -> UUID | None:
        return self._pick(list(self.judge.state.accounts))

    def _some_content(self) -> UUID | None:
        return self._pick(list(self.judge.state.contents))

    def _pick(self, ids: list[UUID]) -> UUID | None:
        return self.random.choice(ids) if ids else None


ACTIONS = (
    "toggle",
    "unlink",
    "link",
    "refresh",
    "edit",
    "resend",
    "cancel",
    "redrive",
    "redrive_all",
    "redrive_all",
    "resolve",
    "resolve",
)

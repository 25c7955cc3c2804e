"""The product on a real SQLite ledger, a scripted platform and a clock that tests own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from uuid import UUID

import pytest
from attrs import define, evolve, field

from adapters_persistence.ledger.ledger import SqlLedger
from adapters_persistence.ledger.migrations import upgrade
from adapters_persistence.media.probe import ProcessProbe
from adapters_persistence.passwords import Argon2Passwords
from adapters_persistence.vault import EnvelopeVault, LocalKey
from adapters_queue.in_process import InProcessDoorbell
from distribution_core.domain.account import SocialAccount
from distribution_core.domain.delivery import Delivery
from distribution_core.domain.outcome import Found, Published
from distribution_core.domain.secret import Secret
from distribution_core.testing.fake_platform import FakePlatform
from distribution_core.testing.memory_media import MemoryMediaStore
from distribution_core.usecases.context import Context, Limits
from distribution_core.usecases.create_content import Saved, create_content
from distribution_core.usecases.judge_content import Draft
from distribution_core.usecases.link_account import Linked, begin_link, finish_link
from distribution_core.usecases.publish_delivery import claim_batch, publish
from distribution_core.usecases.select_accounts import release_due
from distribution_core.usecases.sign_in import add_user

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@define
class TestClock:
    """Time that moves when a test says so; sleeping moves it too."""

    __test__ = False
    at: datetime = NOON
    sleeps: list[float] = field(factory=list)

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.at.timestamp()

    async def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.advance(seconds)

    def advance(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


@define
class SeededRandomness:
    random: Random = field(factory=lambda: Random(1))

    def token(self, size: int) -> bytes:
        return self.random.randbytes(size)

    def uniform(self) -> float:
        return self.random.random()


@define
class House:
    """A context with one user, and the short ways that tests take through it."""

    ctx: Context
    clock: TestClock
    user_id: UUID
    session_id: UUID
    fakes: dict[str, FakePlatform]

    async def link(self, platform: str, subject: str, *accounts: str, refresh: str | None = "refresh-1") -> Linked:
        fake = self.fakes[platform]
        fake.will_consent(subject, *accounts, refresh=refresh)
        url = await begin_link(self.ctx, self.user_id, self.session_id, platform, app=None, redirect_uri="https://us/callback")
        state = url.partition("state=")[2].partition("&")[0]
        return await finish_link(self.ctx, self.user_id, self.session_id, platform, state=state, code=Secret("code"), error=None)

    async def save(self, body: str = "Hello", **fields: object) -> Saved:
        return await create_content(self.ctx, self.user_id, evolve(Draft(body=body), **fields))  # type: ignore[arg-type]

    async def release(self, body: str = "Hello", **fields: object) -> list[Delivery]:
        """Save, let the hold end, select; returns the deliveries."""
        saved = await self.save(body, **fields)
        self.clock.advance(self.ctx.limits.hold.total_seconds())
        await release_due(self.ctx)
        return await self.deliveries(saved.content.id)

    async def deliveries(self, content_id: UUID) -> list[Delivery]:
        async with self.ctx.ledger.begin() as tx:
            return sorted(await tx.deliveries.of_contents([content_id]), key=lambda delivery: delivery.platform)

    async def delivery(self, delivery_id: UUID) -> Delivery:
        async with self.ctx.ledger.begin() as tx:
            found = await tx.deliveries.get(delivery_id)
        assert found is not None
        return found

    async def accounts(self) -> dict[str, SocialAccount]:
        async with self.ctx.ledger.begin() as tx:
            return {account.external_account_id: account for account in await tx.accounts.of_user(self.user_id)}

    def found(self, post_id: str, *, by_likeness: bool) -> Found:
        return Found(publication=Published(external_post_id=post_id), by_likeness=by_likeness)

    async def round(self, worker: str = "w1") -> list[Delivery | None]:
        """Claim what is due and carry each as far as it goes."""
        return [await publish(self.ctx, worker, claimed) for claimed in await claim_batch(self.ctx, worker, 32)]

    async def until_quiet(self, *, hours: float = 48) -> None:
        """Rounds, with the clock moved to each next due time, until nothing is due or the hours are over."""
        end = self.clock.at + timedelta(hours=hours)
        while True:
            await self.round()
            async with self.ctx.ledger.begin() as tx:
                contents = await tx.contents.recent(self.user_id, 100)
                deliveries = await tx.deliveries.of_contents([content.id for content in contents])
            due = [delivery.due_at for delivery in deliveries if delivery.due_at is not None]
            if not due or min(due) > end:
                self.clock.at = end
                return
            self.clock.at = max(min(due), self.clock.at + timedelta(milliseconds=1))


@asynccontextmanager
async def open_house(database_url: str) -> AsyncIterator[House]:
    """A house on a migrated database."""
    clock = TestClock()
    ledger = SqlLedger.open(database_url, clock=clock.now)
    fakes = {name: FakePlatform.named(name) for name in ("alpha", "beta")}
    ctx = Context(
        ledger=ledger,
        vault=EnvelopeVault(LocalKey(bytes(32))),
        media=MemoryMediaStore(),
        probe=ProcessProbe(),
        passwords=Argon2Passwords(),
        clock=clock,
        randomness=SeededRandomness(),
        doorbell=InProcessDoorbell(),
        platforms={name: fake.platform for name, fake in fakes.items()},
        limits=Limits(hold=timedelta(seconds=10)),
    )
    user = await add_user(ctx, "ada@example.com", Secret("a long enough password"))
    yield House(ctx, clock, user.id, ctx.new_id(), fakes)
    await ledger.aclose()


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    upgrade(url)
    async with open_house(url) as opened:
        yield opened

"""The rows that a promise needs before it can be tested."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import count
from typing import Any
from uuid import UUID

from attrs import define, evolve, field

from distribution_core.domain.account import DataKey, Grant, LinkChoice, SocialAccount, User
from distribution_core.domain.content import Content, MediaAsset, MediaKind
from distribution_core.domain.delivery import Delivery
from distribution_core.domain.ids import series_of, uuid7
from distribution_core.domain.post import Post
from distribution_core.domain.selection import Exclusion, Selection
from distribution_core.ports.gate import CommitRequest, Gate
from distribution_core.ports.ledger import Ledger
from distribution_core.testing.memory_clock import MemoryClock

LEASE = timedelta(seconds=60)
DEADLINE = timedelta(seconds=30)
SETTLE = timedelta(seconds=10)
KEY = DataKey(wrapped=b"\x00wrapped\xff", key_id="local", key_version=3)
POST = Post(text="Good morning ☕", title="Morning", link="https://example.com/a", options={"privacy": "SELF_ONLY"})
PICTURE = MediaAsset(
    key="media/1", kind=MediaKind.IMAGE, mime="image/png", size_bytes=5_000_000_000, sha256="ab" * 32, width=640, height=480
)
FILM = MediaAsset(
    key="media/2",
    kind=MediaKind.VIDEO,
    mime="video/mp4",
    size_bytes=12,
    sha256="cd" * 32,
    width=1080,
    height=1920,
    duration_ms=12_345,
    alt_text="A dog",
)


@define
class Scene:
    """Makes valid rows, each in a transaction of its own."""

    ledger: Ledger
    clock: MemoryClock
    _numbers: Iterator[int] = field(factory=lambda: count(1), repr=False)

    def number(self) -> int:
        return next(self._numbers)

    def new_id(self) -> UUID:
        """A UUIDv7 that sorts after every one before it."""
        return uuid7(int(self.clock.now().timestamp() * 1000), self.number().to_bytes(10, "big"))

    def new_series(self) -> UUID:
        """The first id of a series that no other one meets."""
        return series_of(uuid7(int(self.clock.now().timestamp() * 1000), self.number().to_bytes(6, "big") + bytes(4)))

    async def user(self, email: str | None = None, **fields: Any) -> User:
        user = User(id=self.new_id(), email=email or f"user{self.number()}@example.com", created_at=self.clock.now(), **fields)
        async with self.ledger.begin() as tx:
            await tx.users.add(user)
        return user

    def new_grant(self, user: User, **fields: Any) -> Grant:
        given: dict[str, Any] = {"platform": "facebook", "app": "main", "subject_id": f"subject-{self.number()}"}
        now = self.clock.now()
        return Grant(
            id=self.new_id(),
            user_id=user.id,
            data_key=KEY,
            access_token=b"\x01sealed",
            created_at=now,
            updated_at=now,
            **(given | fields),
        )

    async def grant(self, user: User, **fields: Any) -> Grant:
        grant = self.new_grant(user, **fields)
        async with self.ledger.begin() as tx:
            await tx.grants.add(grant)
        return grant

    def new_account(self, user: User, grant: Grant | None = None, **fields: Any) -> SocialAccount:
        number = self.number()
        given: dict[str, Any] = {
            "platform": grant.platform if grant else "facebook",
            "external_account_id": f"page-{number}",
            "kind": "page",
            "display_name": f"Page {number}",
            "linked_at": self.clock.now(),
            "updated_at": self.clock.now(),
        }
        return SocialAccount(id=self.new_id(), user_id=user.id, grant_id=grant.id if grant else None, **(given | fields))

    async def account(self, user: User, grant: Grant | None = None, **fields: Any) -> SocialAccount:
        return await self.put(self.new_account(user, grant, **fields))

    async def put(self, account: SocialAccount, **changes: Any) -> SocialAccount:
        """Store an account as it is, or changed."""
        changed = evolve(account, **changes)
        async with self.ledger.begin() as tx:
            await tx.accounts.put(changed)
        return changed

    def choice(self, user: User, lifetime: timedelta) -> LinkChoice:
        return LinkChoice(
            id=self.new_id(),
            user_id=user.id,
            session_id=self.new_id(),
            platform="facebook",
            app="pages",
            data_key=KEY,
            consent=b"\x01sealed\xff",
            expires_at=self.clock.now() + lifetime,
        )

    def new_content(self, user: User, **fields: Any) -> Content:
        now = self.clock.now()
        given: dict[str, Any] = {"body": "Hello", "release_at": now, "created_at": now, "updated_at": now}
        return Content(id=self.new_id(), user_id=user.id, **(given | fields))

    async def content(self, user: User, **fields: Any) -> Content:
        content = self.new_content(user, **fields)
        async with self.ledger.begin() as tx:
            await tx.contents.add(content)
        return content

    async def release(self, content: Content, *, blocked: Mapping[str, Exclusion] | None = None) -> Selection:
        async with self.ledger.begin() as tx:
            first = self.new_series()
            return await tx.selections.select(content, blocked=blocked or {}, now=tx.now, first_id=first)

    async def delivery(self, account: SocialAccount) -> Delivery:
        """A delivery for this account alone, due now."""
        async with self.ledger.begin() as tx:
            owner = await tx.users.get(account.user_id)
        if owner is None:
            raise LookupError("the account has no owner")
        selection = await self.release(await self.content(owner, targets=(account.id,)))
        async with self.ledger.begin() as tx:
            made = await tx.deliveries.get(selection.delivery_ids[0])
        if made is None:
            raise LookupError("the selection made no delivery")
        return made

    async def claimed(self, account: SocialAccount, worker: str = "worker-1") -> Delivery:
        """A new delivery for this account, under a lease of LEASE. Nothing else may be due."""
        await self.delivery(account)
        (delivery,) = await self.claim(worker)
        return delivery

    async def claim(
        self, worker: str = "worker-1", *, limit: int = 100, lease: timedelta = LEASE, platforms: Collection[str] | None = None
    ) -> Sequence[Delivery]:
        async with self.ledger.begin() as tx:
            return await tx.deliveries.claim(worker, limit=limit, lease=lease, platforms=platforms)

    async def stored(self, delivery: Delivery) -> Delivery:
        async with self.ledger.begin() as tx:
            found = await tx.deliveries.get(delivery.id)
        if found is None:
            raise LookupError("the delivery is gone")
        return found

    async def save(self, delivery: Delivery, **changes: Any) -> Delivery:
        """Store changes of a delivery, which must be as it was read."""
        changed = evolve(delivery, **changes)
        async with self.ledger.begin() as tx:
            if not await tx.deliveries.save(changed, was=delivery):
                raise LookupError("the delivery has changed meanwhile")
        return changed

    async def gate(self, delivery: Delivery, **changes: Any) -> Gate:
        async with self.ledger.begin() as tx:
            return await tx.commits.open_gate(request_for(delivery, **changes))


def request_for(delivery: Delivery, **changes: Any) -> CommitRequest:
    """What a worker that holds this claim would ask of the gate."""
    return evolve(
        CommitRequest(
            delivery=delivery,
            post=POST,
            payload_hash="12" * 32,
            fingerprint="34" * 32,
            external_account_id="page-1",
            call_deadline=DEADLINE,
            settle=SETTLE,
        ),
        **changes,
    )

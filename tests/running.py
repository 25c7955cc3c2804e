"""The whole product as separate servers, for tests of the API, the command and the pages."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import TypeVar

import httpx
from argon2 import PasswordHasher
from attrs import define

from adapters_persistence.ledger.ledger import SqlLedger
from adapters_persistence.ledger.migrations import upgrade
from distribution_core.domain.account import User
from distribution_core.domain.ids import uuid7
from distribution_core.domain.secret import Secret
from shells.cli.demonstration.stack import Addresses, Stack, create_first_user, demo_environment, free_port
from shells.cli.demonstration.visitor import Visitor
from shells.platform_settings import manifests, platform_keys
from shells.settings import Settings, load_settings
from shells.wiring import Product, open_product

PASSWORD = Secret("a password for tests")
Result = TypeVar("Result")
REJECT_ONCE: dict[str, object] = {
    "platform": "facebook",
    "call": "feed",
    "kind": "custom",
    "options": {
        "status": 400,
        "body": {"error": {"message": "(#100) Invalid", "type": "OAuthException", "code": 100, "fbtrace_id": "x"}},
    },
}


@cache
def _password_hash() -> str:
    return PasswordHasher().hash(PASSWORD.reveal())


@define
class Running:
    """A running stack; every test brings its own user."""

    addresses: Addresses
    settings: Settings
    environment: dict[str, str]

    @property
    def web(self) -> str:
        return self.addresses.web

    def new_user(self) -> str:
        """The e-mail of a fresh user; everybody's password is PASSWORD."""
        email = f"user-{secrets.token_hex(6)}@example.com"

        async def add() -> None:
            # The ledger alone and a hash that is made once: hundreds of tests begin so.
            ledger = SqlLedger.open(self.settings.effective_database_url)
            async with ledger.begin() as tx:
                moment = int(tx.now.timestamp() * 1000)
                user_id = uuid7(moment, secrets.token_bytes(10))
                await tx.users.add(User(id=user_id, email=email, password_hash=_password_hash(), created_at=tx.now))
            await ledger.aclose()

        with ThreadPoolExecutor(1) as thread:
            thread.submit(lambda: asyncio.run(add())).result()
        return email

    def signed_link(self, key: str, mime: str, *, valid_for: timedelta = timedelta(minutes=5)) -> str:
        """A link to stored media as platforms get it."""
        return self.with_product(lambda product: product.context.media.public_url(key, mime, valid_for))

    def visitor(self) -> Visitor:
        """A fresh user, signed in."""
        visitor = Visitor(self.web)
        visitor.sign_in(self.new_user(), PASSWORD)
        return visitor

    def faults(self, *rules: dict[str, object]) -> None:
        httpx.put(f"{self.addresses.sandbox}/_sandbox/faults", json={"faults": list(rules)}).raise_for_status()

    def posts(self, text: str, platform: str | None = None) -> list[dict[str, object]]:
        """The sandbox's visible posts with exactly this text."""
        query = {"platform": platform} if platform else {}
        found = httpx.get(f"{self.addresses.sandbox}/_sandbox/posts", params=query).json()["posts"]
        return [post for post in found if post["text"] == text]

    def with_product(self, use: Callable[[Product], Awaitable[Result]]) -> Result:
        """What `use` finds out beside the servers, on the same database and media."""

        async def opened() -> Result:
            async with open_product(self.settings) as product:
                return await use(product)

        # In a thread of its own: a browser test has a loop running in this one.
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(lambda: asyncio.run(opened())).result()


@contextmanager
def running_stack(folder: Path, *, has_user: bool = True, **settings: str) -> Iterator[Running]:
    """Sandbox and web shell on free ports, with SQLite and media in `folder`."""
    web_port = free_port()
    addresses = Addresses(web_port=web_port, sandbox_port=free_port(avoid=(web_port,)))
    quick = {
        "SIMULCAST_LEASE_SECONDS": "4",
        "SIMULCAST_FACEBOOK_COMMIT_DEADLINE_S": "2",
        "SIMULCAST_FACEBOOK_READ_LAG_S": "1",
        "SIMULCAST_LINKEDIN_COMMIT_DEADLINE_S": "3",
        "SIMULCAST_LINKEDIN_READ_LAG_S": "1",
    }
    environment = demo_environment(folder, addresses, hold_s=0.2) | quick | settings
    read = load_settings(environment, platform_keys=platform_keys(manifests()))
    if has_user:
        create_first_user(environment)
    else:
        upgrade(read.effective_database_url)
    with Stack(environment, folder, addresses) as stack:
        stack.wait_until_ready()
        yield Running(addresses, read, environment)
        stack.check_alive()

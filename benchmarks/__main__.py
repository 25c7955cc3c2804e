"""`make bench`: claims in batches against claims one by one, on a migrated SQLite ledger; ends with one line of JSON."""

import asyncio
import json
import statistics
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from adapters_persistence.ledger.ledger import SqlLedger
from adapters_persistence.ledger.migrations import upgrade
from distribution_core.domain.account import DataKey, Grant, SocialAccount, User
from distribution_core.domain.content import Content
from distribution_core.domain.ids import uuid7
from shells.system import SystemClock, SystemRandomness

DELIVERIES = 256
ROUNDS = 5
BATCH = 32


def _new_id() -> UUID:
    return uuid7(int(SystemClock().now().timestamp() * 1000), SystemRandomness().token(10))


async def _filled(path: Path) -> SqlLedger:
    """A ledger with one content due on DELIVERIES accounts."""
    url = f"sqlite:///{path}"
    upgrade(url)
    ledger = SqlLedger.open(url)
    now = datetime.now(UTC)
    user = User(id=_new_id(), email="bench@example.com", created_at=now)
    key = DataKey(wrapped=b"k", key_id="bench", key_version=1)
    grant = Grant(
        id=_new_id(), user_id=user.id, platform="bench", app="main", subject_id="s", data_key=key, access_token=b"t",
        created_at=now, updated_at=now,
    )  # fmt: skip
    content = Content(id=_new_id(), user_id=user.id, body="x", release_at=now, created_at=now, updated_at=now)
    async with ledger.begin() as tx:
        await tx.users.add(user)
        await tx.grants.add(grant)
        for number in range(DELIVERIES):
            await tx.accounts.put(
                SocialAccount(
                    id=_new_id(),
                    user_id=user.id,
                    grant_id=grant.id,
                    platform="bench",
                    external_account_id=str(number),
                    kind="page",
                    display_name=str(number),
                    linked_at=now,
                    updated_at=now,
                )
            )
        await tx.contents.add(content)
    async with ledger.begin() as tx:
        await tx.selections.select(content, blocked={}, now=tx.now, new_ids=[_new_id() for _ in range(DELIVERIES)])
    return ledger


async def _claim_all(limit: int) -> float:
    """Claims a second with `limit` at a time."""
    with tempfile.TemporaryDirectory() as folder:
        ledger = await _filled(Path(folder) / "bench.db")
        began, claimed = time.perf_counter(), 0
        while claimed < DELIVERIES:
            async with ledger.begin() as tx:
                claimed += len(await tx.deliveries.claim("bench", limit=limit, lease=timedelta(minutes=5)))
        seconds = time.perf_counter() - began
        await ledger.aclose()
    return DELIVERIES / seconds


def main() -> None:
    singles, batches = [], []
    for number in range(ROUNDS):
        singles.append(asyncio.run(_claim_all(1)))
        batches.append(asyncio.run(_claim_all(BATCH)))
        print(f"round {number + 1}: {singles[-1]:.0f}/s one by one, {batches[-1]:.0f}/s in batches of {BATCH}")
    one, many = statistics.median(singles), statistics.median(batches)
    print(json.dumps({"claims_per_s": round(many), "baseline_claims_per_s": round(one), "batch_ratio": round(many / one, 2)}))


if __name__ == "__main__":
    main()

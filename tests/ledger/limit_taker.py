"""A process that uses up a platform's quota, one at a time, and prints how many it got before there was none left."""

import asyncio
import sys

from adapters_persistence.ledger.ledger import SqlLedger
from distribution_core.domain.quota import Quota, Scope, take
from distribution_core.ports.limiter import Standing, WindowKey

QUOTA = Quota(name="posts", scope=Scope.APP, most=60, seconds=86_400)
KEY = WindowKey(platform="facebook", app="main", name=QUOTA.name, account="")


async def main(database_url: str) -> None:
    ledger, taken = SqlLedger.open(database_url), 0
    try:
        while True:
            async with ledger.begin() as tx:
                held = await tx.limiter.hold([], [KEY])
                window, got = take(held.windows[KEY], QUOTA, 1, tx.now)
                await tx.limiter.put(Standing(windows={KEY: window}))
            if not got:
                break
            taken += got
    finally:
        await ledger.aclose()
    sys.stdout.write(f"{taken}\n")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))

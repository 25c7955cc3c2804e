"""A process that claims until nothing is due, three at a time, and prints the id and fence of what it got."""

import asyncio
import sys
from datetime import timedelta

from adapters_persistence.ledger.ledger import SqlLedger


async def main(database_url: str, worker: str) -> None:
    ledger = SqlLedger.open(database_url)
    try:
        while True:
            async with ledger.begin() as tx:
                claimed = await tx.deliveries.claim(worker, limit=3, lease=timedelta(minutes=10))
            if not claimed:
                return
            for delivery in claimed:
                sys.stdout.write(f"{delivery.id} {delivery.fence}\n")
    finally:
        await ledger.aclose()


asyncio.run(main(sys.argv[1], sys.argv[2]))

"""One worker process of ours with production wiring: works until nothing is due, then says what memory it took."""

import asyncio
import json
import os
from pathlib import Path

from sqlalchemy import text

from distribution_core.usecases.work import Duty, work
from shells.event_loop import run
from shells.garbage import collect_seldom
from shells.wiring import open_product, settings_from_environment

_LEFT = text("SELECT EXISTS (SELECT 1 FROM deliveries WHERE status IN ('pending', 'retried'))")


async def _run() -> None:
    async with open_product(settings_from_environment()) as product:
        ctx, stop = product.context, asyncio.Event()
        collect_seldom()
        worker = asyncio.create_task(work(ctx, f"bench-{os.getpid()}", stop, Duty(platforms=["linkedin"])))
        while True:
            await asyncio.sleep(0.25)
            if ctx.outbound.running.total():
                continue  # to ask while it works would be part of what is measured
            async with product.ledger.engine.connect() as connection:
                if not (await connection.execute(_LEFT)).scalar():
                    break
        stop.set()
        await worker
    print(json.dumps({"rss_mb": _most_resident_kib() // 1024}))


def _most_resident_kib() -> int:
    """Of this program alone: what getrusage tells begins with what its parent held when it was started."""
    (line,) = (line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1])


if __name__ == "__main__":
    profile = os.environ.get("BENCH_PROFILE")
    if profile:
        import cProfile

        cProfile.run("run(_run())", profile)
    else:
        run(_run())

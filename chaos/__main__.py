"""`make chaos DELIVERIES=2000 SEED=1`: exactly once, on real processes that are killed; ends with one line of JSON."""

import argparse
import json
import secrets
import signal
import sys
import tempfile
from pathlib import Path

from chaos.broker import BROKERS, DEFAULT
from chaos.run import Options, Report, Run
from chaos.servers import ServerError
from shells.cli.demonstration.engine import ENGINES
from shells.cli.failure import CommandError
from shells.local_servers.broker import NoBrokerError
from shells.local_servers.postgres import NoPostgresError

_KILLS_MIN = 10
_DETAILS_MAX = 40


def main() -> int:
    """0 when nothing was lost or doubled; 1 when something was; 2 when the run could not be had."""
    asked = argparse.ArgumentParser(prog="python -m chaos", description=__doc__)
    asked.add_argument("--deliveries", type=int, default=2000)
    asked.add_argument("--seed", type=int, default=None, help="what is saved, where, and who is killed when")
    asked.add_argument("--rate", type=float, default=9.0, help="deliveries saved a second")
    asked.add_argument("--kill-every", type=float, default=5.0, help="seconds between two kills, in the mean")
    asked.add_argument("--storm", type=float, default=25.0, help="seconds for which faults go on after the last save")
    asked.add_argument("--workers", type=int, default=4)
    asked.add_argument("--keep", type=Path, default=None, help="a new folder for logs and data, kept afterwards")
    asked.add_argument("--engine", choices=ENGINES, default="embedded", help="celery: Celery's workers over a broker")
    asked.add_argument("--broker", choices=BROKERS, default=None, help=f"of Celery's workers; {DEFAULT} unless said")
    given = asked.parse_args()
    if given.broker is not None and given.engine == "embedded":
        asked.error("--broker needs --engine celery: the embedded engine has no broker")
    seed = secrets.randbelow(1_000_000) if given.seed is None else given.seed
    options = Options(
        deliveries=given.deliveries,
        seed=seed,
        rate=given.rate,
        kill_every_s=given.kill_every,
        storm_s=given.storm,
        workers=given.workers,
        kills_min=_KILLS_MIN,
        engine=given.engine,
        broker=given.broker or DEFAULT,
    )
    # Whoever stops the run stops its processes: SIGTERM unwinds as Ctrl+C does.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    print(f"Chaos with SEED={seed}", file=sys.stderr, flush=True)
    try:
        if given.keep is not None:
            given.keep.mkdir(parents=True)
            report = Run(options, given.keep.resolve()).go()
        else:
            with tempfile.TemporaryDirectory(prefix="simulcast-chaos-") as folder:
                report = Run(options, Path(folder)).go()
    except (NoPostgresError, NoBrokerError, ServerError, CommandError) as error:
        print(f"The run could not be had: {error}", file=sys.stderr)
        return 2
    for line in report.verdict.details[:_DETAILS_MAX]:
        print(line, file=sys.stderr)
    print(json.dumps(summary(report, options)))
    broker = given.engine == "embedded" or (report.broker_restarts and report.purges)
    shaken = report.kills >= _KILLS_MIN and report.db_restarts and report.outages and broker
    return 0 if report.verdict.ok and report.crashes == 0 and shaken else 1


def summary(report: Report, options: Options) -> dict[str, object]:
    verdict = report.verdict
    return {
        "deliveries": verdict.deliveries,
        "success": verdict.success,
        "waiting_for_person": {platform: dict(sorted(kinds.items())) for platform, kinds in sorted(verdict.waiting.items())},
        "lost": verdict.lost,
        "duplicates": verdict.duplicates,
        "untrue": verdict.untrue,
        "unexpected": verdict.unexpected,
        "kills": report.kills,
        "crashes": report.crashes,
        "db_restarts": report.db_restarts,
        "broker_restarts": report.broker_restarts,
        "purges": report.purges,
        "outages": report.outages,
        "interrupted": len(report.recoveries),
        "seconds": round(report.seconds, 1),
        "recovery_p99_s": round(report.recovery_p99_s, 1),
        "broker": None if options.engine == "embedded" else options.broker,
        "seed": options.seed,
    }


if __name__ == "__main__":
    sys.exit(main())

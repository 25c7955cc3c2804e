"""(a) Deliveries a second: our engine, what a user would write, and what the HTTP client allows, on the same two cores."""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import psycopg
from attrs import frozen
from kombu import Connection
from sqlalchemy import create_engine

from benchmarks.figures import Figures
from benchmarks.naive import THREADS, Base, publish
from benchmarks.seeding import Seeder
from benchmarks.stand import ROOT, Stand

KIND = "a text on a LinkedIn member: one call"
ACCOUNTS, OF_A_USER = 200, 20
IN_FLIGHT, MANY_IN_FLIGHT = 256, 512
OURS, BARE = f"Simulcast, two processes, {IN_FLIGHT} in flight each", "bare loop, two processes"
OURS_MANY = f"Simulcast, two processes, {MANY_IN_FLIGHT} in flight each"
OURS_SINGLE = f"{OURS_MANY}, each post to one account only"
OURS_ONE, BARE_ONE = f"Simulcast, one process, {MANY_IN_FLIGHT} in flight", f"bare loop, one process, {MANY_IN_FLIGHT} in flight"
BARE_OWN = "bare loop of our own HTTP client, one process"
NAIVE_THREADS, NAIVE_PREFORK = f"Celery tasks, -P threads -c {THREADS}", "Celery tasks, prefork -c 2"
NAIVE = (NAIVE_THREADS, NAIVE_PREFORK)
_POLL_S = 0.02
_END_S = 300.0


@frozen(kw_only=True)
class Size:
    """How many deliveries each form makes in one round: enough for each to run for some seconds."""

    ours: int
    threads: int
    prefork: int
    bare: int


@frozen(kw_only=True)
class Delivered:
    """`reports`: what each worker says of its run."""

    per_s: float
    reports: list[dict[str, float]]


def rates(stand: Stand, latency_s: float, size: Size, rounds: int, progress: Callable[[str], None]) -> Figures:
    """Every form at one latency, round after round. Where calls wait, what one process reaches is told by what two do, and the
    bare loop by its slots."""
    figures = Figures()
    forms: dict[str, Callable[[], float]] = {
        OURS: lambda: ours(stand, latency_s, size.ours, processes=2),
        OURS_MANY: lambda: ours(stand, latency_s, size.ours, processes=2, in_flight=MANY_IN_FLIGHT),
        NAIVE_THREADS: lambda: naive(stand, latency_s, size.threads, ("-P", "threads", "-c", str(THREADS))),
        NAIVE_PREFORK: lambda: naive(stand, latency_s, size.prefork, ("-c", "2")),
    }
    if not latency_s:
        forms |= {
            OURS_SINGLE: lambda: ours(stand, latency_s, size.ours, processes=2, in_flight=MANY_IN_FLIGHT, of_a_user=1),
            OURS_ONE: lambda: ours(stand, latency_s, size.ours, processes=1, in_flight=MANY_IN_FLIGHT),
            BARE: lambda: bare(stand, latency_s, size.bare, processes=2),
            BARE_ONE: lambda: bare(stand, latency_s, size.bare, processes=1, in_flight=MANY_IN_FLIGHT),
            BARE_OWN: lambda: bare(stand, latency_s, size.bare, processes=1, in_flight=MANY_IN_FLIGHT, own=True),
        }
    for number in range(rounds):
        for form, measure in forms.items():
            progress(f"deliver at {latency_s * 1000:.0f} ms, round {number + 1} of {rounds}: {form}")
            figures.add(form, measure())
    return figures


def ours(
    stand: Stand, latency_s: float, number: int, *, processes: int, in_flight: int = IN_FLIGHT, of_a_user: int = OF_A_USER
) -> float:
    """Deliveries a second of our workers, from the first outcome to the last."""
    return run_ours(stand, latency_s, number, processes=processes, in_flight=in_flight, of_a_user=of_a_user).per_s


def run_ours(
    stand: Stand,
    latency_s: float,
    number: int,
    *,
    processes: int,
    in_flight: int = IN_FLIGHT,
    of_a_user: int = OF_A_USER,
    profile: Path | None = None,
) -> Delivered:
    """Our workers on a backlog, each a whole process with production wiring; a post goes to all accounts `of_a_user`. Raises
    RuntimeError where an attempt or an audit row is missing afterwards."""
    database = stand.database()
    seeder = Seeder(database, stand.key)
    seeder.deliveries(asyncio.run(seeder.accounts(ACCOUNTS // of_a_user, each=of_a_user)), number)
    with stand.platform(latency_s) as platform:
        watched = {"BENCH_PROFILE": str(profile)} if profile else {}
        environment = stand.environment(database, platform, SIMULCAST_WORKER_CONCURRENCY=str(in_flight), **watched)
        reports = _together([[sys.executable, "-m", "benchmarks.engine_worker"]] * processes, environment)
    _check(database, number)
    per_s = _rate(database)
    stand.drop(database)
    return Delivered(per_s=per_s, reports=reports)


def naive(stand: Stand, latency_s: float, number: int, pool: Sequence[str]) -> float:
    """Deliveries a second of the first program that one would write, from its first outcome to its last."""
    database = stand.database(migrated=False)
    engine = create_engine(database.replace("postgresql://", "postgresql+psycopg://"))
    Base.metadata.create_all(engine)
    engine.dispose()
    with psycopg.connect(database) as connection:
        connection.execute(
            "INSERT INTO naive_deliveries (id, token, author, body, status) SELECT n, 'token-' || n, 'urn:li:person:' || n,"
            " 'Post ' || n || ' of the benchmark, with some words', 'pending' FROM generate_series(1, %s) AS n",
            (number,),
        )
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("ANALYZE")
    broker = stand.rabbit.url
    with Connection(broker) as connection:
        producer = connection.Producer()
        for delivery_id in range(1, number + 1):
            publish.apply_async((delivery_id,), producer=producer)
    with stand.platform(latency_s) as platform:
        environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT / "src"),
            "NAIVE_DATABASE_URL": database,
            "NAIVE_BROKER_URL": broker,
            "NAIVE_PLATFORM_URL": platform,
        }
        worker = subprocess.Popen(
            [sys.executable, "-m", "celery", "-A", "benchmarks.naive", "worker", "-l", "error", *pool],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            rate = _watched(database, number)
        finally:
            worker.terminate()
            worker.wait(timeout=60)
    stand.drop(database)
    return rate


def bare(stand: Stand, latency_s: float, number: int, *, processes: int, in_flight: int = IN_FLIGHT, own: bool = False) -> float:
    """Posts a second of nothing but the HTTP client: httpx, or the product's `own`."""
    with stand.platform(latency_s) as platform:
        share = number // processes
        command = [sys.executable, "-m", "benchmarks.bare", platform, str(share), str(in_flight), *(["own"] if own else [])]
        reports = _together([command] * processes, {**os.environ, "PYTHONPATH": str(ROOT / "src")})
    return processes / max(report["each_s"] for report in reports)


def _together(commands: Sequence[Sequence[str]], environment: Mapping[str, str]) -> list[dict[str, float]]:
    running = [
        subprocess.Popen(command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        for command in commands
    ]
    try:
        outputs = [process.communicate(timeout=_END_S)[0] for process in running]
    finally:
        for process in running:
            process.kill()  # does nothing to one that has ended
    if any(process.returncode for process in running):
        raise RuntimeError("a process that was to be measured failed; its own words are above")
    return [json.loads(output.splitlines()[-1]) for output in outputs]


def _watched(database: str, number: int) -> float:
    """Between the first outcome that is seen and the last: what a worker needs to start is not counted."""
    first: tuple[float, int] | None = None
    deadline = time.monotonic() + _END_S
    with psycopg.connect(database, autocommit=True) as connection:
        while time.monotonic() < deadline:
            (done,) = connection.execute("SELECT count(*) FROM naive_deliveries WHERE status = 'sent'").fetchone() or (0,)
            now = time.perf_counter()
            if done and first is None:
                first = (now, done)
            if done >= number and first is not None:
                return float(done - first[1]) / (now - first[0])
            time.sleep(_POLL_S)
    raise RuntimeError(f"the Celery program did not come to its end in {_END_S:.0f} s")


def _rate(database: str) -> float:
    """As `_watched`, by the times in the ledger itself: those of the first group of outcomes begin the count, and are not in
    it."""
    with psycopg.connect(database) as connection:
        after, seconds = connection.execute(
            "SELECT count(*) FILTER (WHERE finished_at > first), extract(epoch FROM max(finished_at) - min(finished_at))"
            " FROM attempts, (SELECT min(finished_at) AS first FROM attempts) AS begun"
        ).fetchone() or (0, 0)
    if not seconds:
        raise RuntimeError("all outcomes were written at once: too few deliveries to tell a rate from")
    return float(after) / float(seconds)


def _check(database: str, number: int) -> None:
    """That nothing which production writes was left out."""
    with psycopg.connect(database) as connection:
        counts = {
            table: (connection.execute(f"SELECT count(*) FROM {table} WHERE {where}").fetchone() or (0,))[0]  # noqa: S608
            for table, where in (
                ("deliveries", "status = 'success' AND external_post_id IS NOT NULL"),
                ("attempts", "finished_at IS NOT NULL"),
                ("audit_log", "action IN ('post_success', 'post_committing')"),
            )
        }
    if counts != {"deliveries": number, "attempts": number, "audit_log": 2 * number}:
        raise RuntimeError(f"{number} deliveries were to leave a success, an attempt and two audit rows each: {counts}")

"""One run from its first process to its verdict."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random

import httpx
from attrs import define, field, frozen

from adapters_persistence.ledger.migrations import upgrade
from chaos.broker import BROKERS, DEFAULT, Broker
from chaos.fleet import Fleet
from chaos.load import Files, Session
from chaos.plan import Author, Plan, plan
from chaos.progress import Display, ended
from chaos.recovery import p99, recoveries
from chaos.servers import Server, ServerError, environment
from chaos.verdict import Shown, Told, Verdict, judge
from chaos.weather import Rates, Weather
from distribution_core.domain.secret import Secret
from distribution_core.usecases.sign_in import add_user
from shells.cli.demonstration.stack import Addresses, free_port
from shells.local_servers.postgres import Postgres
from shells.platform_settings import manifests, platform_keys
from shells.settings import load_settings
from shells.wiring import open_product

FLOWS = ("draft", "direct")
"""How Facebook is posted to: half of the run each."""

_PASSWORD = Secret("a password for the chaos run")
# As long as the longest wait between two tries: who met ten faults in the storm is not lost, only patient.
_CALM_S = 900.0
_AT_ONCE = 4
_START_S = 60
_HEALTHY = 200


@frozen(kw_only=True)
class Options:
    """`rate`: deliveries saved a second; `kill_every_s`: the mean; `storm_s`: faults go on for so long after the last save,
    unless everything has ended before, and in any case until half of `kills_min` workers were killed and database, broker and
    platforms were each away."""

    deliveries: int
    seed: int
    workers: int = 4
    rate: float = 9.0
    kill_every_s: float = 5.0
    storm_s: float = 25.0
    kills_min: int = 10
    outage_s: float = 8.0
    database_down_s: float = 2.0
    rates: Rates = field(factory=Rates)
    engine: str = "embedded"
    """`celery`: the workers are Celery's, over a broker that fails with the rest."""
    broker: str = DEFAULT
    """Which, by its name in BROKERS."""


@frozen(kw_only=True)
class Report:
    verdict: Verdict
    kills: int
    crashes: int
    db_restarts: int
    outages: int
    seconds: float
    recoveries: list[float]
    broker_restarts: int = 0
    purges: int = 0

    @property
    def recovery_p99_s(self) -> float:
        return p99(self.recoveries)


@define
class Run:
    options: Options
    folder: Path
    plan: Plan = field(init=False)
    addresses: Addresses = field(init=False)
    postgres: Postgres = field(init=False)
    sandbox: Server = field(init=False)
    web: Server = field(init=False)
    environment: dict[str, str] = field(init=False)
    broker: Broker | None = field(init=False, default=None)
    files: Files = field(factory=Files)
    _keys: int = 0

    def __attrs_post_init__(self) -> None:
        self.plan = plan(self.options.deliveries, self.options.seed, FLOWS)
        self.postgres = Postgres(self.folder)
        web_port = free_port(avoid=(self.postgres.port,))
        self.addresses = Addresses(web_port=web_port, sandbox_port=free_port(avoid=(self.postgres.port, web_port)))
        self.environment = environment(self.folder, self.addresses, self.postgres.url)
        if self.options.engine == "celery":
            home = self.folder / self.options.broker
            home.mkdir()
            server = BROKERS[self.options.broker](home)
            self.environment |= {"SIMULCAST_BROKER_URL": server.url, "SIMULCAST_WORKER_PROCESSES": "1"}
            self.broker = Broker(server, load_settings(self.environment, platform_keys=platform_keys(manifests())))
        sandbox = ("sandbox", "--port", str(self.addresses.sandbox_port), "--accounts", str(self.plan.crowd))
        fault_url, style_url = f"{self.addresses.sandbox}/_sandbox/faults", f"{self.addresses.web}/style.css"
        self.sandbox = Server("sandbox", sandbox, self.environment, self.folder, fault_url)
        self.web = Server("web", ("serve", "--no-worker"), self.environment, self.folder, style_url)

    def go(self) -> Report:
        """Raises NoPostgresError, ServerError or CommandError when the run itself can't be had."""
        began = time.monotonic()
        fleet = Fleet(
            self.environment, self.folder, self.options.workers, self.options.kill_every_s, Random(f"kills {self.options.seed}")
        )
        weather = Weather(
            sandbox_url=self.addresses.sandbox,
            sandbox_signal=self.sandbox.signal,
            postgres=self.postgres,
            rates=self.options.rates,
            outage_s=self.options.outage_s,
            database_down_s=self.options.database_down_s,
            broker=self.broker,
        )
        with contextlib.ExitStack() as stack:
            display = stack.enter_context(Display(self.plan.deliveries))
            display.show("Starting the servers", 0)
            stack.callback(self.postgres.stop)
            self.postgres.create()
            upgrade(self.postgres.url)
            if self.broker is not None:
                stack.callback(self.broker.server.stop)
                self.broker.server.start()
            for server in (self.sandbox, self.web):
                stack.callback(server.stop)
                server.start()
            self.sandbox.wait_until_ready()
            self.web.wait_until_ready()
            display.show("Linking accounts", 0)
            sessions = self._sessions()
            for flow in FLOWS:
                fleet.environment = self.environment | {"SIMULCAST_FACEBOOK_POST_FLOW": flow}
                with self._working(fleet):
                    self._storm(flow, fleet, weather, sessions, display)
            display.show("Comparing with what is visible", ended(self.postgres.url)[0])
            told = [item for session in sessions for item in _told(session)]
            shown = Shown(self.files.pictures, self.files.videos)
            posts = httpx.get(f"{self.addresses.sandbox}/_sandbox/posts", timeout=60).json()["posts"]
            return Report(
                verdict=judge(self.plan, told, posts, shown),
                kills=len(fleet.kills),
                crashes=fleet.crashes,
                db_restarts=self.postgres.restarts,
                outages=weather.outages,
                seconds=time.monotonic() - began,
                recoveries=recoveries(self.postgres.url, fleet.kills),
                broker_restarts=self.broker.server.restarts if self.broker else 0,
                purges=self.broker.purges if self.broker else 0,
            )

    @contextlib.contextmanager
    def _working(self, fleet: Fleet) -> Iterator[None]:
        fleet.start()
        deadline = time.monotonic() + _START_S
        try:
            while httpx.get(f"{self.addresses.web}/health", timeout=20).status_code != _HEALTHY:
                if time.monotonic() > deadline:
                    raise ServerError(f"no worker polls after {_START_S} s")
                time.sleep(0.1)
            yield
        finally:
            fleet.stop()

    def _sessions(self) -> list[Session]:
        settings = load_settings(self.environment, platform_keys=platform_keys(manifests()))
        emails = [f"author-{author.number}@example.com" for author in self.plan.authors]

        async def add() -> None:
            async with open_product(settings) as product:
                for email in emails:
                    await add_user(product.context, email, _PASSWORD)

        asyncio.run(add())
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            return list(pool.map(self._session, self.plan.authors, emails))

    def _session(self, author: Author, email: str) -> Session:
        session = Session.open(author, self.addresses.web, email, _PASSWORD)
        session.link()
        session.upload(self.files, [sample for sample in self.plan.samples if sample.author == author.number])
        return session

    def _storm(self, flow: str, fleet: Fleet, weather: Weather, sessions: list[Session], display: Display) -> None:
        """Save this flow's share while everything breaks, then let the weather turn fair and wait until all has ended."""
        samples = [sample for sample in self.plan.samples if sample.flow == flow]
        shares = {id(sample): sum(chosen is sample for _, chosen in self.plan.expected) for sample in samples}
        wanted = sum(shares.values())
        before = ended(self.postgres.url)[0]
        weather.begin(wanted / self.options.rate)
        fleet.hunt(on=True)
        began, made = time.monotonic(), 0
        for sample in samples:
            self._keys += 1
            sessions[sample.author - 1].save(sample, f"chaos-{self.options.seed}-{self._keys}")
            made += shares[id(sample)]
            while True:
                display.show(f"Saving ({flow})", ended(self.postgres.url)[0], self._news(fleet))
                if time.monotonic() - began >= made / self.options.rate:
                    break
                time.sleep(0.2)
        kills = -(-self.options.kills_min * (1 + FLOWS.index(flow)) // len(FLOWS))
        # A broker takes long to come back on a busy machine: the platforms' outage is still to come, whatever has ended.
        self._wait(
            before + wanted,
            self.options.storm_s,
            f"Storm ({flow})",
            fleet,
            display,
            until=lambda: weather.is_spent and len(fleet.kills) >= kills,
        )
        fleet.hunt(on=False)
        weather.end()
        self._wait(before + wanted, _CALM_S, f"Calm ({flow})", fleet, display)
        for server in (self.sandbox, self.web):
            server.check_alive()

    def _wait(
        self,
        wanted: int,
        seconds: float,
        text: str,
        fleet: Fleet,
        display: Display,
        *,
        until: Callable[[], bool] = lambda: True,
    ) -> None:
        deadline = time.monotonic() + seconds
        while True:
            done = ended(self.postgres.url)[0]
            display.show(text, done, self._news(fleet))
            if until() and (done >= wanted or time.monotonic() > deadline):
                return
            time.sleep(0.3)

    def _news(self, fleet: Fleet) -> str:
        return f"({len(fleet.kills)} kills, {self.postgres.restarts} database restarts)"


def _told(session: Session) -> list[Told]:
    return [
        Told(
            sample=sample,
            place=place,
            status=delivery["status"],
            unconfirmed=delivery["unconfirmed"],
            reason=(delivery["last_error"] or {}).get("message", ""),
            external_post_id=delivery["external_post_id"],
        )
        for sample, place, delivery in session.outcomes()
    ]

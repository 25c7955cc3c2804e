"""A stack without workers, and the workers that a test starts beside it."""

import subprocess
from pathlib import Path

import httpx
import psycopg
from attrs import define, field

from chaos.fleet import command, end_in_order
from shells.cli.demonstration.visitor import Consent, Visitor
from tests.running import Running


@define
class Fleet:
    """A stack without workers, and those that the test starts."""

    running: Running
    folder: Path
    workers: "list[subprocess.Popen[bytes]]" = field(factory=list)
    visitors: list[Visitor] = field(factory=list)

    def start(self, *words: str, **settings: str) -> "subprocess.Popen[bytes]":
        with (self.folder / "workers.log").open("ab") as log:
            worker = subprocess.Popen(
                words or command("worker"),
                env=self.running.environment | settings,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.workers.append(worker)
        return worker

    def log(self) -> str:
        return (self.folder / "workers.log").read_text(errors="replace")

    def nudges(self) -> int:
        """How many were heard until now, by all workers together."""
        return self.log().count("Task simulcast.nudge[")

    def visitor(self) -> Visitor:
        visitor = self.running.visitor()
        self.visitors.append(visitor)
        visitor.link(Consent(platform="facebook", person="1020", accounts=("5550001", "5550002")))
        return visitor

    def is_healthy(self) -> bool:
        return httpx.get(f"{self.running.web}/health", timeout=20).status_code == 200

    def leased(self) -> int:
        with psycopg.connect(self.running.settings.database_url) as connection:
            row = connection.execute("SELECT count(*) FROM deliveries WHERE lease_until IS NOT NULL").fetchone()
        return int(row[0]) if row else 0

    def arrives(self, visitor: Visitor, content_id: str, text: str) -> None:
        found = visitor.outcomes([content_id], timeout_s=90, progress=lambda done, total: None)[content_id]
        assert [delivery["status"] for delivery in found["deliveries"]] == ["success", "success"], self.log()
        assert len(self.running.posts(text)) == 2

    def stop(self) -> None:
        for visitor in self.visitors:
            visitor.close()
        end_in_order(self.workers, within_s=40)

"""`simulcast demo`: everything at once, on embedded defaults, with no developer account anywhere."""

import json
import os
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import httpx
from attrs import frozen
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from shells.cli.console import open_console
from shells.cli.demonstration.engine import ENGINES, open_engine
from shells.cli.demonstration.samples import picture, video
from shells.cli.demonstration.stack import (
    Addresses,
    FirstUser,
    Stack,
    create_first_user,
    demo_environment,
    free_port,
    fresh_folder,
    refuse_strangers,
    stopped_in_order,
)
from shells.cli.demonstration.verdict import Comparison, Sample, compare
from shells.cli.demonstration.visitor import CONSENTS, Visitor
from shells.cli.failure import as_command_error

WEB_PORT, SANDBOX_PORT = 8000, 8001
_OUTCOME_S = 120.0
_SWITCHED_OFF = ("facebook", "5550002")


@click.command()
@click.option("--once", is_flag=True, help="Walk the whole journey on free ports, check every timeline, and stop.")
@click.option("--json", "as_json", is_flag=True, help="With --once: print one JSON object.")
@click.option(
    "--engine",
    type=click.Choice(ENGINES),
    default=ENGINES[0],
    show_default=True,
    help="With --once: `celery` starts PostgreSQL, RabbitMQ and two workers.",
)
@click.option("--data-dir", type=click.Path(path_type=Path), default=Path("var/demo"), show_default=True)
@click.option("--port", default=WEB_PORT, show_default=True, help="The web shell's port; taken: the next free one.")
@click.option("--sandbox-port", default=SANDBOX_PORT, show_default=True, help="The sandbox's port; taken: the next free one.")
def demo(once: bool, as_json: bool, engine: str, data_dir: Path, port: int, sandbox_port: int) -> None:
    """Bring up Simulcast with sandbox platforms, link accounts and save a first post."""
    if as_json and not once:
        raise click.UsageError("--json goes with --once")
    if engine != ENGINES[0] and not once:
        raise click.UsageError("--engine goes with --once")
    well = False
    try:
        with stopped_in_order():
            if once:
                well = run_once(as_json, engine)
            else:
                stay_up(data_dir, port, sandbox_port)
    except Exception as error:
        if as_json:
            click.echo(json.dumps({"ok": False, "error": str(error)}))
        if isinstance(error, click.ClickException):
            raise
        raise as_command_error(error) from None
    raise SystemExit(0 if well or not once else 1)


@frozen(kw_only=True)
class _Journey:
    accounts: list[dict[str, Any]]
    active: list[dict[str, Any]]
    samples: list[Sample]
    outcomes: dict[str, dict[str, Any]]


def run_once(as_json: bool, engine: str) -> bool:
    """One whole journey in a temporary folder; prints what came of it and returns whether all was well."""
    console = Console(stderr=True)
    began = time.monotonic()
    elsewhere = os.environ.get("SIMULCAST_DATABASE_URL", "")
    with tempfile.TemporaryDirectory(prefix="simulcast-demo-") as name, _progress(console, hidden=as_json) as progress:
        folder = Path(name)
        task = progress.add_task("Starting", total=100)

        def step(text: str, done: int) -> None:
            progress.update(task, description=text, completed=done)

        web_port = free_port()
        addresses = Addresses(web_port=web_port, sandbox_port=free_port(avoid=(web_port,)))
        with open_engine(engine, folder) as opened:
            environment = demo_environment(folder, addresses, hold_s=0.5) | dict(opened.environment)
            if elsewhere and opened.workers == 0:
                environment["SIMULCAST_DATABASE_URL"] = elsewhere
                refuse_strangers(environment)
            user = create_first_user(environment)
            with Stack(environment, folder, addresses, workers=opened.workers) as stack:
                stack.wait_until_ready()
                journey = _travel(addresses, user, step)
                posts = httpx.get(f"{addresses.sandbox}/_sandbox/posts", timeout=30).json()["posts"]
                stack.check_alive()
        step("Done", 100)
    comparison = compare(journey.samples, journey.active, posts)
    report = {"engine": engine} | _report(journey, comparison, time.monotonic() - began)
    if as_json:
        click.echo(json.dumps(report))
    else:
        _print_table(report)
    return bool(report["ok"])


def stay_up(data_dir: Path, port: int, sandbox_port: int) -> None:
    """The demo that a newcomer looks at; returns at Ctrl+C."""
    console = open_console()
    with fresh_folder(data_dir):
        _stay_up(console, data_dir, port, sandbox_port)


def _stay_up(console: Console, data_dir: Path, port: int, sandbox_port: int) -> None:
    web = free_port(port)
    addresses = Addresses(web_port=web, sandbox_port=free_port(sandbox_port, avoid=(web,)))
    for wanted, taken, what in ((port, web, "web"), (sandbox_port, addresses.sandbox_port, "sandbox")):
        if wanted != taken:
            console.print(f"Port {wanted} is taken, so the {what} shell uses {taken}.")
    environment = demo_environment(data_dir.resolve(), addresses, hold_s=2)
    user = create_first_user(environment)
    with Stack(environment, data_dir, addresses) as stack:
        stack.wait_until_ready()
        visitor = Visitor(addresses.web)
        visitor.sign_in(user.email, user.password)
        accounts = _link_all(visitor)
        key = visitor.upload(picture(), "image/png")
        saved = visitor.save(
            body="Hello from Simulcast: written once, carried by every account that is switched on.", media_assets=[key]
        )
        found = visitor.outcomes([saved["id"]], timeout_s=_OUTCOME_S, progress=lambda done, total: None)
        visitor.close()
        _print_welcome(console, addresses, user, accounts, found[saved["id"]])
        while True:
            stack.check_alive()
            time.sleep(1)


def _travel(addresses: Addresses, user: FirstUser, step: Callable[[str, int], None]) -> _Journey:
    visitor = Visitor(addresses.web)
    step("Signing in", 5)
    visitor.sign_in(user.email, user.password)
    step("Linking accounts", 10)
    accounts = _link_all(visitor)
    off = next(a for a in accounts if (a["platform"], a["external_account_id"]) == _SWITCHED_OFF)
    visitor.send("PATCH", f"/accounts/{off['id']}/toggle", json={"is_active": False})
    active = [account for account in accounts if account["id"] != off["id"]]
    step("Uploading and saving", 30)
    png, mp4 = picture(), video()
    samples = [
        Sample(kind="text", text="Plain words (with brackets) and an é: https://example.com/page_one #simulcast"),
        Sample(kind="picture", text="A picture, once on each account.", media=png),
        Sample(kind="video", text="A video, once on each account.", media=mp4),
    ]
    media = {"picture": visitor.upload(png, "image/png"), "video": visitor.upload(mp4, "video/mp4")}
    saved = [visitor.save(body=sample.text, media_assets=[media[sample.kind]] if sample.media else []) for sample in samples]

    def watching(done: int, total: int) -> None:
        step(f"Publishing {done} of {total}", 40 + (60 * done // total if total else 0))

    outcomes = visitor.outcomes([item["id"] for item in saved], timeout_s=_OUTCOME_S, progress=watching)
    visitor.close()
    return _Journey(accounts=accounts, active=active, samples=samples, outcomes=outcomes)


def _link_all(visitor: Visitor) -> list[dict[str, Any]]:
    for consent in CONSENTS:
        visitor.link(consent)
    # LinkedIn's organization app opens every organization that its person runs; the demo keeps two accounts a platform.
    kept: Counter[str] = Counter()
    accounts = []
    for account in visitor.get("/accounts")["accounts"]:
        kept[account["platform"]] += 1
        if kept[account["platform"]] > 2:
            visitor.send("DELETE", f"/accounts/{account['id']}")
        else:
            accounts.append(account)
    return accounts


def _report(journey: _Journey, comparison: Comparison, seconds: float) -> dict[str, Any]:
    statuses = Counter(d["status"] for outcome in journey.outcomes.values() for d in outcome["deliveries"])
    ok = comparison.ok and len(journey.accounts) == 6 and statuses["success"] == comparison.expected == statuses.total()
    linked = Counter(account["platform"] for account in journey.accounts)
    return {
        "ok": ok,
        "seconds": round(seconds, 1),
        "accounts": len(journey.accounts),
        "contents": len(journey.samples),
        "deliveries": {status: statuses[status] for status in ("success", "failed", "pending", "retried", "canceled")},
        "posts_expected": comparison.expected,
        "posts_visible": comparison.visible,
        "duplicates": comparison.duplicates,
        "missing": comparison.missing,
        "platforms": {name: {"accounts": linked[name]} | row for name, row in comparison.platforms.items()},
        **({} if ok else {"errors": _errors(journey)}),
    }


def _errors(journey: _Journey) -> list[dict[str, Any]]:
    return [
        {"platform": d["platform"], "account": d["account_name"], "status": d["status"], "error": d["last_error"]}
        for outcome in journey.outcomes.values()
        for d in outcome["deliveries"]
        if d["status"] != "success"
    ]


def _print_table(report: dict[str, Any]) -> None:
    table = Table(title=f"Simulcast demo: {'all is well' if report['ok'] else 'NOT WELL'} ({report['seconds']} s)")
    for column in ("platform", "accounts", "expected", "visible", "duplicates", "missing"):
        table.add_column(column, justify="left" if column == "platform" else "right")
    for name, row in report["platforms"].items():
        cells = (row["accounts"], row["posts_expected"], row["posts_visible"], row["duplicates"], row["missing"])
        table.add_row(name, *(str(cell) for cell in cells))
    console = Console()
    console.print(table)
    for error in report.get("errors", []):
        console.print(f"{error['platform']} {error['account']}: {error['status']} {error['error']}")


def _print_welcome(
    console: Console, addresses: Addresses, user: FirstUser, accounts: list[dict[str, Any]], outcome: dict[str, Any]
) -> None:
    by_account = {delivery["account_id"]: delivery for delivery in outcome["deliveries"]}
    table = Table(title="One post, saved once", title_justify="left")
    for column in ("platform", "account", "outcome", "timeline"):
        table.add_column(column, overflow="fold")
    for account in accounts:
        delivery = by_account.get(account["id"])
        url = f"{addresses.sandbox}/{account['platform']}/timeline/{account['external_account_id']}"
        status = delivery["status"] if delivery else "left out"
        table.add_row(account["platform"], account["display_name"], status, Text(url, style=f"link {url}"))
    console.print(table)
    console.print(f"Simulcast   {addresses.web}/app")
    console.print(f"Sandbox     {addresses.sandbox}/  (imitation platforms: nothing reaches a real network)")
    console.print(f"Sign in     {user.email}  password {user.password.reveal()}  (shown this once)", highlight=False)
    console.print("Ctrl+C stops everything. The next start begins afresh.")


def _progress(console: Console, *, hidden: bool) -> Progress:
    return Progress(
        TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), console=console, disable=hidden, transient=True
    )

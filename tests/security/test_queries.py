"""No question to the database is asked without saying whose: every route is called by its owner and by a stranger, and every
statement that it sends is looked at, with what is bound to it."""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import httpx
import pytest
from attrs import define, field
from sqlalchemy import event, text

from shells.cli.demonstration.visitor import Visitor
from shells.web.app import create_app
from shells.wiring import Product, compose
from tests.running import Running
from tests.security.test_permissions import BODIES, GUARDED, QUERIES, Route, belongings

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(180)]
# Tables of which every row is somebody's, with the column that says whose.
OWNED = (
    "api_keys", "audit_log", "contents", "deliveries", "exclusions", "grants", "idempotency_keys", "link_choices",
    "link_intents", "media_assets", "sessions", "social_accounts", "attempts",
)  # fmt: skip
# Found by what only its holder knows, before it is known who calls: the hash of a token, of a key, of a state.
BY_SECRET = re.compile(r"\b(sessions\.token_hash|api_keys\.key_hash|link_intents\.state_hash)\b")


def flat(bound: Any) -> Iterator[str]:
    """Each bound value as text, ids in one spelling."""
    if isinstance(bound, Mapping):
        bound = bound.values()
    if isinstance(bound, Collection) and not isinstance(bound, str | bytes):
        for each in bound:
            yield from flat(each)
    elif bound is not None:
        yield str(bound).replace("-", "").lower()


@define
class Recorder:
    """The statements of one request, each with what was bound."""

    statements: list[tuple[str, frozenset[str]]] = field(factory=list)

    def hear(self, _connection: Any, _cursor: Any, statement: str, bound: Any, *_: Any) -> None:
        self.statements.append((" ".join(statement.split()), frozenset(flat(bound))))


async def owners(product: Product) -> dict[str, str]:
    """Whose every id is."""
    whose = {}
    async with product.ledger.engine.connect() as connection:
        for table in OWNED:
            if table == "attempts":
                rows = "SELECT a.id, d.user_id FROM attempts a JOIN deliveries d ON d.id = a.delivery_id"
            elif table in ("exclusions", "idempotency_keys", "link_intents", "media_assets"):
                continue  # without an id of their own
            else:
                rows = f"SELECT id, user_id FROM {table} WHERE user_id IS NOT NULL"  # noqa: S608
            whose |= {next(flat(row[0])): next(flat(row[1])) for row in (await connection.execute(text(rows))).all()}
        families = await connection.execute(text("SELECT family_id, user_id FROM sessions"))
        whose |= {next(flat(row[0])): next(flat(row[1])) for row in families.all()}
    return whose


def complaints(recorder: Recorder, whose: Mapping[str, str], caller: str) -> list[str]:
    found = []
    for statement, bound in recorder.statements:
        if not re.search(rf"\b({'|'.join(OWNED)})\b", statement) or caller in bound or BY_SECRET.search(statement):
            continue
        named = {each: whose[each] for each in bound if each in whose}
        if not named:
            found.append(f"says nothing of whose: {statement[:300]}")
        elif set(named.values()) != {caller}:
            found.append(f"names what is another's, and not who asks: {statement[:300]}")
    return found


@pytest.mark.filterwarnings("ignore::litestar.exceptions.LitestarDeprecationWarning")
async def test_every_statement_says_whose(running: Running, visitor: Visitor) -> None:
    stranger = running.visitor()
    mine = belongings(running, visitor)
    whose: dict[str, str] = {}
    product = compose(running.settings)
    app = create_app(product, worker=None)
    recorder, found, heard = Recorder(), [], 0
    event.listen(product.ledger.engine.sync_engine, "before_cursor_execute", recorder.hear)
    try:
        transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]  # two spellings of ASGI
        async with httpx.AsyncClient(transport=transport, base_url=running.web) as client:
            for who, whom in ((visitor, "its owner"), (stranger, "a stranger")):
                user_id = next(flat(who.get("/auth/session")["user_id"]))
                for route in GUARDED:
                    if route.name == "GET /events" or (who is visitor and route.name == "POST /auth/logout"):
                        continue
                    recorder.statements.clear()
                    answer = await call(client, route, mine, who)
                    assert answer.status_code < 500, (route.name, answer.text)
                    heard += len(recorder.statements)
                    asked = Recorder(list(recorder.statements))
                    whose |= await owners(product)  # also of what has ended since
                    found += [f"{route.name} by {whom} {each}" for each in complaints(asked, whose, user_id)]
    finally:
        await product.aclose()
        stranger.close()
    assert heard > 200, "the statements are there to be looked at"
    assert sorted(set(found)) == []


async def call(client: httpx.AsyncClient, route: Route, mine: Mapping[str, str], who: Visitor) -> httpx.Response:
    path = (route.path + QUERIES.get(route.name, "")).format(**mine)
    cookies = "; ".join(f"{name}={value}" for name, value in who.cookies.items())
    headers = {"cookie": cookies, "x-csrf-token": who.csrf}
    return await client.request(route.method, path, json=BODIES.get(route.name), headers=headers)


def test_a_statement_that_forgets_is_found() -> None:
    """What the test above looks with, on what it must see."""
    whose = {"aa": "ann", "bb": "bob"}

    def said(statement: str, *bound: str) -> list[str]:
        return complaints(Recorder([(statement, frozenset(bound))]), whose, "ann")

    assert said("SELECT * FROM contents WHERE id = ?", "bb")[0].startswith("names what is another's")
    assert said("SELECT * FROM contents WHERE body = ?", "x")[0].startswith("says nothing")
    assert said("SELECT * FROM contents WHERE id = ?", "aa") == []
    assert said("SELECT * FROM contents WHERE id = ? AND user_id = ?", "bb", "ann") == []
    assert said("SELECT * FROM workers", "x") == []

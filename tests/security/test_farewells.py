"""A person leaves at the platform: what it passes on is honoured, and what only looks like it is refused."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text

from distribution_core.domain.account import Grant
from shells.cli.demonstration.visitor import CONSENTS, Visitor
from shells.wiring import Product
from tests.running import Running

SECRET = b"sandbox-facebook-secret"
FACEBOOK = CONSENTS[0]


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def signed(claims: dict[str, Any], secret: bytes = SECRET) -> dict[str, str]:
    payload = encoded(json.dumps(claims).encode())
    return {"signed_request": f"{encoded(hmac.new(secret, payload.encode(), hashlib.sha256).digest())}.{payload}"}


def leaving(subject_id: str, *, issued_at: float | None = None) -> dict[str, Any]:
    return {"algorithm": "HMAC-SHA256", "issued_at": int(issued_at or time.time()) + 1, "user_id": subject_id}


def post(running: Running, what: str, form: dict[str, str], platform: str = "facebook") -> httpx.Response:
    return httpx.post(f"{running.web}/platforms/{platform}/{what}", data=form)


def grants_of(running: Running, visitor: Visitor) -> list[Grant]:
    user_id = UUID(visitor.get("/auth/session")["user_id"])

    async def read(product: Product) -> list[Grant]:
        async with product.ledger.begin() as tx:
            accounts = await tx.accounts.of_user(user_id, "facebook")
            ids = sorted({account.grant_id for account in accounts if account.grant_id})
            return [grant for grant_id in ids if (grant := await tx.grants.get(grant_id))]

    return running.with_product(read)


def dump(running: Running) -> str:
    """Every row of the tables that hold what a platform told us."""

    async def read(product: Product) -> str:
        async with product.ledger.engine.connect() as connection:
            tables = ("grants", "social_accounts", "link_choices")
            rows = [repr((await connection.execute(text(f"SELECT * FROM {name}"))).all()) for name in tables]  # noqa: S608
        return "\n".join(rows)

    return running.with_product(read)


@pytest.fixture
def linked(running: Running, visitor: Visitor) -> Grant:
    visitor.link(FACEBOOK)
    (grant,) = grants_of(running, visitor)
    return grant


def test_who_removes_us_at_facebook_has_to_link_again(running: Running, visitor: Visitor, linked: Grant) -> None:
    answer = post(running, "deauthorize", signed(leaving(linked.subject_id)))
    assert answer.status_code == 200
    assert answer.json()["ended"] >= 1
    accounts = visitor.get("/accounts")["accounts"]
    assert {account["status"] for account in accounts} == {"revoked"}
    assert all("Link the account again" in account["status_reason"] for account in accounts)
    (grant,) = grants_of(running, visitor)
    assert (grant.access_token, grant.refresh_token) == (b"", None)
    visitor.link(FACEBOOK)
    assert {account["status"] for account in visitor.get("/accounts")["accounts"]} == {"valid"}


def test_who_wants_to_be_forgotten_is(running: Running, visitor: Visitor, linked: Grant) -> None:
    names = [account["display_name"] for account in visitor.get("/accounts")["accounts"]]
    assert len(names) == len(FACEBOOK.accounts or ())
    answer = post(running, "data-deletion", signed(leaving(linked.subject_id)))
    assert answer.status_code == 200
    told = answer.json()
    assert set(told) == {"url", "confirmation_code"}
    assert httpx.get(told["url"]).json()["done_at"].startswith("20")
    assert visitor.get("/accounts")["accounts"] == []
    assert not [name for name in (*names, f"'{linked.subject_id}'") if name in dump(running)]
    again = post(running, "data-deletion", signed(leaving(linked.subject_id)))
    assert again.status_code == 200, "who is not known is forgotten already"
    assert again.json()["confirmation_code"] != told["confirmation_code"]


def of_page(page_id: str) -> dict[str, Any]:
    return leaving("0") | {"profile_id": page_id}


def test_a_page_that_removes_us_is_linked_again_alone(running: Running, visitor: Visitor, linked: Grant) -> None:
    gone, stays = visitor.get("/accounts")["accounts"]
    answer = post(running, "deauthorize", signed(of_page(gone["external_account_id"])))
    assert answer.json()["ended"] >= 1
    status = {account["id"]: account["status"] for account in visitor.get("/accounts")["accounts"]}
    assert status == {gone["id"]: "revoked", stays["id"]: "valid"}
    assert grants_of(running, visitor) == [linked], "the person's consent, on which the other Page stands, goes on"


def test_a_page_that_is_to_be_forgotten_is(running: Running, visitor: Visitor, linked: Grant) -> None:
    gone, stays = visitor.get("/accounts")["accounts"]
    told = post(running, "data-deletion", signed(of_page(gone["external_account_id"]))).json()
    assert httpx.get(told["url"]).json()["done_at"].startswith("20")
    assert [account["id"] for account in visitor.get("/accounts")["accounts"]] == [stays["id"]]
    assert grants_of(running, visitor) == [linked]


ATTACKS: dict[str, Callable[[dict[str, Any]], dict[str, str]]] = {
    "not signed with this app's secret": lambda claims: signed(claims, b"another secret"),
    "another algorithm": lambda claims: signed(claims | {"algorithm": "none"}),
    "not signed": lambda claims: {"signed_request": "." + signed(claims)["signed_request"].partition(".")[2]},
    "another time": lambda claims: signed(claims | {"issued_at": int(time.time()) - 90_000}),
    "at another time": lambda claims: signed(claims | {"issued_at": int(time.time()) + 3_600}),
    "issued_at": lambda claims: signed(claims | {"issued_at": "now"}),
    "user_id": lambda claims: signed(claims | {"user_id": ["1"]}),
    "signed_request of the form": lambda claims: {"signed_request": "x" * 100_000},
    "no signed_request": lambda claims: {},
}


@pytest.mark.parametrize("what", ["deauthorize", "data-deletion"])
def test_what_only_looks_like_it_changes_nothing(running: Running, visitor: Visitor, linked: Grant, what: str) -> None:
    for words, attack in ATTACKS.items():
        answer = post(running, what, attack(leaving(linked.subject_id)))
        assert answer.status_code == 400, words
        assert answer.headers["content-type"] == "application/problem+json"
        assert words in answer.json()["detail"]
    assert grants_of(running, visitor) == [linked]


def test_a_copy_does_not_end_what_was_linked_since(running: Running, visitor: Visitor, linked: Grant) -> None:
    old = signed(leaving(linked.subject_id, issued_at=linked.created_at.timestamp() - 60))
    assert post(running, "deauthorize", old).json() == {"ended": 0}
    assert grants_of(running, visitor) == [linked]


def test_a_platform_that_tells_nothing_has_no_such_address(running: Running) -> None:
    assert post(running, "deauthorize", {}, platform="linkedin").status_code == 404
    assert post(running, "deauthorize", {}, platform="nowhere").status_code == 404
    assert httpx.get(f"{running.web}/data-deletion/{UUID(int=0)}").status_code == 404

"""The first run: nobody there, one token, one user, and then never again."""

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx

from distribution_core.domain.secret import Secret
from shells.cli.demonstration.visitor import Visitor
from tests.running import running_stack

PASSWORD = "a password for the first user"


def first(token: str, name: str = "ada") -> dict[str, Any]:
    return {"token": token, "email": f"{name}@example.com", "password": PASSWORD}


def test_the_first_user_is_created_once_with_the_printed_token(tmp_path: Path) -> None:
    with running_stack(tmp_path, has_user=False) as running:
        url = f"{running.web}/setup"
        assert httpx.get(url).json() == {"open": True}
        printed = re.search(rf"{re.escape(running.web)}/app/setup#token=([\w-]+)", (tmp_path / "web.log").read_text())
        assert printed is not None
        token = printed[1]
        for wrong in ("", "x", token[:-1], token + "A", "é"):
            assert httpx.post(url, json=first(wrong)).status_code == 403
        weak = httpx.post(url, json=first(token) | {"password": "short"})
        assert (weak.status_code, weak.json()["code"]) == (422, "password")
        foreign = httpx.post(url, json=first(token), headers={"origin": "https://elsewhere.test"})
        assert foreign.status_code == 403
        assert httpx.get(url).json() == {"open": True}, "nothing was made by any of these"
        with ThreadPoolExecutor(4) as rivals:
            answers = list(rivals.map(lambda n: httpx.post(url, json=first(token, f"rival{n}"), timeout=60), range(4)))
        assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
        (made,) = [answer for answer in answers if answer.status_code == 201]
        assert made.json()["csrf_token"]
        assert len(made.cookies) == 3, "the first user is signed in"
        assert httpx.get(url).json() == {"open": False}
        for late in (token, "wrong"):
            assert httpx.post(url, json=first(late, "late")).json()["code"] == "setup_done"
        visitor = Visitor(running.web)
        visitor.sign_in(made.json()["email"], Secret(PASSWORD))
        assert visitor.get("/accounts")["accounts"] == []
        visitor.close()


def test_nothing_is_printed_where_there_is_a_user(tmp_path: Path) -> None:
    with running_stack(tmp_path) as running:
        assert httpx.get(f"{running.web}/setup").json() == {"open": False}
        assert "token=" not in (tmp_path / "web.log").read_text()

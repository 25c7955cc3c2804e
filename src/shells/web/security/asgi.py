"""What the layers around the application share: whether a scope is a request, and an answer that needs no application."""

from collections.abc import Mapping

from litestar.types import Scope, Send
from msgspec import json

from shells.web.problems import MEDIA_TYPE, problem_body


def is_http(scope: Scope) -> bool:
    """Litestar's own name for the type is an enumeration's, others' a plain word."""
    return str(scope["type"]).rpartition(".")[2].lower() == "http"


async def answer_problem(
    send: Send, status: int, detail: str, *, code: str | None = None, headers: Mapping[str, str] | None = None
) -> None:
    """A problem document, as the application's own handlers answer it."""
    told = [(name.encode(), value.encode()) for name, value in (headers or {}).items()]
    told.append((b"content-type", MEDIA_TYPE.encode()))
    await send({"type": "http.response.start", "status": status, "headers": told})
    await send({"type": "http.response.body", "body": json.encode(problem_body(status, detail, code=code)), "more_body": False})

"""Every error as a problem document (RFC 9457), whatever raised it."""

import logging
from http import HTTPStatus
from typing import Any

from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException

from distribution_core.domain.errors import (
    ConflictError,
    CredentialsError,
    InvalidInputError,
    LedgerUnavailableError,
    LinkRefusedError,
    NotFoundError,
    SsoRefusedError,
    SsoUnavailableError,
)
from distribution_core.ports.farewell import ForgedFarewellError
from distribution_core.ports.notices import ForgedNoticeError
from distribution_core.ports.vault import VaultUnavailableError

log = logging.getLogger(__name__)
MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_S = 5
WHY = "simulcast_why"
_LINK_STATUS = {"busy": 409, "not_configured": 409, "platform_unavailable": 502, "keys_away": 503, "too_many_accounts": 409}


def problem(
    status: int, detail: str, *, code: str | None = None, problems: list[dict[str, Any]] | None = None
) -> Response[dict[str, Any]]:
    """A problem document. `code` is stable; `problems` lists what was wrong with the input, part by part."""
    return Response(problem_body(status, detail, code=code, problems=problems), status_code=status, media_type=MEDIA_TYPE)


def problem_body(
    status: int, detail: str, *, code: str | None = None, problems: list[dict[str, Any]] | None = None
) -> dict[str, Any]:
    """The same without its envelope."""
    body: dict[str, Any] = {
        "type": f"urn:simulcast:problem:{code}" if code else "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
    }
    if code:
        body["code"] = code
    if problems:
        body["problems"] = problems
    return body


def on_not_found(_: Request[Any, Any, Any], error: NotFoundError) -> Response[Any]:
    return problem(404, str(error), code="not_found")


def on_invalid(_: Request[Any, Any, Any], error: InvalidInputError) -> Response[Any]:
    parts = [
        {
            key: value
            for key, value in (("code", p.code), ("message", p.message), ("field", p.field), ("platform", p.platform))
            if value
        }
        for p in error.problems
    ]
    return problem(422, str(error), code=error.problems[0].code, problems=parts)


def on_conflict(_: Request[Any, Any, Any], error: ConflictError) -> Response[Any]:
    return problem(409, str(error), code=error.code)


def on_link_refused(_: Request[Any, Any, Any], error: LinkRefusedError) -> Response[Any]:
    return problem(link_refusal_status(error), str(error), code=error.code)


def link_refusal_status(error: LinkRefusedError) -> int:
    return _LINK_STATUS.get(error.code, 400)


def on_forged(_: Request[Any, Any, Any], error: ForgedFarewellError | ForgedNoticeError) -> Response[Any]:
    return problem(400, str(error))


def on_credentials(request: Request[Any, Any, Any], error: CredentialsError) -> Response[Any]:
    """A browser that was on its way to or from a consent page is shown the sign-in, and then where accounts are linked."""
    if request.method == "GET" and request.url.path.startswith("/oauth/") and "text/html" in request.headers.get("accept", ""):
        return Response(None, status_code=303, headers={"location": "/app/accounts", "cache-control": "no-store"})
    return problem(401, str(error), code="credentials")


def on_sso_refused(_: Request[Any, Any, Any], error: SsoRefusedError) -> Response[Any]:
    return problem(401, str(error), code=f"sso_{error.code}")


def on_sso_unavailable(request: Request[Any, Any, Any], error: SsoUnavailableError) -> Response[Any]:
    """Why stands in the one line that the request gets, as with the database."""
    request.scope["state"][WHY] = str(error)
    words = "The identity provider can't be asked now. Sign in with e-mail and password, or try again soon."
    response = problem(503, words, code="sso_unavailable")
    response.headers["retry-after"] = str(RETRY_AFTER_S)
    return response


def on_http(_: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
    if isinstance(error, ValidationException):
        parts = _validation_parts(error.extra)
        detail = "; ".join(part["message"] for part in parts) or error.detail
        return problem(422, detail, code="invalid_input", problems=parts)
    response = problem(error.status_code, error.detail or HTTPStatus(error.status_code).phrase)
    for name, value in (error.headers or {}).items():
        response.headers[name] = value
    return response


def on_ledger_unavailable(request: Request[Any, Any, Any], error: LedgerUnavailableError) -> Response[Any]:
    """Why stands in the one line that the request gets, not in the answer: it names hosts."""
    request.scope["state"][WHY] = str(error)
    response = problem(503, "The database can't be reached. Nothing was half-done; try again soon.", code="ledger_unavailable")
    response.headers["retry-after"] = str(RETRY_AFTER_S)
    return response


def on_keys_away(request: Request[Any, Any, Any], error: VaultUnavailableError) -> Response[Any]:
    request.scope["state"][WHY] = str(error)
    response = problem(503, "Keys can't be had just now. Nothing is lost; try again soon.", code="keys_away")
    response.headers["retry-after"] = str(RETRY_AFTER_S)
    return response


def on_anything_else(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    log.error("unhandled error", exc_info=error, extra={"path": request.scope["path"], "method": request.method})
    return problem(500, "Something went wrong on our side. Nothing was half-done; try again.", code="internal")


def _validation_parts(extra: Any) -> list[dict[str, Any]]:
    items = extra if isinstance(extra, list) else []
    return [
        {
            "code": "invalid",
            "message": f"{item.get('key', '')}: {item.get('message', '')}".lstrip(": "),
            "field": item.get("key", ""),
        }
        for item in items
        if isinstance(item, dict)
    ]


HANDLERS: dict[Any, Any] = {
    NotFoundError: on_not_found,
    InvalidInputError: on_invalid,
    ConflictError: on_conflict,
    LinkRefusedError: on_link_refused,
    CredentialsError: on_credentials,
    SsoRefusedError: on_sso_refused,
    SsoUnavailableError: on_sso_unavailable,
    ForgedFarewellError: on_forged,
    ForgedNoticeError: on_forged,
    LedgerUnavailableError: on_ledger_unavailable,
    VaultUnavailableError: on_keys_away,
    HTTPException: on_http,
    Exception: on_anything_else,
}

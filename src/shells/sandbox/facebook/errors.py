"""Graph API errors: {"error": {message, type, code, error_subcode, fbtrace_id ...}} (Graph API error handling guide)."""

import json
import secrets
from contextvars import ContextVar
from typing import Any

from litestar import Response

# A planted fault knows no request, yet its rate-limit header names the Page that was called.
called_page: ContextVar[str] = ContextVar("called_page", default="5550001")


class GraphError(Exception):
    """A call is refused. `status` is 400 unless integrators reported another one for the code."""

    def __init__(
        self,
        code: int,
        message: str,
        *,
        subcode: int | None = None,
        status: int = 400,
        kind: str = "OAuthException",
        transient: bool | None = None,
        told: tuple[str, str] | None = None,
        data: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.headers = headers or {}
        self.body: dict[str, Any] = {"message": message, "type": kind, "code": code}
        if subcode is not None:
            self.body["error_subcode"] = subcode
        if transient is not None:
            self.body["is_transient"] = transient
        if told is not None:
            self.body["error_user_title"], self.body["error_user_msg"] = told
        if data is not None:
            self.body["error_data"] = data
        self.body["fbtrace_id"] = "A" + secrets.token_urlsafe(16)

    def response(self, headers: dict[str, str] | None = None) -> Response[Any]:
        return Response({"error": self.body}, status_code=self.status, headers=(headers or {}) | self.headers)


def missing_object(object_id: str, verb: str = "get") -> GraphError:
    words = (
        f"Unsupported {verb} request. Object with ID '{object_id}' does not exist, cannot be loaded due to missing permissions, "
        "or does not support this operation."
    )
    return GraphError(100, words, subcode=33, kind="GraphMethodException")


def invalid_parameter(words: str) -> GraphError:
    return GraphError(100, f"(#100) {words}")


def no_permission(words: str) -> GraphError:
    return GraphError(200, f"(#200) {words}", status=403)


def unknown_path(path: str) -> GraphError:
    return GraphError(2500, f"Unknown path components: {path}")


def too_many_calls(page_id: str, wait_minutes: int | None, share: int = 100) -> GraphError:
    """80001, with the wait in the BUC header where there is one (its unit is minutes; Graph API rate limits)."""
    usage: dict[str, Any] = {"type": "pages", "call_count": share, "total_cputime": 30, "total_time": 30}
    if wait_minutes is not None:
        usage["estimated_time_to_regain_access"] = wait_minutes
    words = "(#80001) There have been too many calls to this Page account. Wait a bit and try again."
    return GraphError(80001, words, headers={"x-business-use-case-usage": json.dumps({page_id: [usage]})})


class GraphFaults:
    """What planted faults answer."""

    def server_error(self, status: int) -> Response[Any]:
        words = "An unexpected error has occurred. Please retry your request later."
        return GraphError(2, words, status=status, transient=True).response()

    def rate_limited(self, wait_seconds: int | None) -> Response[Any]:
        wait = None if wait_seconds is None else max(1, -(-wait_seconds // 60))
        return too_many_calls(called_page.get(), wait).response()

    def token_expired(self) -> Response[Any]:
        return GraphError(190, "Error validating access token: Session has expired.", subcode=463).response()

    def token_revoked(self) -> Response[Any]:
        words = "Error validating access token: The session has been invalidated because the user changed their password."
        return GraphError(190, words, subcode=460).response()


class UploadRefused(Exception):  # noqa: N818 - named for what rupload does
    """The Reel upload host says no, in its own shape (Reels publishing guide; statuses from third-party code)."""

    def __init__(self, status: int, kind: str, message: str, *, retriable: bool = False) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"debug_info": {"retriable": retriable, "type": kind, "message": message}}

    def response(self) -> Response[Any]:
        return Response(self.body, status_code=self.status)


class UploadFaults:
    """What planted faults answer on the Reel upload host."""

    def server_error(self, status: int) -> Response[Any]:
        return UploadRefused(status, "InternalServerError", "Internal server error.", retriable=True).response()

    def rate_limited(self, wait_seconds: int | None) -> Response[Any]:
        return UploadRefused(429, "TooManyRequestsError", "Too many requests.", retriable=True).response()

    def token_expired(self) -> Response[Any]:
        return UploadRefused(401, "NotAuthorizedError", "The access token has expired.").response()

    def token_revoked(self) -> Response[Any]:
        return UploadRefused(401, "NotAuthorizedError", "The access token is no longer valid.").response()

"""Graph API errors: {"error": {message, type, code, error_subcode, fbtrace_id ...}} (Graph API error handling guide)."""

import json
import secrets
from typing import Any

from litestar import Response


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
        transient: bool = False,
        data: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.headers = headers or {}
        self.body: dict[str, Any] = {"message": message, "type": kind, "code": code, "fbtrace_id": "A" + secrets.token_hex(8)}
        if subcode is not None:
            self.body["error_subcode"] = subcode
        if transient:
            self.body["is_transient"] = True
        if data is not None:
            self.body["error_data"] = data

    def response(self) -> Response[Any]:
        return Response({"error": self.body}, status_code=self.status, headers=self.headers)


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


class GraphFaults:
    """What planted faults answer."""

    def server_error(self, status: int) -> Response[Any]:
        words = "An unexpected error has occurred. Please retry your request later."
        return GraphError(2, words, status=status, transient=True).response()

    def rate_limited(self, wait_seconds: int | None) -> Response[Any]:
        usage: dict[str, Any] = {"type": "pages", "call_count": 100, "total_cputime": 30, "total_time": 30}
        if wait_seconds is not None:
            # The header's unit is minutes (Graph API rate limits).
            usage["estimated_time_to_regain_access"] = max(1, -(-wait_seconds // 60))
        headers = {"x-business-use-case-usage": json.dumps({"5550001": [usage]})}
        words = "(#80001) There have been too many calls to this Page account. Wait a bit and try again."
        return GraphError(80001, words, headers=headers).response()

    def token_expired(self) -> Response[Any]:
        return GraphError(190, "Error validating access token: Session has expired.", subcode=463).response()

    def token_revoked(self) -> Response[Any]:
        words = "Error validating access token: The session has been invalidated because the user changed their password."
        return GraphError(190, words, subcode=460).response()

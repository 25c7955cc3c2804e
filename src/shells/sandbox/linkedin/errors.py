"""LinkedIn's errors: the API envelope and the flat OAuth object (LinkedIn API error handling).

Words without a page of their own are those that apps met in the field.
"""

import secrets
from typing import Any

from litestar import Response


class LinkedInError(Exception):
    """A call is refused."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        code: str | None = None,
        service: int | None = None,
        details: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.body: dict[str, Any] = {"status": status, "message": message}
        if service is not None:
            self.body["serviceErrorCode"] = service
        if code is not None:
            self.body["code"] = code
        if details is not None:
            self.body |= details

    def response(self) -> Response[Any]:
        return Response(self.body, status_code=self.status, headers=trace_headers())


class OAuthError(Exception):
    """The token endpoint says no."""

    def __init__(self, status: int, error: str, description: str) -> None:
        super().__init__(description)
        self.status, self.error = status, error

    def response(self) -> Response[Any]:
        return Response({"error": self.error, "error_description": str(self)}, status_code=self.status)


def trace_headers() -> dict[str, str]:
    """What every API answer carries, for support."""
    return {"x-li-uuid": secrets.token_urlsafe(12), "x-li-fabric": "sandbox", "x-li-request-id": secrets.token_hex(8)}


def empty_token() -> LinkedInError:
    return LinkedInError(401, "Empty oauth2_access_token", code="EMPTY_ACCESS_TOKEN", service=401)


def invalid_token() -> LinkedInError:
    return LinkedInError(401, "Invalid access token", code="INVALID_ACCESS_TOKEN", service=65600)


def revoked_token() -> LinkedInError:
    words = "The token used in the request has been revoked by the user"
    return LinkedInError(401, words, code="REVOKED_ACCESS_TOKEN", service=65601)


def expired_token() -> LinkedInError:
    return LinkedInError(401, "The token used in the request has expired", code="EXPIRED_ACCESS_TOKEN", service=65602)


def denied(what: str) -> LinkedInError:
    """`what` names resource, method and version, as in `partnerApiPostsExternal.CREATE.20260901`."""
    return LinkedInError(403, f"Not enough permissions to access: {what}", code="ACCESS_DENIED", service=100)


def field_denied(pointer: str, where: str = "REQUEST_BODY", *, unpermitted: bool = False) -> LinkedInError:
    """A field whose value is not the caller's to use, or which the caller may not send at all."""
    fault = "Unpermitted fields present" if unpermitted else "Field Value validation failed"
    words = f"{fault} in {where}: Data Processing Exception while processing fields [{pointer}]"
    return LinkedInError(403, words, code="ACCESS_DENIED", service=100)


def bad_request(code: str | None, message: str, *, field: str | None = None) -> LinkedInError:
    """A 400; `field` is the path of the input that is wrong."""
    if field is None:
        return LinkedInError(400, message, code=code)
    wrong = {"description": message, "code": code, "input": {"inputPath": {"fieldPath": field}}}
    return LinkedInError(
        400,
        message,
        code=code,
        details={"errorDetailType": "com.linkedin.common.error.BadRequest", "errorDetails": {"inputErrors": [wrong]}},
    )


def not_in_schema(problems: list[str]) -> LinkedInError:
    """What Rest.li says of a body that is not the record it must be: a line for each `/path :: what is wrong`."""
    return LinkedInError(422, "".join(f"ERROR :: {problem}\n" for problem in problems))


def not_found(words: str) -> LinkedInError:
    return LinkedInError(404, words, code="NOT_FOUND")


def throttled(who: str = "APPLICATION") -> LinkedInError:
    """`who` is APPLICATION or MEMBER. LinkedIn names no wait."""
    words = f"Resource level throttle {who} DAY limit for calls to this resource is reached."
    return LinkedInError(429, words, code="TOO_MANY_REQUESTS", service=101)


_FAULTS = {
    409: ("CONFLICT", "Write conflict"),
    503: ("SERVICE_UNAVAILABLE", "Service Unavailable"),
    504: ("GATEWAY_TIMEOUT", "Gateway Timeout"),
}


class LinkedInFaults:
    """What planted faults answer."""

    def server_error(self, status: int) -> Response[Any]:
        code, words = _FAULTS.get(status, ("INTERNAL_SERVER_ERROR", "Internal Server Error"))
        return LinkedInError(status, words, code=code).response()

    def rate_limited(self, wait_seconds: int | None) -> Response[Any]:
        response = throttled().response()
        if wait_seconds is not None:
            response.headers["retry-after"] = str(wait_seconds)
        return response

    def token_expired(self) -> Response[Any]:
        return expired_token().response()

    def token_revoked(self) -> Response[Any]:
        return revoked_token().response()

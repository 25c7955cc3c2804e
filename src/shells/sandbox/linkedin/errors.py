"""LinkedIn's errors: the API envelope and the flat OAuth object (LinkedIn API error handling)."""

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
        return Response(self.body, status_code=self.status, headers={"x-li-uuid": "sandbox", "x-li-fabric": "sandbox"})


class OAuthError(Exception):
    """The token endpoint says no."""

    def __init__(self, status: int, error: str, description: str) -> None:
        super().__init__(description)
        self.status, self.error = status, error

    def response(self) -> Response[Any]:
        return Response({"error": self.error, "error_description": str(self)}, status_code=self.status)


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
    return LinkedInError(403, f"Not enough permissions to access: {what}", code="ACCESS_DENIED", service=100)


def foreign_author() -> LinkedInError:
    words = "Field Value validation failed in REQUEST_BODY: Data Processing Exception while processing fields [/author]"
    return LinkedInError(403, words, code="ACCESS_DENIED", service=100)


def bad_request(code: str, message: str) -> LinkedInError:
    return LinkedInError(400, message, code=code)


def throttled() -> LinkedInError:
    words = "Resource level throttle APPLICATION DAY limit for calls to this resource is reached."
    return LinkedInError(429, words, code="TOO_MANY_REQUESTS", service=101)


class LinkedInFaults:
    """What planted faults answer."""

    def server_error(self, status: int) -> Response[Any]:
        code = {409: "CONFLICT", 503: "SERVICE_UNAVAILABLE"}.get(status, "INTERNAL_SERVER_ERROR")
        return LinkedInError(status, "Internal Server Error", code=code).response()

    def rate_limited(self, wait_seconds: int | None) -> Response[Any]:
        response = throttled().response()
        if wait_seconds is not None:
            response.headers["retry-after"] = str(wait_seconds)
        return response

    def token_expired(self) -> Response[Any]:
        return expired_token().response()

    def token_revoked(self) -> Response[Any]:
        return revoked_token().response()

"""TikTok's three ways of saying no: the API envelope, the flat OAuth object, and bare upload statuses."""

import secrets
from typing import Any

from attrs import frozen
from litestar import Response

from shells.sandbox.clock import SandboxClock
from shells.sandbox.tiktok.switches import Switches

# HTTP status of each error.code (Content Posting API references; creator_info answers its caps with 200).
STATUSES = {
    "access_token_invalid": 401,
    "scope_not_authorized": 401,
    "scope_permission_missed": 400,
    "rate_limit_exceeded": 429,
    "invalid_params": 400,
    "invalid_file_upload": 400,
    "privacy_level_option_mismatch": 403,
    "spam_risk_too_many_posts": 403,
    "spam_risk_too_many_pending_share": 403,
    "spam_risk_user_banned_from_posting": 403,
    "reached_active_user_cap": 403,
    "unaudited_client_can_only_post_to_private_accounts": 403,
    "url_ownership_unverified": 403,
    "invalid_publish_id": 400,
    "token_not_authorized_for_specified_publish_id": 400,
    "publish_not_cancellable": 400,
    "internal_error": 500,
}
_WITHOUT_DATA = {401, 429}  # integrators see error bodies with and without `data`: send both kinds


class RefusedError(Exception):
    """A call is refused with this answer."""

    def __init__(self, response: Response[Any]) -> None:
        super().__init__(response.status_code)
        self.response = response


@frozen
class ApiErrors:
    """The envelope `{"data": {}, "error": {"code", "message", "log_id"}}`."""

    clock: SandboxClock
    switches: Switches

    def log_id(self) -> str:
        return f"{self.clock.now():%Y%m%d%H%M%S}{secrets.token_hex(9).upper()}"

    def ok(self, data: dict[str, Any]) -> Response[dict[str, Any]]:
        return Response({"data": data, "error": {"code": "ok", "message": "", "log_id": self.log_id()}})

    def answer(self, code: str, message: str, status: int | None = None) -> Response[dict[str, Any]]:
        status = STATUSES[code] if status is None else status
        if code == "invalid_params":
            code = self.switches.invalid_params_code
        body: dict[str, Any] = {"error": {"code": code, "message": message, "log_id": self.log_id()}}
        return Response(body if status in _WITHOUT_DATA else {"data": {}} | body, status_code=status)

    def refuse(self, code: str, message: str, status: int | None = None) -> RefusedError:
        return RefusedError(self.answer(code, message, status))

    def invalid(self, message: str) -> RefusedError:
        return self.refuse("invalid_params", message)

    def server_error(self, status: int) -> Response[Any]:
        return self.answer("internal_error", "Something went wrong. Please try again later.", status)

    def rate_limited(self, wait_seconds: int | None) -> Response[Any]:
        response = self.answer("rate_limit_exceeded", "The API rate limit was exceeded. Please try again later.")
        if wait_seconds is not None:
            response.headers["retry-after"] = str(wait_seconds)
        return response

    def token_expired(self) -> Response[Any]:
        return self.answer("access_token_invalid", "The access token is invalid or not found in the request.")

    token_revoked = token_expired


@frozen
class OAuthErrors:
    """The flat `{"error", "error_description", "log_id"}`, sent with HTTP 200 as integrators observe."""

    api: ApiErrors
    switches: Switches

    def answer(self, error: str, description: str, status: int | None = None) -> Response[dict[str, Any]]:
        body = {"error": error, "error_description": description, "log_id": self.api.log_id()}
        return Response(body, status_code=status or self.switches.oauth_error_status)

    def refuse(self, error: str, description: str) -> RefusedError:
        return RefusedError(self.answer(error, description))

    def server_error(self, status: int) -> Response[Any]:
        return self.answer("server_error", "Something went wrong. Please try again later.", status)

    def rate_limited(self, wait_seconds: int | None) -> Response[Any]:
        response = self.answer("temporarily_unavailable", "Too many requests. Please try again later.", 429)
        if wait_seconds is not None:
            response.headers["retry-after"] = str(wait_seconds)
        return response

    def token_expired(self) -> Response[Any]:
        return self.answer("invalid_grant", "Refresh token is invalid or expired.")

    token_revoked = token_expired


@frozen
class UploadErrors:
    """The upload host answers with statuses; its bodies are not documented."""

    def answer(self, status: int, message: str, headers: dict[str, str] | None = None) -> Response[dict[str, Any]]:
        return Response({"message": message}, status_code=status, headers=headers)

    def server_error(self, status: int) -> Response[Any]:
        return self.answer(status, "Internal error")

    def rate_limited(self, wait_seconds: int | None) -> Response[Any]:
        headers = {} if wait_seconds is None else {"retry-after": str(wait_seconds)}
        return self.answer(429, "Too many requests", headers)

    def token_expired(self) -> Response[Any]:
        return self.answer(403, "The upload_url has expired")

    def token_revoked(self) -> Response[Any]:
        return self.answer(404, "The upload task is not found")

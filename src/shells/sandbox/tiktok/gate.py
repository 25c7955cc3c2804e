"""What every API call passes first: the path as documented, a live token, its scope, and the minute's budget."""

import json
from typing import Any

from attrs import frozen
from litestar import Response

from shells.sandbox.tiktok.errors import ApiErrors, RefusedError
from shells.sandbox.tiktok.limits import CallMeter
from shells.sandbox.tiktok.switches import Switches
from shells.sandbox.tiktok.tokens import AccessToken, TokenBook
from shells.sandbox.world import Handler, SandboxRequest


def bearer(request: SandboxRequest) -> str:
    """The token of `Authorization: Bearer ...`, or an empty string."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    return value.strip() if scheme.lower() == "bearer" else ""


def documented(handler: Handler) -> Handler:
    """The handler, refusing through RefusedError, at a path that keeps its trailing slash as the documentation has it."""

    async def answer(request: SandboxRequest) -> Response[Any]:
        if not bytes(request.scope["raw_path"]).endswith(b"/"):
            return Response({"message": "Not found: the documented path ends with a slash"}, status_code=404)
        try:
            return await handler(request)
        except RefusedError as refused:
            return refused.response

    return answer


@frozen
class Gate:
    """Checks of one imitation, in the order in which TikTok makes them."""

    tokens: TokenBook
    meter: CallMeter
    switches: Switches
    errors: ApiErrors

    def owner(self, request: SandboxRequest) -> str | None:
        return self.tokens.owner(bearer(request))

    def token(self, request: SandboxRequest, call: str) -> AccessToken:
        """The caller's live token, counted against the call's minute. Raises RefusedError."""
        token = self.tokens.live(bearer(request))
        if token is None:
            raise RefusedError(self.errors.token_expired())
        if self.switches.rate_limits and not self.meter.admit(call, token.authorization.open_id):
            raise RefusedError(self.errors.rate_limited(None))
        return token

    def scope(self, token: AccessToken, *any_of: str) -> None:
        """Raises RefusedError unless the person granted one of the scopes."""
        if not set(any_of) & set(token.authorization.scopes):
            raise self.errors.refuse(
                "scope_not_authorized", "The user did not authorize the scope required for completing this request."
            )

    async def body(self, request: SandboxRequest) -> dict[str, Any]:
        """The JSON object that was sent. Raises RefusedError."""
        raw = await request.body()
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            raise self.errors.invalid("The Content-Type header must be application/json")
        try:
            data = json.loads(raw)
        except ValueError:
            raise self.errors.invalid("The request body is not valid JSON") from None
        if not isinstance(data, dict):
            raise self.errors.invalid("The request body must be a JSON object")
        return data

"""What every API call passes: its form, version, token and quota; then its handler, whose refusals LinkedIn words."""

from collections.abc import Awaitable, Callable
from typing import Any

from attrs import frozen
from litestar import Response

from shells.sandbox.linkedin.errors import LinkedInError, denied, empty_token, trace_headers
from shells.sandbox.linkedin.quotas import Quotas
from shells.sandbox.linkedin.restli import check_form
from shells.sandbox.linkedin.switches import Switches
from shells.sandbox.linkedin.tokens import Token, TokenBook
from shells.sandbox.linkedin.versions import check_version
from shells.sandbox.world import Handler, SandboxRequest


@frozen(kw_only=True)
class Caller:
    """A request that passed the gate. `what` is the resource, method and version as LinkedIn's refusals name them."""

    request: SandboxRequest
    token: Token
    what: str

    def denied(self) -> LinkedInError:
        return denied(self.what)

    def path(self, name: str) -> str:
        return str(self.request.path_params[name])


Call = Callable[[Caller], Awaitable[Any]]


@frozen
class Gate:
    tokens: TokenBook
    quotas: Quotas
    switches: Switches

    def handler(
        self,
        call: Call,
        what: str,
        *,
        params: tuple[str, ...] = (),
        versioned: bool = True,
        quota: str | None = None,
    ) -> Handler:
        """A route's handler. `what` is `resource.METHOD`, `params` the query parameters that it knows, `quota` the name
        that it is counted under where that is not `what`."""
        method = what.partition(".")[2].partition("-")[0]

        async def answer(request: SandboxRequest) -> Response[Any]:
            try:
                check_form(request, method, frozenset(params))
                token = self.token(request) if self.switches.token_before_version else None
                version = "NO_VERSION"
                if versioned:
                    dead = frozenset(self.switches.dead_versions)
                    version = check_version(request.headers.get("linkedin-version"), dead)
                token = token or self.token(request)
                self.quotas.count(token, quota or what)
                result = await call(Caller(request=request, token=token, what=f"{what}.{version}"))
            except LinkedInError as error:
                return error.response()
            response = result if isinstance(result, Response) else Response(result)
            response.headers.update(trace_headers())
            return response

        return answer

    def token(self, request: SandboxRequest) -> Token:
        """Raises LinkedInError 401."""
        scheme, _, value = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not value:
            raise empty_token()
        return self.tokens.check(value)

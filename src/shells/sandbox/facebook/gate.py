"""What every Graph call passes: version, token, proof, Page role and quota headers."""

import json
import re
from collections.abc import Awaitable, Callable
from typing import Any

from attrs import define, field
from litestar import Response

from shells.sandbox.facebook.bodies import Parameters, read_parameters
from shells.sandbox.facebook.errors import GraphError, missing_object, no_permission
from shells.sandbox.facebook.people import PAGES, Page
from shells.sandbox.facebook.tokens import Token, TokenBook
from shells.sandbox.world import Handler, SandboxRequest

LIVE_VERSIONS = frozenset({"v21.0", "v22.0", "v23.0", "v24.0", "v25.0", "v26.0"})
_VERSION = re.compile(r"^v\d+\.\d+$")
Call = Callable[[Parameters, SandboxRequest], Awaitable[Any]]


@define
class Gate:
    """Answers calls, turning refusals into Graph errors. Usage counts per Page, for the headers."""

    tokens: TokenBook
    usage: dict[str, int] = field(factory=dict)

    def handler(self, call: Call) -> Handler:
        """A route's handler: reads parameters, answers JSON, and says no as Graph does."""

        async def answer(request: SandboxRequest) -> Response[Any]:
            try:
                check_version(str(request.path_params.get("version", "v26.0")))
                result = await call(await read_parameters(request), request)
            except GraphError as error:
                return error.response()
            return result if isinstance(result, Response) else Response(result, headers=self._headers(request))

        return answer

    def user(self, parameters: Parameters) -> Token:
        """A person's token. Raises GraphError."""
        token = self.tokens.check(parameters.text("access_token"), parameters.text("appsecret_proof"))
        if token.page_id is not None:
            raise GraphError(100, "A page access token can't be used here: a user access token is required.")
        return token

    def any(self, parameters: Parameters) -> Token:
        return self.tokens.check(parameters.text("access_token"), parameters.text("appsecret_proof"))

    def page(self, parameters: Parameters, page_id: str, scope: str | None = "pages_manage_posts") -> Page:
        """The Page that this call may write to. Raises GraphError for a user's token, another Page's, or a missing right."""
        token = self.any(parameters)
        page = PAGES.get(page_id)
        if page is None:
            raise missing_object(page_id, "post")
        if token.page_id is None:
            raise GraphError(190, "A Page access token is required for this call for the new Pages experience.", subcode=2069032)
        if token.page_id != page_id:
            raise no_permission("The token belongs to another Page.")
        if "CREATE_CONTENT" not in page.tasks and scope is not None:
            raise no_permission("The user does not have the CREATE_CONTENT task on this Page.")
        if scope is not None and scope not in token.scopes:
            raise no_permission(f"If posting to a page, requires {scope} permission as an admin with sufficient task permission.")
        self.usage[page_id] = self.usage.get(page_id, 0) + 1
        return page

    def _headers(self, request: SandboxRequest) -> dict[str, str]:
        page_id = str(request.path_params.get("node", "")).partition("_")[0]
        if page_id not in self.usage:
            return {}
        share = min(self.usage[page_id] // 10, 99)
        row = {
            "type": "pages",
            "call_count": share,
            "total_cputime": share,
            "total_time": share,
            "estimated_time_to_regain_access": 0,
        }
        return {
            "x-app-usage": json.dumps({"call_count": share, "total_time": share, "total_cputime": share}),
            "x-business-use-case-usage": json.dumps({page_id: [row]}),
        }


def check_version(version: str) -> None:
    """Old versions are served by the next live one; versions that never were are unknown paths."""
    if not _VERSION.match(version) or int(version[1:].partition(".")[0]) > 26:
        raise GraphError(2500, f"Unknown path components: /{version}", status=400)

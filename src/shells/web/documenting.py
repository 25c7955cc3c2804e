"""What the API's document says of every route alike: who may call it, and how it refuses."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from litestar.handlers import HTTPRouteHandler
from litestar.openapi import ResponseSpec
from litestar.openapi.spec import Reference, SecurityScheme
from msgspec import Struct

from shells.settings import Settings
from shells.web.problems import MEDIA_TYPE
from shells.web.security.cookies import cookie_names
from shells.web.security.permissions import Permission

_ALWAYS = (400, 421, 422, 429, 500, 503)
_OF_CALLERS = (401, 403, 404)
_OF_WRITES = (409, 413)


class ProblemPart(Struct, kw_only=True, omit_defaults=True):
    """One thing that was wrong with the input, and where."""

    message: str
    code: str | None = None
    field: str | None = None
    platform: str | None = None


class ProblemDocument(Struct, kw_only=True, omit_defaults=True):
    """How every refusal is told (RFC 9457). `code` is stable; `detail` says what was wrong and what to do."""

    type: str
    title: str
    status: int
    detail: str
    code: str | None = None
    problems: list[ProblemPart] | None = None


def document(route: Any) -> None:
    """Adds to a route's document what its permission and its shape imply. Raises RuntimeError for one without a permission:
    nobody has thought about who may call it."""
    handler: HTTPRouteHandler = route
    permission: Permission | None = handler.opt.get("permission")
    if permission is None:
        raise RuntimeError(f"{handler.handler_name} declares no permission")
    if permission.needs_caller and "caller" not in handler.parsed_fn_signature.parameters:
        raise RuntimeError(f"{handler.handler_name} declares {permission.value} and asks nobody who they are")
    statuses = {*_ALWAYS, *(_OF_CALLERS if permission is not Permission.PUBLIC else ())}
    if any("{" in path for path in handler.paths):
        statuses.add(404)
    if handler.http_methods - {"GET", "HEAD", "OPTIONS"}:
        statuses.update(_OF_WRITES)
    if "oauth" in "".join(handler.paths) or "link-intents" in "".join(handler.paths):
        statuses.update((404, 409, 502))
    if "oidc" in "".join(handler.paths):
        statuses.update((401, 404, 409))
    if "creator-info" in "".join(handler.paths):
        statuses.add(409)
    known = dict(handler.responses or {})
    for status in sorted(statuses):
        known.setdefault(
            status,
            ResponseSpec(
                data_container=ProblemDocument,
                description=HTTPStatus(status).phrase,
                media_type=MEDIA_TYPE,
                generate_examples=False,
            ),
        )
    handler.responses = known
    handler.raises = ()
    if permission.is_scope:
        handler.security = [{"session": []}, {"key": [permission.value]}]
    elif permission is Permission.PERSON:
        handler.security = [{"session": []}]


def security_schemes(settings: Settings) -> dict[str, SecurityScheme | Reference]:
    names = cookie_names(settings)
    csrf = "Writes also send the session's csrf_token as X-CSRF-Token."
    schemes: Mapping[str, SecurityScheme] = {
        "session": SecurityScheme(type="apiKey", name=names.access, security_scheme_in="cookie", description=csrf),
        "key": SecurityScheme(type="http", scheme="bearer", description="A key made by POST /me/api-keys, for its scopes."),
    }
    return dict(schemes)

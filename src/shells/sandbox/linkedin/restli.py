"""How Rest.li reads a request: sizes, encodings, method names, paging, and bodies held against a schema."""

import json
from collections.abc import Mapping
from typing import Any

from shells.sandbox.linkedin.errors import LinkedInError, bad_request, field_denied, not_in_schema
from shells.sandbox.world import SandboxRequest

_URL_BYTES_MAX = 8192
_QUERY_BYTES_MAX = 4096
_SEGMENT_BYTES_MAX = 4096
_PROTOCOLS = ("1.0.0", "2.0.0")
Schema = Mapping[str, "Kind"]
Kind = type | tuple[str, ...]
REQUIRED = "!"
TUNNELLED = "linkedin_tunnelled"


def check_form(request: SandboxRequest, method: str, params: frozenset[str] | None) -> None:
    """Sizes, Rest.li's encoding and method header, and no query parameter but `params` (None: any).

    Raises LinkedInError (Query Tunneling and Protocol Versions pages).
    """
    path, query = bytes(request.scope["raw_path"]), bytes(request.scope["query_string"])
    if request.scope["state"].get(TUNNELLED):
        query = b""  # what tunnelling is for
    too_long = len(path) + len(query) > _URL_BYTES_MAX or len(query) > _QUERY_BYTES_MAX
    if too_long or any(len(segment) > _SEGMENT_BYTES_MAX for segment in path.split(b"/")):
        raise LinkedInError(414, "Request URI Too Long")
    if request.scope["method"] == "POST" and "content-length" not in request.headers:
        raise LinkedInError(411, "Length Required")
    protocol = request.headers.get("x-restli-protocol-version", "1.0.0")
    if protocol not in _PROTOCOLS:
        raise bad_request(None, f"Rest.li protocol version {protocol} used by the client is not supported by the server")
    if protocol == "2.0.0":
        if b":" in path:
            raise bad_request("ILLEGAL_ARGUMENT", "Syntax exception in path variables")
        if b":" in query or b"List%28" in query:
            raise bad_request("ILLEGAL_ARGUMENT", "Invalid query parameters passed to request")
    named = request.headers.get("x-restli-method")
    if named is not None and named.upper() != method:
        raise bad_request("ILLEGAL_ARGUMENT", f"X-RestLi-Method {named} does not fit this request: {method}")
    unknown = sorted(set(request.query_params) - params - {"", "fields"}) if params is not None else []
    if unknown:
        raise field_denied(f"/{unknown[0]}", "PARAMETER", unpermitted=True)


async def body_of(request: SandboxRequest) -> dict[str, Any]:
    """The JSON object of a call. Raises LinkedInError."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise LinkedInError(415, f"Unsupported media type: {kind or 'none'}")
    try:
        body = json.loads(await request.body())
    except ValueError:
        raise bad_request(None, "Cannot parse request entity") from None
    if not isinstance(body, dict):
        raise bad_request(None, "Cannot parse request entity")
    return body


async def action_parameter(request: SandboxRequest, name: str, schema: Schema) -> dict[str, Any]:
    """The one record that an action takes. Raises LinkedInError."""
    value = (await body_of(request)).get(name)
    if not isinstance(value, dict):
        raise bad_request(None, f"Parameter '{name}' is required")
    check_record(value, schema)
    return value


def check_record(value: Mapping[str, Any], schema: Schema) -> None:
    """Hold a record against its schema; names of required fields end in `!`. Raises LinkedInError 422."""
    problems = record_problems(value, schema)
    if problems:
        raise not_in_schema(problems)


def record_problems(value: Mapping[str, Any], schema: Schema, path: str = "") -> list[str]:
    """Each `/path :: what is wrong` of a record."""
    kinds = {name.removesuffix(REQUIRED): kind for name, kind in schema.items()}
    problems = [f"{path}/{name} :: unrecognized field found but not allowed" for name in value if name not in kinds]
    missing = [name for name in kinds if name + REQUIRED in schema and value.get(name) is None]
    problems += [f"{path}/{name} :: field is required but not found and has no default value" for name in missing]
    for name, given in value.items():
        if name in kinds and given is not None:
            problems += _value_problems(given, kinds[name], f"{path}/{name}")
    return problems


def _value_problems(given: Any, kind: Kind, path: str) -> list[str]:
    if isinstance(kind, tuple):
        return [] if given in kind else [f'{path} :: "{given}" is not an enum symbol']
    if isinstance(given, kind) and (kind is bool or not isinstance(given, bool)):
        return []
    names = {str: "String", bool: "Boolean", int: "Long", dict: "record", list: "array"}
    return [f"{path} :: {json.dumps(given)[:80]} cannot be coerced to {names[kind]}"]


def page_of(request: SandboxRequest, count_max: int = 100) -> tuple[int, int]:
    """`start` and `count` of a finder. Raises LinkedInError 400."""
    values = []
    for name, default in (("start", 0), ("count", 10)):
        text = request.query_params.get(name, str(default))
        if not text.isascii() or not text.isdigit():
            raise bad_request("ILLEGAL_ARGUMENT", f"Query parameter {name} must be a whole number")
        values.append(int(text))
    return values[0], min(values[1], count_max)


def page(rows: list[dict[str, Any]], start: int, count: int) -> dict[str, Any]:
    """One page of a finder's rows; a short one is the last (Pagination page)."""
    return {"elements": rows[start : start + count], "paging": {"start": start, "count": count, "links": []}}

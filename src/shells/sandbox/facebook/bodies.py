"""Graph API parameters wherever they may stand: query, form, multipart or JSON, and the token's header."""

import json
import re
from typing import Any

from attrs import field, frozen
from litestar.datastructures import UploadFile
from litestar.exceptions import HTTPException

from shells.sandbox.facebook.errors import GraphError, invalid_parameter
from shells.sandbox.world import SandboxRequest

_TRUE, _FALSE = ("true", "1"), ("false", "0")
_INDEXED = re.compile(r"^(\w+)\[(\d{1,4})\](?:\[(\w+)\])?$")
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
_KEPT = "graph_parameters"


@frozen(kw_only=True)
class Parameters:
    """A call's parameters as text or JSON values, and its files by part name."""

    values: dict[str, Any]
    files: dict[str, tuple[str, bytes]] = field(factory=dict)

    def text(self, name: str) -> str | None:
        value = self.values.get(name)
        return None if value is None else value if isinstance(value, str) else json.dumps(value)

    def flag(self, name: str, default: bool) -> bool:
        """A boolean in any of the documented spellings. Raises GraphError."""
        value = self.values.get(name)
        if value is None:
            return default
        words = str(value).lower()
        if words in _TRUE + _FALSE:
            return words in _TRUE
        raise invalid_parameter(f"Param {name} must be a boolean")

    def number(self, name: str) -> int | None:
        """A whole number of at least 0. Raises GraphError."""
        value = self.values.get(name)
        if value is None:
            return None
        words = str(value)
        if not words.isdecimal() or len(words) > 18:
            raise invalid_parameter(f"Param {name} must be an integer")
        return int(words)

    def items(self, name: str) -> list[Any]:
        """A list given as a JSON array, as text holding one, as name[0], name[1] ... or as name[0][key]. Raises GraphError."""
        raw = self._indexed(name) or self.values.get(name, [])
        try:
            raw = json.loads(raw) if isinstance(raw, str) else raw
            items = [json.loads(item) if isinstance(item, str) else item for item in raw]
        except (ValueError, TypeError, RecursionError):
            raise invalid_parameter(f"Param {name} must be an array.") from None
        if not isinstance(raw, list):
            raise invalid_parameter(f"Param {name} must be an array.")
        return items

    def _indexed(self, name: str) -> list[Any]:
        found: dict[int, Any] = {}
        for key, value in self.values.items():
            match = _INDEXED.match(key)
            if match is None or match[1] != name:
                continue
            if match[3] is None:
                found[int(match[2])] = value
            else:
                row = found.setdefault(int(match[2]), {})
                if isinstance(row, dict):
                    row[match[3]] = value
        return [value for _, value in sorted(found.items(), key=lambda pair: pair[0])]

    def refuse_unknown(self, known: frozenset[str]) -> None:
        """The real Graph ignores what it doesn't know; the imitation says so, because it is always a mistake."""
        unknown = {key.partition("[")[0] for key in self.values} - known - EVERYWHERE
        if unknown:
            raise invalid_parameter(f"Param {min(unknown)} is not supported")


EVERYWHERE = frozenset({"access_token", "appsecret_proof", "appsecret_time", "fields", "locale", "format", "pretty"})


async def read_parameters(request: SandboxRequest) -> Parameters:
    """All parameters of a call, read once for each request. Raises GraphError for a body that can't be read."""
    state = request.scope["state"]
    if _KEPT not in state:
        state[_KEPT] = await _read(request)
    kept: Parameters = state[_KEPT]
    return kept


async def _read(request: SandboxRequest) -> Parameters:
    values: dict[str, Any] = dict(request.query_params.items())
    files: dict[str, tuple[str, bytes]] = {}
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/json":
        values |= await _json(request)
    elif kind in _FORMS:
        try:
            await request.body()  # kept, so that a planted fault can read it again
            form = await request.form()
        except (HTTPException, ValueError):
            raise invalid_parameter("The request body is no form") from None
        for key, value in form.multi_items():
            if isinstance(value, UploadFile):
                files[key] = (value.filename, await value.read())
            else:
                values[key] = value
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() in ("oauth", "bearer") and token:
        values.setdefault("access_token", token)
    try:
        json.dumps(values, ensure_ascii=False).encode()
    except (UnicodeEncodeError, RecursionError):
        raise invalid_parameter("The request is no valid UTF-8") from None
    return Parameters(values=values, files=files)


async def _json(request: SandboxRequest) -> dict[str, Any]:
    try:
        body = json.loads(await request.body() or b"{}")
    except (ValueError, RecursionError):
        raise GraphError(100, "(#100) The request body is no JSON") from None
    if not isinstance(body, dict):
        raise invalid_parameter("The request body must be a JSON object")
    return {key: value for key, value in body.items() if value is not None}

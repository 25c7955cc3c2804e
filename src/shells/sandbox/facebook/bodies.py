"""Graph API parameters wherever they may stand: query, form, multipart or JSON, and the token's header."""

import json
import re
from typing import Any

from attrs import field, frozen
from litestar.datastructures import UploadFile

from shells.sandbox.facebook.errors import invalid_parameter
from shells.sandbox.world import SandboxRequest

_TRUE, _FALSE = ("true", "1"), ("false", "0")
_INDEXED = re.compile(r"^(\w+)\[(\d+)\]$")


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
        if isinstance(value, bool):
            return value
        words = str(value).lower()
        if words in _TRUE + _FALSE:
            return words in _TRUE
        raise invalid_parameter(f"Param {name} must be a boolean")

    def number(self, name: str) -> int | None:
        value = self.values.get(name)
        if value is None:
            return None
        try:
            return int(value)
        except (TypeError, ValueError):
            raise invalid_parameter(f"Param {name} must be an integer") from None

    def items(self, name: str) -> list[Any]:
        """A list given as a JSON array, as text holding one, or as name[0], name[1] ... Raises GraphError."""
        indexed = sorted(
            (int(found[2]), value) for key, value in self.values.items() if (found := _INDEXED.match(key)) and found[1] == name
        )
        raw = [value for _, value in indexed] if indexed else self.values.get(name, [])
        try:
            raw = json.loads(raw) if isinstance(raw, str) else raw
            return [json.loads(item) if isinstance(item, str) else item for item in raw]
        except (ValueError, TypeError):
            raise invalid_parameter(f"Param {name} must be an array.") from None


async def read_parameters(request: SandboxRequest) -> Parameters:
    """All parameters of a call. Raises GraphError for a body that can't be read."""
    values: dict[str, Any] = dict(request.query_params.items())
    files: dict[str, tuple[str, bytes]] = {}
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if request.method != "GET" and kind == "application/json":
        try:
            body = json.loads(await request.body() or b"{}")
        except ValueError:
            raise invalid_parameter("The request body is no JSON") from None
        if not isinstance(body, dict):
            raise invalid_parameter("The request body must be a JSON object")
        values |= body
    elif request.method != "GET" and kind in ("application/x-www-form-urlencoded", "multipart/form-data"):
        form = await request.form()
        for key, value in form.multi_items():
            if isinstance(value, UploadFile):
                await value.seek(0)  # the form is kept between readings of one request
                files[key] = (value.filename, await value.read())
            else:
                values[key] = value
    authorization = request.headers.get("authorization", "")
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() in ("oauth", "bearer") and token:
        values.setdefault("access_token", token)
    return Parameters(values=values, files=files)

"""Calls to TikTok's API v2: a bearer token, JSON, and the envelope that says whether it went well."""

from collections.abc import Mapping
from typing import Any

from attrs import frozen

from adapters_platforms.http import HttpClient
from adapters_platforms.tiktok.failures import Problem, read_problem
from distribution_core.domain.secret import Secret


@frozen(kw_only=True)
class TikTokApi:
    """`base` is the API's address without a slash at its end; TikTok's paths keep theirs."""

    http: HttpClient
    base: str
    call_timeout_s: float

    async def post(
        self,
        path: str,
        token: Secret,
        body: Mapping[str, Any] | None = None,
        *,
        params: Mapping[str, str] | None = None,
        timeout_s: float | None = None,
    ) -> dict[str, Any] | Problem:
        """The `data` of a good answer. Raises TransportError."""
        return await self._call("POST", path, token, body, params, self.call_timeout_s if timeout_s is None else timeout_s)

    async def get(self, path: str, token: Secret, params: Mapping[str, str]) -> dict[str, Any] | Problem:
        """The same for a GET."""
        return await self._call("GET", path, token, None, params, self.call_timeout_s)

    async def _call(
        self,
        method: str,
        path: str,
        token: Secret,
        body: Mapping[str, Any] | None,
        params: Mapping[str, str] | None,
        timeout_s: float,
    ) -> dict[str, Any] | Problem:
        headers = {"authorization": f"Bearer {token.reveal()}"}
        if method == "POST":
            headers["content-type"] = "application/json; charset=UTF-8"
        answer = await self.http.send(
            method, f"{self.base}{path}", headers=headers, params=params, json=body, timeout_s=timeout_s
        )
        data = answer.json_object()
        error = data.get("error")
        # Caps come with HTTP 200 by design, so only the code says ok.
        if not answer.ok or not isinstance(error, dict) or error.get("code") != "ok":
            return read_problem(answer)
        found = data.get("data")
        return found if isinstance(found, dict) else {}

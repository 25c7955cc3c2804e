"""How LinkedIn's API is spoken to: versioned and unversioned calls, and uploads to the URLs that it hands out."""

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import unquote, urlsplit

from attrs import frozen

from adapters_platforms.hosts import within
from adapters_platforms.http import Answer, HttpClient, TransportError
from distribution_core.domain.secret import Secret

_UPLOAD_BYTES_PER_S = 128 * 1024
_CREATE_PATHS = {"posts": "/rest/posts", "ugc": "/v2/ugcPosts"}


@frozen(kw_only=True)
class LinkedInApi:
    """One call is one request, never repeated here. Every method raises TransportError."""

    http: HttpClient
    www: str
    api: str
    version: str
    upload_hosts: tuple[str, ...]
    call_timeout_s: float

    async def call(
        self,
        method: str,
        path: str,
        token: Secret,
        *,
        body: bytes | None = None,
        rest_method: str | None = None,
        timeout_s: float | None = None,
    ) -> Answer:
        """`path` starts at /rest (versioned) or /v2, with its query already encoded.

        Rest.li refuses the encoding of `List(...)` and `(k:v)` that httpx's `params` would do, so queries are strings here.
        """
        headers = {"authorization": f"Bearer {token.reveal()}", "x-restli-protocol-version": "2.0.0"}
        if path.startswith("/rest/"):
            headers["linkedin-version"] = self.version
        if rest_method is not None:
            headers["x-restli-method"] = rest_method
        if body is not None:
            headers["content-type"] = "application/json"
        seconds = self.call_timeout_s if timeout_s is None else timeout_s
        return await self.http.send(method, self.api + path, headers=headers, content=body, timeout_s=seconds)

    async def create_post(self, route: str, token: Secret, body: bytes, *, timeout_s: float) -> Answer:
        """The one call that makes a post visible, by the Posts API or by the older ugcPosts."""
        return await self.call("POST", _CREATE_PATHS[route], token, body=body, timeout_s=timeout_s)

    async def upload(
        self,
        url: str,
        content: bytes | AsyncIterator[bytes],
        *,
        size_bytes: int,
        mime: str = "application/octet-stream",
        token: Secret | None = None,
        method: str = "PUT",
    ) -> Answer:
        """Bytes to an upload URL, and the token only to LinkedIn's own hosts. An answer may name any address: only known hosts
        get either."""
        if not self._may_have_bytes(url):
            host = urlsplit(url).hostname
            raise TransportError(f"LinkedIn named an upload host that is not allowed for ({host}); see upload_hosts.", sent=False)
        headers = {"content-type": mime, "content-length": str(size_bytes)}
        if token is not None and self._ours(url):
            headers["authorization"] = f"Bearer {token.reveal()}"
        seconds = self.call_timeout_s + size_bytes / _UPLOAD_BYTES_PER_S
        return await self.http.send(method, url, headers=headers, content=content, timeout_s=seconds)

    def _may_have_bytes(self, url: str) -> bool:
        return self._ours(url) or (urlsplit(url).scheme == "https" and within(url, self.upload_hosts))

    def _ours(self, url: str) -> bool:
        parts = urlsplit(url)
        configured = {(urlsplit(base).scheme, urlsplit(base).netloc) for base in (self.www, self.api)}
        host = parts.hostname or ""
        return (parts.scheme, parts.netloc) in configured or (parts.scheme == "https" and host.endswith(".linkedin.com"))


def elements_of(answer: Answer, count_asked: int) -> tuple[list[dict[str, Any]], int]:
    """One page of a finder, and how many elements a full page has: LinkedIn may give fewer than were asked for."""
    data = answer.json_object()
    elements, paging = data.get("elements"), data.get("paging")
    count = paging.get("count") if isinstance(paging, dict) else None
    items = [item for item in elements if isinstance(item, dict)] if isinstance(elements, list) else []
    return items, count if isinstance(count, int) and 0 < count < count_asked else count_asked


def created_urn(answer: Answer) -> str | None:
    """The new post's URN: in a header, or in the body that the older API sends too."""
    named = unquote(str(answer.headers.get("x-restli-id") or answer.json_object().get("id") or ""))
    return named if named.startswith("urn:li:") else None

"""How the Graph API is spoken to: version, token, and the proof that goes with each token."""

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

from attrs import frozen

from adapters_platforms.facebook.configuration import FacebookConfig
from adapters_platforms.facebook.multipart import FilePart, StreamedForm
from adapters_platforms.facebook.usage import nearly_used
from adapters_platforms.http import Answer, HttpClient
from distribution_core.domain.secret import Secret
from distribution_core.ports.usage import tell

UPLOAD_BYTES_PER_S = 128 * 1024


@frozen(kw_only=True)
class GraphApi:
    """One call is one request, never repeated here. Every method raises TransportError."""

    http: HttpClient
    config: FacebookConfig
    app_secret: Secret | None

    async def read(self, path: str, token: Secret, **params: str) -> Answer:
        """GET a node or edge; `params` are its fields, limits and cursors."""
        headers, own = {}, {}
        if self.config.token_in_header:
            headers["authorization"] = f"Bearer {token.reveal()}"
        else:
            own["access_token"] = token.reveal()
        query = {**params, **own, **self._proof(token)}
        url, timeout_s = self._url(path), self.config.call_timeout_s
        return self._heard(await self.http.send("GET", url, params=query, headers=headers, timeout_s=timeout_s))

    async def write(
        self,
        path: str,
        token: Secret,
        form: Mapping[str, str],
        *,
        timeout_s: float,
        part: FilePart | None = None,
        fields: str | None = None,
        video_host: bool = False,
    ) -> Answer:
        """POST a form, with a file where given. The token is in the body; `fields` are read back of what was made."""
        url = f"{self.config.video if video_host else self.config.graph}/{self.config.api_version}/{path}"
        params = self._proof(token) | ({"fields": fields} if fields else {})
        own = {**form, "access_token": token.reveal()}
        if part is None:
            return self._heard(await self.http.send("POST", url, params=params, form=own, timeout_s=timeout_s))
        sent = StreamedForm(fields=own, file=part)
        return self._heard(
            await self.http.send("POST", url, params=params, headers=sent.headers, content=sent.body(), timeout_s=timeout_s)
        )

    async def delete(self, path: str, token: Secret) -> Answer:
        headers = {"authorization": f"Bearer {token.reveal()}"}
        return await self.http.send(
            "DELETE", self._url(path), params=self._proof(token), headers=headers, timeout_s=self.config.call_timeout_s
        )

    async def token_call(self, values: Mapping[str, str]) -> Answer:
        """oauth/access_token, by the configured method."""
        sent: dict[str, Any] = {"form": values} if self.config.token_method == "POST" else {"params": values}  # noqa: S105
        return await self.http.send(
            self.config.token_method, self._url("oauth/access_token"), timeout_s=self.config.call_timeout_s, **sent
        )

    def _heard(self, answer: Answer) -> Answer:
        tell(*nearly_used(answer.headers, self.config.usage_pauses))
        return answer

    def _url(self, path: str) -> str:
        return f"{self.config.graph}/{self.config.api_version}/{path}"

    def _proof(self, token: Secret) -> dict[str, str]:
        """appsecret_proof: HMAC-SHA256 of this very token under the app secret (Graph API, securing requests)."""
        if self.app_secret is None:
            return {}
        digest = hmac.new(self.app_secret.reveal().encode(), token.reveal().encode(), hashlib.sha256)
        return {"appsecret_proof": digest.hexdigest()}

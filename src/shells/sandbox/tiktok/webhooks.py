"""Signed events to the app's callback (webhooks overview, events and verification pages)."""

import asyncio
import hashlib
import hmac
import json
from typing import Any

import httpx
from attrs import define, field

from shells.sandbox.tiktok.background import Background
from shells.sandbox.tiktok.switches import Switches
from shells.sandbox.world import World

_TRIES = 8
_FIRST_WAIT_S = 0.1


@define
class WebhookSender:
    """Sends to the URL of the switch `webhook_url`: at least once, `webhook_copies` times, and backwards within
    each group of `webhook_hold` events. An answer other than 200 is tried again with a growing wait."""

    world: World
    switches: Switches
    background: Background
    client_key: str
    secret: str
    _held: list[bytes] = field(factory=list)

    def publishing(self, event: str, open_id: str, publish_id: str, *, inbox: bool, **more: object) -> None:
        """An event about one publish: `post.publish.complete` and its neighbours."""
        kind = "INBOX_SHARE" if inbox else "DIRECT_PUBLISH"
        self._emit(event, open_id, {"publish_id": publish_id, "publish_type": kind} | more)

    def removed(self, open_id: str, reason: int) -> None:
        self._emit("authorization.removed", open_id, {"reason": reason})

    def clear(self) -> None:
        self._held.clear()

    def _emit(self, event: str, open_id: str, content: dict[str, Any]) -> None:
        if self.switches.webhook_url is None:
            return
        body = {
            "client_key": self.client_key,
            "event": event,
            "create_time": self.world.clock.epoch_s(),
            "user_openid": open_id,
            "content": json.dumps(content, separators=(",", ":")),
        }
        self._held.append(json.dumps(body, separators=(",", ":")).encode())
        if len(self._held) >= self.switches.webhook_hold:
            events, self._held = list(reversed(self._held)), []
            self.background.start(self._send(self.switches.webhook_url, events, self.switches.webhook_copies))

    async def _send(self, url: str, events: list[bytes], copies: int) -> None:
        async with httpx.AsyncClient(timeout=10, follow_redirects=False, trust_env=False) as client:
            for body in events:
                for _ in range(copies):
                    await self._deliver(client, url, body)

    async def _deliver(self, client: httpx.AsyncClient, url: str, body: bytes) -> None:
        for attempt in range(_TRIES):
            headers = {"content-type": "application/json", "tiktok-signature": self._signature(body)}
            try:
                if (await client.post(url, content=body, headers=headers)).status_code == 200:
                    return
            except httpx.HTTPError:
                pass
            await asyncio.sleep(_FIRST_WAIT_S * 2**attempt)

    def _signature(self, body: bytes) -> str:
        """`t=<unix seconds>,s=<hex HMAC-SHA256 of "t.body" with the client secret>`."""
        stamp = str(self.world.clock.epoch_s())
        digest = hmac.new(self.secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
        return f"t={stamp},s={digest}"

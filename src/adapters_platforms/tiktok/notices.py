"""Reads TikTok's webhooks (developers.tiktok.com: webhooks overview, events, verification): `TikTok-Signature: t=...,s=...`, an
HMAC-SHA256 of `t.body` under the client secret."""

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from attrs import frozen

from adapters_platforms.settings import AppCredentials
from distribution_core.ports.farewell import Farewell
from distribution_core.ports.notices import ForgedNoticeError, Notice, NoticeReader

_SIGNATURE = re.compile(r"t=(\d{1,12}),s=([0-9a-f]{64})")
_BYTES_MAX = 64 * 1024


@frozen(kw_only=True)
class Webhooks:
    """`app` is whose secret signs. `window`: how far the time in the signature may be from now; TikTok names none."""

    app: str
    credentials: AppCredentials | None
    window: timedelta = timedelta(minutes=5)

    def read(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Notice | Farewell | None:
        found = _SIGNATURE.fullmatch(headers.get("tiktok-signature", "").strip())
        if self.credentials is None or found is None or len(body) > _BYTES_MAX:
            raise ForgedNoticeError("This is not signed as TikTok signs.")
        stamp, signature = found.groups()
        wanted = hmac.new(self.credentials.client_secret.reveal().encode(), stamp.encode() + b"." + body, hashlib.sha256)
        if not hmac.compare_digest(wanted.hexdigest(), signature):
            raise ForgedNoticeError("This is not signed with this app's secret.")
        if abs(now.timestamp() - int(stamp)) > self.window.total_seconds():
            raise ForgedNoticeError("This was signed at another time than now.")
        event = _object(body)
        content = _object(str(event.get("content", "")).encode("utf-8", "replace"))
        account, publish_id = event.get("user_openid"), content.get("publish_id")
        if event.get("event") == "authorization.removed":
            return self._farewell(account, event.get("create_time"))
        if not str(event.get("event", "")).startswith("post.publish.") or not (
            isinstance(account, str) and isinstance(publish_id, str) and publish_id
        ):
            return None
        return Notice(external_account_id=account, handles={"publish_id": publish_id})

    def _farewell(self, open_id: object, seconds: object) -> Farewell | None:
        if not (isinstance(open_id, str) and open_id) or not isinstance(seconds, int) or not 0 < seconds < 2**33:
            return None
        return Farewell(app=self.app, subject_id=open_id, issued_at=datetime.fromtimestamp(seconds, UTC))


def _object(text: bytes) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


_: type[NoticeReader] = Webhooks

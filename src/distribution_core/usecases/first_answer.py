"""The first answer to a keyed request, kept as JSON so that a repeat is told the same, whatever has happened since."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from attrs import asdict

from distribution_core.domain.content import Content, MediaAsset, MediaKind, Visibility
from distribution_core.usecases.judge_content import Verdict


def as_json(content: Content, verdicts: tuple[Verdict, ...]) -> dict[str, Any]:
    """New content, and what was said of each account."""
    return {
        "content": {
            "id": str(content.id),
            "user_id": str(content.user_id),
            "title": content.title,
            "body": content.body,
            "media": [asdict(asset) | {"kind": asset.kind.value} for asset in content.media],
            "visibility": content.visibility.value,
            "scheduled_at": _text(content.scheduled_at),
            "release_at": _text(content.release_at),
            "hold": content.hold.total_seconds(),
            "options": {platform: dict(own) for platform, own in content.options.items()},
            "created_at": content.created_at.isoformat(),
            "updated_at": content.updated_at.isoformat(),
        },
        "verdicts": [asdict(verdict) | {"account_id": str(verdict.account_id)} for verdict in verdicts],
    }


def from_json(answer: Mapping[str, Any]) -> tuple[Content, tuple[Verdict, ...]]:
    """What `as_json` kept."""
    kept = answer["content"]
    content = Content(
        id=UUID(kept["id"]),
        user_id=UUID(kept["user_id"]),
        title=kept["title"],
        body=kept["body"],
        media=tuple(MediaAsset(**{**asset, "kind": MediaKind(asset["kind"])}) for asset in kept["media"]),
        visibility=Visibility(kept["visibility"]),
        scheduled_at=_time(kept["scheduled_at"]),
        release_at=_time(kept["release_at"]),
        hold=timedelta(seconds=kept["hold"]),
        options=kept["options"],
        created_at=datetime.fromisoformat(kept["created_at"]),
        updated_at=datetime.fromisoformat(kept["updated_at"]),
    )
    return content, tuple(Verdict(**{**item, "account_id": UUID(item["account_id"])}) for item in answer["verdicts"])


def _text(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)

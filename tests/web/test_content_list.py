"""GET /content: filters, the scheduled list, and pages that hold still."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from shells.cli.demonstration.visitor import Consent, Visitor
from tests.running import Running
from tests.web.test_content import FACEBOOK, refusal


def ids(visitor: Visitor, **query: Any) -> list[str]:
    found = visitor.get(f"/content?{httpx.QueryParams(query)}")
    return [item["content"]["id"] for item in found["items"]]


def test_filters(visitor: Visitor) -> None:
    visitor.link(FACEBOOK)
    (film,) = visitor.link(Consent(platform="tiktok", person="o-ben"))
    sent = visitor.save(body="On Facebook alone, as it has no picture")
    visitor.outcomes([sent["id"]], timeout_s=30, progress=lambda done, total: None)
    kept = visitor.save(body="For me", title="Shopping list", visibility="private")
    assert ids(visitor) == [kept["id"], sent["id"]]
    assert ids(visitor, platform="facebook") == [sent["id"]]
    assert ids(visitor, platform="facebook", status="success") == [sent["id"]]
    assert ids(visitor, platform="tiktok") == ids(visitor, account=film["id"]) == ids(visitor, status="failed") == []
    assert ids(visitor, status="kept") == ids(visitor, text="SHOPPING") == [kept["id"]]
    assert ids(visitor, text="facebook") == [sent["id"]]
    at = kept["created_at"]
    assert (ids(visitor, **{"from": at}), ids(visitor, to=at)) == ([kept["id"]], [sent["id"]])
    (item,) = visitor.get("/content?status=success")["items"]
    assert (item["deliveries"][0]["status"], item["skipped"][0]["account_id"]) == ("success", film["id"])


def test_what_is_scheduled_comes_in_the_order_of_time_by_pages(visitor: Visitor) -> None:
    noon = datetime.now(UTC) + timedelta(days=2)
    saved = {
        hours: visitor.save(body=f"In {hours} hours", scheduled_at=(noon + timedelta(hours=hours)).isoformat())["id"]
        for hours in (5, 1, 9, 3)
    }
    visitor.save(body="Now")
    in_order = [saved[hours] for hours in (1, 3, 5, 9)]
    assert ids(visitor, order="scheduled") == in_order
    first = visitor.get("/content?order=scheduled&limit=2")
    assert [item["content"]["id"] for item in first["items"]] == in_order[:2]
    visitor.send("POST", f"/content/{in_order[0]}/cancel")
    visitor.send("POST", f"/content/{in_order[1]}/cancel")
    rest = visitor.get(f"/content?order=scheduled&limit=2&after={first['next_after']}")
    assert ([item["content"]["id"] for item in rest["items"]], rest["next_after"]) == (in_order[2:], None)


@pytest.mark.parametrize("query", ["status=lost", "from=2026-01-01T00:00:00", "to=soon", "after=x", "account=x", "limit=0"])
def test_what_cannot_be_asked_is_refused_in_words(visitor: Visitor, query: str) -> None:
    assert refusal(visitor, "GET", f"/content?{query}")[0] == 422


def test_nobody_sees_anybody_elses(running: Running, visitor: Visitor) -> None:
    visitor.save(body="Mine")
    other = running.visitor()
    assert ids(other) == []
    other.close()

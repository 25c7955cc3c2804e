"""POST /content/preview over HTTP."""

from typing import Any

import pytest

from shells.cli.demonstration.visitor import Consent, Visitor
from tests.web.test_content import FACEBOOK, png, refusal


def preview(visitor: Visitor, **fields: Any) -> Any:
    return visitor.send("POST", "/content/preview", json=fields)


def test_what_each_platform_makes_of_it(visitor: Visitor) -> None:
    visitor.link(FACEBOOK)
    visitor.link(Consent(platform="tiktok", person="o-ben"))
    visitor.link(Consent(platform="linkedin", person="ada-li", app="member"))
    answer = visitor._client.post("/media", content=png(77), headers={"x-csrf-token": visitor._csrf})
    key = answer.json()["key"]
    told = preview(visitor, body="(" * 1600, media_assets=[key])
    assert told["can_save"] is True
    accounts = {account["platform"]: account for account in told["accounts"]}
    assert told["goes_to"] == sum(account["goes"] for account in told["accounts"])
    assert (accounts["linkedin"]["text_used"], accounts["linkedin"]["text_max"]) == (3200, 3000)
    assert accounts["linkedin"]["code"] == "text_too_long"
    assert (accounts["facebook"]["text_used"], accounts["facebook"]["goes"]) == (1600, True)
    assert accounts["facebook"]["text_shown"] == "(" * 477
    assert [item["becomes"] for item in accounts["facebook"]["media"]] == ["kept"]
    assert [(item["becomes"], item["mime"]) for item in accounts["tiktok"]["media"]] == [("converted", "image/jpeg")]
    assert "alt_text_missing" in {warning["code"] for warning in accounts["facebook"]["warnings"]}
    assert visitor.get("/activity")["items"] == []


def test_an_unfinished_draft_is_no_error(visitor: Visitor) -> None:
    told = preview(visitor)
    assert (told["can_save"], told["goes_to"], told["accounts"]) == (False, 0, [])
    assert [problem["code"] for problem in told["problems"]] == ["empty"]


@pytest.mark.parametrize("body", [{"surprise": 1}, {"body": 5}])
def test_what_is_no_draft_is_refused(visitor: Visitor, body: dict[str, Any]) -> None:
    assert refusal(visitor, "POST", "/content/preview", json=body)[0] == 422

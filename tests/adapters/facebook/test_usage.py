"""Facebook's usage headers: when the app or a Page is left alone, and for how long."""

import json
from datetime import timedelta
from typing import Any

import httpx
import pytest

from adapters_platforms.facebook.usage import Pauses, nearly_used
from distribution_core.domain.post import Post
from distribution_core.domain.quota import Scope
from distribution_core.ports.usage import NearlyUsed, listening

BUSINESS = "x-business-use-case-usage"


def _told(**headers: Any) -> tuple[NearlyUsed, ...]:
    named = {name.replace("_", "-"): value if isinstance(value, str) else json.dumps(value) for name, value in headers.items()}
    return nearly_used(httpx.Headers(named), Pauses(percent=95, nearly=timedelta(minutes=1), full=timedelta(minutes=5)))


def test_little_use_says_nothing() -> None:
    assert _told() == ()
    assert _told(x_app_usage={"call_count": 94, "total_time": 25, "total_cputime": 25}) == ()


@pytest.mark.parametrize(
    ("header", "usage", "scope", "minutes"),
    [
        ("x_app_usage", {"call_count": 95, "total_time": 1, "total_cputime": 1}, Scope.APP, 1),
        ("x_app_usage", {"call_count": 1, "total_time": 120, "total_cputime": 1}, Scope.APP, 5),
        ("x_page_usage", {"call_count": 1, "total_cputime": 96, "total_time": 1}, Scope.ACCOUNT, 1),
        ("x_business_use_case_usage", {"555": [{"type": "pages", "call_count": 97}]}, Scope.ACCOUNT, 1),
        (
            "x_business_use_case_usage",
            {"555": [{"type": "pages", "call_count": 100, "estimated_time_to_regain_access": 19}]},
            Scope.ACCOUNT,
            19,
        ),
        (
            "x_business_use_case_usage",
            {"555": [{"type": "pages", "call_count": 100, "estimated_time_to_regain_access": 2}]},
            Scope.ACCOUNT,
            2,
        ),
    ],
)
def test_what_is_nearly_used_up_is_left_alone(header: str, usage: Any, scope: Scope, minutes: int) -> None:
    (told,) = _told(**{header: usage})
    assert (told.name, told.scope, told.wait) == (header.replace("_", "-"), scope, timedelta(minutes=minutes))


@pytest.mark.parametrize(
    "value", ["", "{", "[]", "7", '{"555": 3}', '{"555": [3]}', '{"call_count": "99"}', '{"call_count": true}']
)
def test_a_header_that_cannot_be_read_says_nothing(value: str) -> None:
    assert _told(x_app_usage=value, x_business_use_case_usage=value) == ()


@pytest.mark.anyio
async def test_a_page_that_has_used_its_calls_up_is_told_of(stage: Any) -> None:
    account = await stage.page()
    with listening() as told:
        await account.publish(Post(text="one"))
    assert told == []
    stage.switch(page_calls_per_day=3)
    with listening() as told:
        await account.publish(Post(text="two"))
    assert (BUSINESS, Scope.ACCOUNT) in {(each.name, each.scope) for each in told}

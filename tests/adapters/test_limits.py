"""What the manifests say of limits is what the platforms are built with, and can be set."""

from collections.abc import AsyncIterator

import pytest

from adapters_platforms.http import HttpClient
from adapters_platforms.registry import builders
from adapters_platforms.settings import PlatformSettings
from distribution_core.domain.quota import OutboundLimits, Reset, Scope
from distribution_core.testing.memory_media import MemoryMediaStore

pytestmark = pytest.mark.anyio


@pytest.fixture
async def http() -> AsyncIterator[HttpClient]:
    client = HttpClient.create()
    yield client
    await client.aclose()


def _limits(http: HttpClient, platform: str, **options: str) -> OutboundLimits:
    return builders()[platform](PlatformSettings(options=options), http, MemoryMediaStore()).limits


async def test_tiktok_starts_six_posts_a_minute_for_a_creator(http: HttpClient) -> None:
    (quota,) = _limits(http, "tiktok").quotas
    assert (quota.scope, quota.most, quota.seconds, quota.reset) == (Scope.ACCOUNT, 6, 60, Reset.SLIDING)


async def test_linkedin_counts_days_of_the_member_app(http: HttpClient) -> None:
    quotas = _limits(http, "linkedin").quotas
    assert [(quota.scope, quota.most, quota.reset) for quota in quotas] == [
        (Scope.ACCOUNT, 150, Reset.UTC_DAY),
        (Scope.APP, 100_000, Reset.UTC_DAY),
    ]
    assert all(quota.concerns("member") and not quota.concerns("community") for quota in quotas)


async def test_limits_can_be_set_and_lifted(http: HttpClient) -> None:
    set_ones = _limits(http, "linkedin", concurrency="9", account_concurrency="0", app_concurrency="3", quota_member_posts="0")
    assert (set_ones.concurrency, set_ones.account_concurrency, set_ones.app_concurrency) == (9, None, 3)
    assert [quota.name for quota in set_ones.quotas] == ["app_posts"]
    with pytest.raises(ValueError, match="facebook option concurrency is a whole number from 0, not 'many'"):
        _limits(http, "facebook", concurrency="many")


@pytest.mark.parametrize("platform", sorted(builders()))
async def test_every_quota_says_whose_word_it_is(http: HttpClient, platform: str) -> None:
    assert all(quota.why for quota in _limits(http, platform).quotas)

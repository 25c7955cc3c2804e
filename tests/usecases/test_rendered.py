"""What is sent where: one post for all accounts that carry the same, and an account's own where it has its own."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distribution_core.domain.content import Content
from distribution_core.domain.delivery import Delivery
from distribution_core.domain.post import Post, fingerprint, payload, payload_hash, render
from distribution_core.domain.rules import check
from distribution_core.testing.fake_platform import FakePlatform
from distribution_core.usecases.rendered import Renderer

_NOW = datetime(2026, 1, 1, tzinfo=UTC)
_PLATFORMS = {name: FakePlatform.named(name, text_max=20).platform for name in ("alpha", "beta")}
_ACCOUNTS = [UUID(int=number) for number in range(1, 5)]
_FROZEN = Post(text="as it was sent")

_texts = st.text(max_size=30)
_tones = st.fixed_dictionaries({}, optional={"tone": st.sampled_from(["warm", "cool", "loud"])})
_of_accounts = st.dictionaries(st.sampled_from([str(each) for each in _ACCOUNTS]), _tones)
_of_a_platform = st.fixed_dictionaries({}, optional={"text": _texts, "tone": st.just("warm"), "accounts": _of_accounts})
_options = st.dictionaries(st.sampled_from(sorted(_PLATFORMS)), _of_a_platform)


def _content(number: int, body: str = "", options: dict[str, Any] | None = None) -> Content:
    return Content(id=UUID(int=number), user_id=UUID(int=9), body=body, options=options or {}, created_at=_NOW, updated_at=_NOW)


def _delivery(content: Content, platform: str, account_id: UUID, post: Post | None = None) -> Delivery:
    return Delivery(
        id=UUID(int=7),
        content_id=content.id,
        social_account_id=account_id,
        user_id=content.user_id,
        platform=platform,
        due_at=_NOW,
        post=post,
        opened_at=_NOW,
        created_at=_NOW,
        updated_at=_NOW,
    )


@given(
    st.lists(st.tuples(_texts, _options), min_size=1, max_size=3),
    st.lists(
        st.tuples(st.integers(0, 2), st.sampled_from(sorted(_PLATFORMS)), st.sampled_from(_ACCOUNTS), st.booleans()), max_size=12
    ),
)
def test_whoever_shares_a_post_gets_what_would_be_rendered_for_it_alone(
    written: list[tuple[str, dict[str, Any]]], places: list[tuple[int, str, UUID, bool]]
) -> None:
    contents = [_content(number, body, options) for number, (body, options) in enumerate(written)]
    renderer = Renderer(_PLATFORMS)
    for which, platform, account_id, was_frozen in places:
        content = contents[which % len(contents)]
        delivery = _delivery(content, platform, account_id, _FROZEN if was_frozen else None)
        alone = delivery.post or render(content, platform, account_id)
        rendered = renderer.of(delivery, content)
        assert rendered.post == alone
        assert rendered.problems == check(_PLATFORMS[platform].adapter.rules, alone).problems
        assert rendered.fingerprint == fingerprint(alone)
        assert rendered.payload_hash == payload_hash(payload(alone))


def test_accounts_that_carry_the_same_share_it() -> None:
    renderer, content = Renderer(_PLATFORMS), _content(1, "to all")
    one, other = (renderer.of(_delivery(content, "alpha", account_id), content) for account_id in _ACCOUNTS[:2])
    assert one is other
    assert renderer.of(_delivery(content, "beta", _ACCOUNTS[0]), content) is not one
    assert Renderer(_PLATFORMS).of(_delivery(content, "alpha", _ACCOUNTS[0]), content) is not one


def test_what_can_not_be_rendered_is_found_out_by_who_sends_it_and_not_by_who_claims_it() -> None:
    content = _content(1, "damaged", {"alpha": None})
    renderer = Renderer(_PLATFORMS)
    damaged = renderer.of(_delivery(content, "alpha", _ACCOUNTS[0]), content)
    assert renderer.of(_delivery(content, "beta", _ACCOUNTS[0]), content).post.text == "damaged"
    with pytest.raises(AttributeError):
        _ = damaged.post

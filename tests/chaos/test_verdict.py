"""The chaos run's own eyes: what is lost, doubled or wrongly told must not pass."""

import hashlib
from typing import Any

import pytest
from attrs import evolve

from chaos import media
from chaos.plan import CARRIES, KINDS, Account, Plan, Sample, plan
from chaos.recovery import p99
from chaos.verdict import Shown, Told, Verdict, judge, kind_of, settles_by_itself
from shells.sandbox.posts import difference_hash

PICTURES = [media.picture(number) for number in range(6)]
VIDEOS = [*(media.video(number) for number in range(2)), media.long_video(2)]
SHOWN = Shown(PICTURES, VIDEOS)


@pytest.fixture
def small() -> Plan:
    return plan(200, 3, ("draft", "direct"))


def _post(account: Account, sample: Sample, post_id: str) -> dict[str, Any]:
    data = [PICTURES[index] for index in sample.pictures] + ([] if sample.video is None else [VIDEOS[sample.video]])
    shown = [{"sha256": hashlib.sha256(item).hexdigest(), "dhash": difference_hash(item)} for item in data]
    return {
        "platform": account.platform,
        "account_id": account.external_id,
        "post_id": post_id,
        "text": sample.text,
        "media": shown,
    }


def _all_well(of: Plan) -> tuple[list[Told], list[dict[str, Any]]]:
    told, posts = [], []
    for number, (account, sample) in enumerate(of.expected):
        place = (account.platform, account.external_id)
        told.append(
            Told(sample=sample, place=place, status="success", unconfirmed=False, reason="", external_post_id=str(number))
        )
        posts.append(_post(account, sample, str(number)))
    return told, posts


def _found(verdict: Verdict) -> tuple[int, int, int, int]:
    return verdict.lost, verdict.duplicates, verdict.untrue, verdict.unexpected


def test_all_well_passes(small: Plan) -> None:
    told, posts = _all_well(small)
    verdict = judge(small, told, posts, SHOWN)
    assert verdict.ok, verdict.details
    assert verdict.success == verdict.deliveries == small.deliveries >= 200


def test_what_is_not_visible_is_lost(small: Plan) -> None:
    told, posts = _all_well(small)
    assert _found(judge(small, told, posts[1:], SHOWN)) == (1, 0, 0, 0)


def test_a_delivery_that_nobody_tells_of_or_that_has_not_ended_is_lost(small: Plan) -> None:
    told, posts = _all_well(small)
    assert judge(small, told[1:], posts[1:], SHOWN).lost == 1
    assert judge(small, [evolve(told[0], status="retried"), *told[1:]], posts[1:], SHOWN).lost == 1
    assert judge(small, [evolve(told[0], status="canceled"), *told[1:]], posts[1:], SHOWN).lost == 1


def test_a_second_post_is_a_duplicate_whatever_is_said(small: Plan) -> None:
    told, posts = _all_well(small)
    again = [*posts, posts[0] | {"post_id": "again"}]
    assert _found(judge(small, told, again, SHOWN)) == (0, 1, 0, 0)
    unsure = [evolve(told[0], status="failed", unconfirmed=True, external_post_id=None), *told[1:]]
    assert judge(small, unsure, again, SHOWN).duplicates == 1


def test_twins_are_two_posts_and_three_are_one_too_many(small: Plan) -> None:
    texts = [(account.external_id, sample.text) for account, sample in small.expected]
    twin = next(index for index, text in enumerate(texts) if texts.count(text) == 2)
    told, posts = _all_well(small)
    assert judge(small, told, [*posts, posts[twin] | {"post_id": "third"}], SHOWN).duplicates == 1
    assert judge(small, told, posts[:twin] + posts[twin + 1 :], SHOWN).lost == 1


def test_unconfirmed_waits_for_a_person_visible_or_not(small: Plan) -> None:
    told, posts = _all_well(small)
    index = next(number for number, (account, _) in enumerate(small.expected) if account.kind == "member")
    told[index] = evolve(told[index], status="failed", unconfirmed=True, external_post_id=None)
    seen = judge(small, told, posts, SHOWN)
    unseen = judge(small, told, posts[:index] + posts[index + 1 :], SHOWN)
    for verdict in (seen, unseen):
        assert verdict.ok, verdict.details
        assert sum(verdict.waiting["linkedin"].values()) == 1


def test_failed_for_certain_and_visible_is_untrue(small: Plan) -> None:
    told, posts = _all_well(small)
    index = next(number for number, (account, _) in enumerate(small.expected) if account.kind == "member")
    told[index] = evolve(told[index], status="failed", external_post_id=None)
    assert _found(judge(small, told, posts, SHOWN)) == (0, 0, 1, 0)
    assert judge(small, told, posts[:index] + posts[index + 1 :], SHOWN).ok


def test_a_success_that_names_another_post_is_untrue(small: Plan) -> None:
    told, posts = _all_well(small)
    assert judge(small, [evolve(told[0], external_post_id="elsewhere"), *told[1:]], posts, SHOWN).untrue == 1


def test_what_settles_by_itself_may_not_wait_for_a_person(small: Plan) -> None:
    told, posts = _all_well(small)
    index = next(number for number, (account, sample) in enumerate(small.expected) if account.kind == "page")
    told[index] = evolve(told[index], status="failed", unconfirmed=True, external_post_id=None)
    verdict = judge(small, told, posts, SHOWN)
    assert not verdict.ok
    assert list(verdict.must_be_zero.values()) == [1]


def test_a_post_with_other_media_or_other_words_is_unexpected_and_the_right_one_lost(small: Plan) -> None:
    told, posts = _all_well(small)
    index = next(number for number, (_, sample) in enumerate(small.expected) if sample.kind == "photo")
    wrong = posts[index] | {"media": [{"sha256": "0" * 64, "dhash": "f" * 16}]}
    assert _found(judge(small, told, [*posts[:index], wrong, *posts[index + 1 :]], SHOWN)) == (1, 0, 0, 1)
    wrong = posts[index] | {"text": "something else"}
    assert _found(judge(small, told, [*posts[:index], wrong, *posts[index + 1 :]], SHOWN)) == (1, 0, 0, 1)


def test_the_plan_is_the_same_for_the_same_seed_and_holds_every_kind(small: Plan) -> None:
    assert small == plan(200, 3, ("draft", "direct"))
    assert small != plan(200, 4, ("draft", "direct"))
    large = plan(2000, 3, ("draft", "direct"))
    pairs = {(account.platform, account.kind, sample.kind, sample.flow) for account, sample in large.expected}
    for platform, kinds in CARRIES.items():
        for flow in ("draft", "direct"):
            assert {kind for place, _, kind, when in pairs if (place, when) == (platform, flow)} == set(kinds) & set(KINDS)
    assert 2000 <= large.deliveries < 2050
    assert {sample.video for sample in large.samples} == {None, 0, 1, 2}
    # TikTok's daily cap of about 15 posts a creator is never met.
    media_posts = [account.external_id for account, _ in large.expected if account.platform == "tiktok"]
    assert max(media_posts.count(creator) for creator in set(media_posts)) <= 11


def test_kinds_are_told_by_their_guarantee() -> None:
    page = Account(platform="facebook", external_id="1", kind="page")
    video = Sample(author=1, kind="video", text="x", flow="direct", video=0)
    assert settles_by_itself("facebook", kind_of(page, video))
    assert settles_by_itself("facebook", kind_of(page, evolve(video, kind="text", flow="draft")))
    assert not settles_by_itself("facebook", kind_of(page, evolve(video, kind="text")))
    creator = evolve(page, platform="tiktok", kind="creator")
    assert settles_by_itself("tiktok", kind_of(creator, video))
    assert not settles_by_itself("tiktok", kind_of(creator, evolve(video, kind="photo")))


def test_p99_is_a_value_that_was_measured() -> None:
    assert p99([]) == 0
    assert p99([float(number) for number in range(1, 101)]) == 99
    assert p99([1.0, 5.0]) == 5

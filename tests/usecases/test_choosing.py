"""What is kept while a person chooses: sealed, bound to its row, no longer than it lives."""

from datetime import timedelta

import pytest

from distribution_core.domain.errors import LinkRefusedError
from distribution_core.domain.secret import Secret
from distribution_core.ports.platform import Consent, DiscoveredAccount, Tokens
from distribution_core.usecases.choose_accounts import Offer, answer_link, link_candidates, link_chosen
from distribution_core.usecases.link_account import begin_link, finish_link
from distribution_core.usecases.sealed_consent import consent_from, consent_text
from distribution_core.usecases.upkeep import take_care
from tests.usecases.conftest import NOON, House

pytestmark = pytest.mark.anyio


async def offered(house: House) -> Offer:
    house.fakes["alpha"].will_consent("ann", "page-1", "page-2", refresh="a-refresh-token")
    url = await begin_link(
        house.ctx, house.user_id, house.session_id, "alpha", app=None, redirect_uri="https://us/cb", choose=True
    )
    state = url.partition("state=")[2].partition("&")[0]
    answer = await answer_link(house.ctx, house.user_id, house.session_id, "alpha", state=state, code=Secret("code"), error=None)
    assert isinstance(answer, Offer)
    return answer


async def test_tokens_are_kept_sealed(house: House) -> None:
    offer = await offered(house)
    async with house.ctx.ledger.begin() as tx:
        choice = await tx.link_intents.offered(offer.id, house.user_id)
    assert choice is not None
    assert b"a-refresh-token" not in choice.consent
    linked = await link_chosen(house.ctx, house.user_id, house.session_id, offer.id, ["page-2"])
    async with house.ctx.ledger.begin() as tx:
        assert await tx.link_intents.offered(offer.id, house.user_id) is None, "nothing of the consent stays but the grant"
        assert [account.external_account_id for account in linked.accounts] == ["page-2"]


async def test_a_choice_ends(house: House) -> None:
    offer = await offered(house)
    house.clock.advance(house.ctx.limits.link_intent_lifetime.total_seconds())
    with pytest.raises(LinkRefusedError, match="too long"):
        await link_candidates(house.ctx, house.user_id, house.session_id, offer.id)
    with pytest.raises(LinkRefusedError, match="too long"):
        await link_chosen(house.ctx, house.user_id, house.session_id, offer.id, ["page-1"])
    assert await house.accounts() == {}


async def test_a_consent_of_which_nothing_is_chosen_is_taken_back(house: House) -> None:
    offer, revoked = await offered(house), house.fakes["alpha"].authorizer.revoked
    await take_care(house.ctx, "w")
    assert revoked == []
    house.clock.advance(house.ctx.limits.link_intent_lifetime.total_seconds())
    again = await offered(house)
    await take_care(house.ctx, "w")
    assert revoked == [], "the same person is just linking again, and a platform takes back all at once"
    await link_chosen(house.ctx, house.user_id, house.session_id, again.id, ["page-1"])
    await take_care(house.ctx, "w")
    assert revoked == [], "an account stands on it now"
    async with house.ctx.ledger.begin() as tx:
        assert await tx.link_intents.offered(offer.id, house.user_id) is None, "it is gone all the same"


async def test_a_consent_that_nobody_came_back_to_is_taken_back_once(house: House) -> None:
    await offered(house)
    house.clock.advance(house.ctx.limits.link_intent_lifetime.total_seconds())
    for worker in ("w1", "w2"):
        await take_care(house.ctx, worker)
    assert house.fakes["alpha"].authorizer.revoked == ["ann"]


async def test_a_consent_without_an_account_is_taken_back_at_once(house: House) -> None:
    consent = house.fakes["alpha"].authorizer
    consent.consent = Consent(subject_id="ann", tokens=Tokens(access=Secret("a")), accounts=())
    url = await begin_link(house.ctx, house.user_id, house.session_id, "alpha", app=None, redirect_uri="https://us/cb")
    state = url.partition("state=")[2].partition("&")[0]
    with pytest.raises(LinkRefusedError):
        await finish_link(house.ctx, house.user_id, house.session_id, "alpha", state=state, code=Secret("code"), error=None)
    assert consent.revoked == ["ann"]


def test_a_consent_comes_back_whole_with_its_lifetimes_counted_on() -> None:
    consent = Consent(
        subject_id="ann",
        tokens=Tokens(access=Secret("a"), refresh=Secret("r"), access_lifetime=timedelta(minutes=5), scopes=("one", "two")),
        accounts=(
            DiscoveredAccount(
                external_account_id="1", kind="page", display_name="P", token=Secret("t"), token_lifetime=timedelta(days=1)
            ),
            DiscoveredAccount(external_account_id="2", kind="page", display_name="Q", problem="No."),
        ),
    )
    assert consent_from(consent_text(consent, NOON), NOON) == consent
    later = consent_from(consent_text(consent, NOON), NOON + timedelta(minutes=8))
    assert later.tokens.access_lifetime == timedelta()
    assert later.accounts[0].token_lifetime == timedelta(days=1) - timedelta(minutes=8)
    assert later.tokens.refresh_lifetime is None

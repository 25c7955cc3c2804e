"""Who is signed in for a provider's word, and who is not."""

from datetime import timedelta

import pytest
from attrs import evolve

from distribution_core.domain.account import User
from distribution_core.domain.audit import AuditAction
from distribution_core.domain.errors import ConflictError, SsoRefusedError
from distribution_core.domain.secret import Secret
from distribution_core.domain.sso import Identity, SsoRound
from distribution_core.usecases.sign_in import session_is_live, sign_in
from distribution_core.usecases.sso import Vouched, begin_round, end_round, link_by_sso, sign_in_by_sso, unlink_sso
from tests.usecases.conftest import House

pytestmark = pytest.mark.anyio
PASSWORD = Secret("a long enough password")
ADA = Identity(issuer="https://id.example", subject="ada", email="ada@example.com", email_verified=True)


def vouched(house: House, identity: Identity = ADA, token: bytes | None = None) -> Vouched:
    number = house.ctx.randomness.token(32) if token is None else token
    return Vouched(identity=identity, token_hash=number, over_at=house.clock.now() + timedelta(minutes=6))


async def bind(house: House, identity: Identity = ADA) -> None:
    session = (await sign_in(house.ctx, "ada@example.com", PASSWORD)).session
    begun = await begin_round(house.ctx, "/app/settings", user_id=house.user_id, session_id=session.family_id)
    await link_by_sso(house.ctx, await end_round(house.ctx, begun.state, begun.browser), vouched(house, identity))


async def refused(house: House, identity: Identity, *, by_email: bool = False) -> str:
    with pytest.raises(SsoRefusedError) as error:
        await sign_in_by_sso(house.ctx, vouched(house, identity), by_email=by_email)
    return error.value.code


async def test_only_this_subject_of_this_issuer_is_the_user(house: House) -> None:
    assert await refused(house, ADA) == "not_linked"
    await bind(house)
    signed_in = await sign_in_by_sso(house.ctx, vouched(house), by_email=False, device="A browser")
    assert (signed_in.user.id, signed_in.session.device) == (house.user_id, "A browser")
    assert await session_is_live(house.ctx, signed_in.session.family_id)
    for other in ({"issuer": "https://id.example/"}, {"subject": "Ada"}, {"subject": "ada "}):
        assert await refused(house, evolve(ADA, **other)) == "not_linked"


@pytest.mark.parametrize("changed", [{"email_verified": False}, {"email": None}, {"email": "ben@example.com"}, {"email": ""}])
async def test_a_mail_finds_nobody_unless_it_is_verified_and_theirs(house: House, changed: dict[str, object]) -> None:
    assert await refused(house, evolve(ADA, **changed), by_email=True) == "not_linked"


async def test_a_verified_mail_binds_once_where_the_house_says_so(house: House) -> None:
    assert await refused(house, ADA, by_email=False) == "not_linked"
    assert (await sign_in_by_sso(house.ctx, vouched(house), by_email=True)).user.id == house.user_id
    assert (await sign_in_by_sso(house.ctx, vouched(house), by_email=False)).user.id == house.user_id, "bound since"
    assert await refused(house, evolve(ADA, subject="who has the address now"), by_email=True) == "not_linked"
    assert await refused(house, evolve(ADA, issuer="https://other.example"), by_email=True) == "not_linked"


async def test_a_token_counts_once_whatever_it_was_used_for(house: House) -> None:
    await bind(house)
    once = vouched(house, token=b"one")
    await sign_in_by_sso(house.ctx, once, by_email=False)
    with pytest.raises(SsoRefusedError) as error:
        await sign_in_by_sso(house.ctx, once, by_email=False)
    assert error.value.code == "token_used"


async def test_a_trip_ends_in_its_browser_in_ten_minutes_and_once(house: House) -> None:
    first, late = await begin_round(house.ctx, "/app"), await begin_round(house.ctx, "/app")
    assert first.nonce != late.nonce
    assert len({first.nonce, first.code_verifier, first.state, first.browser}) == 4
    for browser in (late.browser, None):
        begun = await begin_round(house.ctx, "/app")
        for held in (browser, begun.browser):
            with pytest.raises(SsoRefusedError):
                await end_round(house.ctx, begun.state, held)
    assert (await end_round(house.ctx, first.state, first.browser)).return_to == "/app"
    with pytest.raises(SsoRefusedError):
        await end_round(house.ctx, first.state, first.browser)
    house.clock.advance(600)
    with pytest.raises(SsoRefusedError):
        await end_round(house.ctx, late.state, late.browser)


async def test_who_is_linked_links_nothing_more_and_a_trip_to_sign_in_links_nobody(house: House) -> None:
    plain = SsoRound(state_hash=b"s", browser_hash=b"b", return_to="/app", expires_at=house.clock.now())
    with pytest.raises(SsoRefusedError):
        await link_by_sso(house.ctx, plain, vouched(house))
    await bind(house)
    with pytest.raises(ConflictError):
        await begin_round(house.ctx, "/app", user_id=house.user_id, session_id=house.ctx.new_id())
    with pytest.raises(ConflictError):
        await bind(house, evolve(ADA, subject="another"))


async def test_the_only_way_in_is_not_taken_off(house: House) -> None:
    await bind(house)

    async def user() -> User:
        async with house.ctx.ledger.begin() as tx:
            found = await tx.users.get(house.user_id)
            assert found is not None
            return found

    before = await user()
    async with house.ctx.ledger.begin() as tx:
        await tx.users.save(evolve(before, password_hash=None))
    with pytest.raises(ConflictError):
        await unlink_sso(house.ctx, house.user_id)
    async with house.ctx.ledger.begin() as tx:
        await tx.users.save(before)
    await unlink_sso(house.ctx, house.user_id)
    await unlink_sso(house.ctx, house.user_id)
    assert (await user()).sso_subject is None
    assert await refused(house, ADA) == "not_linked"
    async with house.ctx.ledger.begin() as tx:
        actions = [entry.action for entry in await tx.audit.of_user(house.user_id, 20)]
    assert actions.count(AuditAction.UNLINK_SSO) == 1

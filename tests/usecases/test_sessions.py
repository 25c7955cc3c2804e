"""Sign-in, rotating refresh tokens, sign-out."""

import pytest

from distribution_core.domain.audit import AuditAction
from distribution_core.domain.errors import ConflictError, CredentialsError, InvalidInputError
from distribution_core.domain.secret import Secret
from distribution_core.usecases.sign_in import add_user, refresh_session, session_is_live, sign_in, sign_out, signed_in_places
from tests.usecases.conftest import House

pytestmark = pytest.mark.anyio
PASSWORD = Secret("a long enough password")


async def test_the_right_password_signs_in_and_a_wrong_one_does_not(house: House) -> None:
    signed_in = await sign_in(house.ctx, " ADA@example.com ", PASSWORD)
    assert signed_in.user.id == house.user_id
    for email, password in (("ada@example.com", "wrong"), ("nobody@example.com", PASSWORD.reveal())):
        with pytest.raises(CredentialsError):
            await sign_in(house.ctx, email, Secret(password))


async def test_a_used_refresh_token_ends_the_whole_session(house: House) -> None:
    first = await sign_in(house.ctx, "ada@example.com", PASSWORD)
    second = await refresh_session(house.ctx, first.refresh_token)
    assert second.session.family_id == first.session.family_id
    with pytest.raises(CredentialsError):
        await refresh_session(house.ctx, first.refresh_token)
    with pytest.raises(CredentialsError):
        await refresh_session(house.ctx, second.refresh_token)
    assert not await session_is_live(house.ctx, first.session.family_id)
    async with house.ctx.ledger.begin() as tx:
        actions = [entry.action for entry in await tx.audit.of_user(house.user_id, 10)]
    assert AuditAction.SESSION_REUSED in actions


async def test_signing_out_ends_it_on_the_server(house: House) -> None:
    signed_in = await sign_in(house.ctx, "ada@example.com", PASSWORD)
    await sign_out(house.ctx, house.user_id, signed_in.session.family_id)
    assert not await session_is_live(house.ctx, signed_in.session.family_id)
    with pytest.raises(CredentialsError):
        await refresh_session(house.ctx, signed_in.refresh_token)


async def test_a_session_ends_after_thirty_days(house: House) -> None:
    signed_in = await sign_in(house.ctx, "ada@example.com", PASSWORD)
    house.clock.advance(30 * 24 * 3600)
    with pytest.raises(CredentialsError):
        await refresh_session(house.ctx, signed_in.refresh_token)


async def test_a_session_that_is_used_every_day_ends_all_the_same(house: House) -> None:
    signed_in = began = await sign_in(house.ctx, "ada@example.com", PASSWORD)
    for _ in range(89):
        house.clock.advance(24 * 3600)
        signed_in = await refresh_session(house.ctx, signed_in.refresh_token)
    assert signed_in.session.expires_at - began.session.created_at == house.ctx.limits.session_family_max
    (place,) = await signed_in_places(house.ctx, house.user_id)
    assert place.began_at == began.session.created_at
    house.clock.advance(24 * 3600)
    assert not await session_is_live(house.ctx, signed_in.session.family_id)
    with pytest.raises(CredentialsError):
        await refresh_session(house.ctx, signed_in.refresh_token)
    assert await sign_in(house.ctx, "ada@example.com", PASSWORD), "and begins anew"


@pytest.mark.parametrize("email", ["", "ada", "@example.com", "ada@", "a b@example.com"])
async def test_an_email_must_be_one(house: House, email: str) -> None:
    with pytest.raises(InvalidInputError):
        await add_user(house.ctx, email, PASSWORD)


async def test_passwords_have_a_length_and_emails_one_owner(house: House) -> None:
    with pytest.raises(InvalidInputError):
        await add_user(house.ctx, "ben@example.com", Secret("short"))
    with pytest.raises(ConflictError):
        await add_user(house.ctx, "Ada@Example.com", PASSWORD)

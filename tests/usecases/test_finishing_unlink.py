"""An account that was unlinked while something of it was being sent is ended by somebody, whoever dies over it."""

from datetime import timedelta
from uuid import UUID

import pytest

from distribution_core.domain.account import AccountStatus, Grant
from distribution_core.domain.delivery import DeliveryStatus
from distribution_core.domain.outcome import Processing
from distribution_core.ports.platform import Tokens
from distribution_core.usecases import settle
from distribution_core.usecases.context import Context
from distribution_core.usecases.finish_unlink import REVOKE_AGAIN, REVOKE_WITHIN
from distribution_core.usecases.toggle_account import unlink_account
from distribution_core.usecases.upkeep import take_care
from tests.usecases.conftest import House

pytestmark = pytest.mark.anyio


class _DiedError(Exception):
    """The worker is gone."""


async def _die(ctx: Context, account_id: UUID) -> None:
    raise _DiedError


async def _unlinked_while_sending(house: House, platform: str, subject: str, account: str) -> UUID:
    """Returns the id of the delivery that is being sent."""
    await house.link(platform, subject, account)
    house.fakes[platform].adapter.commits.append((True, Processing(poll_after=timedelta(seconds=5))))
    (delivery,) = await house.release(account)
    await house.round()
    unlinked = await unlink_account(house.ctx, house.user_id, (await house.accounts())[account].id)
    assert unlinked.being_sent == 1
    return delivery.id


async def _grant(house: House, grant_id: UUID) -> Grant:
    async with house.ctx.ledger.begin() as tx:
        grant = await tx.grants.get(grant_id)
    assert grant is not None
    return grant


async def test_upkeep_ends_what_a_worker_died_over(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    delivery_id = await _unlinked_while_sending(house, "alpha", "ada", "one")
    grant_id = (await house.accounts())["one"].grant_id
    assert grant_id is not None
    await take_care(house.ctx, "w1")
    assert (await house.accounts())["one"].grant_id == grant_id, "its post is still asked about with its token"
    with monkeypatch.context() as dying:
        dying.setattr(settle, "finish_unlink", _die)
        with pytest.raises(_DiedError):
            await house.until_quiet(hours=0.1)
    assert (await house.delivery(delivery_id)).status is DeliveryStatus.SUCCESS
    assert (await house.accounts())["one"].grant_id == grant_id
    assert house.fakes["alpha"].authorizer.revoked == []
    await take_care(house.ctx, "w2")
    assert (await house.accounts())["one"].grant_id is None
    ended = await _grant(house, grant_id)
    assert (ended.status, ended.access_token, ended.refresh_token) == (AccountStatus.REVOKED, b"", None)
    assert house.fakes["alpha"].authorizer.revoked == ["ada"]
    await take_care(house.ctx, "w2")
    assert house.fakes["alpha"].authorizer.revoked == ["ada"], "it is ended once"


async def test_one_that_cannot_be_ended_keeps_no_other_waiting(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    await _unlinked_while_sending(house, "alpha", "ada", "one")
    with monkeypatch.context() as dying:
        dying.setattr(settle, "finish_unlink", _die)
        with pytest.raises(_DiedError):
            await house.until_quiet(hours=0.1)
        house.clock.advance(1)
        await _unlinked_while_sending(house, "beta", "bob", "two")
        with pytest.raises(_DiedError):
            await house.until_quiet(hours=0.1)

    async def refuse(app: str, tokens: Tokens, subject_id: str) -> None:
        raise ConnectionError("the platform is away")

    monkeypatch.setattr(house.fakes["alpha"].authorizer, "revoke", refuse)
    await take_care(house.ctx, "w1")
    assert house.fakes["beta"].authorizer.revoked == ["bob"]
    assert [account.grant_id for account in (await house.accounts()).values()] == [None, None]


async def test_a_revocation_that_the_platform_did_not_confirm_is_tried_again(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await house.link("alpha", "ada", "one")
    account = (await house.accounts())["one"]
    assert account.grant_id is not None
    asked = []

    async def unsure(app: str, tokens: Tokens, subject_id: str) -> bool:
        asked.append(tokens.access.reveal())
        return False

    with monkeypatch.context() as away:
        away.setattr(house.fakes["alpha"].authorizer, "revoke", unsure)
        await unlink_account(house.ctx, house.user_id, account.id)
        waiting = await _grant(house, account.grant_id)
        assert (waiting.status, len(asked)) == (AccountStatus.REVOKED, 1)
        assert waiting.access_token, "it is what the platform is asked with"
        await take_care(house.ctx, "w1")
        assert len(asked) == 1, "not at once"
        house.clock.advance(REVOKE_AGAIN.total_seconds())
        await take_care(house.ctx, "w1")
        assert len(asked) == 2
    house.clock.advance(REVOKE_AGAIN.total_seconds())
    await take_care(house.ctx, "w1")
    assert house.fakes["alpha"].authorizer.revoked == ["ada"]
    ended = await _grant(house, account.grant_id)
    assert (ended.access_token, ended.refresh_token, ended.revoke_until) == (b"", None, None)
    house.clock.advance(REVOKE_AGAIN.total_seconds())
    await take_care(house.ctx, "w1")
    assert house.fakes["alpha"].authorizer.revoked == ["ada"], "confirmed, it is asked no more"


async def test_no_token_is_kept_for_ever_to_be_revoked(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    await house.link("alpha", "ada", "one")
    account = (await house.accounts())["one"]
    assert account.grant_id is not None

    async def away(app: str, tokens: Tokens, subject_id: str) -> bool:
        raise ConnectionError("the platform is away")

    monkeypatch.setattr(house.fakes["alpha"].authorizer, "revoke", away)
    await unlink_account(house.ctx, house.user_id, account.id)
    assert (await _grant(house, account.grant_id)).access_token
    house.clock.advance(REVOKE_WITHIN.total_seconds())
    await take_care(house.ctx, "w1")
    assert (await _grant(house, account.grant_id)).access_token == b""


async def test_who_links_again_meanwhile_is_not_revoked(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    await house.link("alpha", "ada", "one")
    account = (await house.accounts())["one"]
    assert account.grant_id is not None

    async def unsure(app: str, tokens: Tokens, subject_id: str) -> bool:
        return False

    with monkeypatch.context() as away:
        away.setattr(house.fakes["alpha"].authorizer, "revoke", unsure)
        await unlink_account(house.ctx, house.user_id, account.id)
        await house.link("alpha", "ada", "one")
    house.clock.advance(REVOKE_AGAIN.total_seconds())
    await take_care(house.ctx, "w1")
    assert house.fakes["alpha"].authorizer.revoked == []
    assert (await _grant(house, account.grant_id)).status is AccountStatus.VALID

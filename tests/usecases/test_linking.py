"""Linking: a round trip that is ours, once, in time; and nothing kept of one that fails."""

from datetime import timedelta

import pytest

from distribution_core.domain.account import AccountStatus
from distribution_core.domain.errors import ConflictError, LinkRefusedError, NotFoundError
from distribution_core.domain.secret import Secret
from distribution_core.ports.platform import (
    Consent,
    DiscoveredAccount,
    LinkError,
    Refreshed,
    RefreshRefused,
    RefreshUnavailable,
    Tokens,
)
from distribution_core.usecases.link_account import Declined, begin_link, finish_link
from distribution_core.usecases.refresh_token import open_tokens, refresh_account, refresh_grant
from distribution_core.usecases.toggle_account import toggle_account, unlink_account
from tests.usecases.conftest import House

pytestmark = pytest.mark.anyio


async def _state(house: House, platform: str = "alpha") -> str:
    url = await begin_link(house.ctx, house.user_id, house.session_id, platform, app=None, redirect_uri="https://us/cb")
    return url.partition("state=")[2].partition("&")[0]


async def _finish(house: House, state: str, **other: object) -> object:
    arguments = {
        "state": state,
        "code": Secret("code"),
        "error": None,
        "user": house.user_id,
        "session": house.session_id,
    } | other
    platform = str(arguments.pop("platform", "alpha"))
    user, session = arguments.pop("user"), arguments.pop("session")
    return await finish_link(house.ctx, user, session, platform, **arguments)  # type: ignore[arg-type]


async def _refused(house: House, state: str, expected: str, **other: object) -> LinkRefusedError:
    with pytest.raises(LinkRefusedError) as refused:
        await _finish(house, state, **other)
    assert refused.value.code == expected
    assert await house.accounts() == {}
    return refused.value


async def test_a_wrong_state_links_nothing(house: House) -> None:
    house.fakes["alpha"].will_consent("ada", "one")
    await _state(house)
    await _refused(house, "made-up", "state_invalid")


async def test_a_state_works_once(house: House) -> None:
    house.fakes["alpha"].will_consent("ada", "one")
    state = await _state(house)
    await _finish(house, state)
    with pytest.raises(LinkRefusedError):
        await _finish(house, state)


async def test_a_state_is_bound_to_user_session_and_platform(house: House) -> None:
    house.fakes["alpha"].will_consent("ada", "one")
    house.fakes["beta"].will_consent("ada", "one")
    stranger = house.ctx.new_id()
    await _refused(house, await _state(house), "state_invalid", user=stranger)
    await _refused(house, await _state(house), "state_invalid", session=stranger)
    await _refused(house, await _state(house), "state_invalid", platform="beta")


async def test_a_state_ends_after_ten_minutes(house: House) -> None:
    house.fakes["alpha"].will_consent("ada", "one")
    state = await _state(house)
    house.clock.advance(600)
    await _refused(house, state, "state_expired")


async def test_a_denied_consent_and_a_failed_exchange_link_nothing(house: House) -> None:
    house.fakes["alpha"].will_consent("ada", "one")
    await _refused(house, await _state(house), "consent_denied", code=None, error=Declined(error="access_denied"))
    house.fakes["alpha"].authorizer.consent = LinkError("missing_scope", "The scope post was not granted.")
    await _refused(house, await _state(house), "missing_scope")


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (
            Declined(error="unauthorized_scope_error", description="Scope x is not\nauthorized"),
            "unauthorized_scope_error: Scope x",
        ),
        (Declined(error="access_denied", kind="non_sandbox_target"), "access_denied: non_sandbox_target."),
        (Declined(error="server_error", description="y" * 5_000), "yyy"),
    ],
)
async def test_a_refusal_that_is_not_the_persons_own_is_told_as_it_is(house: House, said: Declined, words: str) -> None:
    house.fakes["alpha"].will_consent("ada", "one")
    refused = await _refused(house, await _state(house), "platform_refused", code=None, error=said)
    assert words in str(refused)
    assert "allow it" not in str(refused)
    assert len(str(refused)) < 500


async def test_an_account_that_moves_to_another_consent_leaves_none_behind(house: House) -> None:
    await house.link("alpha", "ada", "one")
    old = (await house.accounts())["one"].grant_id
    await house.link("alpha", "ben", "one", "two")
    assert old is not None
    async with house.ctx.ledger.begin() as tx:
        left = await tx.grants.get(old)
    assert left is not None
    assert (left.status, left.access_token, left.refresh_token) == (AccountStatus.REVOKED, b"", None)
    assert house.fakes["alpha"].authorizer.revoked == ["ada"]
    await unlink_account(house.ctx, house.user_id, (await house.accounts())["one"].id)
    assert house.fakes["alpha"].authorizer.revoked == ["ada"], "ben has another account on his"


async def test_one_that_others_stand_on_is_left_alone(house: House) -> None:
    await house.link("alpha", "ada", "one", "two")
    await house.link("alpha", "ben", "one")
    assert house.fakes["alpha"].authorizer.revoked == []


async def test_a_person_with_no_account_is_told_so(house: House) -> None:
    house.fakes["alpha"].will_consent("noor")
    await _refused(house, await _state(house), "no_accounts")


async def test_an_account_that_cannot_be_posted_to_is_named_and_not_linked(house: House) -> None:
    house.fakes["alpha"].authorizer.consent = Consent(
        subject_id="ada",
        tokens=Tokens(access=Secret("a")),
        accounts=(
            DiscoveredAccount(external_account_id="one", kind="page", display_name="One"),
            DiscoveredAccount(external_account_id="two", kind="page", display_name="Two", problem="You may not post there."),
        ),
    )
    linked = await _finish(house, await _state(house))
    assert [account.external_account_id for account in linked.accounts] == ["one"]  # type: ignore[attr-defined]
    assert [item.reason for item in linked.not_linked] == ["You may not post there."]  # type: ignore[attr-defined]


async def test_unknown_platforms_and_apps_are_said_so(house: House) -> None:
    with pytest.raises(NotFoundError):
        await begin_link(house.ctx, house.user_id, house.session_id, "myspace", app=None, redirect_uri="https://us/cb")
    with pytest.raises(LinkRefusedError):
        await begin_link(house.ctx, house.user_id, house.session_id, "alpha", app="other", redirect_uri="https://us/cb")


async def test_linking_again_keeps_the_account_its_switch_and_the_refresh_token(house: House) -> None:
    first = (await house.link("alpha", "ada", "one")).accounts[0]
    await toggle_account(house.ctx, house.user_id, first.id, is_active=False)
    again = (await house.link("alpha", "ada", "one", refresh=None)).accounts[0]
    assert (again.id, again.grant_id, again.is_active) == (first.id, first.grant_id, False)
    async with house.ctx.ledger.begin() as tx:
        grant = await tx.grants.get(first.grant_id)  # type: ignore[arg-type]
    assert grant is not None
    assert (await open_tokens(house.ctx, grant)).refresh == Secret("refresh-1"), "a consent without one wipes nothing"


async def test_tokens_are_sealed_before_they_reach_the_ledger(house: House) -> None:
    account = (await house.link("alpha", "ada", "one")).accounts[0]
    async with house.ctx.ledger.begin() as tx:
        grant = await tx.grants.get(account.grant_id)  # type: ignore[arg-type]
    assert grant is not None
    assert b"access-1" not in grant.access_token
    assert b"refresh-1" not in (grant.refresh_token or b"")
    assert "access" not in repr(grant).replace("access_expires_at", "").replace("access_token", "")


async def test_unlinking_keeps_history_and_revokes_with_the_last_account(house: House) -> None:
    linked = await house.link("alpha", "ada", "one", "two")
    authorizer = house.fakes["alpha"].authorizer
    await unlink_account(house.ctx, house.user_id, linked.accounts[0].id)
    assert authorizer.revoked == []
    await unlink_account(house.ctx, house.user_id, linked.accounts[1].id)
    assert authorizer.revoked == ["ada"]
    accounts = await house.accounts()
    assert all(not account.is_linked and account.grant_id is None for account in accounts.values())
    with pytest.raises(NotFoundError):
        await unlink_account(house.ctx, house.user_id, linked.accounts[0].id)
    back = await house.link("alpha", "ada", "one")
    assert back.accounts[0].id == linked.accounts[0].id
    assert back.accounts[0].is_active


async def test_a_refusal_marks_the_account_revoked_and_an_outage_does_not(house: House) -> None:
    account = (await house.link("alpha", "ada", "one")).accounts[0]
    refreshes = house.fakes["alpha"].authorizer.refreshes
    refreshes.append(RefreshUnavailable(message="time-out"))
    with pytest.raises(ConflictError):
        await refresh_account(house.ctx, house.user_id, account.id)
    assert (await house.accounts())["one"].status is AccountStatus.VALID
    house.clock.advance(60)
    refreshes.append(RefreshRefused(message="invalid_grant"))
    with pytest.raises(ConflictError):
        await refresh_account(house.ctx, house.user_id, account.id)
    assert (await house.accounts())["one"].status is AccountStatus.REVOKED


async def test_a_late_refusal_of_a_spent_pair_revokes_nothing(house: House) -> None:
    """Two holders refresh with the same pair: the second is refused, but the first's pair is good."""
    account = (await house.link("alpha", "ada", "one")).accounts[0]
    async with house.ctx.ledger.begin() as tx:
        grant = await tx.grants.get(account.grant_id)  # type: ignore[arg-type]
    assert grant is not None
    authorizer = house.fakes["alpha"].authorizer
    original = authorizer.refresh

    async def slow(app, tokens):  # type: ignore[no-untyped-def]
        authorizer.refresh = original  # type: ignore[method-assign]
        house.clock.advance(120)
        authorizer.refreshes.append(
            Refreshed(tokens=Tokens(access=Secret("access-2"), refresh=Secret("refresh-2"), access_lifetime=timedelta(hours=2)))
        )
        await refresh_grant(house.ctx, grant, worker="fast")
        return RefreshRefused(message="invalid_grant")

    authorizer.refresh = slow  # type: ignore[method-assign]
    answer = await refresh_grant(house.ctx, grant, worker="slow")
    assert getattr(answer, "version", None) == grant.version + 1
    assert (await house.accounts())["one"].status is AccountStatus.VALID


async def test_refresh_is_single_flight(house: House) -> None:
    account = (await house.link("alpha", "ada", "one")).accounts[0]
    async with house.ctx.ledger.begin() as tx:
        grant = await tx.grants.get(account.grant_id)  # type: ignore[arg-type]
        assert grant is not None
        assert await tx.grants.lease_refresh(grant.id, "other", timedelta(seconds=45))
    answer = await refresh_grant(house.ctx, grant, worker="mine")
    assert isinstance(answer, RefreshUnavailable)
    assert house.fakes["alpha"].authorizer.refresh_count == 0


async def test_a_refresh_heals_only_what_the_platform_still_lists(house: House) -> None:
    await house.link("alpha", "ada", "one", "two", "three")
    before = await house.accounts()
    grant_id = before["one"].grant_id
    assert grant_id is not None
    async with house.ctx.ledger.begin() as tx:
        grant = await tx.grants.get(grant_id)
    assert grant is not None
    listed = (
        DiscoveredAccount(external_account_id="one", kind="page", display_name="One"),
        DiscoveredAccount(external_account_id="two", kind="page", display_name="Two", problem="You may not post there."),
    )
    house.fakes["alpha"].authorizer.refreshes.append(Refreshed(tokens=Tokens(access=Secret("access-2")), accounts=listed))
    await refresh_grant(house.ctx, grant, worker="w1")
    after = await house.accounts()
    assert after["one"].status is AccountStatus.VALID
    assert (after["two"].status, after["two"].status_reason) == (AccountStatus.ERROR, "You may not post there.")
    assert after["three"].status is AccountStatus.ERROR
    house.fakes["alpha"].authorizer.refreshes.append(Refreshed(tokens=Tokens(access=Secret("access-3")), accounts=listed))
    async with house.ctx.ledger.begin() as tx:
        grant = await tx.grants.get(grant_id)
    assert grant is not None
    await refresh_grant(house.ctx, grant, worker="w1")
    assert {name: account.status for name, account in (await house.accounts()).items()} == {
        "one": AccountStatus.VALID,
        "two": AccountStatus.ERROR,
        "three": AccountStatus.ERROR,
    }, "it does not come and go"

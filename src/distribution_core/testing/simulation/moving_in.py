"""The house as it stands when a scenario begins: everything linked, as if it had been done in calmer days."""

from collections.abc import Coroutine
from typing import Any, TypeVar
from uuid import UUID

from distribution_core.domain.account import Grant, SocialAccount
from distribution_core.ports.platform import Platform
from distribution_core.testing.memory_ledger.state import State
from distribution_core.testing.simulation.platforms import SimAuthorizer
from distribution_core.usecases.context import Context
from distribution_core.usecases.refresh_token import seal_tokens

T = TypeVar("T")


def link_all(ctx: Context, state: State, user_id: UUID, platform: Platform) -> None:
    """Write a platform's one grant and all accounts that it opens."""
    authorizer = platform.authorizer
    if not isinstance(authorizer, SimAuthorizer):
        raise TypeError("only simulated platforms are moved in")
    now = ctx.clock.now()
    blank = Grant(
        id=ctx.new_id(),
        user_id=user_id,
        platform=platform.id,
        app=authorizer.default_app,
        subject_id=authorizer.grants.subject,
        data_key=at_once(ctx.vault.new_data_key()),
        access_token=b"",
        version=0,
        created_at=now,
        updated_at=now,
    )
    grant = at_once(seal_tokens(ctx, blank, authorizer.grants.issue()))
    state.grants[grant.id] = grant
    for external_id in authorizer.grants.accounts:
        account = SocialAccount(
            id=ctx.new_id(),
            user_id=user_id,
            grant_id=grant.id,
            platform=platform.id,
            external_account_id=external_id,
            kind="page",
            display_name=external_id,
            access_expires_at=grant.access_expires_at,
            linked_at=now,
            updated_at=now,
        )
        state.accounts[account.id] = account


def at_once(work: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine that waits for nothing. Raises RuntimeError for one that does."""
    try:
        work.send(None)
    except StopIteration as end:
        result: T = end.value
        return result
    work.close()
    raise RuntimeError("this had to wait")

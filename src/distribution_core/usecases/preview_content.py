"""What would happen to a draft if it were saved now: the same judgement as at the save, told whole, and nothing written."""

from datetime import timedelta
from uuid import UUID

from attrs import frozen

from distribution_core.domain.account import AccountStatus, SocialAccount
from distribution_core.domain.content import Content, Visibility
from distribution_core.domain.errors import Problem
from distribution_core.domain.forecast import shown_text, warnings
from distribution_core.domain.post import Post, render
from distribution_core.domain.rules import ValidationResult
from distribution_core.ports.ledger import Transaction
from distribution_core.usecases.context import Context
from distribution_core.usecases.judge_content import (
    Draft,
    Verdict,
    fill_content,
    judge_account,
    judge_platform,
    refusal,
)
from distribution_core.usecases.select_accounts import spent_accounts

_SOON = timedelta(minutes=10)


@frozen(kw_only=True)
class Forecast:
    """One active account. `judged` counts in the platform's own `text_unit`; `shown` is the part of the post's text that
    readers see before they ask for more, None where they see it all. `warnings` keep nothing back."""

    verdict: Verdict
    judged: ValidationResult
    text_unit: str
    post: Post
    shown: str | None
    warnings: tuple[Problem, ...]


@frozen(kw_only=True)
class Preview:
    """`content` as it would be saved. `problems` are those of its shape, and hold for every account; `refused` all that a
    save would be refused for, nothing where it would be taken."""

    content: Content
    problems: tuple[Problem, ...]
    refused: tuple[Problem, ...]
    forecasts: tuple[Forecast, ...]

    @property
    def number_that_goes(self) -> int:
        """To how many accounts it would go."""
        return 0 if self.refused else sum(forecast.verdict.goes for forecast in self.forecasts)


async def preview_content(ctx: Context, user_id: UUID, draft: Draft) -> Preview:
    """The verdict of every active account on a draft, finished or not. Writes nothing, raises nothing about the draft."""
    async with ctx.ledger.begin() as tx:
        blank = Content(id=ctx.new_id(), user_id=user_id, created_at=tx.now, updated_at=tx.now)
        content, problems = await fill_content(ctx, tx, user_id, blank, draft)
        active = [account for account in await tx.accounts.of_user(user_id) if account.is_linked and account.is_active]
        judged = {name: judge_platform(ctx, content, name) for name in {account.platform for account in active}}
        spent = await spent_accounts(ctx, tx, user_id, judged)
        forecasts = tuple(
            [await _forecast(ctx, tx, content, account, judged[account.platform], spent.get(account.id)) for account in active]
        )
    return Preview(content=content, problems=problems, refused=problems or refusal(content, active, judged), forecasts=forecasts)


async def _forecast(
    ctx: Context, tx: Transaction, content: Content, account: SocialAccount, judged: ValidationResult, spent: str | None
) -> Forecast:
    platform = ctx.platforms.get(account.platform)
    post = render(content, account.platform, account.id)
    found: list[Problem] = []
    if spent is not None:
        found.append(Problem(code="day_spent", message=spent, platform=account.platform))
    if platform is None:
        return Forecast(
            verdict=judge_account(content, account, judged),
            judged=judged,
            text_unit="characters",
            post=post,
            shown=None,
            warnings=tuple(found),
        )
    late = None if platform.authorizer.extends_access_token else await _ends_before(tx, content, account)
    if late is not None:
        found.append(late)
    rules = platform.adapter.rules
    return Forecast(
        verdict=judge_account(content, account, judged),
        judged=judged,
        text_unit=rules.text_unit.value,
        post=post,
        shown=shown_text(rules, post.text),
        warnings=(*found, *warnings(rules, post, judged)),
    )


async def _ends_before(tx: Transaction, content: Content, account: SocialAccount) -> Problem | None:
    """That access ends before a scheduled post leaves, where nothing can renew it."""
    if content.visibility is not Visibility.SCHEDULED or content.release_at is None or account.grant_id is None:
        return None
    if account.access_expires_at is None or account.access_expires_at > content.release_at - _SOON:
        return None
    grant = await tx.grants.get(account.grant_id)
    if grant is None or grant.status is not AccountStatus.VALID:
        return None
    if grant.refresh_token is not None and (grant.refresh_expires_at is None or grant.refresh_expires_at > content.release_at):
        return None
    return Problem(
        code="access_ends",
        message=f"Access to {account.display_name} ends before this leaves, unless it is renewed. Reconnect the account.",
        field="scheduled_at",
        platform=account.platform,
    )

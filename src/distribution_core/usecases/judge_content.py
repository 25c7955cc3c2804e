"""Whether content can be taken, and by which accounts: the one judgement behind counter, preview, save and worker."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from attrs import evolve, frozen

from distribution_core.domain.account import SocialAccount
from distribution_core.domain.content import Content, MediaAsset, Visibility, release_time
from distribution_core.domain.errors import InvalidInputError, Problem
from distribution_core.domain.post import ACCOUNTS_OPTION, SHARED_OPTIONS, account_options, render
from distribution_core.domain.rules import ValidationResult, check, option_problems
from distribution_core.domain.selection import left_out
from distribution_core.ports.ledger import Transaction
from distribution_core.usecases.context import Context

_OPTION_CODES = ("unknown_option", "option_value")


@frozen(kw_only=True)
class MediaRef:
    """A piece of media as the user names it: an uploaded key, and perhaps what it shows in words."""

    key: str
    alt_text: str | None = None


@frozen(kw_only=True)
class Draft:
    """What the user wants to save. `visibility` None means public, or scheduled where `scheduled_at` is given; `hold`
    None as long as the user's own setting says."""

    body: str = ""
    title: str | None = None
    media: tuple[MediaRef, ...] = ()
    visibility: Visibility | None = None
    scheduled_at: datetime | None = None
    options: Mapping[str, Mapping[str, Any]] = {}
    hold: timedelta | None = None


@frozen(kw_only=True)
class Verdict:
    """What happens to content on one account: it goes, or it does not and why."""

    account_id: UUID
    platform: str
    display_name: str
    goes: bool
    code: str | None = None
    reason: str | None = None


async def judge_draft(ctx: Context, tx: Transaction, user_id: UUID, content: Content, draft: Draft) -> Content:
    """`content` filled from the draft. Raises InvalidInputError naming everything that is wrong with its shape."""
    filled, problems = await fill_content(ctx, tx, user_id, content, draft)
    if problems:
        raise InvalidInputError(*problems)
    return filled


async def fill_content(
    ctx: Context, tx: Transaction, user_id: UUID, content: Content, draft: Draft
) -> tuple[Content, tuple[Problem, ...]]:
    """`content` filled from the draft as far as it can be, and everything that is wrong with the draft's shape."""
    problems = list(_shape_problems(ctx, draft, tx.now))
    scheduled_at = _in_utc(draft.scheduled_at)
    assets, media_problems = await _media(tx, user_id, draft.media)
    problems += media_problems
    visibility = draft.visibility or (Visibility.SCHEDULED if draft.scheduled_at else Visibility.PUBLIC)
    hold = draft.hold if draft.hold is not None else await hold_of(ctx, tx, user_id)
    filled = evolve(
        content,
        title=draft.title or None,
        body=draft.body,
        media=assets,
        visibility=visibility,
        scheduled_at=scheduled_at,
        release_at=release_time(visibility, scheduled_at, tx.now, hold),
        held_at=None,
        held_reason=None,
        probed_at=None,
        risks=(),
        hold=hold,
        options=dict(draft.options),
        updated_at=tx.now,
    )
    return filled, tuple(problems)


def _in_utc(at: datetime | None) -> datetime | None:
    """None, too, for a time that its own zone puts beyond the calendar: far past or far ahead, its shape is refused anyway."""
    try:
        return at.astimezone(UTC) if at is not None else None
    except OverflowError:
        return None


async def hold_of(ctx: Context, tx: Transaction, user_id: UUID) -> timedelta:
    """How long this user's content waits for an *undo* when nothing else is said."""
    user = await tx.users.get(user_id)
    return user.hold if user is not None and user.hold is not None else ctx.limits.hold


def judge_accounts(ctx: Context, content: Content, accounts: Iterable[SocialAccount]) -> tuple[Verdict, ...]:
    """A verdict for each linked account. Raises InvalidInputError when options are wrong, or when there are active
    accounts and none of them can carry the content."""
    meant = [account for account in accounts if account.is_linked and (content.targets is None or account.id in content.targets)]
    judged = {name: judge_platform(ctx, content, name) for name in {account.platform for account in meant}}
    problems = refusal(content, meant, judged)
    if problems:
        raise InvalidInputError(*problems)
    return tuple(judge_account(content, account, judged[account.platform]) for account in meant)


def judge_account(content: Content, account: SocialAccount, judged: ValidationResult) -> Verdict:
    """Whether `content` goes to `account`, whose platform takes it as `judged`."""
    reason = left_out(account)
    if reason is None and content.visibility is Visibility.PRIVATE:
        reason = ("private", "Private content is kept and sent nowhere.")
    elif reason is None and not judged.ok:
        reason = (judged.problems[0].code, judged.problems[0].message)
    code, words = reason or (None, None)
    return Verdict(
        account_id=account.id,
        platform=account.platform,
        display_name=account.display_name,
        goes=reason is None,
        code=code,
        reason=words,
    )


def refusal(content: Content, accounts: Iterable[SocialAccount], judged: Mapping[str, ValidationResult]) -> tuple[Problem, ...]:
    """Why `content` is not saved although its shape is right: options are wrong, or there are accounts that take part and
    none of them can carry it. Nothing where it is saved."""
    if content.visibility is Visibility.PRIVATE:
        return ()
    asked = dict.fromkeys(account.platform for account in accounts if left_out(account) is None)
    problems = tuple(dict.fromkeys(problem for platform_id in asked for problem in judged[platform_id].problems))
    options = tuple(problem for problem in problems if problem.code in _OPTION_CODES)
    return options or (() if any(judged[platform_id].ok for platform_id in asked) else problems)


def judge_platform(ctx: Context, content: Content, platform_id: str) -> ValidationResult:
    """Everything about `content` on a platform; also when the platform is not installed any more."""
    platform = ctx.platforms.get(platform_id)
    if platform is None:
        missing = Problem(code="unknown_platform", message=f"{platform_id} is not available here.", platform=platform_id)
        return ValidationResult(platform=platform_id, text_used=len(content.body), text_max=0, problems=(missing,))
    rules = platform.adapter.rules
    judged = check(rules, render(content, platform_id))
    own = account_options(content.options.get(platform_id, {}))
    wrong = tuple(dict.fromkeys(problem for options in own.values() for problem in option_problems(rules, options)))
    return evolve(judged, problems=(*judged.problems, *wrong)) if wrong else judged


def _shape_problems(ctx: Context, draft: Draft, now: datetime) -> Iterable[Problem]:
    limits = ctx.limits
    if draft.hold is not None and not timedelta() <= draft.hold <= limits.hold_max:
        longest = int(limits.hold_max.total_seconds())
        yield Problem(code="hold", message=f"The hold is 0 to {longest} seconds.", field="hold_seconds")
    if len(draft.body) > limits.body_chars_max:
        yield Problem(
            code="text_too_long",
            message=f"The text has {len(draft.body):,} characters; at most {limits.body_chars_max:,} are taken.",
            field="body",
        )
    if draft.title and len(draft.title) > limits.title_chars_max:
        yield Problem(code="title_too_long", message=f"A title has at most {limits.title_chars_max} characters.", field="title")
    if len(draft.media) > limits.media_per_content_max:
        yield Problem(
            code="too_many_media",
            message=f"At most {limits.media_per_content_max} pictures and videos are taken.",
            field="media_assets",
        )
    if any("\0" in text for text in _texts(draft)):
        yield Problem(code="text_unusable", message="The text holds a NUL character, which no platform takes.", field="body")
    if not draft.body.strip() and not draft.media and not draft.title:
        yield Problem(code="empty", message="Write something or add a picture or video.", field="body")
    yield from _schedule_problems(ctx, draft, now)
    for name, own in draft.options.items():
        if name not in ctx.platforms:
            known = ", ".join(sorted(ctx.platforms))
            yield Problem(
                code="unknown_platform", message=f"There is no platform {name!r}; there are: {known}.", field=f"options.{name}"
            )
        yield from (
            Problem(code="option_value", message=f"{name}: {key} is text.", field=f"options.{name}.{key}", platform=name)
            for key in SHARED_OPTIONS
            if own.get(key) is not None and not isinstance(own[key], str)
        )
        yield from _account_option_problems(name, own.get(ACCOUNTS_OPTION, {}))


def _account_option_problems(platform: str, by_account: Any) -> Iterable[Problem]:
    shaped = isinstance(by_account, Mapping) and all(
        _is_id(account_id) and isinstance(options, Mapping) and not options.keys() & {*SHARED_OPTIONS, ACCOUNTS_OPTION}
        for account_id, options in by_account.items()
    )
    if not shaped:
        words = f"{platform}: accounts maps accounts' ids to options of theirs, without text, title or link."
        field = f"options.{platform}.{ACCOUNTS_OPTION}"
        yield Problem(code="option_value", message=words, field=field, platform=platform)


def _is_id(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False


def _texts(draft: Draft) -> Iterable[str]:
    """Every text of a draft, however deep its options lie."""
    waiting: list[Any] = [draft.body, draft.title, *(ref.alt_text for ref in draft.media), draft.options]
    while waiting:
        found = waiting.pop()
        if isinstance(found, str):
            yield found
        elif isinstance(found, Mapping):
            waiting += [*found.keys(), *found.values()]
        elif isinstance(found, list | tuple):
            waiting += found


def _schedule_problems(ctx: Context, draft: Draft, now: datetime) -> Iterable[Problem]:
    at = draft.scheduled_at
    if draft.visibility is Visibility.SCHEDULED and at is None:
        yield Problem(code="schedule_missing", message="Scheduled content needs scheduled_at.", field="scheduled_at")
    if at is None:
        return
    if draft.visibility not in (None, Visibility.SCHEDULED):
        yield Problem(
            code="schedule_unexpected", message="scheduled_at goes with visibility scheduled only.", field="scheduled_at"
        )
    elif at <= now:
        yield Problem(
            code="schedule_past",
            message=f"scheduled_at is in the past; it is {now:%Y-%m-%dT%H:%M:%SZ} now.",
            field="scheduled_at",
        )
    elif at > now + ctx.limits.schedule_ahead_max:
        days = ctx.limits.schedule_ahead_max.days
        yield Problem(code="schedule_far", message=f"scheduled_at is at most {days} days ahead.", field="scheduled_at")


async def _media(tx: Transaction, user_id: UUID, refs: Sequence[MediaRef]) -> tuple[tuple[MediaAsset, ...], list[Problem]]:
    if not refs:
        return (), []
    stored = await tx.media.of_keys(user_id, {ref.key for ref in refs})
    assets, problems = [], []
    for ref in refs:
        if "://" in ref.key:
            problems.append(
                Problem(
                    code="media_url",
                    message="An address is fetched when this is saved; upload it to /media to see before what becomes of it.",
                    field="media_assets",
                )
            )
        elif ref.key not in stored:
            problems.append(
                Problem(code="media_unknown", message=f"There is no uploaded media {ref.key!r}.", field="media_assets")
            )
        else:
            assets.append(evolve(stored[ref.key].asset, alt_text=ref.alt_text))
    return tuple(assets), problems

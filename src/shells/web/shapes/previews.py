"""What would become of a draft, account by account, as JSON."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from distribution_core.domain.errors import Problem
from distribution_core.domain.rules import MediaFate, MediaVerdict
from distribution_core.usecases.preview_content import Forecast, Preview


class ProblemOut(Struct, kw_only=True):
    code: str
    message: str
    field: str | None
    platform: str | None

    @classmethod
    def of(cls, problem: Problem) -> "ProblemOut":
        return cls(code=problem.code, message=problem.message, field=problem.field, platform=problem.platform)


class MediaFateOut(Struct, kw_only=True):
    """`becomes`: kept, converted (to `mime`) or refused, for these `problems`."""

    key: str
    becomes: MediaFate
    mime: str
    problems: list[ProblemOut]

    @classmethod
    def of(cls, verdict: MediaVerdict) -> "MediaFateOut":
        return cls(
            key=verdict.key,
            becomes=verdict.fate,
            mime=verdict.mime,
            problems=[ProblemOut.of(problem) for problem in verdict.problems],
        )


class ForecastOut(Struct, kw_only=True):
    """One active account. `text`, `title` and `link` are what its platform gets; `text_used` and `text_max` count as the
    platform does (`text_unit`: characters, utf16, escaped). `text_shown` is what readers see before they ask for more, null
    where they see it all. `goes` is false for the reason in `code` and `reason`; `problems` are all there are."""

    account_id: UUID
    platform: str
    display_name: str
    goes: bool
    code: str | None
    reason: str | None
    problems: list[ProblemOut]
    warnings: list[ProblemOut]
    text: str
    title: str | None
    link: str | None
    text_used: int
    text_max: int
    text_unit: str
    text_shown: str | None
    media: list[MediaFateOut]

    @classmethod
    def of(cls, forecast: Forecast) -> "ForecastOut":
        verdict, judged, post = forecast.verdict, forecast.judged, forecast.post
        return cls(
            account_id=verdict.account_id,
            platform=verdict.platform,
            display_name=verdict.display_name,
            goes=verdict.goes,
            code=verdict.code,
            reason=verdict.reason,
            problems=[ProblemOut.of(problem) for problem in judged.problems],
            warnings=[ProblemOut.of(problem) for problem in forecast.warnings],
            text=post.text,
            title=post.title,
            link=post.link,
            text_used=judged.text_used,
            text_max=judged.text_max,
            text_unit=forecast.text_unit,
            text_shown=forecast.shown,
            media=[MediaFateOut.of(item) for item in judged.media],
        )


class PreviewOut(Struct, kw_only=True):
    """`can_save`: whether POST /content would take it; where not, `refused` is what it would answer. `goes_to` counts the
    accounts that it would go to, `release_at` is when it would leave if it were saved now (null: never). `problems` are
    those of the draft itself."""

    can_save: bool
    goes_to: int
    release_at: datetime | None
    problems: list[ProblemOut]
    refused: list[ProblemOut]
    accounts: list[ForecastOut]

    @classmethod
    def of(cls, preview: Preview) -> "PreviewOut":
        return cls(
            can_save=not preview.refused,
            goes_to=preview.number_that_goes,
            release_at=preview.content.release_at,
            problems=[ProblemOut.of(problem) for problem in preview.problems],
            refused=[ProblemOut.of(problem) for problem in preview.refused],
            accounts=[ForecastOut.of(forecast) for forecast in preview.forecasts],
        )

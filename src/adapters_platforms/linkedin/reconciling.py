"""What became of a LinkedIn post whose answer was lost: a Page's own list, or (opt-in) a member's duplicate check."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from attrs import frozen

from adapters_platforms.http import Answer, TransportError
from adapters_platforms.linkedin.api import LinkedInApi, created_urn, elements_of
from adapters_platforms.linkedin.configuration import LinkedInConfig
from adapters_platforms.linkedin.failures import Class, before_commit, read_problem
from adapters_platforms.linkedin.little_text import plain
from adapters_platforms.linkedin.rendering import POSTS
from adapters_platforms.linkedin.throttling import Throttling
from adapters_platforms.linkedin.urns import author_urn, in_url, permalink, posted_at
from distribution_core.domain.outcome import (
    CannotAsk,
    Finding,
    Found,
    Processing,
    Published,
    Refuted,
    Rejected,
    Unavailable,
    Unknown,
)
from distribution_core.domain.post import normalised
from distribution_core.ports.platform import PublishJob

# Our clock against LinkedIn's.
_EARLY = timedelta(seconds=5)
_PROBE_WITHIN = timedelta(minutes=10)
_PAGE = 50
_PAGES_MAX = 5


@frozen(kw_only=True)
class Reconciler:
    """Never answers Absent: LinkedIn's create is not idempotent, and a list without the post proves nothing."""

    config: LinkedInConfig
    api: LinkedInApi
    throttling: Throttling
    now: Callable[[], datetime]

    async def look_back(self, job: PublishJob, handles: Mapping[str, Any]) -> Finding:
        """For an organization: its posts, newest first, back to the attempt's start."""
        if job.committing_at is None:
            return Unknown(message="It is not known when this post was sent.")
        earliest = job.committing_at - _EARLY
        author = in_url(author_urn(job.account_kind, job.external_account_id))
        ours, start = media_urns(handles), 0
        alike: list[tuple[str, Mapping[str, Any]]] = []
        for _ in range(_PAGES_MAX):
            path = f"/rest/posts?q=author&author={author}&start={start}&count={_PAGE}&sortBy=CREATED"
            try:
                answer = await self.api.call("GET", path, job.token, rest_method="FINDER")
            except TransportError as error:
                return CannotAsk(refusal=Unavailable(message=str(error)))
            if not answer.ok:
                return self._unanswered(answer, job)
            items, count = elements_of(answer, _PAGE)
            for item in items:
                urn, created = item.get("id"), created_at(item)
                if not isinstance(urn, str) or urn in job.claimed_post_ids or created is None:
                    continue
                if is_ours(item, job, ours):
                    return self._seen(item, urn)
                if created >= earliest and looks_alike(item, job):
                    alike.append((urn, item))
            start += len(items)
            times = [created for item in items if (created := created_at(item)) is not None]
            if not items or len(items) < count or (times and min(times) < earliest):
                break
        if len(alike) == 1:
            return self._seen(alike[0][1], alike[0][0], by_likeness=True)
        if alike:
            return Unknown(message="LinkedIn lists several posts that read like this one; look at the Page.")
        return Unknown(message="LinkedIn does not list the post yet, which proves nothing; look at the Page.")

    async def probe(self, job: PublishJob, handles: Mapping[str, Any]) -> Finding:
        """For a member, whose posts nobody may list: at most one resend of the same bytes, where that is switched on.

        LinkedIn names the earlier post when it refuses a duplicate. It is ours only if its own time lies in the attempt.
        An answer that is lost again is Unknown, so that nothing is sent a third time.
        """
        body, started, now = handles.get("body"), job.committing_at, self.now()
        if not self.config.member_duplicate_probe or not isinstance(body, str) or started is None:
            return Unknown(message="LinkedIn does not let an app read a member's posts; look at your profile.")
        if not timedelta() <= now - started < _PROBE_WITHIN:
            return Unknown(message="Too long ago to ask LinkedIn's duplicate check; look at your profile.")
        route = str(handles.get("route", POSTS))
        try:
            answer = await self.api.create_post(route, job.token, body.encode(), timeout_s=self.config.commit_deadline_s)
        except TransportError as error:
            return Unknown(message=str(error)) if error.sent else CannotAsk(refusal=Unavailable(message=str(error)))
        if answer.ok:
            urn = created_urn(answer)
            return self._found(urn) if urn else Unknown(message="LinkedIn took the post without naming it; look at your profile.")
        problem = read_problem(answer)
        if problem.meaning is Class.DUPLICATE:
            return self._duplicate(job, problem.urn, started - _EARLY, now)
        if problem.meaning in (Class.AMBIGUOUS, Class.UNKNOWN):
            return Unknown(message=f"LinkedIn answered {problem.status} to the second asking; look at your profile.")
        return self._unanswered(answer, job)

    def _duplicate(self, job: PublishJob, urn: str | None, earliest: datetime, latest: datetime) -> Finding:
        posted = posted_at(urn) if urn else None
        if urn is None or posted is None or posted > latest:
            # A URN younger than the resend belongs to a post that does not exist (seen in the field).
            return Unknown(message="LinkedIn calls the post a duplicate without a usable original; look at your profile.")
        if posted < earliest:
            message = f"LinkedIn holds the same post from before ({urn}) and took this one for a duplicate."
            return Refuted(refusal=Rejected(message=message, code="DUPLICATE_POST"))
        if urn in job.claimed_post_ids:
            return Unknown(message=f"LinkedIn calls this a duplicate of {urn}, which another delivery made.")
        return self._found(urn, by_likeness=True)

    def _unanswered(self, answer: Answer, job: PublishJob) -> Finding:
        """A question that this token may never put stays open; any other is put again later."""
        problem = read_problem(answer)
        refusal = before_commit(problem, self.throttling, job.external_account_id)
        if isinstance(refusal, Rejected) and problem.meaning is not Class.CONFIG:
            return Unknown(message=f"LinkedIn does not say what became of the post: {problem.message}")
        return CannotAsk(refusal=refusal)

    def _seen(self, item: Mapping[str, Any], urn: str, *, by_likeness: bool = False) -> Finding:
        match item.get("lifecycleState"):
            case "PUBLISH_REQUESTED":
                return Processing(poll_after=timedelta(seconds=self.config.processing_wait_s))
            case "PUBLISH_FAILED":
                return Refuted(refusal=Rejected(message=f"LinkedIn accepted the post ({urn}) and failed to publish it."))
            case _:
                return self._found(urn, by_likeness=by_likeness)

    def _found(self, urn: str, *, by_likeness: bool = False) -> Found:
        publication = Published(external_post_id=urn, permalink=permalink(self.config.www, urn))
        return Found(publication=publication, by_likeness=by_likeness)


def media_urns(handles: Mapping[str, Any]) -> frozenset[str]:
    """The uploads that only this delivery's post can show."""
    found = [value for key, value in handles.items() if key == "video" or key.startswith(("image_", "asset_"))]
    return frozenset(str(handle["urn"]) for handle in found if isinstance(handle, dict) and "urn" in handle)


def created_at(item: Mapping[str, Any]) -> datetime | None:
    """When a listed post came to be, by its own field or by its id."""
    ms = item.get("createdAt")
    if isinstance(ms, int) and 0 < ms < 10**14:
        return datetime.fromtimestamp(ms / 1000, UTC)
    return posted_at(str(item.get("id")))


def is_ours(item: Mapping[str, Any], job: PublishJob, ours: frozenset[str]) -> bool:
    """Whether a listed post shows exactly the uploads that were made for it: proof by handle."""
    shown = _shown(item)
    return bool(job.post.media) and len(shown) == len(job.post.media) and set(shown) <= ours


def looks_alike(item: Mapping[str, Any], job: PublishJob) -> bool:
    """Whether a listed post reads like ours and shows as many pictures, videos and links. Drafts are nobody's post."""
    commentary = item.get("commentary")
    text = normalised(job.post.text)
    # ugcPosts texts are plain; what was written as little text reads back as such, hashtags as templates.
    if not isinstance(commentary, str) or text not in (normalised(plain(commentary)), normalised(commentary)):
        return False
    if item.get("lifecycleState") == "DRAFT" or len(_shown(item)) != len(job.post.media):
        return False
    content = item.get("content")
    article = content.get("article") if isinstance(content, dict) else None
    source = article.get("source") if isinstance(article, dict) else None
    return not isinstance(source, str) or source.rstrip("/") == (job.post.link or "").rstrip("/")


def _shown(item: Mapping[str, Any]) -> list[str]:
    """The media URNs of a listed post."""
    content = item.get("content")
    if not isinstance(content, dict):
        return []
    many, one = content.get("multiImage"), content.get("media")
    images = many.get("images") if isinstance(many, dict) else [one]
    return [str(image["id"]) for image in images or [] if isinstance(image, dict) and "id" in image]

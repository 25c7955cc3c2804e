"""Publishes to LinkedIn: media first, unseen; then one POST that makes the post visible (Learn, posts-api)."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from attrs import frozen

from adapters_platforms.http import TransportError
from adapters_platforms.linkedin.api import LinkedInApi, created_urn
from adapters_platforms.linkedin.assets import put_assets
from adapters_platforms.linkedin.configuration import LinkedInConfig
from adapters_platforms.linkedin.failures import after_commit, read_problem
from adapters_platforms.linkedin.reconciling import Reconciler
from adapters_platforms.linkedin.rendering import POSTS, UGC, problem_of, render_post, render_ugc
from adapters_platforms.linkedin.throttling import Throttling
from adapters_platforms.linkedin.uploading import Upload, put_images
from adapters_platforms.linkedin.urns import AUTHOR_KINDS, author_urn, permalink
from adapters_platforms.linkedin.videos import put_video
from adapters_platforms.linkedin.waiting import wait_until_available
from distribution_core.domain.errors import NotFoundError
from distribution_core.domain.outcome import Finding, Outcome, Published, Ready, Refusal, Rejected, Unavailable, Unconfirmed
from distribution_core.domain.rules import PlatformRules
from distribution_core.ports.media import MediaStore
from distribution_core.ports.platform import Journal, PlatformAdapter, PublishJob, Timing

# The duplicate probe must not meet the first call while it still runs (the interval is our own; LinkedIn names none).
_PROBE_SETTLE_S = 60


@frozen(kw_only=True)
class LinkedInAdapter:
    """Handles in the journal: `image_N` / `asset_N` / `video` (URNs), `video_etags`, `video_parts` (Secret), `route`, `body`."""

    rules: PlatformRules
    config: LinkedInConfig
    api: LinkedInApi
    media: MediaStore
    throttling: Throttling
    now: Callable[[], datetime]

    def timing(self, job: PublishJob) -> Timing:
        """The commit carries text and names only, however large the media."""
        settle = self.config.read_lag_s
        if job.account_kind == "member":
            settle = _PROBE_SETTLE_S if self.config.member_duplicate_probe else 0
        return _timing(self.config.commit_deadline_s, settle)

    async def prepare(self, job: PublishJob, journal: Journal) -> Ready | Refusal:
        if "body" in journal.handles:
            return Ready()
        if job.account_kind not in AUTHOR_KINDS:
            return Rejected(message=f"LinkedIn has no accounts of the kind {job.account_kind}.", content=False)
        problem = problem_of(job.post, job.account_kind, urls_keep_underscores=self.config.urls_keep_underscores)
        if problem is not None:
            return problem
        urns: list[str] = []
        if job.post.media:
            try:
                uploaded = await self._put_media(job, journal)
            except NotFoundError:
                return Rejected(message="A picture or video of this post is no longer stored.", code="media_gone")
            if not isinstance(uploaded, list):
                return uploaded
            urns = uploaded
        if job.post.media or self.config.member_duplicate_probe:
            # Frozen as it will be sent: a resend under other settings must still be the same to the byte.
            route = self._route(journal.handles)
            await journal.record(route=route, body=self._body(job, route, urns).decode())
        return Ready()

    async def commit(self, job: PublishJob, handles: Mapping[str, Any]) -> Outcome:
        """One POST. It has no idempotency key: an answer that tells nothing definite is left to `reconcile`."""
        route = self._route(handles)
        frozen_body = handles.get("body")
        if frozen_body is None and job.post.media:
            return Unavailable(message="The uploads of this post are not known any more.", stale=True)
        body = str(frozen_body).encode() if frozen_body is not None else self._body(job, route, [])
        try:
            answer = await self.api.create_post(route, job.token, body, timeout_s=self.config.commit_deadline_s)
        except TransportError as error:
            return Unconfirmed(message=str(error)) if error.sent else Unavailable(message=str(error))
        who = job.external_account_id
        if not answer.ok:
            return after_commit(read_problem(answer), self.throttling, who)
        self.throttling.passed(who)
        urn = created_urn(answer)
        if urn is None:
            return Unconfirmed(message=f"LinkedIn answered {answer.status} without the new post's URN.")
        return Published(external_post_id=urn, permalink=permalink(self.config.www, urn))

    async def reconcile(self, job: PublishJob, handles: Mapping[str, Any]) -> Finding:
        reconciler = Reconciler(config=self.config, api=self.api, throttling=self.throttling, now=self.now)
        if job.account_kind == "organization":
            return await reconciler.look_back(job, handles)
        return await reconciler.probe(job, handles)

    async def _put_media(self, job: PublishJob, journal: Journal) -> list[str] | Refusal:
        upload = Upload(
            api=self.api,
            config=self.config,
            media=self.media,
            throttling=self.throttling,
            now=self.now,
            job=job,
            journal=journal,
            author=author_urn(job.account_kind, job.external_account_id),
        )
        urns: list[str] | Refusal
        if self._route(journal.handles) == UGC:
            urns = await put_assets(upload, job.post.media)
        elif job.post.videos:
            urn = await put_video(upload, job.post.videos[0])
            urns = [urn] if isinstance(urn, str) else urn
        else:
            urns = await put_images(upload, job.post.images)
        if not isinstance(urns, list):
            return urns
        return await wait_until_available(upload, urns) or urns

    def _route(self, handles: Mapping[str, Any]) -> str:
        """Uploads belong to the API that made them: a change of the setting reaches new deliveries only."""
        if "route" in handles:
            return str(handles["route"])
        if any(key.startswith("asset_") for key in handles):
            return UGC
        if any(key == "video" or key.startswith("image_") for key in handles):
            return POSTS
        return self.config.posts_api

    def _body(self, job: PublishJob, route: str, urns: list[str]) -> bytes:
        author = author_urn(job.account_kind, job.external_account_id)
        if route == UGC:
            return render_ugc(job.post, author, urns)
        return render_post(job.post, author, urns, urls_keep_underscores=self.config.urls_keep_underscores)


@cache
def _timing(commit_deadline_s: float, settle_s: float) -> Timing:
    return Timing(commit_deadline=timedelta(seconds=commit_deadline_s), settle=timedelta(seconds=settle_s))


_: type[PlatformAdapter] = LinkedInAdapter

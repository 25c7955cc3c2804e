"""Content Posting API: creator info, the three inits, status and cancel."""

from typing import Any

from attrs import frozen
from litestar import Response
from litestar.enums import HttpMethod
from litestar.handlers import HTTPRouteHandler

from shells.sandbox.tiktok.creators import CREATORS, SELF, Creator
from shells.sandbox.tiktok.gate import Gate, documented
from shells.sandbox.tiktok.jobs import JobBook, PublishJob, Status, Upload
from shells.sandbox.tiktok.lifecycle import Lifecycle
from shells.sandbox.tiktok.pictures import avatar_url
from shells.sandbox.tiktok.post_info import DESCRIPTION_MAX, PHOTO_TITLE_MAX, VIDEO_TITLE_MAX, InfoReader
from shells.sandbox.tiktok.switches import Switches
from shells.sandbox.tiktok.tokens import AccessToken
from shells.sandbox.world import Endpoint, SandboxRequest, World, processing_failure

UNAUDITED_USERS_MAX = 5


@frozen
class Publishing:
    """Routes under /tiktok/api/v2/post/publish/."""

    world: World
    switches: Switches
    gate: Gate
    read: InfoReader
    jobs: JobBook
    lifecycle: Lifecycle

    def routes(self) -> list[HTTPRouteHandler]:
        endpoint = Endpoint(self.world, "tiktok", self.gate.errors)
        calls = {
            "creator_info/query": ("creator_info", self.creator_info),
            "video/init": ("video_init", self.video_init),
            "inbox/video/init": ("inbox_init", self.inbox_init),
            "content/init": ("content_init", self.content_init),
            "status/fetch": ("status", self.status),
            "cancel": ("cancel", self.cancel),
        }
        return [
            endpoint(HttpMethod.POST, f"/tiktok/api/v2/post/publish/{path}/", call, documented(handler), account=self.gate.owner)
            for path, (call, handler) in calls.items()
        ]

    async def creator_info(self, request: SandboxRequest) -> Response[Any]:
        """Caps and bans come here with HTTP 200, by design (Query Creator Info reference)."""
        await request.body()
        token = self.gate.token(request, "creator_info")
        self.gate.scope(token, "video.publish")
        creator = CREATORS[token.authorization.open_id]
        self._may_post(creator, status=200)
        return self.gate.errors.ok(
            {
                "creator_avatar_url": avatar_url(self.world, creator.open_id),
                "creator_username": creator.username,
                "creator_nickname": creator.nickname,
                "privacy_level_options": list(creator.privacy_options),
                "comment_disabled": creator.comment_disabled,
                "duet_disabled": creator.private,
                "stitch_disabled": creator.private,
                "max_video_post_duration_sec": creator.video_duration_max_s,
            }
        )

    async def video_init(self, request: SandboxRequest) -> Response[Any]:
        """Direct post of a video, from file or pulled."""
        token = self.gate.token(request, "video_init")
        self.gate.scope(token, "video.publish")
        body = await self.gate.body(request)
        info = self.read.section(body, "post_info")
        title = self.read.text(info, "title", VIDEO_TITLE_MAX)
        privacy = self.read.privacy(info)
        self.read.flags(info, "disable_duet", "disable_stitch", "disable_comment", "is_aigc")
        self.read.flags(info, "brand_content_toggle", "brand_organic_toggle")
        self.read.cover_timestamp(info)
        job = self._video_job(body, token, inbox=False)
        job.text, job.audience = title, privacy
        self._may_post(CREATORS[job.open_id])
        self._may_show(CREATORS[job.open_id], privacy)
        return self._accept(job, request)

    async def inbox_init(self, request: SandboxRequest) -> Response[Any]:
        """A draft for the creator's inbox: no caption, the creator finishes it in the app."""
        token = self.gate.token(request, "inbox_init")
        self.gate.scope(token, "video.upload")
        job = self._video_job(await self.gate.body(request), token, inbox=True)
        self._may_share(CREATORS[job.open_id])
        return self._accept(job, request)

    async def content_init(self, request: SandboxRequest) -> Response[Any]:
        """Photos, always pulled: direct post or draft."""
        token = self.gate.token(request, "content_init")
        body = await self.gate.body(request)
        mode = body.get("post_mode")
        if body.get("media_type") != "PHOTO" or mode not in ("DIRECT_POST", "MEDIA_UPLOAD"):
            raise self.gate.errors.invalid("media_type or post_mode is invalid")
        direct = mode == "DIRECT_POST"
        self.gate.scope(token, "video.publish" if direct else "video.upload")
        self.read.flag(body, "is_aigc")
        info = self.read.section(body, "post_info")
        title = self.read.text(info, "title", PHOTO_TITLE_MAX)
        text = self.read.text(info, "description", DESCRIPTION_MAX)
        privacy = self.read.privacy(info) if direct else ""
        if direct:
            self.read.flags(info, "disable_comment", "auto_add_music", "brand_content_toggle", "brand_organic_toggle")
        source = self.read.section(body, "source_info")
        if source.get("source") != "PULL_FROM_URL":
            raise self.gate.errors.invalid("Photos support PULL_FROM_URL only")
        job = PublishJob(
            publish_id=self.jobs.new_publish_id("p_pub_url~"),
            authorization=token.authorization,
            kind="photo",
            inbox=not direct,
            status=Status.PROCESSING_DOWNLOAD,
            created_at=self.world.clock.now(),
            title=title or None,
            text=text,
            audience=privacy,
            pull_urls=self.read.photo_urls(source),
        )
        creator = CREATORS[job.open_id]
        if direct:
            self._may_post(creator)
            self._may_show(creator, privacy)
        else:
            self._may_share(creator)
        return self._accept(job, request)

    async def status(self, request: SandboxRequest) -> Response[Any]:
        """Get Post Status. The misspelt id list holds numbers, and only posts that the public can see."""
        token = self.gate.token(request, "status")
        self.gate.scope(token, "video.publish", "video.upload")
        job = await self._job(request, token)
        data: dict[str, Any] = {"status": job.status.value}
        if job.fail_reason is not None:
            data["fail_reason"] = job.fail_reason
        if job.status is Status.PUBLISH_COMPLETE and job.audience == "PUBLIC_TO_EVERYONE":
            data["publicaly_available_post_id"] = [] if job.post_id is None else [job.post_id]
        if job.upload is not None:
            data["uploaded_bytes"] = job.upload.received_bytes
        if job.pull_urls:
            data["downloaded_bytes"] = job.downloaded_bytes
        return self.gate.errors.ok(data)

    async def cancel(self, request: SandboxRequest) -> Response[Any]:
        """Stops a pull that is still going on."""
        token = self.gate.token(request, "cancel")
        self.gate.scope(token, "video.publish", "video.upload")
        job = await self._job(request, token)
        if not self.lifecycle.cancel(job):
            raise self.gate.errors.refuse("publish_not_cancellable", "The publish can no longer be cancelled.")
        return self.gate.errors.ok({})

    def _video_job(self, body: dict[str, Any], token: AccessToken, *, inbox: bool) -> PublishJob:
        source = self.read.section(body, "source_info")
        room = "v_inbox" if inbox else "v_pub"
        upload: Upload | None = None
        urls: tuple[str, ...] = ()
        match source.get("source"):
            case "FILE_UPLOAD":
                upload = self.jobs.new_upload(self.read.chunk_plan(source))
            case "PULL_FROM_URL":
                urls = (self.read.pull_url(source.get("video_url")),)
            case _:
                raise self.gate.errors.invalid("source is FILE_UPLOAD or PULL_FROM_URL")
        return PublishJob(
            publish_id=self.jobs.new_publish_id(f"{room}_file~" if upload else f"{room}_url~"),
            authorization=token.authorization,
            kind="video",
            inbox=inbox,
            status=Status.PROCESSING_DOWNLOAD if urls else Status.PROCESSING_UPLOAD,
            created_at=self.world.clock.now(),
            upload=upload,
            pull_urls=urls,
        )

    def _accept(self, job: PublishJob, request: SandboxRequest) -> Response[Any]:
        planted = processing_failure(request)
        job.planted_failure = None if planted is None else planted or "internal"
        self.jobs.add(job)
        if job.upload is None:
            self.lifecycle.begin(job)
            return self.gate.errors.ok({"publish_id": job.publish_id})
        query = f"upload_id={job.upload.upload_id}&upload_token={job.upload.token}"
        return self.gate.errors.ok(
            {"publish_id": job.publish_id, "upload_url": f"{self.world.base_url}/tiktok/upload/video/?{query}"}
        )

    async def _job(self, request: SandboxRequest, token: AccessToken) -> PublishJob:
        publish_id = (await self.gate.body(request)).get("publish_id")
        job = self.jobs.get(publish_id) if isinstance(publish_id, str) else None
        if job is None:
            raise self.gate.errors.refuse("invalid_publish_id", "The publish_id does not exist.")
        if job.open_id != token.authorization.open_id:
            raise self.gate.errors.refuse(
                "token_not_authorized_for_specified_publish_id", "The access_token is not authorized for this publish_id."
            )
        return job

    def _may_post(self, creator: Creator, status: int | None = None) -> None:
        refuse = self.gate.errors.refuse
        if creator.banned:
            raise refuse("spam_risk_user_banned_from_posting", "The user is banned from making new posts.", status)
        cap = self.switches.daily_post_cap
        if creator.capped or (cap is not None and self.jobs.posts_today(creator.open_id) >= cap):
            raise refuse("spam_risk_too_many_posts", "The daily post cap from the API is reached for this user.", status)
        users_max = self.switches.active_user_cap
        if users_max is None and self.switches.unaudited:
            users_max = UNAUDITED_USERS_MAX
        posters = self.jobs.posters_today()
        if users_max is not None and creator.open_id not in posters and len(posters) >= users_max:
            raise refuse("reached_active_user_cap", "The daily quota for active publishing users is reached.", status)

    def _may_show(self, creator: Creator, privacy: str) -> None:
        if self.switches.unaudited and (privacy != SELF or not creator.private):
            raise self.gate.errors.refuse(
                "unaudited_client_can_only_post_to_private_accounts",
                "Please review our integration guidelines at https://developers.tiktok.com/doc/content-sharing-guidelines/",
            )
        if privacy not in creator.privacy_options:
            raise self.gate.errors.refuse(
                "privacy_level_option_mismatch", "The privacy_level is not one of those that creator_info offers."
            )

    def _may_share(self, creator: Creator) -> None:
        if creator.banned:
            raise self.gate.errors.refuse("spam_risk_user_banned_from_posting", "The user is banned from making new posts.")
        cap = self.switches.pending_share_cap
        if cap is not None and self.jobs.pending_shares(creator.open_id) >= cap:
            raise self.gate.errors.refuse(
                "spam_risk_too_many_pending_share", "The user has too many pending shares within 24 hours."
            )

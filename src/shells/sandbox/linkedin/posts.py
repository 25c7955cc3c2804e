"""The Posts API: create, read, find by author, change, delete (Posts API)."""

from datetime import datetime, timedelta
from typing import Any

from attrs import define, field, frozen
from litestar import Response
from litestar.enums import HttpMethod
from litestar.handlers import HTTPRouteHandler
from litestar.response import Redirect

from shells.sandbox.linkedin.assets import Assets
from shells.sandbox.linkedin.errors import LinkedInError, LinkedInFaults, bad_request, denied, throttled
from shells.sandbox.linkedin.gate import Gate, body_of, check_author
from shells.sandbox.linkedin.little_text import read_back, shown
from shells.sandbox.linkedin.post_content import read_content
from shells.sandbox.linkedin.switches import Switches
from shells.sandbox.linkedin.tokens import Token
from shells.sandbox.posts import PostMedia, VisiblePost
from shells.sandbox.world import Endpoint, SandboxRequest, World

COMMENTARY_MAX = 3000
_FIELDS = frozenset(
    {
        "author", "commentary", "visibility", "distribution", "lifecycleState", "isReshareDisabledByAuthor", "content",
        "reshareContext", "contentLandingPage", "contentCallToActionLabel",
    }
)  # fmt: skip
_VISIBILITIES = ("PUBLIC", "CONNECTIONS", "LOGGED_IN", "CONTAINER")


@frozen(kw_only=True)
class StoredPost:
    urn: str
    author: str
    account_id: str
    body: dict[str, Any]
    created_at: datetime
    title: str | None
    link: str | None
    media: tuple[PostMedia, ...]
    plain: bool = False


@define
class Posts:
    world: World
    switches: Switches
    gate: Gate
    assets: Assets
    stored: dict[str, StoredPost] = field(factory=dict)
    counts: dict[tuple[str, str], int] = field(factory=dict)

    def routes(self) -> list[HTTPRouteHandler]:
        endpoint = Endpoint(self.world, "linkedin", LinkedInFaults())
        path = "/linkedin/api/rest/posts"
        one, handler = f"{path}/{{urn:str}}", self.gate.handler
        return [
            endpoint(HttpMethod.POST, path, "create", handler(self._create)),
            endpoint(HttpMethod.GET, path, "finder", handler(self._find)),
            endpoint(HttpMethod.GET, one, "read", handler(self._read)),
            endpoint(HttpMethod.POST, one, "update", handler(self._update)),
            endpoint(HttpMethod.DELETE, one, "delete", handler(self._delete)),
            endpoint(HttpMethod.GET, "/linkedin/www/feed/update/{urn:str}", "page", self._page),
        ]

    async def _create(self, request: SandboxRequest, token: Token) -> Any:
        body = await body_of(request)
        for name in ("author", "commentary", "visibility", "distribution", "lifecycleState"):
            if name not in body:
                raise bad_request("MISSING_FIELD", f"Field {name} is required but not found")
        unknown = set(body) - _FIELDS
        if unknown:
            raise LinkedInError(
                422, f"ERROR :: /{min(unknown)} :: unrecognized field found but not allowed", code="UNPROCESSABLE_ENTITY"
            )
        account_id = check_author(token, body["author"], "partnerApiPostsExternal.CREATE")
        if body["visibility"] not in _VISIBILITIES or body["lifecycleState"] != "PUBLISHED":
            raise bad_request("INVALID_VALUE_FOR_FIELD", "visibility or lifecycleState has an invalid value")
        if not isinstance(body["distribution"], dict) or "feedDistribution" not in body["distribution"]:
            raise bad_request("MISSING_FIELD", "Field distribution.feedDistribution is required")
        commentary = str(body["commentary"])
        if len(commentary) > COMMENTARY_MAX:
            raise bad_request("FIELD_LENGTH_TOO_LONG", f"commentary is longer than {COMMENTARY_MAX} characters")
        content = read_content(body.get("content"), str(body["author"]), self.assets, self.world)
        if not commentary and content.is_empty:
            raise LinkedInError(422, "commentary must not be empty", code="UNPROCESSABLE_ENTITY")
        if content.unready is not None and self.switches.early_post == "error":
            raise bad_request(content.unready, "The media asset is not ready")
        hidden = content.unready is not None
        stored = self.add(token, body, account_id, content.title, content.link, content.media, hidden=hidden)
        return Response(b"", status_code=201, headers={"x-restli-id": stored.urn})

    def add(
        self,
        token: Token,
        body: dict[str, Any],
        account_id: str,
        title: str | None,
        link: str | None,
        media: tuple[PostMedia, ...],
        *,
        hidden: bool = False,
        plain: bool = False,
    ) -> StoredPost:
        """Make the post, unless a quota or an equal post forbids it. `plain` text is no little text."""
        commentary = str(body["commentary"])
        self._refuse_duplicate(str(body["author"]), commentary)
        self._count(token)
        now = self.world.clock.now()
        kind = "ugcPost" if any(item.kind == "video" for item in media) else "share"
        stored = StoredPost(
            urn=self._urn(kind, now),
            author=str(body["author"]),
            account_id=account_id,
            body=body,
            created_at=now,
            title=title,
            link=link,
            media=media,
            plain=plain,
        )
        self.stored[stored.urn] = stored
        if not hidden:
            self.world.posts.publish(self._visible(stored))
        return stored

    def clear(self) -> None:
        self.stored.clear()
        self.counts.clear()

    def _urn(self, kind: str, at: datetime) -> str:
        """Ids tell their time: milliseconds above, chance below."""
        return f"urn:li:{kind}:{(int(at.timestamp() * 1000) << 22) | self.world.random.getrandbits(22)}"

    def _refuse_duplicate(self, author: str, commentary: str) -> None:
        since = self.world.clock.now() - timedelta(seconds=self.switches.duplicate_seconds)
        for post in self.stored.values():
            if (post.author, post.body["commentary"]) == (author, commentary) and post.created_at > since:
                urn = self._urn("share", self.world.clock.now()) if self.switches.ghost_duplicates else post.urn
                words = f"com.linkedin.content.common.exception.BadRequestResponseException: Content is a duplicate of {urn}"
                detail = {"description": "Duplicate post is detected", "input": {}, "code": "DUPLICATE_POST"}
                raise LinkedInError(
                    422,
                    words,
                    details={
                        "errorDetailType": "com.linkedin.common.error.BadRequest",
                        "errorDetails": {"inputErrors": [detail]},
                    },
                )

    def _count(self, token: Token) -> None:
        day = self.world.clock.now().strftime("%Y-%m-%d")
        limits = (
            ((f"{token.client_id}/{token.sub}", day), self.switches.member_posts_per_day),
            ((token.client_id, day), self.switches.app_posts_per_day),
        )
        for key, limit in limits:
            if self.counts.get(key, 0) >= limit:
                raise throttled()
        for key, _ in limits:
            self.counts[key] = self.counts.get(key, 0) + 1

    async def _find(self, request: SandboxRequest, token: Token) -> Any:
        query = request.query_params
        author = query.get("author", "")
        if query.get("q") != "author":
            raise bad_request("MISSING_FIELD", "The finder q=author is required")
        if author.startswith("urn:li:person:") or "r_organization_social" not in token.scopes:
            raise denied(f"partnerApiPostsExternal.FINDER-author.{request.headers['linkedin-version']}01")
        check_author(token, author, "partnerApiPostsExternal.FINDER-author")
        start, count = int(query.get("start", "0")), min(int(query.get("count", "10")), 100)
        late = self.world.clock.now() - timedelta(seconds=self.switches.read_lag_seconds)
        found = [post for post in self.stored.values() if post.author == author and post.created_at <= late]
        found.sort(key=lambda post: post.created_at, reverse=True)
        rows = [self._row(post) for post in found[start : start + count]]
        return {"elements": rows, "paging": {"start": start, "count": count, "links": []}}

    async def _read(self, request: SandboxRequest, token: Token) -> Any:
        post = self._mine(request)
        if post.author.startswith("urn:li:person:") or "r_organization_social" not in token.scopes:
            raise denied(f"partnerApiPostsExternal.GET.{request.headers['linkedin-version']}01")
        return self._row(post)

    async def _update(self, request: SandboxRequest, token: Token) -> Any:
        post = self._mine(request)
        check_author(token, post.author, "partnerApiPostsExternal.PARTIAL_UPDATE")
        if request.headers.get("x-restli-method", "").upper() != "PARTIAL_UPDATE":
            raise bad_request("INVALID_VALUE_FOR_FIELD", "X-RestLi-Method PARTIAL_UPDATE is required")
        changes = (await body_of(request)).get("patch", {}).get("$set", {})
        if "commentary" in changes:
            post.body["commentary"] = str(changes["commentary"])
            self.world.posts.edit("linkedin", post.urn, self._text(post))
        return Response(b"", status_code=204)

    async def _delete(self, request: SandboxRequest, token: Token) -> Any:
        urn = str(request.path_params["urn"])
        post = self.stored.get(urn)
        if post is not None:
            check_author(token, post.author, "partnerApiPostsExternal.DELETE")
            del self.stored[urn]
            self.world.posts.remove("linkedin", urn)
        return Response(b"", status_code=204)

    async def _page(self, request: SandboxRequest) -> Response[Any]:
        post = self.stored.get(str(request.path_params["urn"]))
        if post is None:
            return Response(b"", status_code=404)
        return Redirect(f"/linkedin/timeline/{post.account_id}#{post.urn}")

    def _mine(self, request: SandboxRequest) -> StoredPost:
        post = self.stored.get(str(request.path_params["urn"]))
        if post is None:
            raise LinkedInError(404, "Could not find post", code="NOT_FOUND")
        return post

    def _row(self, post: StoredPost) -> dict[str, Any]:
        at = int(post.created_at.timestamp() * 1000)
        return post.body | {
            "id": post.urn,
            "commentary": read_back(str(post.body["commentary"])),
            "lifecycleStateInfo": {"isEditedByAuthor": False},
            "createdAt": at,
            "publishedAt": at,
            "lastModifiedAt": at,
        }

    def _text(self, post: StoredPost) -> str:
        commentary = str(post.body["commentary"])
        return commentary if post.plain else shown(commentary, cut_at_all=self.switches.cut_at_all_reserved)

    def _visible(self, post: StoredPost) -> VisiblePost:
        kinds = {item.kind for item in post.media}
        return VisiblePost(
            platform="linkedin",
            account_id=post.account_id,
            post_id=post.urn,
            kind="video" if "video" in kinds else "photo" if "image" in kinds else "link" if post.link else "text",
            text=self._text(post),
            title=post.title,
            link=post.link,
            audience=str(post.body["visibility"]),
            created_at=post.created_at,
            permalink=f"{self.world.base_url}/linkedin/www/feed/update/{post.urn}/",
            media=post.media,
        )

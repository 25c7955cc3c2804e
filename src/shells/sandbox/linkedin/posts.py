"""The Posts API: create, read, find by author, change, delete; and the page of a post (Posts API)."""

from datetime import timedelta
from typing import Any

from attrs import define
from litestar import Response
from litestar.enums import HttpMethod
from litestar.handlers import HTTPRouteHandler
from litestar.response import Redirect

from shells.sandbox.linkedin.assets import Assets
from shells.sandbox.linkedin.calls import Calls
from shells.sandbox.linkedin.errors import bad_request, not_found, not_in_schema
from shells.sandbox.linkedin.gate import Caller, Gate
from shells.sandbox.linkedin.post_body import COMMENTARY_MAX, check_body, check_commentary, check_meaning
from shells.sandbox.linkedin.post_content import read_content
from shells.sandbox.linkedin.post_store import PostStore, StoredPost
from shells.sandbox.linkedin.quotas import POSTS
from shells.sandbox.linkedin.restli import Schema, body_of, page, page_of, record_problems
from shells.sandbox.linkedin.rights import check_actor, has_role, may_write
from shells.sandbox.linkedin.tokens import Token
from shells.sandbox.world import SandboxRequest

_RESOURCE = "partnerApiPostsExternal"
_CHANGES: Schema = {"commentary": str, "contentLandingPage": str, "contentCallToActionLabel": str}
_TYPES = ("share", "ugcPost")


@define
class Posts:
    store: PostStore
    assets: Assets
    gate: Gate

    def routes(self, calls: Calls) -> list[HTTPRouteHandler]:
        path = "/linkedin/api/rest/posts"
        one, gated = f"{path}/{{urn:str}}", self.gate.handler
        find = gated(
            self._find,
            f"{_RESOURCE}.FINDER-author",
            params=("q", "author", "start", "count", "sortBy", "viewContext", "isDsc"),
        )
        create = gated(self._create, f"{_RESOURCE}.CREATE", quota=POSTS)
        read = gated(self._read, f"{_RESOURCE}.GET", params=("viewContext",))
        return [
            calls(HttpMethod.POST, path, "create", create, tunnelled=("finder", find)),
            calls(HttpMethod.GET, path, "finder", find),
            calls(HttpMethod.GET, one, "read", read),
            calls(HttpMethod.POST, one, "update", gated(self._update, f"{_RESOURCE}.PARTIAL_UPDATE")),
            calls(HttpMethod.DELETE, one, "delete", gated(self._delete, f"{_RESOURCE}.DELETE")),
            calls(HttpMethod.GET, "/linkedin/www/feed/update/{urn:str}", "page", self._page),
        ]

    async def _create(self, caller: Caller) -> Any:
        body = await body_of(caller.request)
        check_body(body)
        check_actor(caller.token, body["author"], "/author", caller.denied())
        check_meaning(body)
        parent = body.get("reshareContext", {}).get("parent")
        if parent is not None and self.store.by_urn.get(parent) is None:
            raise bad_request("INVALID_URN_ID", f"Invalid urn id: {parent}", field="reshareContext/parent")
        content = read_content(body.get("content"), body["author"], self.assets)
        check_commentary(body, has_content=not content.is_empty, switches=self.store.switches)
        post = self.store.add(body, content)
        return Response(b"", status_code=201, headers={"x-restli-id": post.urn})

    async def _find(self, caller: Caller) -> Any:
        query = caller.request.query_params
        author = query.get("author")
        if query.get("q") != "author":
            raise bad_request("ILLEGAL_ARGUMENT", f"Finder {query.get('q')} is not found")
        if author is None:
            raise bad_request("ILLEGAL_ARGUMENT", "Query parameter author is required")
        order = query.get("sortBy", "LAST_MODIFIED")
        if order not in ("LAST_MODIFIED", "CREATED") or query.get("viewContext", "READER") not in ("READER", "AUTHOR"):
            raise bad_request("ILLEGAL_ARGUMENT", "Invalid query parameters passed to request")
        start, count = page_of(caller.request)
        self._check_reader(caller, author)
        late = self.store.world.clock.now() - timedelta(seconds=self.store.switches.read_lag_seconds)
        found = [post for post in self.store.by_urn.values() if post.author == author and post.created_at <= late]
        found.sort(key=lambda post: post.created_at if order == "CREATED" else post.changed_at, reverse=True)
        return page([self.store.row(post) for post in found], start, count)

    async def _read(self, caller: Caller) -> Any:
        if "r_organization_social" not in caller.token.scopes:
            raise caller.denied()
        post = self._one(caller)
        self._check_reader(caller, post.author)
        return self.store.row(post)

    def _check_reader(self, caller: Caller, author: str) -> None:
        """Organizations only, by those who post for them; members' posts take r_member_social, which nobody gets."""
        if "r_organization_social" not in caller.token.scopes:
            raise caller.denied()
        if author.startswith("urn:li:person:"):
            raise bad_request(None, "Member permissions must be used when using member as author")
        if not has_role(caller.token, author.rpartition(":")[2]):
            raise caller.denied()

    async def _update(self, caller: Caller) -> Any:
        if caller.request.headers.get("x-restli-method", "").upper() != "PARTIAL_UPDATE":
            raise bad_request("ILLEGAL_ARGUMENT", "X-RestLi-Method PARTIAL_UPDATE is required")
        post = self._one(caller)
        if not may_write(caller.token, post.author):
            raise caller.denied()
        patch = (await body_of(caller.request)).get("patch")
        changes = patch.get("$set") if isinstance(patch, dict) else None
        if not isinstance(changes, dict) or not changes:
            raise bad_request("MISSING_FIELD", "patch.$set is required", field="patch")
        if problems := record_problems(changes, _CHANGES):
            raise not_in_schema(problems)
        if len(changes.get("commentary", "")) > COMMENTARY_MAX:
            words = f"The length of commentary exceeds {COMMENTARY_MAX}"
            raise bad_request("FIELD_LENGTH_TOO_LONG", words, field="commentary")
        self.store.edit(post, changes)
        return Response(b"", status_code=204)

    async def _delete(self, caller: Caller) -> Any:
        urn = _urn(caller)
        post = self.store.by_urn.get(urn)
        if post is None and not _writes(caller.token):
            raise caller.denied()
        if post is not None and not may_write(caller.token, post.author):
            raise caller.denied()
        self.store.remove(urn)
        return Response(b"", status_code=204)

    async def _page(self, request: SandboxRequest) -> Response[Any]:
        post = self.store.by_urn.get(str(request.path_params["urn"]))
        if post is None or post.hidden:
            return Response(b"", status_code=404)
        return Redirect(f"/linkedin/timeline/{post.author.rpartition(':')[2]}#{post.urn}")

    def _one(self, caller: Caller) -> StoredPost:
        post = self.store.by_urn.get(_urn(caller))
        if post is None:
            raise not_found("Could not find post")
        return post


def _urn(caller: Caller) -> str:
    urn = caller.path("urn")
    if urn.count(":") != 3 or urn.split(":")[2] not in _TYPES:
        raise bad_request("INVALID_URN_TYPE", f"{urn} is not a share or ugcPost")
    return urn


def _writes(token: Token) -> bool:
    return not {"w_member_social", "w_organization_social"}.isdisjoint(token.scopes)

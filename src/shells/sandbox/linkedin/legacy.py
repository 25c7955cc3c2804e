"""The older API, unversioned and with plain text: ugcPosts and assets (Share on LinkedIn)."""

from typing import Any

from attrs import define
from litestar import Response
from litestar.enums import HttpMethod
from litestar.handlers import HTTPRouteHandler

from shells.sandbox.linkedin.assets import LEGACY, Assets
from shells.sandbox.linkedin.calls import Calls
from shells.sandbox.linkedin.errors import LinkedInError, bad_request, field_denied, not_found, not_in_schema
from shells.sandbox.linkedin.gate import Caller, Gate
from shells.sandbox.linkedin.post_body import COMMENTARY_MAX
from shells.sandbox.linkedin.post_content import PostContent, owned_asset, shown, unready_code
from shells.sandbox.linkedin.post_store import PostStore
from shells.sandbox.linkedin.quotas import POSTS
from shells.sandbox.linkedin.restli import Schema, action_parameter, body_of, record_problems
from shells.sandbox.linkedin.rights import check_actor, may_write

_SHARE = "com.linkedin.ugc.ShareContent"
_VISIBILITY = "com.linkedin.ugc.MemberNetworkVisibility"
_POST: Schema = {
    "author!": str,
    "lifecycleState!": ("PUBLISHED", "DRAFT"),
    "specificContent!": dict,
    "visibility!": dict,
    "distribution": dict,
}
_CONTENT: Schema = {
    "shareCommentary!": dict,
    "shareMediaCategory!": ("NONE", "ARTICLE", "IMAGE", "VIDEO"),
    "media": list,
}
_ITEM: Schema = {"status!": ("READY",), "media": str, "originalUrl": str, "title": dict, "description": dict, "thumbnails": list}
_TEXT: Schema = {"text!": str, "attributes": list}
_REGISTER: Schema = {
    "owner!": str,
    "recipes!": list,
    "serviceRelationships!": list,
    "supportedUploadMechanism": list,
}
_RECIPES = {f"urn:li:digitalmediaRecipe:feedshare-{kind}": kind for kind in ("image", "video")}
_RELATIONSHIP = {"relationshipType": "OWNER", "identifier": "urn:li:userGeneratedContent"}


@define
class Legacy:
    store: PostStore
    assets: Assets
    gate: Gate

    def routes(self, calls: Calls) -> list[HTTPRouteHandler]:
        path, gated = "/linkedin/api/v2", self.gate.handler
        create = gated(self._create, "ugcPosts.CREATE", versioned=False, quota=POSTS)
        register = gated(self._register, "assets.ACTION", params=("action",), versioned=False)
        return [
            calls(HttpMethod.POST, f"{path}/ugcPosts", "create", create),
            calls(HttpMethod.POST, f"{path}/assets", "register", register),
            calls(HttpMethod.GET, f"{path}/assets/{{urn:str}}", "asset", gated(self._status, "assets.GET", versioned=False)),
        ]

    async def _create(self, caller: Caller) -> Any:
        body = await body_of(caller.request)
        share = _share(body)
        check_actor(caller.token, body["author"], "/author", caller.denied())
        if "distribution" in body and body["author"].startswith("urn:li:person:"):
            raise field_denied("/distribution", unpermitted=True)
        visibility = body["visibility"].get(_VISIBILITY)
        if visibility not in ("PUBLIC", "CONNECTIONS", "LOGGED_IN") or body["lifecycleState"] != "PUBLISHED":
            raise bad_request("INVALID_VALUE_FOR_FIELD", "visibility or lifecycleState has a value that is not allowed")
        text = share["shareCommentary"]["text"]
        if len(text) > COMMENTARY_MAX:
            raise bad_request("FIELD_LENGTH_TOO_LONG", f"The length of text exceeds {COMMENTARY_MAX}", field="shareCommentary")
        content = self._content(body["author"], share["shareMediaCategory"], share.get("media") or [])
        if not text.strip() and content.is_empty:
            raise LinkedInError(422, "shareCommentary is required", code="UNPROCESSABLE_ENTITY")
        post = self.store.add(_as_post(body["author"], text, visibility, content), content, plain=True)
        return Response({"id": post.urn}, status_code=201, headers={"x-restli-id": post.urn})

    def _content(self, author: str, category: str, items: list[dict[str, Any]]) -> PostContent:
        if (category == "NONE") is bool(items) or (category in ("ARTICLE", "VIDEO") and len(items) != 1):
            raise bad_request("INVALID_VALUE_FOR_FIELD", "media does not fit shareMediaCategory", field="media")
        if category == "NONE":
            return PostContent()
        title = items[0].get("title", {}).get("text")
        if category == "ARTICLE":
            source = items[0].get("originalUrl", "")
            if not source.startswith(("http://", "https://")):
                raise bad_request("MISSING_FIELD", "originalUrl is required", field="media/originalUrl")
            return PostContent(title=title, link=source)
        found = [owned_asset(item.get("media", ""), author, self.assets, (LEGACY,)) for item in items]
        if any(asset.kind != category.lower() for asset in found):
            raise bad_request("INVALID_VALUE_FOR_FIELD", "media does not fit shareMediaCategory", field="media")
        unready = unready_code(found, self.assets)
        pairs = [] if unready else zip(found, items, strict=True)
        media = tuple(shown(asset, self.assets, item.get("description", {}).get("text")) for asset, item in pairs)
        return PostContent(title=title, media=media, assets=tuple(found), unready=unready)

    async def _register(self, caller: Caller) -> Any:
        if caller.request.query_params.get("action") != "registerUpload":
            raise bad_request("ILLEGAL_ARGUMENT", f"Action {caller.request.query_params.get('action')} is not found")
        wanted = await action_parameter(caller.request, "registerUploadRequest", _REGISTER)
        check_actor(caller.token, wanted["owner"], "/registerUploadRequest/owner", caller.denied())
        kinds = [_RECIPES.get(str(recipe)) for recipe in wanted["recipes"]]
        if len(kinds) != 1 or kinds[0] is None or wanted["serviceRelationships"] != [_RELATIONSHIP]:
            raise field_denied("/registerUploadRequest/recipes/relationshipType")
        asset = self.assets.new(kinds[0], wanted["owner"], legacy=True)
        mechanism = {"uploadUrl": self.assets.upload_url(asset), "headers": {}}
        return {
            "value": {
                "asset": asset.urn,
                "mediaArtifact": f"urn:li:digitalmediaMediaArtifact:({asset.urn},urn:li:digitalmediaMediaArtifactClass:uploaded)",
                "uploadMechanism": {"com.linkedin.digitalmedia.uploading.MediaUploadHttpRequest": mechanism},
            }
        }

    async def _status(self, caller: Caller) -> Any:
        asset = self.assets.by_urn.get(f"urn:li:{LEGACY}:{caller.path('urn').rpartition(':')[2]}")
        if asset is None:
            raise not_found("Could not find asset")
        if not may_write(caller.token, asset.owner):
            raise caller.denied()
        recipe = f"urn:li:digitalmediaRecipe:feedshare-{asset.kind}"
        recipes = [{"recipe": recipe, "status": self.assets.status(asset)}]
        return {"id": asset.urn.rpartition(":")[2], "recipes": recipes, "status": "ALLOWED"}


def _share(body: dict[str, Any]) -> dict[str, Any]:
    """The share inside a well-formed ugcPost. Raises LinkedInError 422."""
    problems = record_problems(body, _POST)
    share = body["specificContent"].get(_SHARE) if not problems else None
    path = f"/specificContent/{_SHARE}"
    if not problems and not isinstance(share, dict):
        problems = [f"{path} :: field is required but not found and has no default value"]
    if not problems and isinstance(share, dict):
        problems = record_problems(share, _CONTENT, path)
    if not problems and isinstance(share, dict):
        problems = record_problems(share["shareCommentary"], _TEXT, f"{path}/shareCommentary")
        for number, item in enumerate(share.get("media") or []):
            known = isinstance(item, dict)
            problems += record_problems(item if known else {}, _ITEM, f"{path}/media/{number}")
            for name in ("title", "description"):
                if not problems and name in item:
                    problems += record_problems(item[name], _TEXT, f"{path}/media/{number}/{name}")
    if problems or not isinstance(share, dict):
        raise not_in_schema(problems)
    return share


def _as_post(author: str, text: str, visibility: str, content: PostContent) -> dict[str, Any]:
    """The same post as the Posts API would have had it: an old asset is read back as the image or video that it is."""
    body: dict[str, Any] = {
        "author": author,
        "commentary": text,
        "visibility": visibility,
        "distribution": {"feedDistribution": "MAIN_FEED", "thirdPartyDistributionChannels": []},
        "isReshareDisabledByAuthor": False,
    }
    items = [{"id": asset.urn.replace(LEGACY, asset.kind)} for asset in content.assets]
    if content.link:
        body["content"] = {"article": {"source": content.link} | ({"title": content.title} if content.title else {})}
    elif items:
        body["content"] = {"multiImage": {"images": items}} if len(items) > 1 else {"media": items[0]}
    return body

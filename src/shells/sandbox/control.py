"""The sandbox's own calls under /_sandbox and its pages: for people, tests and checks."""

from typing import Any

from attrs import define
from litestar import Response, get, post, put
from litestar.exceptions import ClientException, NotFoundException
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery, JSONBody

from shells.sandbox.faults import FaultError, parse_rules
from shells.sandbox.pages import render
from shells.sandbox.posts import VisiblePost
from shells.sandbox.world import Platform, World


@define
class Control:
    """Route handlers over one world and its platforms."""

    world: World
    platforms: dict[str, Platform]

    def routes(self) -> list[HTTPRouteHandler]:
        return [
            self._home(),
            *(self._timeline(name) for name in self.platforms),
            self._blob(),
            *self._dress(),
            self._posts(),
            *self._faults(),
            self._clock(),
            self._tokens(),
            self._switches(),
            self._reset(),
        ]

    def _home(self) -> HTTPRouteHandler:
        @get("/", include_in_schema=False)
        async def home() -> Response[str]:
            counts: dict[tuple[str, str], int] = {}
            for item in self.world.public_posts():
                counts[item.platform, item.account_id] = counts.get((item.platform, item.account_id), 0) + 1
            accounts = {name: platform.accounts() for name, platform in self.platforms.items()}
            return render("home.html", title="Platforms", platforms=accounts, counts=counts)

        return home

    def _timeline(self, platform: str) -> HTTPRouteHandler:
        # One route a platform: the router takes the platform's own prefix and does not come back for a parameter.
        @get(f"/{platform}/timeline/{{account_id:str}}", include_in_schema=False, name=f"{platform}.timeline")
        async def timeline(account_id: FromPath[str]) -> Response[str]:
            account = next((a for a in self.platforms[platform].accounts() if a.account_id == account_id), None)
            if account is None:
                raise NotFoundException("no such sandbox account")
            posts = list(reversed(self.world.public_posts(platform, account_id)))
            return render("timeline.html", title=account.name, platform=platform, account=account, posts=posts)

        return timeline

    def _blob(self) -> HTTPRouteHandler:
        @get("/_sandbox/blobs/{digest:str}", include_in_schema=False)
        async def blob(digest: FromPath[str]) -> Response[bytes]:
            found = self.world.blobs.get(digest)
            if found is None:
                raise NotFoundException("no such bytes")
            return Response(found[0], media_type=found[1], headers={"x-content-type-options": "nosniff"})

        return blob

    def _dress(self) -> list[HTTPRouteHandler]:
        @get("/_sandbox/style.css", include_in_schema=False)
        async def style() -> Response[str]:
            return Response(render("style.css").content, media_type="text/css")

        @get("/_sandbox/icon.svg", include_in_schema=False)
        async def icon() -> Response[str]:
            return Response(render("icon.svg").content, media_type="image/svg+xml")

        return [style, icon]

    def _posts(self) -> HTTPRouteHandler:
        @get("/_sandbox/posts")
        async def posts(platform: FromQuery[str | None] = None, account_id: FromQuery[str | None] = None) -> dict[str, Any]:
            """What is visible now, oldest first."""
            found: list[VisiblePost] = self.world.public_posts(platform, account_id)
            return {"posts": [item.as_json() for item in found]}

        return posts

    def _faults(self) -> list[HTTPRouteHandler]:
        @put("/_sandbox/faults")
        async def set_faults(data: JSONBody[Any]) -> dict[str, Any]:
            """Replace the fault rules; an empty list ends all faults."""
            try:
                self.world.faults.replace(parse_rules(data))
            except FaultError as error:
                raise ClientException(str(error)) from None
            return {"faults": self.world.faults.describe()}

        @get("/_sandbox/faults")
        async def show_faults() -> dict[str, Any]:
            return {"faults": self.world.faults.describe()}

        return [set_faults, show_faults]

    def _clock(self) -> HTTPRouteHandler:
        @post("/_sandbox/clock", status_code=200)
        async def advance(data: JSONBody[dict[str, float]]) -> dict[str, str]:
            """Push the sandbox's time forward: {"advance_seconds": 7200}."""
            try:
                self.world.clock.advance(float(data["advance_seconds"]))
            except (KeyError, ValueError):
                raise ClientException('send {"advance_seconds": n} with n at least 0') from None
            return {"now": self.world.clock.now().isoformat()}

        return advance

    def _tokens(self) -> HTTPRouteHandler:
        @post("/_sandbox/tokens", status_code=200)
        async def tokens(data: JSONBody[dict[str, str]]) -> dict[str, int]:
            """Expire or revoke the tokens of an account: {"platform", "account_id", "action": "expire" | "revoke"}."""
            platform = self.platforms.get(data.get("platform", ""))
            if platform is None or data.get("action") not in ("expire", "revoke"):
                raise ClientException("name a platform, an account_id and the action expire or revoke")
            return {"tokens": platform.tokens(data["action"], data.get("account_id", ""))}

        return tokens

    def _switches(self) -> HTTPRouteHandler:
        @put("/_sandbox/switches/{platform:str}")
        async def switches(platform: FromPath[str], data: JSONBody[dict[str, Any]]) -> dict[str, Any]:
            """Set a platform's named switches."""
            known = self.platforms.get(platform)
            if known is None:
                raise NotFoundException("no such platform")
            for name, value in data.items():
                try:
                    known.switch(name, value)
                except (KeyError, ValueError, TypeError) as error:
                    raise ClientException(f"switch {name!r}: {error}") from None
            return data

        return switches

    def _reset(self) -> HTTPRouteHandler:
        @post("/_sandbox/reset", status_code=204)
        async def reset() -> None:
            """Back to the first day: no posts, tokens, uploads, faults or moved clock."""
            self.world.reset()
            for platform in self.platforms.values():
                platform.reset()

        return reset

"""Whose a token is: Pages, permissions, token inspection and revocation."""

from datetime import timedelta
from typing import Any

from attrs import define
from litestar.enums import HttpMethod

from shells.sandbox.facebook.calls import Asked, Call
from shells.sandbox.facebook.errors import GraphError, missing_object
from shells.sandbox.facebook.fields import pick, wanted_fields
from shells.sandbox.facebook.gate import Gate
from shells.sandbox.facebook.grants import Grants
from shells.sandbox.facebook.paging import cut, listed
from shells.sandbox.facebook.people import APP_ID, APP_NAME, PEOPLE, Page, page_row, person
from shells.sandbox.facebook.switches import Switches
from shells.sandbox.facebook.tokens import Token, TokenBook, is_app_token
from shells.sandbox.world import World

DATA_ACCESS_DAYS = 90
_REMOVED = 458


@define
class Identity:
    world: World
    tokens: TokenBook
    grants: Grants
    gate: Gate
    switches: Switches

    def calls(self) -> list[Call]:
        get, delete = HttpMethod.GET, HttpMethod.DELETE
        return [
            Call(method=get, path="{node}/accounts", name="accounts", answer=self._accounts),
            Call(method=get, path="{node}/permissions", name="permissions", answer=self._permissions),
            Call(method=delete, path="{node}/permissions", name="revoke", answer=self._revoke),
            Call(method=delete, path="{node}/permissions/{tail}", name="revoke", answer=self._revoke),
            Call(method=get, path="debug_token", name="debug_token", answer=self._debug),
        ]

    async def _accounts(self, asked: Asked) -> Any:
        token = self._self(asked)
        wanted = wanted_fields(asked.parameters, "Page", "access_token,category,name,id,tasks")
        shown, paging = cut(asked.parameters, self._pages(token), asked.url, thin=self.switches.thin_pages)
        return listed([self._row(token, page, wanted) for page in shown], paging)

    def _pages(self, token: Token) -> list[Page]:
        who, grant = person(token.person_id), self.grants.of(token.person_id)
        if who is None or "pages_show_list" not in grant.granted:
            return []
        business = "business_management" in grant.granted
        return [page for page in who.pages if page.id in grant.page_ids and (business or not page.portfolio)]

    def _row(self, token: Token, page: Page, wanted: list[str]) -> dict[str, Any]:
        return pick(page_row(page) | {"access_token": lambda: self.tokens.page_token(token, page.id).value}, wanted)

    async def _permissions(self, asked: Asked) -> Any:
        grant = self.grants.of(self._self(asked).person_id)
        rows = [{"permission": scope, "status": "granted"} for scope in grant.granted]
        return {"data": rows + [{"permission": scope, "status": "declined"} for scope in grant.declined]}

    async def _revoke(self, asked: Asked) -> Any:
        """One permission, or all: then the app is removed and every token of the person ends."""
        if is_app_token(asked.parameters.text("access_token")) and any(known.id == asked.node for known in PEOPLE):
            person_id = asked.node
        else:
            person_id = self._self(asked).person_id
        if asked.tail is None:
            self.grants.drop(person_id)
            self.tokens.end(person_id, _REMOVED)
        elif not self.grants.withdraw(person_id, asked.tail):
            raise GraphError(100, f"(#100) The permission {asked.tail} was not granted.")
        return {"success": True}

    async def _debug(self, asked: Asked) -> Any:
        if not is_app_token(asked.parameters.text("access_token")):
            self.gate.any(asked.parameters)
        value = asked.parameters.text("input_token")
        if not value:
            raise GraphError(100, "(#100) The parameter input_token is required")
        token = self.tokens.find(value)
        if token is None:
            error = {"code": 190, "message": "Invalid OAuth access token - Cannot parse access token"}
            return {"data": {"error": error, "is_valid": False, "scopes": []}}
        end = self.tokens.why_dead(token)
        data = self._inspected(token) | {"is_valid": end is None}
        if end is not None:
            data["error"] = {"code": 190, "message": end[1], "subcode": end[0]}
        return {"data": data}

    def _inspected(self, token: Token) -> dict[str, Any]:
        grant = self.grants.of(token.person_id)
        data: dict[str, Any] = {
            "app_id": APP_ID,
            "type": "PAGE" if token.page_id else "USER",
            "application": APP_NAME,
            "expires_at": int(token.expires_at.timestamp()) if token.expires_at else 0,
            "data_access_expires_at": int((token.issued_at + timedelta(days=DATA_ACCESS_DAYS)).timestamp()),
            "scopes": list(grant.granted),
            "granular_scopes": [
                {"scope": scope, "target_ids": list(grant.page_ids)} for scope in grant.granted if scope.startswith("pages_")
            ],
            "user_id": token.person_id,
        }
        if token.long_lived:
            data["issued_at"] = int(token.issued_at.timestamp())
        if token.page_id:
            data["profile_id"] = token.page_id
        return data

    def _self(self, asked: Asked) -> Token:
        """The user token of the very person that the path names. Raises GraphError."""
        token = self.gate.user(asked.parameters)
        if asked.node != token.person_id:
            raise missing_object(asked.node, str(asked.request.method).lower())
        return token

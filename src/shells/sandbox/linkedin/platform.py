"""Imitation linkedin."""

from attrs import define
from litestar.handlers import HTTPRouteHandler

from shells.sandbox.world import TimelineAccount, World


@define
class LinkedInSandbox:
    world: World
    name: str = "linkedin"

    def routes(self) -> list[HTTPRouteHandler]:
        return []

    def accounts(self) -> list[TimelineAccount]:
        return []

    def tokens(self, action: str, account_id: str) -> int:
        return 0

    def switch(self, name: str, value: object) -> None:
        raise KeyError(name)

    def reset(self) -> None:
        pass

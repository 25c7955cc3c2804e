"""Calls per UTC day: for each endpoint, of an app, and of a member in an app (API Rate Limiting)."""

from attrs import define, field

from shells.sandbox.clock import SandboxClock
from shells.sandbox.linkedin.errors import throttled
from shells.sandbox.linkedin.people import APPS
from shells.sandbox.linkedin.switches import Switches
from shells.sandbox.linkedin.tokens import Token

POSTS = "posts"
USERINFO = "userinfo"
_DEVELOPMENT_APP, _DEVELOPMENT_MEMBER = 500, 100


@define
class Quotas:
    clock: SandboxClock
    switches: Switches
    _counts: dict[tuple[str, ...], int] = field(factory=dict)

    def count(self, token: Token, endpoint: str) -> None:
        """Count a call, unless its endpoint has no more of them today. Raises LinkedInError 429."""
        day = self.clock.now().strftime("%Y-%m-%d")
        app, member = self._limits(token, endpoint)
        for key, limit, who in (
            ((day, endpoint, token.client_id), app, "APPLICATION"),
            ((day, endpoint, token.client_id, token.sub), member, "MEMBER"),
        ):
            if limit is not None and self._counts.get(key, 0) >= limit:
                raise throttled(who)
        for key in ((day, endpoint, token.client_id), (day, endpoint, token.client_id, token.sub)):
            self._counts[key] = self._counts.get(key, 0) + 1

    def clear(self) -> None:
        self._counts.clear()

    def _limits(self, token: Token, endpoint: str) -> tuple[int | None, int | None]:
        if self.switches.development_tier and APPS[token.client_id].is_community:
            return _DEVELOPMENT_APP, _DEVELOPMENT_MEMBER
        if endpoint == POSTS:
            return self.switches.app_posts_per_day, self.switches.member_posts_per_day
        return (self.switches.userinfo_calls_per_day, None) if endpoint == USERINFO else (None, None)

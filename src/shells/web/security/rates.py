"""How often somebody may ask: counted over sliding windows, in this process or, where there are several, in Redis."""

import ipaddress
import logging
import math
import time
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from attrs import define, field, frozen
from limits import RateLimitItem, parse_many
from limits.aio.storage import MemoryStorage, RedisStorage, Storage
from limits.aio.storage.redis.redispy import RedispyBridge
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from limits.errors import StorageError
from litestar import Request
from litestar.exceptions import TooManyRequestsException

from shells.settings import Settings, SettingsError

log = logging.getLogger(__name__)

_AWAY_S = 10.0


@frozen(kw_only=True)
class Standing:
    """How much is left of the tightest limit, and in how many seconds it is whole again."""

    limit: int
    left: int
    reset_s: int
    window_s: int

    @property
    def headers(self) -> Mapping[str, str]:
        """As the IETF's draft on RateLimit header fields has them."""
        return {
            "ratelimit-policy": f'"default";q={self.limit};w={self.window_s}',
            "ratelimit": f'"default";r={self.left};t={self.reset_s}',
        }


@define
class Rates:
    """Redis that is away stops nobody: a limit protects the product, and is none of what people pay for. Whoever must count all
    the same (throttle.py) has a counter of its own for that time."""

    _storage: Storage
    _limiter: SlidingWindowCounterRateLimiter = field(init=False)
    _away_until: float = field(default=0.0, init=False)

    def __attrs_post_init__(self) -> None:
        self._limiter = SlidingWindowCounterRateLimiter(self._storage)

    @classmethod
    def near(cls) -> "Rates":
        """Counts in this process alone."""
        return cls(MemoryStorage())

    @classmethod
    def of(cls, settings: Settings) -> "Rates":
        """Raises SettingsError for a limits_url that is none."""
        if not settings.limits_url:
            return cls.near()
        try:
            return cls(RedisStorage(f"async+{settings.limits_url}", wrap_exceptions=True, implementation="redispy"))
        except Exception as error:
            raise SettingsError(f"SIMULCAST_LIMITS_URL can't be used: {type(error).__name__}") from None

    async def take(self, limits: Sequence[RateLimitItem], *who: str) -> Standing | None:
        """Count one. Raises TooManyRequestsException with its headers; None where nobody counts just now."""
        if time.monotonic() < self._away_until:
            return None
        tightest: Standing | None = None
        try:
            for limit in limits:
                fine = await self._limiter.hit(limit, *who)
                standing = await self._standing(limit, who)
                if not fine:
                    raise too_many(standing)
                if tightest is None or standing.left < tightest.left:
                    tightest = standing
        except StorageError:
            self._away_until = time.monotonic() + _AWAY_S
            log.warning("what counts requests is away: nobody is held back meanwhile")
            return None
        return tightest

    async def aclose(self) -> None:
        """Let go of the connections to Redis."""
        if isinstance(self._storage, RedisStorage) and isinstance(self._storage.bridge, RedispyBridge):
            client: Any = self._storage.bridge.get_connection()  # a redis.asyncio.Redis, of which limits names a part only
            await client.aclose()

    async def give_back(self, limits: Sequence[RateLimitItem], *who: str) -> None:
        """Uncount one that was taken."""
        if time.monotonic() < self._away_until:
            return
        try:
            for limit in limits:
                await self._limiter.hit(limit, *who, cost=-1)
        except StorageError:
            self._away_until = time.monotonic() + _AWAY_S

    async def _standing(self, limit: RateLimitItem, who: tuple[str, ...]) -> Standing:
        stats = await self._limiter.get_window_stats(limit, *who)
        reset_s = max(0, math.ceil(stats.reset_time - time.time()))
        return Standing(limit=limit.amount, left=max(0, stats.remaining), reset_s=reset_s, window_s=limit.get_expiry())


def too_many(standing: Standing) -> TooManyRequestsException:
    wait_s = max(1, standing.reset_s)
    return TooManyRequestsException(
        f"That was too often: at most {standing.limit} in {standing.window_s} s. Wait {wait_s} s, then go on.",
        headers={"retry-after": str(wait_s), **standing.headers},
    )


@cache
def parsed(text: str) -> tuple[RateLimitItem, ...]:
    """`600/minute;20/second` as limits. Raises ValueError."""
    return tuple(parse_many(text))


def caller_address(request: Request[Any, Any, Any], settings: Settings) -> str:
    """The address behind a request that a route has before it."""
    return address_of(request.scope, frozenset(settings.trusted_proxies.split()))


def address_of(scope: Mapping[str, Any], trusted: frozenset[str]) -> str:
    """Who calls: the socket's other end, or what a proxy that is trusted says of it; of IPv6 the network that one household
    has, since it has all of it."""
    client = scope.get("client")
    near = client[0] if client else ""
    if near in trusted:
        # Several lines are one list (RFC 9110, 5.3): a proxy may add a line of its own behind one that the caller wrote.
        told = ",".join(value.decode("latin-1") for name, value in scope["headers"] if name == b"x-forwarded-for")
        near = next((hop for hop in reversed([each.strip() for each in told.split(",")]) if hop not in trusted), near) or near
    try:
        found = ipaddress.ip_address(near)
    except ValueError:
        return near[:64]
    return str(ipaddress.ip_network(f"{found}/64", strict=False)) if found.version == 6 else str(found)

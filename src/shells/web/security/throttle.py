"""Guesses at a password are slowed down, for an address and for an account, and the account's owner is not shut out by them.

A browser in which somebody has signed in before is known by a cookie (the *device*), and has a measure of its own: whoever
guesses from elsewhere uses up only what is there for strangers.
"""

import hashlib
import hmac
import secrets
from datetime import timedelta

from attrs import define, field, frozen
from limits import RateLimitItem
from litestar.datastructures import Cookie
from litestar.exceptions import TooManyRequestsException

from shells.settings import Settings
from shells.web.security.cookies import host_cookie
from shells.web.security.rates import Rates, parsed

DEVICE_LIFETIME = timedelta(days=180)
_PER_ADDRESS = parsed("60/15 minutes")
_PER_ACCOUNT_AND_ADDRESS = parsed("10/15 minutes")
_PER_ACCOUNT = parsed("100/hour")
_PER_DEVICE = parsed("10/15 minutes")
_TRIPS = parsed("60/15 minutes")


_Measure = tuple[tuple[RateLimitItem, ...], tuple[str, ...]]


@frozen
class Attempt:
    """A try that was counted, and where."""

    taken: tuple[tuple[Rates, _Measure], ...]


@define
class Throttle:
    """Each try counts before anything is looked at, so that those which arrive in the same moment are no more than the others;
    one that went well is given back, so that who knows the password is never held up by having used it. While what counts for
    all processes is away, each counts by itself: guessing is not free meanwhile."""

    _rates: Rates
    _key: bytes = field(repr=False)
    _near: Rates = field(factory=Rates.near)

    async def begin(self, email: str | None, address: str, device: str | None) -> Attempt:
        """Count a try; `email` None where an identity provider says who it is. Raises TooManyRequestsException, the same for an
        account that is none."""
        taken: list[tuple[Rates, _Measure]] = []
        for measure in self._measures(email, address, device):
            limits, who = measure
            try:
                rates = self._rates
                if await rates.take(limits, *who) is None:
                    rates = self._near
                    await rates.take(limits, *who)
            except TooManyRequestsException:
                await self.give_back(Attempt(tuple(taken)))
                raise
            taken.append((rates, measure))
        return Attempt(tuple(taken))

    async def begin_trip(self, address: str) -> None:
        """Count a browser that is sent to the identity provider: each leaves a row. Raises TooManyRequestsException."""
        if await self._rates.take(_TRIPS, "sso-trip", address) is None:
            await self._near.take(_TRIPS, "sso-trip", address)

    async def give_back(self, attempt: Attempt) -> None:
        """It was no guess."""
        for rates, (limits, who) in attempt.taken:
            await rates.give_back(limits, *who)

    def device_cookie(self, settings: Settings, email: str) -> Cookie:
        """A fresh one, for this account alone."""
        nonce = secrets.token_urlsafe(16)
        return Cookie(
            key=device_cookie_name(settings),
            value=f"{nonce}.{self._signature(email, nonce)}",
            max_age=int(DEVICE_LIFETIME.total_seconds()),
            httponly=True,
            secure=settings.secure_cookies,
            samesite="strict",
        )

    def _measures(self, email: str | None, address: str, device: str | None) -> list[_Measure]:
        if email is None:
            return [(_PER_ADDRESS, ("sign-in", "address", address))]
        account = hashlib.sha256(email.strip().casefold().encode()).hexdigest()[:32]
        nonce, _, signature = (device or "").partition(".")
        if nonce and hmac.compare_digest(signature.encode(), self._signature(email, nonce).encode()):
            return [(_PER_DEVICE, ("sign-in", "device", nonce[:64]))]
        return [
            (_PER_ADDRESS, ("sign-in", "address", address)),
            (_PER_ACCOUNT_AND_ADDRESS, ("sign-in", "account-address", account, address)),
            (_PER_ACCOUNT, ("sign-in", "account", account)),
        ]

    def _signature(self, email: str, nonce: str) -> str:
        signed = f"{email.strip().casefold()}\n{nonce}".encode()
        return hmac.new(self._key, signed, hashlib.sha256).hexdigest()


def device_cookie_name(settings: Settings) -> str:
    return host_cookie(settings, "simulcast_device")

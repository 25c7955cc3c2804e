"""Guesses at a password are slowed down, for an address and for an account, and the account's owner is not shut out by them.

A browser in which somebody has signed in before is known by a cookie (the *device*), and has a measure of its own: whoever
guesses from elsewhere uses up only what is there for strangers.
"""

import hashlib
import hmac
import secrets
from datetime import timedelta

from attrs import define
from limits import RateLimitItem
from litestar.datastructures import Cookie

from shells.settings import Settings
from shells.web.security.rates import Rates, parsed

DEVICE_LIFETIME = timedelta(days=180)
_PER_ADDRESS = parsed("60/15 minutes")
_PER_ACCOUNT_AND_ADDRESS = parsed("10/15 minutes")
_PER_ACCOUNT = parsed("100/hour")
_PER_DEVICE = parsed("10/15 minutes")


@define
class Throttle:
    """Counts failures only: who knows the password is never held up by having used it."""

    _rates: Rates
    _key: bytes

    async def check(self, email: str, address: str, device: str | None) -> None:
        """Raises TooManyRequestsException. The same for an account that is none."""
        for limits, who in self._measures(email, address, device):
            await self._rates.look(limits, *who)

    async def note_failure(self, email: str, address: str, device: str | None) -> None:
        for limits, who in self._measures(email, address, device):
            await self._rates.take(limits, *who)

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

    def _measures(self, email: str, address: str, device: str | None) -> list[tuple[tuple[RateLimitItem, ...], tuple[str, ...]]]:
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
    return "__Host-simulcast_device" if settings.secure_cookies else "simulcast_device"

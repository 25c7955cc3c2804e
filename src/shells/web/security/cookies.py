"""The session's cookies: HTTP-only but for the CSRF token, which a page must be able to read."""

from datetime import timedelta

from attrs import frozen
from litestar.datastructures import Cookie

from shells.settings import Settings


@frozen(kw_only=True)
class CookieNames:
    """Over HTTPS the names carry the __Host- prefix, which binds them to this host and path /."""

    access: str
    refresh: str
    csrf: str


def host_cookie(settings: Settings, name: str) -> str:
    """A cookie's name as it is sent."""
    return f"__Host-{name}" if settings.secure_cookies else name


def cookie_names(settings: Settings) -> CookieNames:
    access, refresh, csrf = (host_cookie(settings, f"simulcast_{part}") for part in ("access", "refresh", "csrf"))
    return CookieNames(access=access, refresh=refresh, csrf=csrf)


def session_cookies(settings: Settings, *, access: str, refresh: str, csrf: str, refresh_lifetime: timedelta) -> list[Cookie]:
    """The cookies of a fresh pair of tokens. Lax, because a platform's consent page sends people back from outside."""
    names, secure = cookie_names(settings), settings.secure_cookies
    lifetime_s = int(refresh_lifetime.total_seconds())
    access_s = settings.access_token_minutes * 60
    return [
        Cookie(key=names.access, value=access, max_age=access_s, httponly=True, secure=secure, samesite="lax"),
        Cookie(key=names.refresh, value=refresh, max_age=lifetime_s, httponly=True, secure=secure, samesite="strict"),
        Cookie(key=names.csrf, value=csrf, max_age=lifetime_s, httponly=False, secure=secure, samesite="strict"),
    ]


def ended_cookies(settings: Settings) -> list[Cookie]:
    """Cookies that make a browser forget the session."""
    names = cookie_names(settings)
    return [
        Cookie(key=name, value="", max_age=0, httponly=name != names.csrf, secure=settings.secure_cookies, samesite="lax")
        for name in (names.access, names.refresh, names.csrf)
    ]

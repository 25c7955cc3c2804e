"""The redirect URIs that the sandbox's app has registered: loopback, any port, one path."""

from urllib.parse import urlsplit

_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def is_registered(uri: str) -> bool:
    parts = urlsplit(uri)
    return parts.scheme in ("http", "https") and parts.hostname in _LOOPBACK and parts.path == "/oauth/facebook/callback"
